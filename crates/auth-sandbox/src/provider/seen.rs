//! What a provider has seen.

use std::sync::atomic::Ordering;

use super::Provider;
use crate::{recorded::Recorded, tokens::lock};

impl Provider {
    /// How many login requests arrived, refused and faulted ones included.
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

    /// How many other requests arrived.
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

    /// How many signed writes had the right signature (signed API).
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
}
