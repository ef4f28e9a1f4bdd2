// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! The token of the request: its user, and the times of its issue and end.

use std::time::SystemTime;

use auth_core::parse;
use serde::Deserialize;

/// The token of the request: its user, and the times of its issue and end. A field that is missing or unreadable is
/// `None`.
///
/// Source: [EconPay, GET /auth](https://docs.econpay.com.br/api-reference/auth/profile).
///
/// ```
/// let me: econpay_auth::Me = serde_json::from_str(r#"{"id": 1}"#)?;
/// assert_eq!(me.id(), Some("1"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Me {
    #[serde(deserialize_with = "parse::optional_text")]
    id: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    name: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    email: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    role: Option<String>,
    #[serde(rename = "iat", deserialize_with = "parse::optional_unix_time")]
    issued_at: Option<SystemTime>,
    #[serde(rename = "exp", deserialize_with = "parse::optional_unix_time")]
    expires_at: Option<SystemTime>,
}

impl Me {
    /// The user's identifier.
    ///
    /// Assumed: A number is documented; a text is taken as well.
    ///
    /// ```
    /// let me: econpay_auth::Me = serde_json::from_str(r#"{"id": 1}"#)?;
    /// assert_eq!(me.id(), Some("1"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The user's name.
    ///
    /// ```
    /// let me: econpay_auth::Me = serde_json::from_str(r#"{"name": "João da Silva"}"#)?;
    /// assert_eq!(me.name(), Some("João da Silva"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The user's e-mail address.
    ///
    /// ```
    /// let me: econpay_auth::Me = serde_json::from_str(r#"{"email": "joao@loja.example"}"#)?;
    /// assert_eq!(me.email(), Some("joao@loja.example"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The role of the user: `admin`, `app` or `client`.
    ///
    /// ```
    /// let me: econpay_auth::Me = serde_json::from_str(r#"{"role": "admin"}"#)?;
    /// assert_eq!(me.role(), Some("admin"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// The time at which the token was issued (`iat`), by EconPay's clock.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let me: econpay_auth::Me = serde_json::from_str(r#"{"iat": 1640123456}"#)?;
    /// assert_eq!(me.issued_at(), Some(UNIX_EPOCH + Duration::from_secs(1_640_123_456)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.issued_at
    }

    /// The time at which the token ends (`exp`), by EconPay's clock. It is renewed before that: the Rust client does so
    /// by itself.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let me: econpay_auth::Me = serde_json::from_str(r#"{"exp": 1640127056}"#)?;
    /// assert_eq!(me.expires_at(), Some(UNIX_EPOCH + Duration::from_secs(1_640_127_056)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }
}
