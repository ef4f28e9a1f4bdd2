// Written by `cargo xtask codegen` from crates/sopague-auth/openapi.json: change that, and run it again.
//! The account and its login.

use std::time::Duration;

use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::time::OffsetDateTime;
use auth_core::url::Url;
use auth_core::{Contract, Expiry, Http, Login, LoginResponse, Result, Secret, parse};

use crate::api::Api;
use crate::session::Session;
use crate::wire::{LoginAnswer, LoginRequest, Verdict};

/// The document's description of a response to a login.
static CONTRACT: Contract = Contract::new(crate::OPENAPI);

/// The lifetime of a token if the answer does not state it: 5 minutes.
///
/// Assumed: No page says how long a token lives, and a login too many is better than a request with a dead token.
const UNKNOWN_LIFETIME: Duration = Duration::from_secs(300);

/// A user name and password, and the server that they belong to. Created by
/// [`Client::builder`](crate::Client::builder).
///
/// Source: [Sopague, Autenticação](https://docs.sopague.com.br/autenticacao);
/// [Sopague, Authentication](https://docs.sopague.com.br/en/autenticacao).
///
/// ```
/// let client = sopague_auth::Client::builder().username("integrador").password("segredo").build()?;
/// assert_eq!(client.account().map(|account| account.username()), Some("integrador"));
/// assert!(!format!("{:?}", client.account()).contains("segredo"));
/// # Ok::<(), sopague_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(crate) base_url: Url,
    pub(crate) api: Api,
    pub(crate) username: String,
    pub(crate) password: Secret,
}

/// Clients of many accounts, which share their connections and are found by your keys.
///
/// ```
/// use sopague_auth::auth_core::Options;
/// use sopague_auth::{Accounts, Client};
///
/// let accounts: Accounts<u64> = Accounts::new(Options::default());
/// let account = || Client::builder().username("integrador").password("segredo").account();
/// let client = Client::from(accounts.get_or_insert_with(&1234, account)?);
/// // Returns the same client, unless the account has changed.
/// let client = Client::from(accounts.get_or_update(&1234, account()?)?);
/// # Ok::<(), sopague_auth::auth_core::Error>(())
/// ```
pub type Accounts<K> = auth_core::Accounts<K, Account>;

impl Account {
    /// Returns the user name that Sopague gave you, of at most 30 characters.
    ///
    /// ```
    /// let client = sopague_auth::Client::builder().username("integrador").password("segredo").build()?;
    /// let account = client.account().expect("the client logs in");
    /// assert_eq!(account.username(), "integrador");
    /// # Ok::<(), sopague_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Returns the API of the account.
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
        let request = LoginRequest { username: &self.username, password: self.password.expose_secret() };
        let answer = http.post_json(self.api.login_path(), &request).await?.error_for_status()?;
        let session = session(&answer)?;
        http.watch(CONTRACT.login(self.api.login_path()), &answer);
        Ok(session)
    }

    async fn refreshed(&self) -> Result<Option<Self>> {
        let mut account = self.clone();
        let changed = account.password.refresh().await?;
        Ok(changed.then_some(account))
    }
}

fn session(answer: &LoginResponse) -> Result<Session> {
    if answer.json::<Verdict>()?.authenticated == Some(false) {
        return Err(answer.login_refused());
    }
    let LoginAnswer { created, expiration, access_token, message } = answer.json()?;
    let token = access_token.ok_or_else(|| answer.malformed("it has no accessToken"))?;
    Ok(Session {
        expiry: expiry(created.as_deref(), expiration.as_deref(), &token, answer.date()),
        token: answer.bearer(&token)?,
        created,
        expiration,
        message,
    })
}

/// Computes the lifetime of a token: `expiration − created`, else the token's own `exp − iat`, else `expiration`
/// against the answer's `Date`, else 5 minutes. It never exceeds the token's own `exp`.
fn expiry(
    created: Option<&str>,
    expiration: Option<&str>,
    token: &SecretString,
    date: Option<OffsetDateTime>,
) -> Expiry {
    let lifetime = parse::dates::difference(created, expiration)
        .map(|all| parse::dates::remaining(all, created, date))
        .or_else(|| parse::jwt::lifetime(token.expose_secret()))
        .or_else(|| parse::dates::until(expiration, date));
    let lifetime = lifetime.unwrap_or_else(|| {
        tracing::debug!("the login does not say how long its token lives: 5 minutes are safe");
        UNKNOWN_LIFETIME
    });
    Expiry::In(lifetime).at_most(parse::jwt::remaining(token.expose_secret(), date))
}
