//! The one connection of a store, opened on first use and replaced when it breaks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use auth_core::Result;
use redis::{RedisError, ServerErrorKind, Value};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::error::{failed, no_runtime};
use crate::script::Call;
use crate::server::{LIMIT, Line, Server, timed_out};

/// The first pause after a failed attempt to connect. It doubles with each failure.
const FIRST_REST: Duration = Duration::from_millis(100);
const MAX_REST: Duration = Duration::from_secs(5);

/// A handle to the connection. Clones share it.
#[derive(Clone)]
pub(crate) struct Link {
    server: Arc<Server>,
    state: Arc<Mutex<CacheState>>,
}

#[derive(Default)]
struct CacheState {
    line: Option<Numbered>,
    /// The number of connections so far, which identifies the connection that is given up.
    number: u64,
    attempt: Option<Attempt>,
    rest: Option<Rest>,
}

#[derive(Clone)]
struct Numbered {
    number: u64,
    line: Arc<dyn Line>,
}

/// The outcome of the attempt that runs; `None` until it ends.
type Attempt = watch::Receiver<Option<Result<Numbered>>>;

/// A pause without attempts, and the error that caused it.
#[derive(Clone)]
struct Rest {
    why: auth_core::Error,
    span: Duration,
    until: Instant,
}

impl CacheState {
    fn running(&self) -> Option<&Attempt> {
        self.attempt.as_ref().filter(|attempt| attempt.has_changed().is_ok())
    }

    fn resting(&self) -> Option<&Rest> {
        self.rest.as_ref().filter(|rest| now() < rest.until)
    }
}

impl Link {
    pub(crate) fn to(server: Arc<Server>) -> Self {
        Self { server, state: Arc::default() }
    }

    /// Sends a call and returns the server's answer. A broken connection is replaced once.
    ///
    /// If this future is dropped before it completes, its connection is replaced. The server may be gone, and nothing
    /// else would reveal that.
    pub(crate) async fn ask(&self, call: &Call<'_>) -> Result<Value> {
        let first = self.ask_once(call).await;
        let outcome = match first {
            Err(Failure::Broken(_)) => self.ask_once(call).await,
            outcome => outcome,
        };
        outcome.map_err(|failure| match failure {
            Failure::Broken(error) | Failure::Refused(error) => failed(&error, &self.server, Some(call.key)),
            Failure::Closed(error) => error,
        })
    }

    async fn ask_once(&self, call: &Call<'_>) -> Result<Value, Failure> {
        let line = self.line().await.map_err(Failure::Closed)?;
        let mut doubted = Doubted { link: self, number: Some(line.number) };
        let mut answer = line.line.send(&call.short()).await;
        if answer.as_ref().is_err_and(|error| error.kind() == ServerErrorKind::NoScript.into()) {
            answer = line.line.send(&call.whole()).await;
        }
        match answer {
            Ok(value) => {
                doubted.number = None;
                Ok(value)
            }
            // The caller has waited long enough, so there is no second attempt.
            Err(error) if error.is_timeout() => Err(Failure::Refused(error)),
            Err(error) if error.is_io_error() || error.is_unrecoverable_error() => {
                self.give_up(line.number);
                Err(Failure::Broken(error))
            }
            Err(error) => {
                // The address may now lead to another server, the new master.
                if error.kind() != ServerErrorKind::ReadOnly.into() {
                    doubted.number = None;
                }
                Err(Failure::Refused(error))
            }
        }
    }

    async fn line(&self) -> Result<Numbered> {
        // An attempt ends when its runtime does. The next one runs in this runtime.
        for _ in 0..2 {
            let mut attempt = match self.look()? {
                Ok(line) => return Ok(line),
                Err(attempt) => attempt,
            };
            if let Ok(outcome) = attempt.wait_for(Option::is_some).await
                && let Some(outcome) = &*outcome
            {
                return outcome.clone();
            }
        }
        Err(no_runtime())
    }

    /// Returns the connection, or the attempt to open it. Starts an attempt if none runs.
    fn look(&self) -> Result<Result<Numbered, Attempt>> {
        let mut state = self.lock();
        if let Some(line) = &state.line {
            return Ok(Ok(line.clone()));
        }
        if let Some(attempt) = state.running() {
            return Ok(Err(attempt.clone()));
        }
        if let Some(rest) = state.resting() {
            return Err(rest.why.clone());
        }
        let runtime = Handle::try_current().map_err(|_says_the_same| no_runtime())?;
        Ok(Err(self.start(&mut state, &runtime)))
    }

    /// Starts an attempt in its own task, because the caller may give up early. The next caller then has a connection.
    fn start(&self, state: &mut CacheState, runtime: &Handle) -> Attempt {
        let (tell, attempt) = watch::channel(None);
        state.attempt = Some(attempt.clone());
        let link = self.clone();
        runtime.spawn(async move {
            let outcome = link.connect().await;
            // This fails if all callers have given up.
            let _ = tell.send(Some(outcome));
        });
        attempt
    }

    async fn connect(&self) -> Result<Numbered> {
        let outcome = match tokio::time::timeout(LIMIT * 2, self.server.connect()).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(timed_out()),
        };
        let mut state = self.lock();
        state.attempt = None;
        match outcome {
            Ok(line) => {
                state.number += 1;
                let line = Numbered { number: state.number, line };
                let replaced = state.line.replace(line.clone());
                state.rest = None;
                drop(state);
                drop(replaced);
                tracing::debug!(server = ?self.server, "connected to Redis");
                Ok(line)
            }
            Err(error) => {
                let why = failed(&error, &self.server, None);
                let span = state.rest.as_ref().map_or(FIRST_REST, |rest| (rest.span * 2).min(MAX_REST));
                state.rest = Some(Rest { why: why.clone(), span, until: now() + span });
                drop(state);
                tracing::debug!(server = ?self.server, error = %why, "no connection to Redis");
                Err(why)
            }
        }
    }

    /// Replaces a connection that gave no answer, or the answer of a replica.
    ///
    /// That to a cluster stays in use until the next one is open: its other nodes may answer.
    fn doubt(&self, number: u64) {
        let Ok(runtime) = Handle::try_current() else { return self.give_up(number) };
        if !self.server.has_nodes() {
            return self.give_up(number);
        }
        let mut state = self.lock();
        let is_current = state.line.as_ref().is_some_and(|line| line.number == number);
        if is_current && state.running().is_none() && state.resting().is_none() {
            self.start(&mut state, &runtime);
        }
    }

    fn give_up(&self, number: u64) {
        let mut state = self.lock();
        let line = state.line.take_if(|line| line.number == number);
        drop(state);
        // Dropping the last clone ends the connection's task, so it is dropped outside the lock.
        drop(line);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, CacheState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Failure {
    /// The connection broke.
    Broken(RedisError),
    /// The operation failed.
    Refused(RedisError),
    /// There is no connection.
    Closed(auth_core::Error),
}

/// Doubts the connection on drop, unless the number was removed.
struct Doubted<'l> {
    link: &'l Link,
    number: Option<u64>,
}

impl Drop for Doubted<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.link.doubt(number);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long ago a failed attempt was: no credential's life depends on it")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
