//! The trait of a provider's login.

use std::fmt::Debug;
use std::future::Future;

use url::Url;

use crate::credential::Credential;
use crate::error::{Error, ErrorKind, Result};
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

    /// Returns the base URL of the login, if the provider logs in at another host than its API's: the `http` of
    /// [`login`](Self::login) and [`renew`](Self::renew) sends below it, and to its origin alone. By default, it is the
    /// [`base_url`](Self::base_url).
    ///
    /// It must be `https` (or on loopback), as the base URL must.
    ///
    /// ```
    /// # use auth_core::{AccessToken, Credential, Expiry, Http, Login, Result};
    /// # #[derive(Debug)]
    /// # struct Session(AccessToken);
    /// # impl Credential for Session {
    /// #     fn expiry(&self) -> Expiry { Expiry::Never }
    /// #     fn authorize(&self, headers: &mut http::HeaderMap) { self.0.authorize(headers) }
    /// # }
    /// #[derive(Debug)]
    /// struct Account { base_url: url::Url, login_base_url: url::Url }
    ///
    /// impl Login for Account {
    ///     // login as above
    /// #    type Credential = Session;
    /// #    async fn login(&self, _: &Http) -> Result<Session> { Ok(Session(AccessToken::bearer(&"next".into())?)) }
    ///     fn base_url(&self) -> &url::Url { &self.base_url }
    ///     fn login_base_url(&self) -> &url::Url { &self.login_base_url }
    /// }
    /// ```
    fn login_base_url(&self) -> &Url {
        self.base_url()
    }

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

    /// Obtains the next credential with the [refresh token](Credential::refresh_token) of the previous one. It makes
    /// one attempt, without caching or retries.
    ///
    /// The client calls it before a login, at most once, if the previous credential has a usable refresh token: for a
    /// renewal, after the expiry, and after a 401. By default there is nothing to exchange, and the client logs in.
    ///
    /// ```
    /// # use auth_core::secrecy::SecretString;
    /// # use auth_core::{AccessToken, Credential, Expiry, Http, Login, LoginResponse, RefreshToken, Result};
    /// # #[derive(Debug)]
    /// # struct Account { base_url: url::Url, client_id: String }
    /// # #[derive(Debug)]
    /// # struct Session { token: AccessToken, refresh_token: Option<RefreshToken> }
    /// # impl Credential for Session {
    /// #     fn expiry(&self) -> Expiry { Expiry::Never }
    /// #     fn authorize(&self, headers: &mut http::HeaderMap) { self.token.authorize(headers) }
    /// #     fn refresh_token(&self) -> Option<&RefreshToken> { self.refresh_token.as_ref() }
    /// # }
    /// # impl Session {
    /// #     fn read(answer: &LoginResponse, previous: Option<&Session>) -> Result<Self> {
    /// #         let token = answer.bearer(&answer.json::<SecretString>()?)?;
    /// #         Ok(Self { token, refresh_token: previous.and_then(|session| session.refresh_token.clone()) })
    /// #     }
    /// # }
    /// impl Login for Account {
    ///     // base_url and login as above
    /// #    type Credential = Session;
    /// #    fn base_url(&self) -> &url::Url { &self.base_url }
    /// #    async fn login(&self, http: &Http) -> Result<Session> {
    /// #        Session::read(&http.post("oauth/token").send().await?.error_for_status()?, None)
    /// #    }
    ///     async fn renew(&self, http: &Http, previous: &Session) -> Result<Session> {
    ///         let refresh_token = previous.refresh_token().map_or("", RefreshToken::expose_secret);
    ///         let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    ///         let answer = http.post("oauth/token").form(&form).send().await?.error_for_status()?;
    ///         // A response without a new refresh token keeps the previous one.
    ///         Session::read(&answer, Some(previous))
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// After [`Unavailable`](crate::ErrorKind::Unavailable) or [`RateLimited`](crate::ErrorKind::RateLimited) the
    /// refresh token is kept. A renewal in the background then ends; if callers wait, a login follows an `Unavailable`.
    /// After any other kind the refresh token is not sent again, and a login follows.
    ///
    /// # Cancellation
    ///
    /// As for [`login`](Self::login), with its own time-out of the same length.
    fn renew(
        &self,
        _http: &Http,
        _previous: &Self::Credential,
    ) -> impl Future<Output = Result<Self::Credential>> + Send {
        async { Err(Error::new(ErrorKind::LoginRequired, "this account uses no refresh tokens")) }
    }

    /// Returns the account with its secrets read again, or `None` if they are the same as in `self`. The client calls
    /// it before each login. By default, secrets are fixed.
    ///
    /// ```
    /// # use auth_core::{AccessToken, Credential, Expiry, Http, Login, Result, Secret};
    /// # #[derive(Debug)]
    /// # struct Session(AccessToken);
    /// # impl Credential for Session {
    /// #     fn expiry(&self) -> Expiry { Expiry::Never }
    /// #     fn authorize(&self, headers: &mut http::HeaderMap) { self.0.authorize(headers) }
    /// # }
    /// #[derive(Clone, Debug)]
    /// struct Account { base_url: url::Url, password: Secret }
    ///
    /// impl Login for Account {
    ///     // base_url and login as above
    /// #    type Credential = Session;
    /// #    fn base_url(&self) -> &url::Url { &self.base_url }
    /// #    async fn login(&self, _: &Http) -> Result<Session> { Ok(Session(AccessToken::bearer(&"next".into())?)) }
    ///     async fn refreshed(&self) -> Result<Option<Self>> {
    ///         let mut account = self.clone();
    ///         let changed = account.password.refresh().await?;
    ///         Ok(changed.then_some(account))
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable) if a secret cannot be read: nothing is sent, and the client tries
    /// again within its limits.
    fn refreshed(&self) -> impl Future<Output = Result<Option<Self>>> + Send
    where
        Self: Sized,
    {
        async { Ok(None) }
    }
}
