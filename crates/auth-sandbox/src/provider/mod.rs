//! A handle on one of the sandbox's APIs.

mod inside;
mod seen;
mod switches;

use std::{fmt, sync::Arc};

use axum::http::Method;
use inside::Inner;

pub(crate) use inside::Place;

/// A handle on one API of the sandbox: where it is, who may log in, what it has seen, what it shall do wrong.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = auth_sandbox::Sandbox::start().await?;
/// let pontotel = sandbox.pontotel();
///
/// let url = format!("{}/{}", pontotel.base_url(), pontotel.protected_path());
/// assert_eq!(reqwest::get(url).await?.status(), 401);
/// assert_eq!((pontotel.logins(), pontotel.requests()), (0, 1));
/// # Ok(())
/// # }
/// ```
///
/// Clones are cheap and stand for the same API. A handle outlives its [`Sandbox`](crate::Sandbox), but then
/// nobody answers. `Debug` shows no secret.
#[derive(Clone)]
pub struct Provider {
    inner: Arc<Inner>,
}

impl Provider {
    /// `pontotel`, `econpay`, `sopague`, `sopague-gateway`, `api4com` or `signed-api`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.sopague_gateway().name(), "sopague-gateway");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        self.inner.place.name
    }

    /// The base URL, as a client takes it: without a slash at its end.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.pontotel().base_url().ends_with("/pontotel/api/v4"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    /// The name to log in with of the account that is there from the start: an e-mail address for EconPay, Api4Com and the signed API's panel.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.econpay().username().contains('@'));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn username(&self) -> &str {
        &self.inner.accounts.first().username
    }

    /// The password that the account started with.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.sopague().password(), sandbox.sopague_gateway().password());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn password(&self) -> &str {
        &self.inner.accounts.first().first.password
    }

    /// The API key that the signed API's account started with; empty for the others.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(!sandbox.signed_api().api_key().is_empty());
    /// assert!(sandbox.pontotel().api_key().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.inner.accounts.first().first.api_key
    }

    /// The token that resets the password of the signed API's panel; empty for the others.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let reset = serde_json::json!({
    ///     "token": sandbox.signed_api().recovery_token(),
    ///     "newPassword": "nova-senha",
    /// });
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn recovery_token(&self) -> &str {
        &self.inner.accounts.first().recovery_token
    }

    /// Returns a path, relative to the base URL, at which a request with a live token does no harm.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.api4com().protected_path(), "users/me");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn protected_path(&self) -> &str {
        self.inner.place.protected_path
    }

    /// The method for [`protected_path`](Self::protected_path): `GET`, but `POST` for Sopague's search.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.api4com().protected_method(), reqwest::Method::GET);
    /// assert_eq!(sandbox.sopague().protected_method(), reqwest::Method::POST);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn protected_method(&self) -> Method {
        if self.inner.place.protected_method == "POST" { Method::POST } else { Method::GET }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name())
            .field("base_url", &self.base_url())
            .field("logins", &self.logins())
            .field("requests", &self.requests())
            .finish_non_exhaustive()
    }
}
