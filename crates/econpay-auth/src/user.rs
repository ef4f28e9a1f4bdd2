// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! A user of EconPay.

use auth_core::parse;
use serde::Deserialize;

/// A user of EconPay. A missing or unreadable field is `None`.
///
/// Source: [EconPay, POST /auth](https://docs.econpay.com.br/api-reference/auth/login);
/// [EconPay, Guia de Início Rápido](https://docs.econpay.com.br/quickstart).
///
/// ```
/// let user: econpay_auth::User = serde_json::from_str(r#"{"id": 1}"#)?;
/// assert_eq!(user.id.as_deref(), Some("1"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "store", derive(serde::Serialize))]
#[serde(default)]
#[non_exhaustive]
pub struct User {
    /// The identifier, which EconPay writes as a number.
    ///
    /// Assumed: A number is documented; a text is taken as well.
    #[serde(deserialize_with = "parse::optional_text")]
    pub id: Option<String>,
    /// The person's name.
    #[serde(deserialize_with = "parse::optional_text")]
    pub name: Option<String>,
    /// The e-mail address.
    #[serde(deserialize_with = "parse::optional_text")]
    pub email: Option<String>,
    /// The role of the user: `admin`, `app` or `client`.
    #[serde(deserialize_with = "parse::optional_text")]
    pub role: Option<String>,
}
