//! A handle on one of the sandbox's APIs.

mod api;
mod api4com;
mod econpay;
mod inner;
mod pontotel;
mod signed_api;
mod signed_api_data;
mod signed_api_panel;
mod sopague;

use std::{fmt, mem, sync::Arc, sync::atomic::Ordering, time::Duration};

use axum::http::Method;
use inner::Inner;

pub(crate) use {
    api::Api, api4com::Api4com, econpay::Econpay, inner::Place, pontotel::Pontotel, signed_api::SignedApi,
    sopague::Sopague,
};

use crate::{
    account::Account,
    exchange::Exchange,
    fault::{Fault, On},
    recorded::Recorded,
    tokens::lock,
};

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

    /// Ends every live token at once: each gets 401 from now on.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.api4com().revoke_all();
    /// # Ok(())
    /// # }
    /// ```
    pub fn revoke_all(&self) {
        self.inner.tokens.revoke_all();
    }

    /// Sets the lifetime of tokens issued from now on.
    ///
    /// The server ends a token to the millisecond. Answers in whole seconds tell the lifetime rounded down, but
    /// never down to nothing.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.econpay().set_lifetime(std::time::Duration::from_secs(2));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_lifetime(&self, lifetime: Duration) {
        self.inner.tokens.set_lifetime(lifetime);
    }

    /// Queues trouble for the next requests of a kind.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// use auth_sandbox::{Fault, On};
    ///
    /// sandbox.pontotel().fault(On::Login, Fault::Close { times: 1 });
    /// # Ok(())
    /// # }
    /// ```
    pub fn fault(&self, on: On, fault: Fault) {
        self.inner.faults.add(on, fault);
    }

    /// Forgets all queued faults.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.pontotel().clear_faults();
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear_faults(&self) {
        self.inner.faults.clear();
    }

    /// Changes the password of the account that is there from the start, for the signed API its API key.
    ///
    /// [`password`](Self::password) and [`api_key`](Self::api_key) keep telling the first; [`Account::secret`] tells
    /// the one that counts. See [`Account::set_secret`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.sopague().set_password("nova-senha");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_password(&self, password: &str) {
        self.first().set_secret(password);
    }

    /// Adds an account with this name and secret: the API key for the signed API, the password for all others.
    ///
    /// An account that has the name already gets the secret. The two Sopague APIs share their accounts.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let pontotel = sandbox.pontotel();
    /// for number in 1..=90 {
    ///     pontotel.add_account(&format!("loja-{number}"), "segredo");
    /// }
    /// assert_eq!(pontotel.accounts().len(), 91);
    /// # Ok(())
    /// # }
    /// ```
    #[expect(clippy::must_use_candidate, reason = "it adds the account, whatever becomes of the handle")]
    pub fn add_account(&self, username: &str, secret: &str) -> Account {
        Account { provider: self.clone(), entry: self.inner.accounts.add(username, secret) }
    }

    /// All accounts: the one that is there from the start, then those that were added.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let econpay = sandbox.econpay();
    /// assert_eq!(econpay.accounts()[0].username(), econpay.username());
    /// assert_eq!(econpay.accounts()[0].secret(), econpay.password());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        let all = self.inner.accounts.all().into_iter();
        all.map(|entry| Account { provider: self.clone(), entry }).collect()
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
