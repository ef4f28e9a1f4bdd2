// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! A user of EconPay's.

use auth_core::parse;
use serde::Deserialize;

/// A user of EconPay's. A field that is missing or unreadable is `None`.
///
/// Source: [EconPay, POST /auth](https://docs.econpay.com.br/api-reference/auth/login);
/// [EconPay, Guia de Início Rápido](https://docs.econpay.com.br/quickstart).
///
/// ```
/// let user: econpay_auth::User = serde_json::from_str(r#"{"id": 1}"#)?;
/// assert_eq!(user.id(), Some("1"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "store", derive(serde::Serialize))]
#[serde(default)]
pub struct User {
    #[serde(deserialize_with = "parse::optional_text")]
    id: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    name: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    email: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    role: Option<String>,
}

impl User {
    /// The identifier, which EconPay writes as a number.
    ///
    /// Assumed: A number is documented; a text is taken as well.
    ///
    /// ```
    /// let user: econpay_auth::User = serde_json::from_str(r#"{"id": 1}"#)?;
    /// assert_eq!(user.id(), Some("1"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The person's name.
    ///
    /// ```
    /// let user: econpay_auth::User = serde_json::from_str(r#"{"name": "João da Silva"}"#)?;
    /// assert_eq!(user.name(), Some("João da Silva"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The e-mail address.
    ///
    /// ```
    /// let user: econpay_auth::User = serde_json::from_str(r#"{"email": "joao@loja.example"}"#)?;
    /// assert_eq!(user.email(), Some("joao@loja.example"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The role of the user: `admin`, `app` or `client`.
    ///
    /// ```
    /// let user: econpay_auth::User = serde_json::from_str(r#"{"role": "admin"}"#)?;
    /// assert_eq!(user.role(), Some("admin"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }
}
