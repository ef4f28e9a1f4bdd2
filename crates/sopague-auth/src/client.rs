// Written by `cargo xtask codegen` from crates/sopague-auth/openapi.json: change that, and run it again.
//! The client of Sopague.

use std::ops::Deref;

use async_trait::async_trait;
use auth_core::http::HeaderMap;
use auth_core::reqwest::{RequestBuilder, Response};
use auth_core::{Authorize, Result};

use crate::account::Account;
use crate::builder::Builder;

/// A client whose requests to Sopague stay authenticated. Clones are cheap and share one login.
///
/// It has all methods of [`auth_core::Client`].
///
/// ```no_run
/// # async fn run() -> sopague_auth::auth_core::Result<()> {
/// let client = sopague_auth::Client::from_env()?;
/// let response = client.post("api/transaction/concil/search-by-code").query(&[("accountNumber", "12345")]).send().await?;
/// println!("{}", response.status());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client(pub(crate) auth_core::Client<Account>);

impl Client {
    /// Returns a builder of a client.
    ///
    /// ```
    /// let client = sopague_auth::Client::builder().username("integrador").password("segredo").build()?;
    /// # Ok::<(), sopague_auth::auth_core::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Creates a client from the environment. To set more than these variables, use [`Builder::from_env`].
    ///
    /// | variable | |
    /// | --- | --- |
    /// | `SOPAGUE_USERNAME` | the user name, of at most 30 characters, required without a token |
    /// | `SOPAGUE_PASSWORD` | the password, of at most 256 characters, required without a token |
    /// | `SOPAGUE_TOKEN` | an existing token, instead of a user name and a password |
    /// | `SOPAGUE_API` | `integration` (the default) or `gateway` |
    /// | `SOPAGUE_ENVIRONMENT` | `production` (the default) or `homologation`, also called `sandbox` |
    /// | `SOPAGUE_BASE_URL` | the base URL, if it is not the environment's |
    ///
    /// ```no_run
    /// # async fn run() -> sopague_auth::auth_core::Result<()> {
    /// let client = sopague_auth::Client::from_env()?;
    /// println!("a token for {:?}", client.credential().await?.lifetime());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](auth_core::ErrorKind::Config), with their names, if variables are missing, wrong or misspelt;
    /// [`InvalidRequest`](auth_core::ErrorKind::InvalidRequest) if the user name or password is longer than Sopague
    /// allows.
    pub fn from_env() -> Result<Self> {
        Builder::from_env()?.build()
    }

    /// Creates a client from the same variables, read by `read` instead of from the environment.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// let vars = HashMap::from([("SOPAGUE_USERNAME", "integrador"), ("SOPAGUE_PASSWORD", "segredo")]);
    /// let client = sopague_auth::Client::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
    /// assert_eq!(client.account().map(|account| account.username()), Some("integrador"));
    /// # Ok::<(), sopague_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Builder::from_vars(read)?.build()
    }
}

/// Adds this crate's methods to a client from a set of [`Accounts`](crate::Accounts).
impl From<auth_core::Client<Account>> for Client {
    fn from(client: auth_core::Client<Account>) -> Self {
        Self(client)
    }
}

/// Converts the client for code that works with the client of any provider.
impl From<Client> for auth_core::Client<Account> {
    fn from(client: Client) -> Self {
        client.0
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
