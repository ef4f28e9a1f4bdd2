//! The client that users hold.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use auth_core::http::{HeaderMap, StatusCode};
use auth_core::reqwest::{RequestBuilder, Response};
use auth_core::secrecy::SecretString;
use auth_core::{AccessToken, Authorize, Expiry, Result, vars};
use serde::Serialize;

use crate::account::Account;
use crate::builder::Builder;
use crate::me::Me;
use crate::session::{Issued, Session};
use crate::ttl::Ttl;

/// Requests to Api4Com that stay authenticated. Clones are cheap and share one login.
///
/// It has all that [`auth_core::Client`] has.
///
/// ```no_run
/// # async fn run() -> api4com_auth::auth_core::Result<()> {
/// let client = api4com_auth::Client::from_env()?;
/// println!("{:?}", client.me().await?.name());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client(pub(crate) auth_core::Client<Account>);

#[derive(Serialize)]
struct NewToken {
    ttl: Ttl,
}

impl Client {
    /// Begins to set up a client.
    ///
    /// ```
    /// let client = api4com_auth::Client::builder().email("maria@example.com").password("segredo").build()?;
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A client from the environment: `API4COM_EMAIL` and `API4COM_PASSWORD`, or `API4COM_TOKEN` instead, and
    /// optionally `API4COM_BASE_URL`.
    ///
    /// ```no_run
    /// # async fn run() -> api4com_auth::auth_core::Result<()> {
    /// let client = api4com_auth::Client::from_env()?;
    /// println!("{:?}", client.me().await?.role());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](auth_core::ErrorKind::Config), with the name of the variable that is missing or wrong.
    pub fn from_env() -> Result<Self> {
        Self::from_vars(vars::environment)
    }

    /// A client from variables that come from elsewhere than the environment, with the same names.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// let vars = HashMap::from([("API4COM_EMAIL", "maria@example.com"), ("API4COM_PASSWORD", "segredo")]);
    /// let client = api4com_auth::Client::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
    /// assert_eq!(client.account().map(|account| account.email()), Some("maria@example.com"));
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Builder::from_vars(read)?.build()
    }

    /// A client for a token that is there already: it never logs in, and a 401 reaches the caller.
    ///
    /// ```
    /// let client = api4com_auth::Client::with_token("rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3t1YuGAY0JJd3zveeFY8Y")?;
    /// assert!(client.cached().is_some_and(|session| session.lifetime().is_none()));
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](auth_core::ErrorKind::Config) if the token cannot be sent in a header.
    pub fn with_token(token: impl Into<SecretString>) -> Result<Self> {
        Self::builder().token(token).build()
    }

    /// Who the token belongs to: `GET users/me`.
    ///
    /// ```no_run
    /// # async fn run(client: api4com_auth::Client) -> api4com_auth::auth_core::Result<()> {
    /// let me = client.me().await?;
    /// println!("{:?}, whose role is {:?}", me.name(), me.role());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Request::fetch`](auth_core::Request::fetch).
    pub async fn me(&self) -> Result<Me> {
        self.get("users/me").fetch().await
    }

    /// Makes a token beside the client's own, which stays as it is: `POST users/accessTokens`.
    ///
    /// Believe its [`lifetime`](Session::lifetime), which may be shorter than what was asked for. A server may also
    /// grant an eternal token and then refuse it: see that [`me`](Self::me) answers to it.
    ///
    /// ```no_run
    /// # async fn run(client: api4com_auth::Client) -> api4com_auth::auth_core::Result<()> {
    /// use api4com_auth::{Client, Ttl};
    ///
    /// let session = client.create_token(Ttl::NEVER).await?;
    /// Client::with_token(session.token().expose_secret())?.me().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Request::fetch`](auth_core::Request::fetch).
    pub async fn create_token(&self, ttl: Ttl) -> Result<Session> {
        let request = self.post("users/accessTokens").no_redirect().json(&NewToken { ttl });
        request.fetch::<Issued>().await?.session(AccessToken::raw)
    }

    /// Ends the client's own token, if it has one: `POST users/logout`. It never logs in, and the next request does.
    ///
    /// Whatever the provider answers, the token is not used again. That it does not know it (401) is a success. Without
    /// an answer the token stays: it may still live, and the next logout can end it; if it does not, the next request
    /// logs in again.
    ///
    /// ```no_run
    /// # async fn run(client: api4com_auth::Client) -> api4com_auth::auth_core::Result<()> {
    /// client.logout().await?;
    /// assert!(client.cached().is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unavailable`](auth_core::ErrorKind::Unavailable) if there is no answer; for other answers than a 2xx and a 401, as for
    /// [`success`](auth_core::success): the token then lives on at the provider until its end.
    pub async fn logout(&self) -> Result<()> {
        match self.cached() {
            Some(session) => self.end(session).await,
            None => Ok(()),
        }
    }

    /// Ends this token, whoever made it: `POST users/logout`, with the token itself in the header, because that is the only way.
    ///
    /// If it is the client's own, this is a [`logout`](Self::logout); otherwise the client's own stays. It never logs in, and
    /// that the provider does not know the token (401) is a success.
    ///
    /// ```no_run
    /// # async fn run(client: api4com_auth::Client) -> api4com_auth::auth_core::Result<()> {
    /// let session = client.create_token(api4com_auth::Ttl::days(30)).await?;
    /// client.delete_token(session.token()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`logout`](Self::logout).
    pub async fn delete_token(&self, token: &AccessToken) -> Result<()> {
        let own = self.cached().filter(|session| session.token().expose_secret() == token.expose_secret());
        self.end(own.unwrap_or_else(|| Arc::new(Session::given(token.clone(), Expiry::Never)))).await
    }

    async fn end(&self, session: Arc<Session>) -> Result<()> {
        // Without a body there would be no length either, and some proxies answer 411 to that.
        let request = self.post("users/logout").header("content-length", "0").no_redirect();
        let response = request.using(Arc::clone(&session)).send().await?;
        self.discard(&session);
        match response.status() {
            StatusCode::UNAUTHORIZED => Ok(()),
            _ => auth_core::success(response).await.map(drop),
        }
    }
}

/// A client that came from a set of [`Accounts`](crate::Accounts), with this crate's operations.
impl From<auth_core::Client<Account>> for Client {
    fn from(client: auth_core::Client<Account>) -> Self {
        Self(client)
    }
}

impl Deref for Client {
    type Target = auth_core::Client<Account>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[async_trait]
impl Authorize for Client {
    async fn headers(&self) -> Result<HeaderMap> {
        self.0.headers().await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        self.0.send(request).await
    }
}
