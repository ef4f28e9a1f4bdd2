//! The account, and its login: `POST v1/auth/login`.

use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::url::Url;
use auth_core::{Http, Login, Result};
use serde::Serialize;

use crate::session::Session;

const LOGIN: &str = "v1/auth/login";

/// An API key, and the server that it is for. Made by [`Client::builder`](crate::Client::builder).
///
/// ```
/// use signed_api_auth::{Client, Environment};
///
/// let client = Client::builder().api_key("segredo").environment(Environment::Sandbox).build()?;
/// assert!(client.account().is_some());
/// assert!(!format!("{:?}", client.account()).contains("segredo"));
/// # Ok::<(), signed_api_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Account {
    pub(crate) base_url: Url,
    pub(crate) api_key: SecretString,
}

/// Clients of many accounts that share their connections, found by a key of yours.
///
/// ```
/// use signed_api_auth::auth_core::Options;
/// use signed_api_auth::{Accounts, Client};
///
/// let accounts: Accounts<u64> = Accounts::new(Options::default());
/// let account = || Client::builder().api_key("segredo").base_url("https://api.example.com").account();
/// let client = Client::from(accounts.get_or_insert_with(&1234, account)?);
/// # Ok::<(), signed_api_auth::auth_core::Error>(())
/// ```
pub type Accounts<K> = auth_core::Accounts<K, Account>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoginRequest<'a> {
    api_key: &'a str,
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        let request = LoginRequest { api_key: self.api_key.expose_secret() };
        Session::read(&http.post_json(LOGIN, &request).await?.success()?)
    }
}
