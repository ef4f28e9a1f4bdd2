//! The login that every peer makes: scripted, and counted.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

/// How long a credential lives where nothing else is asked.
pub const HOUR: Duration = Duration::from_hours(1);

/// What one login answers, and when.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    takes: Duration,
    result: Result<Duration, Failure>,
}

/// Why a login failed.
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
    /// A token that lives that long.
    #[must_use]
    pub const fn token(lifetime: Duration) -> Self {
        Self { takes: Duration::ZERO, result: Ok(lifetime) }
    }

    /// No token.
    #[must_use]
    pub const fn failure(failure: Failure) -> Self {
        Self { takes: Duration::ZERO, result: Err(failure) }
    }

    /// The same, some time after it was asked for.
    #[must_use]
    pub const fn after(self, takes: Duration) -> Self {
        Self { takes, ..self }
    }
}

/// What a login returned.
#[derive(Debug)]
pub struct Token {
    /// 64 characters, as Api4Com's have: `token-<number>-` and padding.
    pub text: String,
    /// From now.
    pub lifetime: Duration,
}

type Script = dyn Fn(u64) -> Answer + Send + Sync;

/// A provider's login endpoint, in memory.
pub struct Provider {
    script: Box<Script>,
    logins: AtomicU64,
}

impl Provider {
    /// `script` is told which login it is, from 1.
    pub fn new(script: impl Fn(u64) -> Answer + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { script: Box::new(script), logins: AtomicU64::new(0) })
    }

    /// One that is always there, with tokens that live an hour.
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

    /// Logins that have begun.
    pub fn logins(&self) -> u64 {
        self.logins.load(SeqCst)
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("logins", &self.logins()).finish_non_exhaustive()
    }
}
