//! A credential, and its expiry.

use std::fmt::Debug;
use std::time::Duration;

use http::HeaderMap;
use secrecy::SecretString;
use time::OffsetDateTime;

use crate::token::AccessToken;

/// All that one login returned, kept whole: data, no I/O.
///
/// ```
/// # use auth_core::{AccessToken, Credential, Expiry};
/// #[derive(Debug)]
/// struct Session { token: AccessToken }
///
/// impl Credential for Session {
///     fn expiry(&self) -> Expiry { Expiry::Never }
///     fn authorize(&self, headers: &mut http::HeaderMap) { self.token.authorize(headers) }
/// }
/// ```
pub trait Credential: Debug + Send + Sync + 'static {
    /// Returns its expiry. Asked once, right after the login.
    ///
    /// ```
    /// # use auth_core::{Credential, Expiry};
    /// fn lives_for_ever(session: &impl Credential) -> bool {
    ///     session.expiry() == Expiry::Never
    /// }
    /// ```
    fn expiry(&self) -> Expiry;

    /// Puts it into a request's headers. It cannot fail: what it holds was checked when it was made.
    ///
    /// Mark its values as sensitive, as [`AccessToken`](crate::AccessToken) does: such values are kept out of logs, and out
    /// of the errors of the requests that carry them.
    ///
    /// ```
    /// # fn show(session: &impl auth_core::Credential) {
    /// let mut headers = auth_core::http::HeaderMap::new();
    /// session.authorize(&mut headers);
    /// # }
    /// ```
    fn authorize(&self, headers: &mut HeaderMap);

    /// Its secrets beside those that [`authorize`](Self::authorize) sends, such as a key that signs. A provider knows them
    /// and may repeat them; they are kept out of the errors of requests.
    ///
    /// ```
    /// # use auth_core::secrecy::SecretString;
    /// # use auth_core::{AccessToken, Credential, Expiry};
    /// #[derive(Debug)]
    /// struct Session { token: AccessToken, signature_key: SecretString }
    ///
    /// impl Credential for Session {
    ///     fn expiry(&self) -> Expiry { Expiry::Never }
    ///     fn authorize(&self, headers: &mut http::HeaderMap) { self.token.authorize(headers) }
    ///     fn secrets(&self) -> &[SecretString] { std::slice::from_ref(&self.signature_key) }
    /// }
    /// ```
    fn secrets(&self) -> &[SecretString] {
        &[]
    }

    /// The access token, for code that works with any provider. `None` where it is not one token that is sent.
    ///
    /// ```
    /// # fn show(session: &impl auth_core::Credential) {
    /// let token = session.token().map(auth_core::AccessToken::masked);
    /// println!("{token:?}: {:?}", session.expiry());
    /// # }
    /// ```
    fn token(&self) -> Option<&AccessToken> {
        None
    }
}

/// The expiry of a credential.
///
/// "Unknown" cannot be written: each provider decides what it means where the provider does not say.
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
    /// It has no end: it is never renewed by time, only after the provider refused it.
    Never,
    /// It lives that long, counted from the moment when its login was sent. Prefer this: it needs no clock that
    /// agrees with the provider's. Zero is "born dead", and more than 400 days are 400 days.
    ///
    /// Providers cut times to whole seconds. A second less is therefore used of each lifetime, at most half of it; a lifetime
    /// below a second is taken as exact.
    In(Duration),
    /// It ends at this time by the local wall clock, which must then be right.
    At(OffsetDateTime),
}

impl Expiry {
    /// The same, but not later than after `most`, where that is known.
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
    /// An end [`At`](Self::At) a time stays as it is.
    #[must_use]
    pub fn at_most(self, most: Option<Duration>) -> Self {
        match (self, most) {
            (Self::In(lifetime), Some(most)) => Self::In(lifetime.min(most)),
            (Self::Never, Some(most)) => Self::In(most),
            (expiry, _) => expiry,
        }
    }
}
