//! The login that every peer makes: scripted, and counted.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

/// The default lifetime of a credential.
pub const HOUR: Duration = Duration::from_hours(1);

/// The response to one login, and its delay.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    takes: Duration,
    result: Result<Duration, Failure>,
}

/// The reason of a failed login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The password is wrong.
    Refused,
    /// The server is down.
    Down,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "the login was refused",
            Self::Down => "the login server is down",
        })
    }
}

impl std::error::Error for Failure {}

impl Answer {
    /// Answers with a token of this lifetime.
    #[must_use]
    pub const fn token(lifetime: Duration) -> Self {
        Self { takes: Duration::ZERO, result: Ok(lifetime) }
    }

    /// Answers without a token.
    #[must_use]
    pub const fn failure(failure: Failure) -> Self {
        Self { takes: Duration::ZERO, result: Err(failure) }
    }

    /// Returns the same answer with a delay.
    #[must_use]
    pub const fn after(self, takes: Duration) -> Self {
        Self { takes, ..self }
    }
}

/// The result of a login.
#[derive(Debug)]
pub struct Token {
    /// 64 characters, as Api4Com's tokens have: `token-<number>-` and padding.
    pub text: String,
    /// The lifetime, from the login on.
    pub lifetime: Duration,
}

type Script = dyn Fn(u64) -> Answer + Send + Sync;

/// A provider's login endpoint, in memory.
pub struct Provider {
    script: Box<Script>,
    logins: AtomicU64,
}

impl Provider {
    /// Calls `script` with the number of each login, from 1.
    pub fn new(script: impl Fn(u64) -> Answer + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { script: Box::new(script), logins: AtomicU64::new(0) })
    }

    /// Returns a provider that never fails and whose tokens live an hour.
    #[must_use]
    pub fn reliable() -> Arc<Self> {
        Self::new(|_| Answer::token(HOUR))
    }

    /// Logs in once.
    pub async fn login(&self) -> Result<Token, Failure> {
        let number = self.logins.fetch_add(1, SeqCst) + 1;
        let Answer { takes, result } = (self.script)(number);
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        result.map(|lifetime| Token { text: format!("{:x<64}", format!("token-{number}-")), lifetime })
    }

    /// Returns the number of logins that have started.
    pub fn logins(&self) -> u64 {
        self.logins.load(SeqCst)
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("logins", &self.logins()).finish_non_exhaustive()
    }
}
