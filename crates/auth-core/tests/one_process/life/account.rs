//! A login in memory that follows a test's script and counts its attempts.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use auth_core::http::HeaderMap;
use auth_core::url::Url;
use auth_core::{AccessToken, Client, Credential, Error, ErrorKind, Expiry, Http, Login, Options, Result};
use futures_util::future::BoxFuture;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

#[derive(Debug)]
pub(crate) struct Session {
    /// The number of the login that produced it, from 1.
    pub(crate) number: u64,
    token: AccessToken,
    expiry: Expiry,
}

pub(crate) fn session(number: u64, expiry: Expiry) -> Result<Session> {
    Ok(Session { number, token: AccessToken::bearer(&format!("token-{number}").into())?, expiry })
}

/// Returns a credential with a lifetime of one hour.
pub(crate) fn hour(number: u64) -> Result<Session> {
    session(number, Expiry::In(HOUR))
}

pub(crate) fn refused() -> Result<Session> {
    Err(Error::new(ErrorKind::LoginRefused, "wrong password"))
}

pub(crate) fn unavailable() -> Result<Session> {
    Err(Error::new(ErrorKind::Unavailable, "the server is down"))
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        self.expiry
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.token.authorize(headers);
    }
}

type Script = dyn Fn(u64) -> BoxFuture<'static, Result<Session>> + Send + Sync;

#[derive(Clone)]
pub(crate) struct Account {
    base_url: Url,
    script: Arc<Script>,
    logins: Arc<AtomicU64>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account")
    }
}

/// An account is equal only to its clones.
impl PartialEq for Account {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.logins, &other.logins)
    }
}

impl Account {
    /// Calls `script` with the number of each attempt, from 1.
    pub(crate) fn new<F>(script: impl Fn(u64) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Session>> + Send + 'static,
    {
        let base_url = Url::parse("https://login.test/api/").expect("a URL");
        let script = Arc::new(move |number| -> BoxFuture<'static, Result<Session>> { Box::pin(script(number)) });
        Self { base_url, script, logins: Arc::default() }
    }

    /// Returns the number of attempts that have started.
    pub(crate) fn logins(&self) -> u64 {
        self.logins.load(SeqCst)
    }

    pub(crate) fn client(&self) -> Client<Self> {
        self.client_with(Options::default())
    }

    pub(crate) fn client_with(&self, options: Options) -> Client<Self> {
        Client::with_options(self.clone(), options).expect("the options are valid")
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, _http: &Http) -> Result<Session> {
        let number = self.logins.fetch_add(1, SeqCst) + 1;
        (self.script)(number).await
    }
}

/// Runs every task that is ready, without advancing the clock.
pub(crate) async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn advance(span: Duration) {
    settle().await;
    tokio::time::advance(span).await;
    settle().await;
}
