//! The client as a trait object, for code that must not name a provider.

use async_trait::async_trait;
use http::HeaderMap;
use reqwest::{RequestBuilder, Response};

use super::Client;
use crate::error::Result;
use crate::login::Login;

/// A client of any provider. Hold it as `Arc<dyn Authorize>`.
///
/// ```
/// use auth_core::{Authorize, Result};
/// use std::sync::Arc;
///
/// struct Payroll { api: Arc<dyn Authorize> }
///
/// impl Payroll {
///     async fn header_count(&self) -> Result<usize> { Ok(self.api.headers().await?.len()) }
/// }
/// ```
#[async_trait]
pub trait Authorize: std::fmt::Debug + Send + Sync {
    /// Returns the headers that authenticate a request. See [`Client::headers`].
    ///
    /// ```no_run
    /// # async fn run(api: std::sync::Arc<dyn auth_core::Authorize>) -> auth_core::Result<()> {
    /// assert!(api.headers().await?.contains_key("authorization"));
    /// # Ok(())
    /// # }
    /// ```
    async fn headers(&self) -> Result<HeaderMap>;

    /// Sends an authenticated request. See [`Client::send`].
    ///
    /// ```no_run
    /// # async fn run(api: std::sync::Arc<dyn auth_core::Authorize>) -> auth_core::Result<()> {
    /// let bare = auth_core::reqwest::Client::new();
    /// let response = api.send(bare.get("https://apis.pontotel.com.br/pontotel/api/v4/usuarios/")).await?;
    /// # Ok(())
    /// # }
    /// ```
    async fn send(&self, request: RequestBuilder) -> Result<Response>;
}

#[async_trait]
impl<L: Login> Authorize for Client<L> {
    async fn headers(&self) -> Result<HeaderMap> {
        Client::headers(self).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        Client::send(self, request).await
    }
}
