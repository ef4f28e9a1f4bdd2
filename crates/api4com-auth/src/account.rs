//! The account, and its login: `POST users/login`.

use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::url::Url;
use auth_core::{Http, Login, Result};
use serde::Serialize;

use crate::session::{Issued, Session};
use crate::ttl::Ttl;

const LOGIN: &str = "users/login";

/// An e-mail address and password, and the server that they are for. Made by [`Client::builder`](crate::Client::builder).
///
/// ```
/// let client = api4com_auth::Client::builder().email("maria@example.com").password("segredo").build()?;
/// assert_eq!(client.account().map(|account| account.email()), Some("maria@example.com"));
/// assert!(!format!("{:?}", client.account()).contains("segredo"));
/// # Ok::<(), api4com_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    pub(crate) base_url: Url,
    pub(crate) email: String,
    pub(crate) password: SecretString,
    pub(crate) ttl: Option<Ttl>,
}

/// Clients of many accounts that share their connections, found by a key of yours.
///
/// ```
/// use api4com_auth::auth_core::Options;
/// use api4com_auth::{Accounts, Client};
///
/// let accounts: Accounts<u64> = Accounts::new(Options::default());
/// let account = || Client::builder().email("maria@example.com").password("segredo").account();
/// let client = Client::from(accounts.get_or_insert_with(&1234, account)?);
/// # Ok::<(), api4com_auth::auth_core::Error>(())
/// ```
pub type Accounts<K> = auth_core::Accounts<K, Account>;

#[derive(Serialize)]
struct LoginRequest<'a> {
    email: &'a str,
    password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<Ttl>,
}

impl Account {
    /// The e-mail address.
    ///
    /// ```
    /// let client = api4com_auth::Client::builder().email("maria@example.com").password("segredo").build()?;
    /// assert_eq!(client.account().map(|account| account.email()), Some("maria@example.com"));
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// How long its tokens are asked to live, if that was set.
    ///
    /// ```
    /// let client = api4com_auth::Client::builder().email("maria@example.com").password("segredo").build()?;
    /// assert_eq!(client.account().and_then(|account| account.ttl()), None);
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
        let answer = http.post_json(LOGIN, &request).await?.success()?;
        answer.json::<Issued>()?.session(|token| answer.raw(token))
    }
}
