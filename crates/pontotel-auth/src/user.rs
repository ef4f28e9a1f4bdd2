// Written by `cargo xtask codegen` from crates/pontotel-auth/openapi.json: change that, and run it again.
//! A user, as Pontotel describes them.

use auth_core::parse;
use serde::Deserialize;

/// A user, as Pontotel describes them. A missing or unreadable field is `None`.
///
/// Source: [Pontotel, Authentication](https://hml-docs-api.pontotel.com.br/en/getting-started/autenticacao);
/// [Pontotel, Starting: Integration Guide](https://integracoes.pontotel.com.br/en/guias/get-started).
///
/// ```
/// let user: pontotel_auth::User = serde_json::from_str(r#"{"id": 123}"#)?;
/// assert_eq!(user.id.as_deref(), Some("123"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "store", derive(serde::Serialize))]
#[serde(default)]
#[non_exhaustive]
pub struct User {
    /// The identifier, which Pontotel writes as a number or a text.
    ///
    /// Assumed: The pages show a number; a text is taken as well.
    #[serde(deserialize_with = "parse::optional_text")]
    pub id: Option<String>,
    /// The name for logging in.
    #[serde(deserialize_with = "parse::optional_text")]
    pub username: Option<String>,
    /// The e-mail address.
    #[serde(deserialize_with = "parse::optional_text")]
    pub email: Option<String>,
}
