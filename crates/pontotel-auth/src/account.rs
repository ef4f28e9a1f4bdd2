// Written by `cargo xtask codegen` from crates/pontotel-auth/openapi.json: change that, and run it again.
//! The account and its login.

use std::time::Duration;

use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::time::OffsetDateTime;
use auth_core::url::Url;
use auth_core::{Contract, Expiry, Http, Login, LoginResponse, Result, Secret, parse};
use serde_json::Value;

use crate::session::Session;
use crate::wire::{self, LoginAnswer, LoginRequest};

/// The document's description of a response to a login.
static CONTRACT: Contract = Contract::new(crate::OPENAPI);

/// The lifetime of a token if the answer does not state it: an hour.
///
/// Source: [Pontotel, Authentication](https://hml-docs-api.pontotel.com.br/en/getting-started/autenticacao);
/// [Pontotel, Starting: Integration Guide](https://integracoes.pontotel.com.br/en/guias/get-started).
const DOCUMENTED_LIFETIME: Duration = Duration::from_secs(3600);

/// A user name and password, and the server that they belong to. Created by
/// [`Client::builder`](crate::Client::builder).
///
/// Source: [Pontotel, Authentication](https://hml-docs-api.pontotel.com.br/en/getting-started/autenticacao);
/// [Pontotel, Authentication (newer pages)](https://integracoes.pontotel.com.br/en/getting-started/autenticacao);
/// [Pontotel, Starting: Integration Guide](https://integracoes.pontotel.com.br/en/guias/get-started).
///
/// ```
/// let client = pontotel_auth::Client::builder().username("maria").password("segredo").build()?;
/// assert_eq!(client.account().map(|account| account.username()), Some("maria"));
/// assert!(!format!("{:?}", client.account()).contains("segredo"));
/// # Ok::<(), pontotel_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(crate) base_url: Url,
    pub(crate) username: String,
    pub(crate) password: Secret,
}

/// Clients of many accounts, which share their connections and are found by your keys.
///
/// ```
/// use pontotel_auth::auth_core::Options;
/// use pontotel_auth::{Accounts, Client};
///
/// let accounts: Accounts<u64> = Accounts::new(Options::default());
/// let account = || Client::builder().username("maria").password("segredo").account();
/// let client = Client::from(accounts.get_or_insert_with(&1234, account)?);
/// // Returns the same client, unless the account has changed.
/// let client = Client::from(accounts.get_or_update(&1234, account()?)?);
/// # Ok::<(), pontotel_auth::auth_core::Error>(())
/// ```
pub type Accounts<K> = auth_core::Accounts<K, Account>;

impl Account {
    /// Returns the user name that Pontotel gave you.
    ///
    /// ```
    /// let client = pontotel_auth::Client::builder().username("maria").password("segredo").build()?;
    /// let account = client.account().expect("the client logs in");
    /// assert_eq!(account.username(), "maria");
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        let request = LoginRequest { username: &self.username, password: self.password.expose_secret() };
        let answer = http.post_json(wire::LOGIN, &request).await?.error_for_status()?;
        let session = session(&answer)?;
        http.watch(CONTRACT.login(wire::LOGIN), &answer);
        Ok(session)
    }

    async fn refreshed(&self) -> Result<Option<Self>> {
        let mut account = self.clone();
        let changed = account.password.refresh().await?;
        Ok(changed.then_some(account))
    }
}

fn session(answer: &LoginResponse) -> Result<Session> {
    let LoginAnswer { access_token, token_type, expires_in, user } = answer.json()?;
    let token = access_token.ok_or_else(|| answer.malformed("it has no access_token"))?;
    Ok(Session { expiry: expiry(&expires_in, &token, answer.date()), token: answer.bearer(&token)?, token_type, user })
}

/// Computes the lifetime of a token: `expires_in`, else the token's own `exp − iat`, else an hour. It never exceeds the
/// token's own `exp`.
fn expiry(expires_in: &Value, token: &SecretString, date: Option<OffsetDateTime>) -> Expiry {
    let lifetime = parse::seconds(expires_in).or_else(|| parse::jwt::lifetime(token.expose_secret()));
    let lifetime = lifetime.unwrap_or_else(|| {
        tracing::debug!("the login does not say how long its token lives: an hour, as documented");
        DOCUMENTED_LIFETIME
    });
    Expiry::In(lifetime).at_most(parse::jwt::remaining(token.expose_secret(), date))
}
