//! The record of a provider's logins and requests.

use std::{mem, sync::atomic::Ordering};

use super::Provider;
use crate::{exchange::Exchange, recorded::Recorded, tokens::lock};

impl Provider {
    /// Returns the number of login requests that arrived, refused and faulted ones included.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let econpay = sandbox.econpay();
    /// reqwest::Client::new().post(format!("{}/auth", econpay.base_url())).send().await?;
    /// assert_eq!(econpay.logins(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn logins(&self) -> u64 {
        self.inner.logins.load(Ordering::SeqCst)
    }

    /// Returns the number of other requests that arrived.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let econpay = sandbox.econpay();
    /// reqwest::get(format!("{}/auth", econpay.base_url())).await?;
    /// assert_eq!(econpay.requests(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.inner.requests.load(Ordering::SeqCst)
    }

    /// Returns the number of signed writes with the right signature (signed API).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.signed_api().verified_signatures(), 0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn verified_signatures(&self) -> u64 {
        self.inner.verified_signatures.load(Ordering::SeqCst)
    }

    /// The last request that arrived.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.api4com().last_request().is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn last_request(&self) -> Option<Recorded> {
        lock(&self.inner.last).clone()
    }

    /// Keeps every request with its answer from now on, until they are taken.
    ///
    /// Answers that a fault breaks off are not kept: [`Fault::Truncated`](crate::Fault::Truncated) and
    /// [`Fault::Close`](crate::Fault::Close).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let api4com = sandbox.api4com();
    /// api4com.keep_exchanges();
    /// reqwest::get(format!("{}/users/me", api4com.base_url())).await?;
    /// assert_eq!(api4com.take_exchanges()[0].status, 401);
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep_exchanges(&self) {
        lock(&self.inner.exchanges).get_or_insert_default();
    }

    /// Takes what was kept so far, in the order of the answers; nothing without
    /// [`keep_exchanges`](Self::keep_exchanges).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.api4com().take_exchanges().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        lock(&self.inner.exchanges).as_mut().map(mem::take).unwrap_or_default()
    }
}
