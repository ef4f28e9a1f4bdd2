//! A login in memory that follows a test's script, and an API that accepts the tokens that were not revoked.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use auth_tower::BoxError;
use auth_tower::auth_core::url::Url;
use auth_tower::auth_core::{
    AccessToken, Client, Credential, Error, ErrorKind, Expiry, Http, Login, Options, Quota, Result,
};
use futures_util::future::BoxFuture;
use http::{HeaderMap, Request, Response, StatusCode};
use tower::Service;

pub(crate) const URL: &str = "https://api.test/v1/users";

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) number: u64,
    token: AccessToken,
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        Expiry::In(Duration::from_secs(3600))
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.token.authorize(headers);
    }
}

type Script = dyn Fn(u64) -> BoxFuture<'static, Result<()>> + Send + Sync;

/// Logs in with the tokens `token-1`, `token-2` and so on.
pub(crate) struct Account {
    base_url: Url,
    script: Box<Script>,
    logins: AtomicU64,
}

impl Account {
    /// Creates a client whose logins succeed at once.
    pub(crate) fn client() -> Client<Self> {
        Self::scripted(async |_number| Ok(()))
    }

    /// Creates a client whose logins take a second.
    pub(crate) fn slow() -> Client<Self> {
        Self::scripted(async |_number| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(())
        })
    }

    /// Creates a client whose first logins succeed, and whose password is refused afterwards.
    pub(crate) fn refused_after(logins: u64) -> Client<Self> {
        Self::scripted(move |number| async move {
            if number <= logins { Ok(()) } else { Err(Error::new(ErrorKind::LoginRefused, "wrong password")) }
        })
    }

    /// Creates a client that calls `script` with the number of each login, from 1.
    pub(crate) fn scripted<F>(script: impl Fn(u64) -> F + Send + Sync + 'static) -> Client<Self>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        Self::at("https://api.test/v1/", script)
    }

    /// Creates a client whose logins succeed at once, for an API at another base URL.
    pub(crate) fn of(base_url: &str) -> Client<Self> {
        Self::at(base_url, async |_number| Ok(()))
    }

    /// Creates a client whose logins succeed at once, with a quota of so many requests in a minute.
    pub(crate) fn with_quota(base_url: &str, requests: u32) -> Client<Self> {
        let options = Options::default().quota(Quota::new(requests, Duration::from_secs(60)));
        let script: Box<Script> = Box::new(|_number| Box::pin(async { Ok(()) }));
        let account = Self { base_url: Url::parse(base_url).unwrap(), script, logins: AtomicU64::new(0) };
        Client::with_options(account, options).unwrap()
    }

    fn at<F>(base_url: &str, script: impl Fn(u64) -> F + Send + Sync + 'static) -> Client<Self>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let script: Box<Script> = Box::new(move |number| Box::pin(script(number)));
        Client::new(Self { base_url: Url::parse(base_url).unwrap(), script, logins: AtomicU64::new(0) }).unwrap()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account")
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, _http: &Http) -> Result<Session> {
        let number = self.logins.fetch_add(1, SeqCst) + 1;
        (self.script)(number).await?;
        Ok(Session { number, token: AccessToken::bearer(&format!("token-{number}").into())? })
    }
}

/// A service that answers 200, or 401 to revoked tokens. It fails if it is called without having been ready.
#[derive(Debug, Default)]
pub(crate) struct Api {
    is_ready: bool,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The number of the first token that is accepted.
    first_valid: AtomicU64,
    requests: Mutex<Vec<Request<String>>>,
    delay: Mutex<Duration>,
    running: AtomicU64,
    most_running: AtomicU64,
    /// The number of answers with 503 that come before any other.
    outages: AtomicU64,
    not_ready: AtomicU64,
    pause: Mutex<Option<Duration>>,
    is_broken: std::sync::atomic::AtomicBool,
}

impl Api {
    /// Accepts only tokens from this number on.
    pub(crate) fn accept_from(&self, number: u64) {
        self.shared.first_valid.store(number, SeqCst);
    }

    pub(crate) fn delay(&self, delay: Duration) {
        *self.shared.delay.lock().unwrap() = delay;
    }

    pub(crate) fn fail_next(&self, outages: u64) {
        self.shared.outages.store(outages, SeqCst);
    }

    /// Makes `poll_ready` pending for this number of polls.
    pub(crate) fn not_ready_for(&self, polls: u64) {
        self.shared.not_ready.store(polls, SeqCst);
    }

    /// Makes `poll_ready` pending for this time.
    pub(crate) fn not_ready_before(&self, pause: Duration) {
        *self.shared.pause.lock().unwrap() = Some(pause);
    }

    /// Makes `poll_ready` fail.
    pub(crate) fn break_down(&self) {
        self.shared.is_broken.store(true, SeqCst);
    }

    /// Returns the numbers of the tokens of all requests.
    pub(crate) fn tokens(&self) -> Vec<u64> {
        self.requests().iter().map(|request| number(request.headers())).collect()
    }

    pub(crate) fn requests(&self) -> std::sync::MutexGuard<'_, Vec<Request<String>>> {
        self.shared.requests.lock().unwrap()
    }

    pub(crate) fn most_running(&self) -> u64 {
        self.shared.most_running.load(SeqCst)
    }
}

pub(crate) fn number(headers: &HeaderMap) -> u64 {
    let header = headers["authorization"].to_str().unwrap();
    header.strip_prefix("Bearer token-").unwrap().parse().unwrap()
}

/// A clone is not ready, as with tower's limits.
impl Clone for Api {
    fn clone(&self) -> Self {
        Self { is_ready: false, shared: Arc::clone(&self.shared) }
    }
}

impl Service<Request<String>> for Api {
    type Response = Response<String>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<String>, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        if self.shared.is_broken.load(SeqCst) {
            return Poll::Ready(Err("the connection is gone".into()));
        }
        if self.shared.not_ready.fetch_update(SeqCst, SeqCst, |polls| polls.checked_sub(1)).is_ok() {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(pause) = self.shared.pause.lock().unwrap().take() {
            let waker = cx.waker().clone();
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                waker.wake();
            });
            return Poll::Pending;
        }
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        if !std::mem::take(&mut self.is_ready) {
            return Box::pin(async { Err("called without being ready".into()) });
        }
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let running = shared.running.fetch_add(1, SeqCst) + 1;
            shared.most_running.fetch_max(running, SeqCst);
            assert!(request.headers()["authorization"].is_sensitive());
            let accepted = number(request.headers()) >= shared.first_valid.load(SeqCst);
            shared.requests.lock().unwrap().push(request);
            let delay = *shared.delay.lock().unwrap();
            tokio::time::sleep(delay).await;
            shared.running.fetch_sub(1, SeqCst);
            let is_down = shared.outages.fetch_update(SeqCst, SeqCst, |outages| outages.checked_sub(1)).is_ok();
            let status = match (is_down, accepted) {
                (true, _) => StatusCode::SERVICE_UNAVAILABLE,
                (false, true) => StatusCode::OK,
                (false, false) => StatusCode::UNAUTHORIZED,
            };
            Ok(Response::builder().status(status).body(String::new())?)
        })
    }
}

pub(crate) fn get() -> Request<String> {
    Request::get(URL).body(String::new()).unwrap()
}

/// Returns the error of the core in an error of a stack.
pub(crate) fn core_error(error: &BoxError) -> &Error {
    error.downcast_ref().unwrap_or_else(|| panic!("{error:?}"))
}
