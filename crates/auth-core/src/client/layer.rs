//! A client below a layer that sends the requests itself.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::Client;
use crate::cache::CachedCredential;
use crate::error::Result;
use crate::login::Login;
use crate::quota::Priority;
#[cfg(doc)]
use crate::{quota::Quota, stats::Stats};

/// For layers that send requests themselves: a client does all of this for its own requests.
impl<L: Login> Client<L> {
    /// Reports that the provider answered 401 to this credential, and returns true if the request should be sent again
    /// with the next [`credential`](Self::credential).
    ///
    /// ```no_run
    /// # use auth_core::{Client, Credential, Login, Result, http, reqwest, url};
    /// # async fn run(client: Client<impl Login>, bare: reqwest::Client, users: url::Url) -> Result<()> {
    /// let session = client.credential().await?;
    /// let mut request = bare.get(users.clone()).build()?;
    /// session.authorize(request.headers_mut());
    /// let mut response = bare.execute(request).await?;
    /// if response.status() == http::StatusCode::UNAUTHORIZED && client.should_replay(&session).await {
    ///     response = bare.get(users).headers(client.headers().await?).send().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Returns true as well if another request has already replaced the credential, and false if no login may be sent
    /// now. In that case a client with a shared store first waits until the store was asked for a newer credential. A
    /// true result counts in [`Stats::replays`]. If the future is dropped while it waits, the credential stays
    /// invalidated.
    pub async fn should_replay(&self, refused: &CachedCredential<L::Credential>) -> bool {
        self.cache.should_replay(refused).await
    }

    /// Reports that the provider answered 401 to a replay too, and returns true if the request should be sent a third
    /// and last time: `second` may have been revoked together with `first`.
    ///
    /// ```no_run
    /// # use auth_core::{CachedCredential, Client, Credential, Login, Result, http, reqwest, url};
    /// # async fn run<A: Login>(client: Client<A>, bare: reqwest::Client, users: url::Url) -> Result<()> {
    /// let send = async |session: &CachedCredential<A::Credential>| {
    ///     let mut request = bare.get(users.clone()).build()?;
    ///     session.authorize(request.headers_mut());
    ///     bare.execute(request).await
    /// };
    /// let first = client.credential().await?;
    /// let mut response = send(&first).await?;
    /// if response.status() == http::StatusCode::UNAUTHORIZED && client.should_replay(&first).await {
    ///     let second = client.credential().await?;
    ///     response = send(&second).await?;
    ///     if response.status() == http::StatusCode::UNAUTHORIZED && client.should_replay_again(&first, &second).await {
    ///         response = send(&client.credential().await?).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// That is so if the login of `second` was sent before `first` met its first 401: typically by another process that
    /// shares a store. Otherwise `second` stays the current credential, because a new one that is refused at once has
    /// another cause than its age. The result and a dropped future are as for [`should_replay`](Self::should_replay).
    pub async fn should_replay_again(
        &self,
        first: &CachedCredential<L::Credential>,
        second: &CachedCredential<L::Credential>,
    ) -> bool {
        self.cache.should_replay_again(first, second).await
    }

    /// Reports that a request with this credential got an answer other than 401. It costs an atomic load, except for the
    /// first request.
    ///
    /// ```no_run
    /// # use auth_core::{Client, Credential, Login, Result, reqwest, url};
    /// # async fn run(client: Client<impl Login>, bare: reqwest::Client, users: url::Url) -> Result<()> {
    /// let session = client.credential().await?;
    /// let mut request = bare.get(users).build()?;
    /// session.authorize(request.headers_mut());
    /// if bare.execute(request).await?.status().is_success() {
    ///     client.served(&session);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn served(&self, credential: &CachedCredential<L::Credential>) {
        self.cache.served(credential.entry().generation);
    }

    /// Takes a permit of the [`Quota`] for one request. Waits for at most `max_wait`, or for [`Quota::wait`] if that is
    /// `None`. Without a quota it returns at once.
    ///
    /// ```no_run
    /// # use auth_core::{Client, Credential, Login, Priority, Result, reqwest, url};
    /// # async fn run(client: Client<impl Login>, bare: reqwest::Client, users: url::Url) -> Result<()> {
    /// let session = client.credential().await?; // This may take longer than a permit lives.
    /// client.permit(Priority::Interactive, None).await?;
    /// let mut request = bare.get(users).build()?;
    /// session.authorize(request.headers_mut());
    /// let response = bare.execute(request).await?;
    /// client.observe_limit(response.status(), response.headers()).await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Send the request at once: a permit lives for a fortieth of the shortest window.
    ///
    /// # Errors
    ///
    /// [`RateLimited`](crate::ErrorKind::RateLimited) with the time until the next permit.
    ///
    /// # Cancellation
    ///
    /// If the future is dropped while it waits, another caller gets the permit.
    pub async fn permit(&self, priority: Priority, max_wait: Option<Duration>) -> Result<()> {
        match self.cache.permits() {
            Some(permits) => permits.permit(priority, max_wait).await,
            None => Ok(()),
        }
    }

    /// Reports the answer to a request, so that the [`Quota`] follows its headers, and all processes pause after a 429. A
    /// 429 is written to a shared store before this returns.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>, response: auth_core::reqwest::Response) {
    /// client.observe_limit(response.status(), response.headers()).await;
    /// # }
    /// ```
    pub async fn observe_limit(&self, status: StatusCode, headers: &HeaderMap) {
        if let Some(permits) = self.cache.permits() {
            permits.observe(status, headers).await;
        }
    }

    /// Returns true if the options set a [`Quota`], so that each request needs a [`permit`](Self::permit).
    ///
    /// ```
    /// # fn show(client: &auth_core::Client<impl auth_core::Login>) {
    /// let is_counted = client.has_quota();
    /// # }
    /// ```
    #[must_use]
    pub fn has_quota(&self) -> bool {
        self.cache.permits().is_some()
    }
}
