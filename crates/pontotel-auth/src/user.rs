// Written by `cargo xtask codegen` from crates/pontotel-auth/openapi.json: change that, and run it again.
//! Whose login it is, as far as Pontotel says.

use auth_core::parse;
use serde::Deserialize;

/// Whose login it is, as far as Pontotel says. A field that is missing or unreadable is `None`.
///
/// Source: [Pontotel, Authentication](https://hml-docs-api.pontotel.com.br/en/getting-started/autenticacao);
/// [Pontotel, Starting: Integration Guide](https://integracoes.pontotel.com.br/en/guias/get-started).
///
/// ```
/// let user: pontotel_auth::User = serde_json::from_str(r#"{"id": 123}"#)?;
/// assert_eq!(user.id(), Some("123"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "store", derive(serde::Serialize))]
#[serde(default)]
pub struct User {
    #[serde(deserialize_with = "parse::optional_text")]
    id: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    username: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    email: Option<String>,
}

impl User {
    /// The identifier, which Pontotel writes as a number or as a text.
    ///
    /// Assumed: The pages show a number; a text is taken as well.
    ///
    /// ```
    /// let user: pontotel_auth::User = serde_json::from_str(r#"{"id": 123}"#)?;
    /// assert_eq!(user.id(), Some("123"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The name for logging in.
    ///
    /// ```
    /// let user: pontotel_auth::User = serde_json::from_str(r#"{"username": "maria"}"#)?;
    /// assert_eq!(user.username(), Some("maria"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The e-mail address.
    ///
    /// ```
    /// let user: pontotel_auth::User = serde_json::from_str(r#"{"email": "maria@example.com"}"#)?;
    /// assert_eq!(user.email(), Some("maria@example.com"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}
