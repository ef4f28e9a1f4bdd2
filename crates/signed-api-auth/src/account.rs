// Written by `cargo xtask codegen` from crates/signed-api-auth/openapi.json: change that, and run it again.
//! The account and its login.

use auth_core::secrecy::ExposeSecret;
use auth_core::url::Url;
use auth_core::{Contract, Http, Login, Result, Secret};

use crate::session::Session;
use crate::wire::{self, LoginRequest};

/// The document's description of a response to a login.
static CONTRACT: Contract = Contract::new(crate::OPENAPI);

/// An API key, and the server that it belongs to. Created by [`Client::builder`](crate::Client::builder).
///
/// Source: [xigsapi, Authentication](https://docs.xigsapi.com/auth).
///
/// ```
/// let client = signed_api_auth::Client::builder().api_key("a-chave-secreta-do-integrador").base_url("https://api.provider.example").build()?;
/// assert!(!format!("{:?}", client.account()).contains("a-chave-secreta-do-integrador"));
/// # Ok::<(), signed_api_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(crate) base_url: Url,
    pub(crate) api_key: Secret,
}

/// Clients of many accounts, which share their connections and are found by your keys.
///
/// ```
/// use signed_api_auth::auth_core::Options;
/// use signed_api_auth::{Accounts, Client};
///
/// let accounts: Accounts<u64> = Accounts::new(Options::default());
/// let account = || Client::builder().api_key("a-chave-secreta-do-integrador").base_url("https://api.provider.example").account();
/// let client = Client::from(accounts.get_or_insert_with(&1234, account)?);
/// // Returns the same client, unless the account has changed.
/// let client = Client::from(accounts.get_or_update(&1234, account()?)?);
/// # Ok::<(), signed_api_auth::auth_core::Error>(())
/// ```
pub type Accounts<K> = auth_core::Accounts<K, Account>;

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        let request = LoginRequest { api_key: self.api_key.expose_secret() };
        let answer = http.post_json(wire::LOGIN, &request).await?.error_for_status()?;
        let session = Session::read(&answer)?;
        http.watch(CONTRACT.login(wire::LOGIN), &answer);
        Ok(session)
    }

    async fn refreshed(&self) -> Result<Option<Self>> {
        let mut account = self.clone();
        let changed = account.api_key.refresh().await?;
        Ok(changed.then_some(account))
    }
}
