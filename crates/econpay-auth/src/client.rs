// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! The client of EconPay.

use std::ops::Deref;

use async_trait::async_trait;
use auth_core::http::HeaderMap;
use auth_core::reqwest::{RequestBuilder, Response};
use auth_core::{Authorize, Items, Paging, Result};

use crate::account::Account;
use crate::builder::Builder;
use crate::customer::Customer;
use crate::me::Me;
use crate::sent::CustomersQuery;
use crate::wire;

/// A client whose requests to EconPay stay authenticated. Clones are cheap and share one login.
///
/// It has all methods of [`auth_core::Client`], and [`me`](Self::me), [`customers`](Self::customers).
///
/// ```no_run
/// # async fn run() -> econpay_auth::auth_core::Result<()> {
/// let client = econpay_auth::Client::from_env()?;
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
    /// let client = econpay_auth::Client::builder().email("maria@loja.example").password("segredo").build()?;
    /// # Ok::<(), econpay_auth::auth_core::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Creates a client from the environment. To set more than these variables, use [`Builder::from_env`].
    ///
    /// | variable | |
    /// | --- | --- |
    /// | `ECONPAY_EMAIL` | the email, required without a token |
    /// | `ECONPAY_PASSWORD` | the password, required without a token |
    /// | `ECONPAY_TOKEN` | an existing token, instead of an email and a password |
    /// | `ECONPAY_ENVIRONMENT` | `production` (the default) or `sandbox` |
    /// | `ECONPAY_BASE_URL` | the base URL, if it is not the environment's |
    ///
    /// ```no_run
    /// # async fn run() -> econpay_auth::auth_core::Result<()> {
    /// let client = econpay_auth::Client::from_env()?;
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
    /// let vars = HashMap::from([("ECONPAY_EMAIL", "maria@loja.example"), ("ECONPAY_PASSWORD", "segredo")]);
    /// let client = econpay_auth::Client::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
    /// assert_eq!(client.account().map(|account| account.email()), Some("maria@loja.example"));
    /// # Ok::<(), econpay_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Builder::from_vars(read)?.build()
    }

    /// Returns the user of the token, and the times of its issue and expiry, from `GET auth`. EconPay recommends this
    /// request for checking a token.
    ///
    /// Source: [EconPay, GET /auth](https://docs.econpay.com.br/api-reference/auth/profile).
    ///
    /// ```no_run
    /// # async fn run(client: econpay_auth::Client) -> econpay_auth::auth_core::Result<()> {
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

    /// Returns all customers, page by page, or those that a name or document selects: `GET /customers`.
    ///
    /// Source: [EconPay, GET /customers](https://docs.econpay.com.br/api-reference/customers/list).
    ///
    /// ```no_run
    /// # async fn run(client: econpay_auth::Client) -> econpay_auth::auth_core::Result<()> {
    /// let query = econpay_auth::CustomersQuery::default();
    /// let mut items = client.customers(&query);
    /// while let Some(item) = items.next().await {
    ///     println!("{:?}", item?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn customers(&self, query: &CustomersQuery) -> Items<Account, Customer> {
        self.get(wire::CUSTOMERS)
            .query(query)
            .query(&[("limit", 100)])
            .pages(Paging::number("page", 1).items("/data").total("/total").last_page("/lastPage"))
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
