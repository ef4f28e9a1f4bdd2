//! The expiry of a credential, as its login states it.

use std::time::Duration;

use time::OffsetDateTime;

/// The expiry of a credential.
///
/// There is no variant for an unknown expiry: each provider decides what a missing one means.
///
/// ```
/// use auth_core::Expiry;
/// use std::time::Duration;
///
/// assert_ne!(Expiry::In(Duration::from_secs(3600)), Expiry::Never);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expiry {
    /// The credential never expires. It is replaced only after the provider answers 401.
    Never,
    /// The credential expires after this time, counted from the moment at which its login was sent. Prefer this
    /// variant, because it does not need a clock that agrees with the provider's. Zero means already expired. More than
    /// 400 days are treated as 400 days.
    ///
    /// Providers cut times to whole seconds, so each lifetime is shortened by a second, but by at most half. A lifetime
    /// below a second is taken as exact.
    In(Duration),
    /// The credential expires at this time by the local wall clock, which must be right.
    At(OffsetDateTime),
}

impl Expiry {
    /// Limits the expiry to `most` from the login, if that is known.
    ///
    /// ```
    /// use auth_core::Expiry;
    /// use std::time::Duration;
    ///
    /// let (hour, minute) = (Duration::from_secs(3600), Duration::from_secs(60));
    /// assert_eq!(Expiry::In(hour).at_most(Some(minute)), Expiry::In(minute));
    /// assert_eq!(Expiry::Never.at_most(Some(minute)), Expiry::In(minute));
    /// assert_eq!(Expiry::In(hour).at_most(None), Expiry::In(hour));
    /// ```
    ///
    /// An expiry [`At`](Self::At) a time stays as it is.
    #[must_use]
    pub fn at_most(self, most: Option<Duration>) -> Self {
        match (self, most) {
            (Self::In(lifetime), Some(most)) => Self::In(lifetime.min(most)),
            (Self::Never, Some(most)) => Self::In(most),
            (expiry, _) => expiry,
        }
    }
}
