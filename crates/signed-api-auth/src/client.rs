// Written by `cargo xtask codegen` from crates/signed-api-auth/openapi.json: change that, and run it again.
//! The client of xigsapi.

use std::ops::Deref;

use async_trait::async_trait;
use auth_core::http::HeaderMap;
use auth_core::reqwest::{RequestBuilder, Response};
use auth_core::{Authorize, Result};

use crate::account::Account;
use crate::builder::Builder;

/// A client whose requests to xigsapi stay authenticated. Clones are cheap and share one login.
///
/// It has all methods of [`auth_core::Client`], and [`change_password`](Self::change_password),
/// [`profile`](Self::profile), [`send_signed`](Self::send_signed).
///
/// ```no_run
/// # async fn run() -> signed_api_auth::auth_core::Result<()> {
/// let client = signed_api_auth::Client::from_env()?;
/// let response = client.get("v1/profile").query(&[("pageIndex", "1")]).send().await?;
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
    /// let client = signed_api_auth::Client::builder().api_key("a-chave-secreta-do-integrador").base_url("https://api.provider.example").build()?;
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Creates a client from the environment. To set more than these variables, use [`Builder::from_env`].
    ///
    /// | variable | |
    /// | --- | --- |
    /// | `SIGNED_API_KEY` | the API key, required without a token |
    /// | `SIGNED_API_TOKEN` | an existing access token, instead of an API key |
    /// | `SIGNED_API_ENVIRONMENT` | `production` (the default) or `sandbox` |
    /// | `SIGNED_API_SIGNATURE_TOKEN` | the signature token that belongs to it, required with it |
    /// | `SIGNED_API_BASE_URL` | the base URL, from the provider; required if the environment's is not public |
    ///
    /// ```no_run
    /// # async fn run() -> signed_api_auth::auth_core::Result<()> {
    /// let client = signed_api_auth::Client::from_env()?;
    /// println!("a token for {:?}", client.credential().await?.lifetime());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](auth_core::ErrorKind::Config), with their names, if variables are missing, wrong or misspelt.
    pub fn from_env() -> Result<Self> {
        Builder::from_env()?.build()
    }

    /// Creates a client from the same variables, read by `read` instead of from the environment.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// let vars = HashMap::from([("SIGNED_API_KEY", "a-chave-secreta-do-integrador"), ("SIGNED_API_BASE_URL", "https://api.provider.example")]);
    /// let client = signed_api_auth::Client::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
    /// assert!(client.account().is_some());
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
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
