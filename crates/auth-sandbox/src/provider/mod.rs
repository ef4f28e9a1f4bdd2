//! Handles on the sandbox's APIs, and what the server knows of each.

mod api;
mod api4com;
mod econpay;
mod pontotel;
mod signed_api;
mod signed_api_data;
mod sopague;

use std::{
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use http::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

pub(crate) use {
    api::Api, api4com::API4COM, econpay::ECONPAY, pontotel::PONTOTEL, signed_api::SIGNED_API, sopague::GATEWAY,
    sopague::SOPAGUE,
};

use crate::{
    account::{Account, Accounts, Entry},
    clock::{Clock, millis},
    fault::{Fault, Faults, On, Place, QueuedFault},
    jwt,
    limits::{Limits, Meter, Refused},
    quirks::Quirks,
    recorded::{Call, Exchange, Recorded},
    reply::Reply,
    stubs::{Stub, Stubs},
    tokens::{Check, LiveToken, Token, Tokens, alphanumerics, hex, lock},
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
    inner: Arc<Inner>,
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
        self.inner.api.name
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
        &self.inner.base_url
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
        &self.inner.accounts.first().username
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
        &self.inner.accounts.first().first.password
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
        self.inner.accounts.first().first.api_key.as_deref().unwrap_or_default()
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
        &self.inner.accounts.first().recovery_token
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
        self.inner.api.protected_path
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
        self.inner.api.protected_method.clone()
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
        self.state().logins
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
        self.state().requests
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
        self.state().verified_signatures
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
        self.state().last_request.clone()
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
        self.state().exchanges.get_or_insert_default();
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
        self.state().exchanges.as_mut().map(mem::take).unwrap_or_default()
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
        self.state().tokens.live(self.now())
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
        self.state().tokens.revoke(token, self.now())
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
        self.state().tokens = Tokens::default();
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
        self.state().lifetime = lifetime;
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
        self.state().lifetime
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
        self.state().meter.limits = limits;
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
        let mut state = self.state();
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
        self.state().meter.limits
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
        self.state().stubs.add(stub);
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
        self.state().stubs.all().to_vec()
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
        self.state().stubs.remove(method, path.strip_prefix('/').unwrap_or(path))
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
        self.state().stubs = Stubs::default();
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
        self.queue(place.into(), fault);
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
        self.state().faults.all()
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
        self.state().faults.remove(id)
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
        self.state().faults.clear();
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
        self.account(self.inner.accounts.first().clone()).set_secret(password);
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
        self.account(self.inner.accounts.add(username, secret))
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
        self.inner.accounts.all().into_iter().map(|entry| self.account(entry)).collect()
    }
}

struct Inner {
    api: &'static Api,
    base_url: String,
    accounts: Accounts,
    clock: Clock,
    quirks: watch::Sender<Quirks>,
    /// Signs this API's JWTs.
    jwt_key: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lifetime: Duration,
    tokens: Tokens,
    faults: Faults,
    stubs: Stubs,
    meter: Meter,
    logins: u64,
    requests: u64,
    verified_signatures: u64,
    last_request: Option<Recorded>,
    /// `None` until [`Provider::keep_exchanges`] is called.
    exchanges: Option<Vec<Exchange>>,
}

/// The server's side of a handle.
impl Provider {
    pub(crate) fn new(
        api: &'static Api,
        origin: &str,
        accounts: Accounts,
        lifetime: Option<Duration>,
        (clock, quirks): (Clock, watch::Sender<Quirks>),
    ) -> Self {
        let base_url = format!("{origin}{}", api.base_path);
        let lifetime = lifetime.unwrap_or(api.lifetime);
        let state = Mutex::new(State { lifetime, ..State::default() });
        Self { inner: Arc::new(Inner { api, base_url, accounts, clock, quirks, jwt_key: alphanumerics(64), state }) }
    }

    pub(crate) fn api(&self) -> &'static Api {
        self.inner.api
    }

    pub(crate) fn known(&self) -> &Accounts {
        &self.inner.accounts
    }

    /// Returns the milliseconds since 1970 by the sandbox's clock.
    pub(crate) fn now(&self) -> u64 {
        self.inner.clock.now()
    }

    pub(crate) fn new_token(&self, account: Arc<Entry>) -> Token {
        self.token_for(account, self.lifetime())
    }

    pub(crate) fn token_for(&self, account: Arc<Entry>, lifetime: Duration) -> Token {
        let (now, whole_seconds) = (self.now(), self.inner.quirks.borrow().whole_seconds);
        if !whole_seconds {
            return Token::new(account, now, lifetime);
        }
        let least = u64::from(!lifetime.is_zero());
        let lifetime = Duration::from_secs(lifetime.as_secs().max(least));
        Token::new(account, now - now % 1000, lifetime)
    }

    /// Returns the provider's own answer for a status. The wait in seconds is for a 429.
    pub(crate) fn error(&self, status: u16, wait: Option<u64>) -> Reply {
        (self.inner.api.error)(status, Refused { limit: None, wait, now: self.now() })
    }

    /// Counts a request. Returns the provider's 429 if a limit refuses it.
    pub(crate) fn over_the_limit(&self) -> Option<Reply> {
        let refused = self.state().meter.count(self.now()).err()?;
        Some((self.inner.api.error)(429, refused).header_if("retry-after", refused.wait))
    }

    /// Returns the numbers of requests in this hour and in this minute.
    pub(crate) fn used(&self) -> (u64, u64) {
        self.state().meter.used(self.now())
    }

    /// Returns the answer of a stub or of the provider itself.
    pub(crate) fn serve(&self, on: On, call: &Call<'_>) -> Reply {
        let stub = if on == On::Resource { self.state().stubs.find(call).map(Stub::reply) } else { None };
        match stub {
            Some(reply) => (self.inner.api.refuse)(self, call).unwrap_or(reply),
            None => (self.inner.api.answer)(self, call),
        }
    }

    /// Adds the state of the hour's limit to an answer, if this provider states it.
    pub(crate) fn with_limits(&self, reply: Reply) -> Reply {
        match self.inner.api.hourly_limit {
            Some(documented) => self.state().meter.tell(reply, documented, self.now()),
            None => reply,
        }
    }

    /// Returns the base URL and the credentials, as the program's `--json` prints them.
    pub(crate) fn credentials(&self) -> Value {
        // The name that builders and environment variables use.
        let name = if self.username().contains('@') { "email" } else { "username" };
        json!({ "base_url": self.base_url(), "password": self.password(), name: self.username() })
    }

    /// Returns the live token that the request carries as `Authorization: Bearer`.
    pub(crate) fn session(&self, call: &Call<'_>) -> Option<Token> {
        match self.check(call.bearer()?) {
            Check::Live(token) => Some(token),
            Check::Expired | Check::Unknown => None,
        }
    }

    /// Looks up a token, and removes it if it is expired.
    pub(crate) fn check(&self, text: &str) -> Check {
        self.state().tokens.check(text, self.now())
    }

    /// Issues the token as a JWT with these claims, `iat`, `exp` and a random `jti`. Returns the JWT.
    pub(crate) fn issue_jwt(&self, token: &Token, header: &str, mut claims: Value) -> String {
        claims["iat"] = json!(token.iat());
        claims["exp"] = json!(token.exp());
        claims["jti"] = json!(hex(32));
        let text = jwt::sign(self.inner.jwt_key.as_bytes(), header, &claims.to_string());
        self.issue(text.clone(), token.clone());
        text
    }

    pub(crate) fn issue(&self, text: String, token: Token) {
        self.state().tokens.add(text, token);
    }

    pub(crate) fn revoke_of(&self, account: &Arc<Entry>) {
        self.state().tokens.revoke_of(account);
    }

    /// Queues a fault and returns its id.
    pub(crate) fn queue(&self, place: Place, fault: Fault) -> u64 {
        self.state().faults.add(place, fault)
    }

    pub(crate) fn next_fault(&self, on: On, path: &str) -> Option<Fault> {
        self.state().faults.take(on, path)
    }

    pub(crate) fn next_fault_is_a_body(&self, on: On, path: &str) -> bool {
        self.state().faults.next_is_a_body(on, path)
    }

    pub(crate) fn arrived(&self, on: On, request: Recorded) {
        let mut state = self.state();
        state.last_request = Some(request);
        match on {
            On::Login => state.logins += 1,
            On::Resource => state.requests += 1,
        }
    }

    pub(crate) fn answered(&self, request: &Recorded, reply: &Reply) {
        if let Some(exchanges) = &mut self.state().exchanges {
            let (headers, body) = (reply.headers.clone(), reply.body.clone());
            exchanges.push(Exchange { request: request.clone(), status: reply.status, headers, body });
        }
    }

    pub(crate) fn signature_verified(&self) {
        self.state().verified_signatures += 1;
    }

    pub(crate) fn account(&self, entry: Arc<Entry>) -> Account {
        Account { provider: self.clone(), entry }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.inner.state)
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
