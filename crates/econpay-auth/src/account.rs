// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! The account and its login.

use std::time::Duration;

use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::time::OffsetDateTime;
use auth_core::url::Url;
use auth_core::{Contract, Expiry, Http, Login, LoginResponse, Result, Secret, parse};

use crate::session::Session;
use crate::wire::{self, LoginAnswer, LoginAnswerResponse, LoginRequest, Verdict};

/// The document's description of a response to a login.
static CONTRACT: Contract = Contract::new(crate::OPENAPI);

/// The lifetime of a token if the answer does not state it: an hour.
///
/// Source: [EconPay, POST /auth](https://docs.econpay.com.br/api-reference/auth/login);
/// [EconPay, Autenticação](https://docs.econpay.com.br/authentication).
const DOCUMENTED_LIFETIME: Duration = Duration::from_secs(3600);

/// An e-mail address and password, and the server that they belong to. Created by
/// [`Client::builder`](crate::Client::builder).
///
/// Source: [EconPay, POST /auth](https://docs.econpay.com.br/api-reference/auth/login);
/// [EconPay, Autenticação](https://docs.econpay.com.br/authentication).
///
/// ```
/// let client = econpay_auth::Client::builder().email("maria@loja.example").password("segredo").build()?;
/// assert_eq!(client.account().map(|account| account.email()), Some("maria@loja.example"));
/// assert!(!format!("{:?}", client.account()).contains("segredo"));
/// # Ok::<(), econpay_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(crate) base_url: Url,
    pub(crate) email: String,
    pub(crate) password: Secret,
}

/// Clients of many accounts, which share their connections and are found by your keys.
///
/// ```
/// use econpay_auth::auth_core::Options;
/// use econpay_auth::{Accounts, Client};
///
/// let accounts: Accounts<u64> = Accounts::new(Options::default());
/// let account = || Client::builder().email("maria@loja.example").password("segredo").account();
/// let client = Client::from(accounts.get_or_insert_with(&1234, account)?);
/// // Returns the same client, unless the account has changed.
/// let client = Client::from(accounts.get_or_update(&1234, account()?)?);
/// # Ok::<(), econpay_auth::auth_core::Error>(())
/// ```
pub type Accounts<K> = auth_core::Accounts<K, Account>;

impl Account {
    /// Returns the e-mail address of a user of EconPay's dashboard.
    ///
    /// ```
    /// let client = econpay_auth::Client::builder().email("maria@loja.example").password("segredo").build()?;
    /// let account = client.account().expect("the client logs in");
    /// assert_eq!(account.email(), "maria@loja.example");
    /// # Ok::<(), econpay_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        let request = LoginRequest { email: &self.email, password: self.password.expose_secret() };
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
    if answer.json::<Verdict>()?.success == Some(false) {
        return Err(answer.login_refused());
    }
    let LoginAnswer { response } = answer.json()?;
    let LoginAnswerResponse { token, user } = response.unwrap_or_default();
    let token = token.ok_or_else(|| answer.malformed("it has no response.token"))?;
    Ok(Session { expiry: expiry(&token, answer.date()), token: answer.bearer(&token)?, user })
}

/// Computes the lifetime of a token: the token's own `exp − iat`, else an hour. It never exceeds the token's own `exp`.
fn expiry(token: &SecretString, date: Option<OffsetDateTime>) -> Expiry {
    let lifetime = parse::jwt::lifetime(token.expose_secret());
    let lifetime = lifetime.unwrap_or_else(|| {
        tracing::debug!("the login does not say how long its token lives: an hour, as documented");
        DOCUMENTED_LIFETIME
    });
    Expiry::In(lifetime).at_most(parse::jwt::remaining(token.expose_secret(), date))
}
