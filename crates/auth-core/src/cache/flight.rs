//! One login: its attempts, and its deadline.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tracing::{Instrument, Span};

use super::answers::{Reason, Ticket};
use super::expiry::Deadlines;
use super::landing::{CompletionGuard, Ended, Issued};
use super::unsettled::{BEAT_EVERY, FLIGHT_DEADLINE};
use super::{CredentialCache, Outcome, Source};
use crate::credential::Credential;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::sync::{jitter, sleep, timeout};
use crate::transport::late;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A login gives itself up before the machine gives it up, so that how it ended is told.
const LONGEST: Duration = FLIGHT_DEADLINE.saturating_sub(Duration::from_secs(2));

/// A login whose turn comes later than so long before its end is not sent: it would be cut off.
const LEAST_LEFT: Duration = Duration::from_secs(2);

/// Logs in, and tells the machine and all who wait how it ended: also where it panics, or is dropped before it ran.
pub(super) fn fly<L: Login>(
    cache: Arc<CredentialCache<L>>,
    ticket: Ticket,
    outcome: watch::Sender<Outcome>,
) -> impl Future<Output = ()> + Send {
    // Nobody waits for a renewal: it is no part of what its caller does, and must not keep that span open.
    let caller = if ticket.reason == Reason::Proactive { Span::none() } else { Span::current() };
    let landing = CompletionGuard::new(cache, ticket, outcome, caller.id());
    let flight = async move {
        if let Some(ended) = landing.fly().await {
            landing.land(ended).await;
        }
    };
    flight.instrument(caller)
}

/// Polls at least each [`BEAT_EVERY`].
pub(super) async fn polled_often<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Ok(output) = timeout(BEAT_EVERY, future.as_mut()).await {
            return output;
        }
    }
}

impl<L: Login> CompletionGuard<L> {
    /// How the login ended; `None` if its client is gone and nobody waits for it, if it was given up, or if it is too late to
    /// begin it.
    async fn fly(&self) -> Option<Ended<L::Credential>> {
        // Counted like the machine's deadline: a task that was first polled late has no more time than others.
        let late = self.cache.now().mono.saturating_sub(self.ticket.begun.mono);
        let left = LONGEST.checked_sub(late).filter(|left| !left.is_zero())?;
        let mut abandoned = pin!(self.outcome.closed());
        let mut obtained = pin!(self.obtain(left));
        // Asked before each step: a task that stood still is to send nothing after another has taken its place.
        polled_often(poll_fn(|context| match abandoned.as_mut().poll(context) {
            Poll::Pending if self.beats() => obtained.as_mut().poll(context),
            _ => Poll::Ready(None),
        }))
        .await
    }

    /// Says that this task runs; `false` if another has taken its place.
    pub(super) fn beats(&self) -> bool {
        if let Some(place) = &self.place {
            place.beats();
        }
        self.cache.machine().beats(self.ticket, self.cache.now())
    }

    /// `None` where only a store was to be asked, and has nothing.
    async fn obtain(&self, left: Duration) -> Option<Ended<L::Credential>> {
        let waits = self.cache.now();
        // Before a store is asked: who holds its lease is to log in, not to wait.
        if let Some(place) = &self.place
            && timeout(left.saturating_sub(LEAST_LEFT), place.turn()).await.is_err()
        {
            let message = "nothing was sent: for too long, as many logins of these accounts ran as may run at once; try \
                           again, or raise Accounts::max_concurrent_logins";
            return Some(Ended::alone(Err(Error::new(ErrorKind::Unavailable, message))));
        }
        let left = left.saturating_sub(self.cache.now().mono.saturating_sub(waits.mono));
        #[cfg(feature = "store")]
        if let Some(shared) = &self.cache.shared {
            // Boxed: who does not share need not carry the room for it.
            return Box::pin(self.obtain_shared(shared, self.cache.now().plus(left))).await;
        }
        Some(Ended::alone(self.attempts(left, || true).await))
    }

    /// Logs in, while there is time. `may_repeat` is asked before each attempt after the first.
    pub(super) async fn attempts(
        &self,
        left: Duration,
        may_repeat: impl Fn() -> bool,
    ) -> Result<Issued<L::Credential>> {
        timeout(left, self.repeated(may_repeat))
            .await
            .unwrap_or_else(|_elapsed| Err(Error::new(ErrorKind::Unavailable, "no login succeeded in time")))
    }

    async fn repeated(&self, may_repeat: impl Fn() -> bool) -> Result<Issued<L::Credential>> {
        let attempts = self.cache.http.pool().options.login_attempts;
        let mut attempt = 1;
        loop {
            let result = self.attempt().instrument(self.span(attempt)).await;
            if let Some(place) = &self.place {
                place.leave();
            }
            let error = match result {
                Err(error) if error.kind() == ErrorKind::Unavailable && attempt < attempts => error,
                result => return result,
            };
            let http = &self.cache.http;
            tracing::debug!(host = http.host(), account = %http.label(), attempt, %error, "a login attempt failed");
            let pause = FIRST_PAUSE.saturating_mul(1 << (attempt - 1).min(8)).min(LONGEST_PAUSE);
            sleep(pause.mul_f64(jitter())).await;
            if !may_repeat() {
                return Err(error);
            }
            if let Some(place) = &self.place {
                place.turn().await;
            }
            attempt += 1;
        }
    }

    fn span(&self, attempt: u32) -> Span {
        let (http, caller, reason) = (&self.cache.http, self.caller.clone(), self.ticket.reason);
        tracing::info_span!(
            parent: caller,
            "auth.login",
            host = http.host(),
            account = %http.label(),
            ?reason,
            attempt
        )
    }

    async fn attempt(&self) -> Result<Issued<L::Credential>> {
        let cache = &*self.cache;
        let options = &cache.http.pool().options;
        let Some(login) = &cache.login else {
            return Err(Error::new(ErrorKind::LoginRequired, "this client never logs in"));
        };
        cache.count(|counters| &counters.logins);
        let started = cache.now();
        let credential = match timeout(options.login_timeout, login.login(&cache.http)).await {
            Ok(result) => result?,
            Err(_elapsed) => return Err(Error::new(ErrorKind::Unavailable, late(cache.http.host()))),
        };
        let expiry = credential.expiry();
        match Deadlines::new(expiry, options.renew_before, started, cache.now(), jitter()) {
            Some(life) => Ok(Issued {
                credential,
                life,
                #[cfg(feature = "store")]
                lifetime: super::expiry::lifetime(expiry, started),
                #[cfg(feature = "store")]
                others: None,
                origin: Source::default(),
            }),
            None => {
                Err(Error::new(ErrorKind::Unavailable, "the login answered with a credential that has already ended"))
            }
        }
    }
}
