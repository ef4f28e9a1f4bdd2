//! A login in memory that follows the script of a scenario.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use http::HeaderMap;
use shuttle::future::yield_now;
use tokio::sync::watch;
use url::Url;

use super::seen::Seen;
use crate::credential::Credential;
use crate::error::{Error, ErrorKind, Result};
use crate::expiry::Expiry;
use crate::login::Login;
use crate::options::Options;
use crate::sync::model::{self, End};
use crate::transport::Http;

/// The credential is renewed after 12 to 13 s, depending on the jitter, and has expired after 14 s.
pub(super) const LIFETIME: Duration = Duration::from_secs(16);
pub(super) const STALE: Duration = Duration::from_secs(13);
pub(super) const DEAD: Duration = Duration::from_secs(14);

static BASE_URL: LazyLock<Url> = LazyLock::new(|| Url::parse("http://127.0.0.1/").unwrap());
static HTTP: LazyLock<Http> = LazyLock::new(|| Http::new(&BASE_URL, &Options::default().login_attempts(2)).unwrap());

pub(super) fn http() -> Http {
    HTTP.clone()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Succeed,
    /// Fails in a way that is retried; there are two attempts in all.
    Fail,
    Refuse,
    Panic,
    /// The login's runtime is shut down.
    Vanish,
    /// Its runtime stops from the first step on. If it runs again, the login succeeds.
    Stall,
    /// Waits until it is released, then succeeds.
    Hold,
    /// Waits until it is released, then is refused.
    HoldAndRefuse,
}

/// The result of a login: its number, and the time at which it has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) number: u64,
    pub(super) dead_at: Duration,
}

impl Credential for Token {
    fn expiry(&self) -> Expiry {
        if self.dead_at == Duration::MAX { Expiry::Never } else { Expiry::In(LIFETIME) }
    }

    fn authorize(&self, _headers: &mut HeaderMap) {}
}

#[derive(Debug)]
pub(super) struct Account {
    /// The acts of the next logins. Later logins succeed.
    pub(super) acts: Arc<Mutex<VecDeque<Act>>>,
    pub(super) let_go: watch::Receiver<bool>,
    pub(super) seen: Arc<Seen>,
}

impl Login for Account {
    type Credential = Token;

    fn base_url(&self) -> &Url {
        &BASE_URL
    }

    async fn login(&self, _http: &Http) -> Result<Token> {
        let login = self.seen.login();
        let token = Token { number: login.number, dead_at: model::elapsed() + DEAD };
        let act = self.acts.lock().unwrap().pop_front().unwrap_or(Act::Succeed);
        if act != Act::Stall {
            yield_now().await;
        }
        match act {
            Act::Succeed => Ok(token),
            Act::Fail => Err(Error::new(ErrorKind::Unavailable, "down")),
            Act::Refuse => Err(refused()),
            Act::Panic => end(End::Panic).await,
            Act::Vanish => end(End::Dropped).await,
            Act::Stall => {
                // It no longer counts as running: it is replaced in the end, and another one begins.
                drop(login);
                model::stall_this_task();
                yield_now().await;
                Ok(Token { dead_at: Duration::MAX, ..token })
            }
            Act::Hold => {
                self.let_go().await;
                Ok(token)
            }
            Act::HoldAndRefuse => {
                self.let_go().await;
                Err(refused())
            }
        }
    }
}

impl Account {
    async fn let_go(&self) {
        // An error means that the scenario is over, and then nothing is held any more.
        let _ = self.let_go.clone().wait_for(|let_go| *let_go).await;
    }
}

fn refused() -> Error {
    Error::new(ErrorKind::LoginRefused, "wrong password")
}

async fn end(end: End) -> Result<Token> {
    model::end_this_task(end);
    pending().await
}
