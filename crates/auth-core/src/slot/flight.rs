//! One login: its attempts, its deadline, and its landing whatever happens.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tracing::Instrument;

use super::answers::{Reason, Ticket};
use super::gate::Failure;
use super::life::Life;
use super::unsettled::FLIGHT_DEADLINE;
use super::{Outcome, Slot, Snapshot, millis};
use crate::credential::Credential;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::sync::{panicking, roll, sleep, timeout};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A login gives itself up before the machine gives it up, so that how it ended is told.
const LONGEST: Duration = FLIGHT_DEADLINE.saturating_sub(Duration::from_secs(2));

/// Logs in, and tells the machine and all who wait how it ended: also where it panics, or is dropped before it ran.
pub(super) fn fly<L: Login>(
    slot: Arc<Slot<L>>,
    ticket: Ticket,
    outcome: watch::Sender<Outcome>,
) -> impl Future<Output = ()> + Send {
    let landing = Landing { slot, ticket, outcome, landed: false };
    async move {
        if let Some(result) = landing.fly().await {
            landing.land(result);
        }
    }
}

/// Tells the outcome also where the login panics or its task is dropped.
struct Landing<L: Login> {
    slot: Arc<Slot<L>>,
    ticket: Ticket,
    outcome: watch::Sender<Outcome>,
    landed: bool,
}

impl<L: Login> Landing<L> {
    /// How the login ended; `None` if its client is gone, or has given it up, and nobody waits for it, or if it is too
    /// late to begin it.
    async fn fly(&self) -> Option<Result<(L::Credential, Life)>> {
        // Counted like the machine's deadline: a task that was first polled late has no more time than others.
        let late = self.slot.now().mono.saturating_sub(self.ticket.begun.mono);
        let left = LONGEST.checked_sub(late).filter(|left| !left.is_zero())?;
        let mut abandoned = pin!(self.outcome.closed());
        let mut attempts = pin!(timeout(left, self.attempts()));
        poll_fn(|context| match abandoned.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => attempts.as_mut().poll(context).map(Some),
        })
        .await
        .map(|result| {
            result.unwrap_or_else(|_elapsed| Err(Error::new(ErrorKind::Unavailable, "no login succeeded in time")))
        })
    }

    async fn attempts(&self) -> Result<(L::Credential, Life)> {
        let attempts = self.slot.http.pool().options.login_attempts;
        let mut attempt = 1;
        loop {
            let span = tracing::info_span!(
                "auth.login",
                host = self.slot.http.host(),
                reason = ?self.ticket.reason,
                attempt
            );
            match self.attempt().instrument(span).await {
                Err(error) if error.kind() == ErrorKind::Unavailable && attempt < attempts => {
                    tracing::debug!(host = self.slot.http.host(), attempt, %error, "a login attempt failed");
                }
                result => return result,
            }
            let pause = FIRST_PAUSE.saturating_mul(1 << (attempt - 1).min(8)).min(LONGEST_PAUSE);
            sleep(pause.mul_f64(roll())).await;
            attempt += 1;
        }
    }

    async fn attempt(&self) -> Result<(L::Credential, Life)> {
        let slot = &*self.slot;
        let options = &slot.http.pool().options;
        let Some(login) = &slot.login else {
            return Err(Error::new(ErrorKind::LoginRequired, "this client never logs in"));
        };
        slot.counters.logins.count();
        let started = slot.now();
        let credential = match timeout(options.login_timeout, login.login(&slot.http)).await {
            Ok(result) => result?,
            Err(_elapsed) => return Err(Error::new(ErrorKind::Unavailable, "the login was not answered in time")),
        };
        let life = Life::new(credential.expiry(), options.lead, started, slot.now(), roll());
        match life {
            Some(life) => Ok((credential, life)),
            None => {
                Err(Error::new(ErrorKind::Unavailable, "the login answered with a credential that has already ended"))
            }
        }
    }

    fn land(mut self, result: Result<(L::Credential, Life)>) {
        self.landed = true;
        match result {
            Ok((credential, life)) => self.publish(credential, life),
            Err(error) => self.fail(error),
        }
    }

    fn publish(&self, credential: L::Credential, life: Life) {
        let slot = &*self.slot;
        let mut replaced = None;
        let mut published = None;
        let mut machine = slot.machine();
        let now = slot.now();
        let landed = machine.logged_in(self.ticket, now, life, |generation| {
            let snapshot = Snapshot::new(credential, generation);
            replaced = slot.published.swap(Some(Arc::clone(&snapshot)));
            published = Some(generation);
            snapshot
        });
        drop(machine);
        // Dropped, like all code of others, without the lock.
        drop(replaced);
        if landed {
            let lifetime_s = life.left(now).map(|left| left.as_secs());
            tracing::info!(host = slot.http.host(), generation = published, lifetime_s, "logged in");
            if self.ticket.reason == Reason::Proactive {
                slot.counters.renewals.count();
            }
            self.outcome.send_replace(Some(Ok(())));
        }
    }

    fn fail(&self, error: Error) {
        let slot = &*self.slot;
        let failure = match error.kind() {
            ErrorKind::Unavailable => Failure::Transient,
            ErrorKind::RateLimited => Failure::Throttled { retry_after: error.retry_after() },
            _ => Failure::Refused,
        };
        let (pause, serving) = {
            let mut machine = slot.machine();
            let now = slot.now();
            (machine.failed(self.ticket, now, failure, error.clone(), roll()), machine.serves(now))
        };
        // Given up, or sent before a reset: who waits looks again.
        let Some(pause) = pause.filter(|pause| !pause.is_zero()) else { return };
        let host = slot.http.host();
        slot.counters.failures.count();
        match failure {
            Failure::Refused => {
                slot.counters.refusals.count();
                tracing::error!(host, serving, retry_in_ms = millis(pause), %error, "the provider refused the login");
            }
            Failure::Transient | Failure::Throttled { .. } => {
                tracing::warn!(host, serving, retry_in_ms = millis(pause), %error, "the login failed");
            }
        }
        self.outcome.send_replace(Some(Err(error.with_retry_after(pause))));
    }
}

impl<L: Login> Drop for Landing<L> {
    fn drop(&mut self) {
        if self.landed {
            return;
        }
        if panicking() {
            self.fail(Error::new(ErrorKind::Unavailable, "the login panicked; its message is where panics go"));
        } else {
            self.slot.machine().vanished(self.ticket);
        }
    }
}
