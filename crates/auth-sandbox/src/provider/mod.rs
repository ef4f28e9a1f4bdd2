//! Handles on the sandbox's APIs.

mod api;
mod api4com;
mod econpay;
mod pontotel;
mod running_api;
mod signed_api;
mod signed_api_data;
mod sopague;

use std::{fmt, mem, sync::Arc, time::Duration};

use http::Method;
use serde_json::{Value, json};

pub(crate) use {
    api::Api, api4com::API4COM, econpay::ECONPAY, pontotel::PONTOTEL, running_api::RunningApi, signed_api::SIGNED_API,
    sopague::GATEWAY, sopague::SOPAGUE,
};

use crate::{
    account::{Account, Entry},
    clock::millis,
    fault::{Fault, Place, QueuedFault},
    limits::{Limits, Meter},
    recorded::{Exchange, Recorded},
    stubs::{Stub, Stubs},
    tokens::{LiveToken, Tokens},
};

/// A handle on one API of the sandbox: its address, accounts, counters and faults.
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
/// Clones are cheap and refer to the same API. A handle outlives its [`Sandbox`](crate::Sandbox), but its API no
/// longer answers. `Debug` shows no secret.
#[derive(Clone)]
pub struct Provider {
    pub(crate) running: Arc<RunningApi>,
}

impl Provider {
    /// Returns `pontotel`, `econpay`, `sopague`, `sopague-gateway`, `api4com` or `signed-api`.
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
        self.running.api.name
    }

    /// Returns the base URL as a client takes it, without a slash at the end.
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
        &self.running.base_url
    }

    /// Returns the username of the first account: an e-mail address for EconPay, Api4Com and the signed API's panel.
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
        &self.running.accounts.first().username
    }

    /// Returns the password that the first account started with.
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
        &self.running.accounts.first().first.password
    }

    /// Returns the API key that the signed API's first account started with; empty for the other APIs.
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
        self.running.accounts.first().first.api_key.as_deref().unwrap_or_default()
    }

    /// Returns the token that resets the password of the signed API's panel; empty for the other APIs.
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
        &self.running.accounts.first().recovery_token
    }

    /// Returns a path, relative to the base URL, where a request with a live token has no side effect.
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
        self.running.api.protected_path
    }

    /// Returns the method for [`protected_path`](Self::protected_path): `POST` for Sopague's search, else `GET`.
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
        self.running.api.protected_method.clone()
    }

    /// Returns the number of login requests that arrived, including those that were refused or met a fault.
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
        self.running.state().logins
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
        self.running.state().requests
    }

    /// Returns the number of writes with a valid signature (signed API).
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
        self.running.state().verified_signatures
    }

    /// Returns the last request that arrived.
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
        self.running.state().last_request.clone()
    }

    /// Starts to keep every request with its answer until they are taken.
    ///
    /// Answers that [`Fault::Truncated`] or [`Fault::Close`] breaks off are not kept.
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
        self.running.state().exchanges.get_or_insert_default();
    }

    /// Takes the exchanges that were kept, in the order of the answers. Empty without
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
        self.running.state().exchanges.as_mut().map(mem::take).unwrap_or_default()
    }

    /// Returns the tokens that are neither revoked nor expired, the oldest first.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.api4com().tokens().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn tokens(&self) -> Vec<LiveToken> {
        self.running.state().tokens.live(self.running.now())
    }

    /// Revokes one token, given as its text or its [id](LiveToken::id). Returns false if no live token matches.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(!sandbox.api4com().revoke("unknown"));
    /// # Ok(())
    /// # }
    /// ```
    #[expect(clippy::must_use_candidate, reason = "it revokes the token even if the outcome is not used")]
    pub fn revoke(&self, token: &str) -> bool {
        self.running.revoke(token)
    }

    /// Revokes every live token: a request with one gets 401 from now on.
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
        self.running.state().tokens = Tokens::default();
    }

    /// Sets the lifetime of tokens issued from now on.
    ///
    /// A token expires at the exact millisecond. Answers in whole seconds give the lifetime rounded down, but never
    /// down to 0.
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
        self.running.state().lifetime = lifetime;
    }

    /// Returns the lifetime of tokens issued from now on.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.econpay().lifetime(), std::time::Duration::from_secs(3600));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.running.state().lifetime
    }

    /// Sets the limits on the number of requests, and keeps the counts of this hour and minute.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.pontotel().set_limits(auth_sandbox::Limits::PONTOTEL);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_limits(&self, limits: Limits) {
        self.running.state().meter.limits = limits;
    }

    /// Sets the length of an hour for the limits, for tests that cannot wait for one, and forgets the counts. A minute
    /// is a sixtieth of it. The default is 3,600 s. At least a millisecond is set.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// let pontotel = sandbox.pontotel();
    /// pontotel.set_limits(auth_sandbox::Limits { per_hour: Some(500), per_minute: None });
    /// pontotel.set_hour(std::time::Duration::from_secs(30));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_hour(&self, hour: Duration) {
        let mut state = self.running.state();
        state.meter = Meter::new(state.meter.limits, millis(hour).max(1));
    }

    /// Returns the limits on the number of requests.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert_eq!(sandbox.pontotel().limits(), auth_sandbox::Limits::NONE);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.running.state().meter.limits
    }

    /// Adds an endpoint of your own behind the provider's token check. See [`Stub`].
    ///
    /// It takes the place of a stub with the same method and path.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// use auth_sandbox::{Method, Stub};
    ///
    /// sandbox.sopague().stub(Stub::new(Method::POST, "api/estornos").status(201));
    /// # Ok(())
    /// # }
    /// ```
    pub fn stub(&self, stub: Stub) {
        self.running.state().stubs.add(stub);
    }

    /// Returns all stubs.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(sandbox.sopague().stubs().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn stubs(&self) -> Vec<Stub> {
        self.running.state().stubs.all().to_vec()
    }

    /// Removes the stub with this method and path. Returns false if it does not exist.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(!sandbox.sopague().clear_stub(&auth_sandbox::Method::GET, "api/estornos"));
    /// # Ok(())
    /// # }
    /// ```
    #[expect(clippy::must_use_candidate, reason = "it removes the stub even if the outcome is not used")]
    pub fn clear_stub(&self, method: &Method, path: &str) -> bool {
        self.running.state().stubs.remove(method, path.strip_prefix('/').unwrap_or(path))
    }

    /// Removes all stubs.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// sandbox.sopague().clear_stubs();
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear_stubs(&self) {
        self.running.state().stubs = Stubs::default();
    }

    /// Queues a fault for the next requests of a kind, or for a path.
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
    pub fn fault(&self, place: impl Into<Place>, fault: Fault) {
        self.running.queue(place.into(), fault);
    }

    /// Returns the queued faults, in their order.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// use auth_sandbox::{Fault, On};
    ///
    /// sandbox.pontotel().fault(On::Login, Fault::Close { times: 3 });
    /// assert_eq!(sandbox.pontotel().faults()[0].fault, Fault::Close { times: 3 });
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn faults(&self) -> Vec<QueuedFault> {
        self.running.state().faults.all()
    }

    /// Removes one queued fault. Returns false if it is used up or removed already.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// assert!(!sandbox.pontotel().clear_fault(7));
    /// # Ok(())
    /// # }
    /// ```
    #[expect(clippy::must_use_candidate, reason = "it removes the fault even if the outcome is not used")]
    pub fn clear_fault(&self, id: u64) -> bool {
        self.running.state().faults.remove(id)
    }

    /// Removes all queued faults.
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
        self.running.state().faults.clear();
    }

    /// Changes the password of the first account; for the signed API, its API key.
    ///
    /// [`password`](Self::password) and [`api_key`](Self::api_key) still return the initial secrets.
    /// [`Account::secret`] returns the current one. See [`Account::set_secret`].
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
        self.account(self.running.accounts.first().clone()).set_secret(password);
    }

    /// Adds an account with this username and secret: the API key for the signed API, the password for the others.
    ///
    /// If an account has the username already, its secret changes. The two Sopague APIs share their accounts.
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
    #[expect(clippy::must_use_candidate, reason = "it adds the account even if the handle is not used")]
    pub fn add_account(&self, username: &str, secret: &str) -> Account {
        self.account(self.running.accounts.add(username, secret))
    }

    /// Returns all accounts: the first, then those that were added.
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
        self.running.accounts.all().into_iter().map(|entry| self.account(entry)).collect()
    }

    pub(crate) fn new(running: RunningApi) -> Self {
        Self { running: Arc::new(running) }
    }

    /// Returns the base URL and the credentials, as the program's `--json` prints them.
    pub(crate) fn credentials(&self) -> Value {
        // The name that builders and environment variables use.
        let name = if self.username().contains('@') { "email" } else { "username" };
        json!({ "base_url": self.base_url(), "password": self.password(), name: self.username() })
    }

    fn account(&self, entry: Arc<Entry>) -> Account {
        Account { provider: self.clone(), entry }
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
