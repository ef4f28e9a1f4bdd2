//! The trait of a provider's login.

use std::fmt::Debug;
use std::future::Future;
use std::hint::black_box;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::credential::Credential;
use crate::error::Result;
use crate::transport::Http;

/// An account that can log in: its secrets, and the address that they are sent to.
///
/// A new provider implements only this trait and [`Credential`]. A login is one attempt: caching, single flight,
/// retries and back-off are in the [`Client`](crate::Client).
///
/// ```
/// use auth_core::{AccessToken, Credential, Expiry, Http, Login, Result};
/// use auth_core::secrecy::{ExposeSecret, SecretString};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug)]
/// struct Account { base_url: url::Url, user: String, password: SecretString }
///
/// #[derive(Debug)]
/// struct Session { token: AccessToken, seconds: u64 }
///
/// impl Credential for Session {
///     fn expiry(&self) -> Expiry { Expiry::In(std::time::Duration::from_secs(self.seconds)) }
///     fn authorize(&self, headers: &mut http::HeaderMap) { self.token.authorize(headers) }
/// }
///
/// impl Login for Account {
///     type Credential = Session;
///     fn base_url(&self) -> &url::Url { &self.base_url }
///     async fn login(&self, http: &Http) -> Result<Session> {
///         #[derive(Serialize)]
///         struct Body<'a> { user: &'a str, password: &'a str }
///         #[derive(Deserialize)]
///         struct LoginResponse { token: SecretString, expires_in: u64 }
///
///         let body = Body { user: &self.user, password: self.password.expose_secret() };
///         let answer = http.post_json("login", &body).await?.error_for_status()?;
///         let LoginResponse { token, expires_in } = answer.json()?;
///         Ok(Session { token: answer.bearer(&token)?, seconds: expires_in })
///     }
/// }
/// ```
pub trait Login: Debug + Send + Sync + 'static {
    /// The result of a login.
    type Credential: Credential;

    /// Returns the base URL. The provider's paths are below it, and credentials are sent only to its origin.
    ///
    /// ```
    /// # fn show(account: &impl auth_core::Login) {
    /// println!("logs in below {}", account.base_url());
    /// # }
    /// ```
    fn base_url(&self) -> &Url;

    /// Logs in once: one attempt, no caching, no retry.
    ///
    /// ```no_run
    /// # async fn run(account: impl auth_core::Login) -> auth_core::Result<()> {
    /// use auth_core::{Http, Options};
    ///
    /// let http = Http::new(account.base_url(), &Options::default())?;
    /// let session = account.login(&http).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The kind decides the client's next step. After [`Unavailable`](crate::ErrorKind::Unavailable) it tries again
    /// within its limits. After [`RateLimited`](crate::ErrorKind::RateLimited) it waits for the time that the provider
    /// stated. After any other kind it sends no login for a minute or more.
    ///
    /// # Cancellation
    ///
    /// The future is dropped if it takes longer than [`Options::login_timeout`](crate::Options::login_timeout) (10 s),
    /// or if the last clone of the client is dropped.
    fn login(&self, http: &Http) -> impl Future<Output = Result<Self::Credential>> + Send;
}

/// Compares two secrets, for the `PartialEq` of an account. The time that this takes reveals at most their lengths.
///
/// ```
/// use auth_core::same_secret;
/// use auth_core::secrecy::SecretString;
///
/// struct Account { user: String, password: SecretString }
///
/// impl PartialEq for Account {
///     fn eq(&self, other: &Self) -> bool {
///         self.user == other.user && same_secret(&self.password, &other.password)
///     }
/// }
/// # let account = |password: &str| Account { user: "maria".to_owned(), password: password.into() };
/// # assert!(account("segredo") == account("segredo"));
/// # assert!(account("segredo") != account("outro"));
/// ```
///
/// [`Accounts::get_or_update`](crate::Accounts::get_or_update) uses it to detect whether an account has changed. For a
/// secret that may be missing, pass the `Option`'s `as_ref()`.
#[must_use]
pub fn same_secret<'a>(one: impl Into<Option<&'a SecretString>>, other: impl Into<Option<&'a SecretString>>) -> bool {
    let (one, other) = match (one.into(), other.into()) {
        (Some(one), Some(other)) => (one, other),
        (one, other) => return one.is_none() && other.is_none(),
    };
    let (one, other) = (one.expose_secret().as_bytes(), other.expose_secret().as_bytes());
    let differ = one.iter().zip(other).fold(0, |differ, (one, other)| black_box(differ | (one ^ other)));
    one.len() == other.len() && differ == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_the_same_if_they_are_equal_or_both_are_missing() {
        let secret = |text: &str| SecretString::from(text);
        for (one, other) in [("", ""), ("a", "a"), ("a", "b"), ("a", "ab"), ("ab", "a"), ("xa", "ya"), ("", "a")] {
            assert_eq!(same_secret(&secret(one), &secret(other)), one == other, "{one:?} {other:?}");
        }
        let (some, none) = (Some(secret("a")), None::<SecretString>);
        assert!(same_secret(some.as_ref(), some.as_ref()) && same_secret(none.as_ref(), none.as_ref()));
        assert!(!same_secret(some.as_ref(), none.as_ref()) && !same_secret(none.as_ref(), some.as_ref()));
    }
}
