//! The account, and its login: `POST api/authentication/login`, at the gateway `POST api/auth/token`.

use std::time::Duration;

use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::url::Url;
use auth_core::{Answer, Http, Login, Result, jwt, lenient};
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::dates::Date;
use crate::session::Session;

/// For an answer that tells no lifetime in any way: Sopague documents none, and a login too many is better than a
/// request with a dead token.
const UNKNOWN_LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A user name and password, and the API that they are for. Made by [`Client::builder`](crate::Client::builder).
///
/// ```
/// let client = sopague_auth::Client::builder().username("integrador").password("segredo").build()?;
/// assert_eq!(client.account().map(|account| account.username()), Some("integrador"));
/// assert!(!format!("{:?}", client.account()).contains("segredo"));
/// # Ok::<(), sopague_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    pub(crate) base_url: Url,
    pub(crate) api: Api,
    pub(crate) username: String,
    pub(crate) password: SecretString,
}

/// Clients of many accounts that share their connections, found by a key of yours.
///
/// ```
/// use sopague_auth::auth_core::Options;
/// use sopague_auth::{Accounts, Client};
///
/// let accounts: Accounts<u64> = Accounts::new(Options::default());
/// let account = || Client::builder().username("integrador").password("segredo").account();
/// let client = Client::from(accounts.get_or_insert_with(&1234, account)?);
/// # Ok::<(), sopague_auth::auth_core::Error>(())
/// ```
pub type Accounts<K> = auth_core::Accounts<K, Account>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoginRequest<'a> {
    user_name: &'a str,
    password: &'a str,
}

/// ASP.NET servers write names in either case, as they are set up.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginAnswer {
    #[serde(default, alias = "Authenticated", deserialize_with = "lenient::optional")]
    authenticated: Option<bool>,
    #[serde(default, alias = "Created", deserialize_with = "lenient::optional")]
    created: Option<String>,
    #[serde(default, alias = "Expiration", deserialize_with = "lenient::optional")]
    expiration: Option<String>,
    #[serde(default, alias = "AccessToken")]
    access_token: Option<SecretString>,
    #[serde(default, alias = "Message", deserialize_with = "lenient::optional")]
    message: Option<String>,
}

impl Account {
    /// The user name.
    ///
    /// ```
    /// let client = sopague_auth::Client::builder().username("integrador").password("segredo").build()?;
    /// assert_eq!(client.account().map(|account| account.username()), Some("integrador"));
    /// # Ok::<(), sopague_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Which API it logs in to.
    ///
    /// ```
    /// use sopague_auth::{Api, Client};
    ///
    /// let client = Client::builder().username("integrador").password("segredo").build()?;
    /// assert_eq!(client.account().map(|account| account.api()), Some(Api::Integration));
    /// # Ok::<(), sopague_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn api(&self) -> Api {
        self.api
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        let request = LoginRequest { user_name: &self.username, password: self.password.expose_secret() };
        let answer = http.post_json(self.api.login_path(), &request).await?.success()?;
        session(&answer)
    }
}

fn session(answer: &Answer) -> Result<Session> {
    let LoginAnswer { authenticated, created, expiration, access_token, message } = answer.json()?;
    if authenticated == Some(false) {
        return Err(answer.rejected());
    }
    let token = access_token.ok_or_else(|| answer.malformed("it has no accessToken"))?;
    let lifetime = lifetime(answer, created.as_deref(), expiration.as_deref(), &token).unwrap_or_else(|| {
        tracing::debug!("the login does not say how long its token lives: five minutes are safe");
        UNKNOWN_LIFETIME
    });
    Ok(Session { token: answer.bearer(&token)?, lifetime, created, expiration, message })
}

fn lifetime(
    answer: &Answer,
    created: Option<&str>,
    expiration: Option<&str>,
    token: &SecretString,
) -> Option<Duration> {
    let (created, expiration) = (created.and_then(Date::parse), expiration.and_then(Date::parse));
    created
        .zip(expiration)
        .and_then(|(created, expiration)| created.until(expiration))
        .or_else(|| jwt::lifetime(token.expose_secret()))
        .or_else(|| expiration?.after(answer.date()?))
}
