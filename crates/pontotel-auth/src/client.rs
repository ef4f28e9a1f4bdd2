// Written by `cargo xtask codegen` from crates/pontotel-auth/openapi.json: change that, and run it again.
//! The client of Pontotel.

use std::ops::Deref;

use async_trait::async_trait;
use auth_core::http::HeaderMap;
use auth_core::reqwest::{RequestBuilder, Response};
use auth_core::{Authorize, Items, Paging, Result};

use crate::account::Account;
use crate::builder::Builder;
use crate::user::User;
use crate::wire;

/// A client whose requests to Pontotel stay authenticated. Clones are cheap and share one login.
///
/// It has all methods of [`auth_core::Client`], and [`users`](Self::users).
///
/// ```no_run
/// # async fn run() -> pontotel_auth::auth_core::Result<()> {
/// let client = pontotel_auth::Client::from_env()?;
/// let first = client.users().next().await.transpose()?;
/// println!("{first:?}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client(pub(crate) auth_core::Client<Account>);

impl Client {
    /// Returns a builder of a client.
    ///
    /// ```
    /// let client = pontotel_auth::Client::builder().username("maria").password("segredo").build()?;
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Creates a client from the environment. To set more than these variables, use [`Builder::from_env`].
    ///
    /// | variable | |
    /// | --- | --- |
    /// | `PONTOTEL_USERNAME` | the user name, required without a token |
    /// | `PONTOTEL_PASSWORD` | the password, required without a token |
    /// | `PONTOTEL_TOKEN` | an existing token, instead of a user name and a password |
    /// | `PONTOTEL_ENVIRONMENT` | `production` (the default) or `sandbox` |
    /// | `PONTOTEL_BASE_URL` | the base URL, if it is not the environment's |
    ///
    /// ```no_run
    /// # async fn run() -> pontotel_auth::auth_core::Result<()> {
    /// let client = pontotel_auth::Client::from_env()?;
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
    /// let vars = HashMap::from([("PONTOTEL_USERNAME", "maria"), ("PONTOTEL_PASSWORD", "segredo")]);
    /// let client = pontotel_auth::Client::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
    /// assert_eq!(client.account().map(|account| account.username()), Some("maria"));
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Builder::from_vars(read)?.build()
    }

    /// Returns all users, page by page: `GET usuarios/`.
    ///
    /// Source: [Pontotel, Authentication](https://hml-docs-api.pontotel.com.br/en/getting-started/autenticacao);
    /// [Pontotel, API Architecture](https://integracoes.pontotel.com.br/en/overview/arquitetura-da-api);
    /// [Pontotel, First Request](https://hml-docs-api.pontotel.com.br/en/getting-started/primeira-requisicao).
    ///
    /// ```no_run
    /// # async fn run(client: pontotel_auth::Client) -> pontotel_auth::auth_core::Result<()> {
    /// let mut items = client.users();
    /// while let Some(item) = items.next().await {
    ///     println!("{:?}", item?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn users(&self) -> Items<Account, User> {
        self.get(wire::USERS)
            .query(&[("page_size", 100)])
            .pages(Paging::next_url("/next").items("/results").total("/count"))
            .items()
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
