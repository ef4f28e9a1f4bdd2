// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! The token of the request: its user, and the times of its issue and end.

use std::time::SystemTime;

use auth_core::parse;
use serde::Deserialize;

/// The token of the request: its user, and the times of its issue and end. A missing or unreadable field is `None`.
///
/// Source: [EconPay, GET /auth](https://docs.econpay.com.br/api-reference/auth/profile).
///
/// ```
/// let me: econpay_auth::Me = serde_json::from_str(r#"{"id": 1}"#)?;
/// assert_eq!(me.id.as_deref(), Some("1"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Me {
    /// The user's identifier.
    ///
    /// Assumed: A number is documented; a text is taken as well.
    #[serde(deserialize_with = "parse::optional_text")]
    pub id: Option<String>,
    /// The user's name.
    #[serde(deserialize_with = "parse::optional_text")]
    pub name: Option<String>,
    /// The user's e-mail address.
    #[serde(deserialize_with = "parse::optional_text")]
    pub email: Option<String>,
    /// The role of the user: `admin`, `app` or `client`.
    #[serde(deserialize_with = "parse::optional_text")]
    pub role: Option<String>,
    /// The time at which the token was issued (`iat`), by EconPay's clock.
    #[serde(rename = "iat", deserialize_with = "parse::optional_unix_time")]
    pub issued_at: Option<SystemTime>,
    /// The time at which the token expires (`exp`), by EconPay's clock. The Rust client renews it before that.
    #[serde(rename = "exp", deserialize_with = "parse::optional_unix_time")]
    pub expires_at: Option<SystemTime>,
}
