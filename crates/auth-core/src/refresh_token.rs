//! A refresh token, and the time at which it expires.

use std::fmt;
use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use crate::clock;
use crate::expiry::Expiry;

/// A token that obtains the next credential without the account's secrets: see [`Login::renew`](crate::Login::renew).
///
/// It is wiped from memory when its last clone is dropped.
///
/// ```
/// use auth_core::{Expiry, RefreshToken};
/// use std::time::Duration;
///
/// let token = RefreshToken::new("r3fr3sh".into(), Expiry::In(Duration::from_secs(1800)));
/// assert!(token.is_usable());
/// assert!(!format!("{token:?}").contains("r3fr3sh"));
/// ```
#[derive(Clone)]
pub struct RefreshToken {
    token: SecretString,
    expires_at: Option<OffsetDateTime>,
}

impl RefreshToken {
    /// Creates a refresh token. [`Expiry::In`] counts from now; use [`Expiry::Never`] if the provider states no expiry,
    /// because a token that has expired costs one request.
    ///
    /// ```
    /// use auth_core::{Expiry, RefreshToken, parse};
    /// use serde_json::json;
    ///
    /// let refresh_expires_in = json!(1800);
    /// let expiry = parse::seconds(&refresh_expires_in).map_or(Expiry::Never, Expiry::In);
    /// let token = RefreshToken::new("r3fr3sh".into(), expiry);
    /// assert!(token.expires_at().is_some());
    /// ```
    #[must_use]
    pub fn new(token: SecretString, expiry: Expiry) -> Self {
        let expires_at = match expiry {
            Expiry::Never => None,
            // A time beyond the clock's range is treated as never.
            Expiry::In(lifetime) => {
                time::Duration::try_from(lifetime).ok().and_then(|lifetime| clock::wall_time().checked_add(lifetime))
            }
            Expiry::At(at) => Some(at),
        };
        Self { token, expires_at }
    }

    /// Returns the token itself, to send or to save it.
    ///
    /// ```
    /// # use auth_core::{Expiry, RefreshToken};
    /// let token = RefreshToken::new("r3fr3sh".into(), Expiry::Never);
    /// assert_eq!(token.expose_secret(), "r3fr3sh");
    /// ```
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.token.expose_secret()
    }

    /// Returns the time at which it expires by the local wall clock, or `None` if that is unknown.
    ///
    /// ```
    /// # use auth_core::{Expiry, RefreshToken};
    /// let token = RefreshToken::new("r3fr3sh".into(), Expiry::Never);
    /// let restored = RefreshToken::new("r3fr3sh".into(), token.expires_at().map_or(Expiry::Never, |at| Expiry::At(at.into())));
    /// assert_eq!(restored.expires_at(), None);
    /// ```
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at.map(SystemTime::from)
    }

    /// Returns false if it has expired, or is empty.
    ///
    /// ```
    /// # use auth_core::{Expiry, RefreshToken};
    /// use std::time::Duration;
    ///
    /// assert!(!RefreshToken::new("r3fr3sh".into(), Expiry::In(Duration::ZERO)).is_usable());
    /// ```
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.expose_secret().is_empty() && self.expires_at.is_none_or(|at| clock::wall_time() < at)
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken([redacted])")
    }
}
