// Written by `cargo xtask codegen` from crates/api4com-auth/openapi.json: change that, and run it again.
//! The account and its login.

use std::time::{Duration, SystemTime};

use auth_core::secrecy::ExposeSecret;
use auth_core::time::OffsetDateTime;
use auth_core::url::Url;
use auth_core::{Contract, Expiry, Http, Login, LoginResponse, Result, Secret, parse};
use serde_json::Value;

use crate::session::Session;
use crate::ttl::Ttl;
use crate::wire::{self, LoginAnswer, LoginRequest};

/// The document's description of a response to a login.
static CONTRACT: Contract = Contract::new(crate::OPENAPI);

/// The lifetime of a token if the answer does not state it: 14 days.
///
/// Source: [Api4Com, Authentication](https://developers.api4com.com/authentication.html).
const DOCUMENTED_LIFETIME: Duration = Duration::from_secs(1_209_600);

/// An e-mail address and a password, and the server that they belong to. Created by
/// [`Client::builder`](crate::Client::builder).
///
/// Source: [Api4Com, Authentication](https://developers.api4com.com/authentication.html);
/// [Api4Com, reference of the login](https://developers.api4com.com/operations/Users.loginUser.html).
///
/// ```
/// let client = api4com_auth::Client::builder().email("maria@example.com").password("segredo-da-maria").build()?;
/// assert_eq!(client.account().map(|account| account.email()), Some("maria@example.com"));
/// assert!(!format!("{:?}", client.account()).contains("segredo-da-maria"));
/// # Ok::<(), api4com_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(crate) base_url: Url,
    pub(crate) email: String,
    pub(crate) password: Secret,
    pub(crate) ttl: Option<Ttl>,
}

/// Clients of many accounts, which share their connections and are found by your keys.
///
/// ```
/// use api4com_auth::auth_core::Options;
/// use api4com_auth::{Accounts, Client};
///
/// let accounts: Accounts<u64> = Accounts::new(Options::default());
/// let account = || Client::builder().email("maria@example.com").password("segredo-da-maria").account();
/// let client = Client::from(accounts.get_or_insert_with(&1234, account)?);
/// // Returns the same client, unless the account has changed.
/// let client = Client::from(accounts.get_or_update(&1234, account()?)?);
/// # Ok::<(), api4com_auth::auth_core::Error>(())
/// ```
pub type Accounts<K> = auth_core::Accounts<K, Account>;

impl Account {
    /// Returns the e-mail address of the login.
    ///
    /// ```
    /// let client = api4com_auth::Client::builder().email("maria@example.com").password("segredo-da-maria").build()?;
    /// let account = client.account().expect("the client logs in");
    /// assert_eq!(account.email(), "maria@example.com");
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Returns the lifetime in seconds that a login requests. -1 means for ever, and 0 means the default, Api4Com's 14
    /// days. The lifetime that Api4Com grants counts.
    ///
    /// Assumed: The documentation has `ttl` for the creation of tokens alone. An unchanged LoopBack 3 takes it here
    /// too, as a number or a text.
    ///
    /// ```
    /// let client = api4com_auth::Client::builder().email("maria@example.com").password("segredo-da-maria").build()?;
    /// let account = client.account().expect("the client logs in");
    /// assert_eq!(account.ttl(), None);
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn ttl(&self) -> Option<Ttl> {
        self.ttl
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        let request = LoginRequest { email: &self.email, password: self.password.expose_secret(), ttl: self.ttl };
        let answer = http.post_json(wire::LOGIN, &request).await?.error_for_status()?;
        let session = session(&answer)?;
        http.watch(CONTRACT.login(wire::LOGIN).requesting_lifetime(self.ttl.is_some()), &answer);
        Ok(session)
    }

    async fn refreshed(&self) -> Result<Option<Self>> {
        let mut account = self.clone();
        let changed = account.password.refresh().await?;
        Ok(changed.then_some(account))
    }
}

fn session(answer: &LoginResponse) -> Result<Session> {
    let LoginAnswer { id, ttl, created, user_id } = answer.json()?;
    let token = id.ok_or_else(|| answer.malformed("it has no id"))?;
    Ok(Session {
        expiry: expiry(&ttl, created.as_deref(), answer.date()),
        token: answer.raw(&token)?,
        created: created.as_deref().and_then(parse::dates::parse).map(SystemTime::from),
        user_id,
    })
}

/// Computes the lifetime of a token: `ttl` since `created`, where `-1` means for ever, else 14 days.
pub(crate) fn expiry(ttl: &Value, created: Option<&str>, date: Option<OffsetDateTime>) -> Expiry {
    let expiry = (parse::integer(ttl) == Some(-1))
        .then_some(Expiry::Never)
        .or_else(|| parse::seconds(ttl).map(|all| parse::dates::remaining(all, created, date)).map(Expiry::In));
    expiry.unwrap_or_else(|| {
        tracing::debug!("the login does not say how long its token lives: 14 days, as documented");
        Expiry::In(DOCUMENTED_LIFETIME)
    })
}
