// Written by `cargo xtask codegen` from crates/api4com-auth/openapi.json: change that, and run it again.
//! The client of Api4Com.

use std::ops::Deref;

use async_trait::async_trait;
use auth_core::http::HeaderMap;
use auth_core::reqwest::{RequestBuilder, Response};
use auth_core::{Authorize, Items, Paging, Result};

use crate::account::Account;
use crate::builder::Builder;
use crate::call::Call;
use crate::me::Me;
use crate::sent::CallsQuery;
use crate::wire;

/// A client whose requests to Api4Com stay authenticated. Clones are cheap and share one login.
///
/// It has all methods of [`auth_core::Client`], and [`create_token`](Self::create_token), [`logout`](Self::logout),
/// [`me`](Self::me), [`calls`](Self::calls).
///
/// ```no_run
/// # async fn run() -> api4com_auth::auth_core::Result<()> {
/// let client = api4com_auth::Client::from_env()?;
/// println!("{:?}", client.me().await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client(pub(crate) auth_core::Client<Account>);

impl Client {
    /// Returns a builder of a client.
    ///
    /// ```
    /// let client = api4com_auth::Client::builder().email("maria@example.com").password("segredo-da-maria").build()?;
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Creates a client from the environment. To set more than these variables, use [`Builder::from_env`].
    ///
    /// | variable | |
    /// | --- | --- |
    /// | `API4COM_EMAIL` | the email, required without a token |
    /// | `API4COM_PASSWORD` | the password, required without a token |
    /// | `API4COM_TOKEN` | an existing token, instead of an email and a password |
    /// | `API4COM_BASE_URL` | the base URL, if it is not `https://api.api4com.com/api/v1` |
    ///
    /// ```no_run
    /// # async fn run() -> api4com_auth::auth_core::Result<()> {
    /// let client = api4com_auth::Client::from_env()?;
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
    /// let vars = HashMap::from([("API4COM_EMAIL", "maria@example.com"), ("API4COM_PASSWORD", "segredo-da-maria")]);
    /// let client = api4com_auth::Client::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
    /// assert_eq!(client.account().map(|account| account.email()), Some("maria@example.com"));
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Builder::from_vars(read)?.build()
    }

    /// Returns the user of the token, from `GET users/me`. This request changes nothing, so it can test a token.
    ///
    /// Source: [Api4Com, Authentication](https://developers.api4com.com/authentication.html).
    ///
    /// ```no_run
    /// # async fn run(client: api4com_auth::Client) -> api4com_auth::auth_core::Result<()> {
    /// println!("{:?}", client.me().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Request::fetch`](auth_core::Request::fetch).
    pub async fn me(&self) -> Result<Me> {
        self.get(wire::ME).fetch().await
    }

    /// Returns all calls, page by page, or those that a filter selects: `GET /calls`. A call has its prices some
    /// minutes after its end.
    ///
    /// Source: [Api4Com, Listar chamadas](https://developers.api4com.com/operations/Call.find__get_calls.html).
    ///
    /// ```no_run
    /// # async fn run(client: api4com_auth::Client) -> api4com_auth::auth_core::Result<()> {
    /// let query = api4com_auth::CallsQuery::default();
    /// let mut items = client.calls(&query);
    /// while let Some(item) = items.next().await {
    ///     println!("{:?}", item?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn calls(&self, query: &CallsQuery) -> Items<Account, Call> {
        self.get(wire::CALLS)
            .query(query)
            .pages(Paging::number("page", 1).items("/data").last_page("/meta/totalPageCount"))
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
