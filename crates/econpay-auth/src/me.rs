//! Who am I.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_core::lenient;
use serde::Deserialize;

use crate::session::User;

/// What EconPay knows of the token that asked: its user, and from when to when it lives.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let body = r#"{"id": 1, "email": "maria@loja.example", "role": "app", "iat": 1640123456, "exp": 1640127056}"#;
/// let me: econpay_auth::Me = serde_json::from_str(body)?;
/// assert_eq!((me.id(), me.name()), (Some("1"), None));
/// assert_eq!((me.email(), me.role()), (Some("maria@loja.example"), Some("app")));
/// assert_eq!(me.issued_at(), Some(UNIX_EPOCH + Duration::from_secs(1_640_123_456)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Me {
    #[serde(flatten)]
    user: User,
    #[serde(default, deserialize_with = "lenient::optional")]
    iat: Option<u64>,
    #[serde(default, deserialize_with = "lenient::optional")]
    exp: Option<u64>,
}

impl Me {
    /// The user's identifier.
    ///
    /// ```
    /// let me: econpay_auth::Me = serde_json::from_str(r#"{"id": 1}"#)?;
    /// assert_eq!(me.id(), Some("1"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.user.id()
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
        self.user.name()
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
        self.user.email()
    }

    /// What the user may do: `admin`, `app` or `client`.
    ///
    /// ```
    /// let me: econpay_auth::Me = serde_json::from_str(r#"{"role": "admin"}"#)?;
    /// assert_eq!(me.role(), Some("admin"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.user.role()
    }

    /// When the token was issued (`iat`), by EconPay's clock.
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
        since_1970(self.iat)
    }

    /// When the token ends (`exp`), by EconPay's clock. The client renews it before that.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let me: econpay_auth::Me = serde_json::from_str(r#"{"exp": 1640123456}"#)?;
    /// assert_eq!(me.expires_at(), Some(UNIX_EPOCH + Duration::from_secs(1_640_123_456)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        since_1970(self.exp)
    }
}

fn since_1970(seconds: Option<u64>) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds?))
}
