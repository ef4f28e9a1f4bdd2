//! The trait of a credential.

use std::fmt::Debug;

use http::HeaderMap;
use secrecy::SecretString;

use crate::expiry::Expiry;
use crate::refresh_token::RefreshToken;
use crate::token::AccessToken;

/// The complete result of one login: data without I/O.
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
    /// Returns the expiry. It is called once, right after the login.
    ///
    /// ```
    /// # use auth_core::{Credential, Expiry};
    /// fn lives_for_ever(session: &impl Credential) -> bool {
    ///     session.expiry() == Expiry::Never
    /// }
    /// ```
    fn expiry(&self) -> Expiry;

    /// Adds the credential to the headers of a request. It cannot fail, because its values were validated when it was
    /// created.
    ///
    /// Mark the values as sensitive, as [`AccessToken`](crate::AccessToken) does. Sensitive values are kept out of
    /// logs, and out of the errors of the requests that carry them.
    ///
    /// ```
    /// # fn show(session: &impl auth_core::Credential) {
    /// let mut headers = auth_core::http::HeaderMap::new();
    /// session.authorize(&mut headers);
    /// # }
    /// ```
    fn authorize(&self, headers: &mut HeaderMap);

    /// Returns the secrets that [`authorize`](Self::authorize) does not send, such as a signing key. A provider knows
    /// them and may repeat them, so they are kept out of the errors of requests.
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

    /// Returns the name and the value of a query parameter that carries the credential, in place of a header or in
    /// addition to one. [`Request::send`](crate::Request::send) and [`Client::send`](crate::Client::send) set it;
    /// [`Client::headers`](crate::Client::headers) and the layer of `auth-tower` cannot.
    ///
    /// Servers and proxies log queries, so use it only for a provider that takes its key nowhere else.
    ///
    /// ```
    /// # use auth_core::secrecy::{ExposeSecret, SecretString};
    /// # use auth_core::{Credential, Expiry};
    /// #[derive(Debug)]
    /// struct Key(SecretString);
    ///
    /// impl Credential for Key {
    ///     fn expiry(&self) -> Expiry { Expiry::Never }
    ///     fn authorize(&self, _: &mut http::HeaderMap) {}
    ///     fn query_parameter(&self) -> Option<(&str, &str)> { Some(("api_key", self.0.expose_secret())) }
    /// }
    /// ```
    fn query_parameter(&self) -> Option<(&str, &str)> {
        None
    }

    /// Returns the refresh token. With one, [`Login::renew`](crate::Login::renew) obtains the next credential.
    ///
    /// ```
    /// # use auth_core::{AccessToken, Credential, Expiry, RefreshToken};
    /// #[derive(Debug)]
    /// struct Session { token: AccessToken, refresh_token: Option<RefreshToken> }
    ///
    /// impl Credential for Session {
    ///     fn expiry(&self) -> Expiry { Expiry::Never }
    ///     fn authorize(&self, headers: &mut http::HeaderMap) { self.token.authorize(headers) }
    ///     fn refresh_token(&self) -> Option<&RefreshToken> { self.refresh_token.as_ref() }
    /// }
    /// ```
    fn refresh_token(&self) -> Option<&RefreshToken> {
        None
    }

    /// Returns the access token, for code that works with any provider. `None` if the credential is not a single token.
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
