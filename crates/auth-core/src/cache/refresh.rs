//! One refresh of a credential: its deadline, its outcome, and the guard that always completes it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tracing::{Instrument, Span, span};

use super::attempts::{Attempts, Keyed};
use super::cooldown::Failure;
use super::core::{Core, Outcome};
use super::decision::{Reason, Ticket};
use super::obtain::{BoxFuture, FailureCounts, Issued, LoggedIn, RecordedFailure};
use super::refresh_state::{HEARTBEAT, REFRESH_DEADLINE};
use super::rotation::sends;
use crate::accounts::turns::Place;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::sync::{jitter, panicking, timeout};

/// A refresh ends before the state would replace it, so that its outcome is recorded.
const MAX_DURATION: Duration = REFRESH_DEADLINE.saturating_sub(Duration::from_secs(2));

/// A login that would start with less time than this before the deadline is not sent, because it would be cut off.
const MIN_TIME_FOR_LOGIN: Duration = Duration::from_secs(2);

/// Runs a refresh and reports its outcome to the state and to all waiting callers, even if it panics or is dropped.
pub(super) fn run<L: Login>(
    core: Arc<Core<L>>,
    ticket: Ticket,
    outcome: watch::Sender<Outcome>,
) -> BoxFuture<'static, ()> {
    // A renewal is not part of its caller's work, so it must not keep the caller's span open.
    let renews = match ticket.reason {
        Reason::Proactive => true,
        Reason::Reread => core.state().serves(core.now()),
        _ => false,
    };
    let caller = if renews { Span::none() } else { Span::current() };
    // A look into the store is not a login, so it does not wait in line.
    let common = core.http.pool().common.as_ref().filter(|_| ticket.reason != Reason::Look);
    let place = common.and_then(|common| common.place());
    let guard = CompletionGuard {
        core,
        ticket,
        // The deadline counts from the ticket: a task that is polled late gets no extra time.
        end: ticket.begun.mono.saturating_add(MAX_DURATION),
        outcome,
        caller: caller.id(),
        renews,
        place,
        has_logged_in: AtomicBool::new(false),
        is_complete: AtomicBool::new(false),
    };
    // One type for all logins, because tokio's task of each type is much code.
    Box::pin(async move { guard.run().await }.instrument(caller))
}

/// A refresh that reports its outcome in any case.
struct CompletionGuard<L: Login> {
    core: Arc<Core<L>>,
    ticket: Ticket,
    end: Duration,
    outcome: watch::Sender<Outcome>,
    /// The span of the caller who started the refresh; `None` for a renewal.
    caller: Option<span::Id>,
    /// No caller waits, because the current credential is still usable.
    renews: bool,
    /// The place in line for a login, if the set of accounts limits logins.
    place: Option<Place>,
    /// The login has ended. Other processes may see its outcome, so it is recorded here too.
    has_logged_in: AtomicBool,
    is_complete: AtomicBool,
}

impl<L: Login> CompletionGuard<L> {
    async fn run(self) {
        if self.time_left().is_zero() {
            return;
        }
        let mut obtained = pin!(self.obtain());
        let mut abandoned = pin!(self.outcome.closed());
        // Checked before each step: a task that stalled must not send anything after it was replaced.
        let obtained = poll_often(poll_fn(|context| {
            let is_wanted = self.heartbeat();
            let goes_on =
                self.has_logged_in.load(Relaxed) || is_wanted && abandoned.as_mut().poll(context).is_pending();
            if goes_on { obtained.as_mut().poll(context) } else { Poll::Ready(None) }
        }))
        .await;
        match obtained {
            Some(Ok(issued)) => self.publish(issued),
            Some(Err(error)) => drop(self.outcome.send_replace(Some(Err(error)))),
            None => {}
        }
    }

    /// Obtains a credential from a login or from another process.
    ///
    /// Returns `None` if there is no outcome for the callers.
    async fn obtain(&self) -> Option<Result<Issued<L::Credential>>> {
        if self.ticket.reason == Reason::Reread && !self.has_new_secrets().await {
            let (error, left) = self.core.state().running_cooldown(self.core.now())?;
            return Some(Err(error.cooling_down().with_retry_after(left)));
        }
        loop {
            // This comes before the store is asked: the holder of a lease must log in, not wait in line.
            if let Some(place) = &self.place
                && timeout(self.time_left().saturating_sub(MIN_TIME_FOR_LOGIN), place.turn()).await.is_err()
            {
                let message = "nothing was sent: too many logins of these accounts were running; try again, or raise \
                               Accounts::max_concurrent_logins";
                return self.failed(Error::new(ErrorKind::Unavailable, message));
            }
            let may_repeat = AtomicBool::new(true);
            let (Some(coordinator), Some(configured)) = (self.core.coordinator(), self.core.origin.login()) else {
                return match self.log_in(&may_repeat, None).await {
                    Ok((issued, _lifetime)) => Some(Ok(issued)),
                    Err(error) => self.failed(error),
                };
            };
            let account = timeout(self.time_left(), self.core.read(configured)).await;
            let account = match account.unwrap_or_else(|_elapsed| Err(too_late())) {
                Ok(account) => account,
                Err(_error) if self.ticket.reason == Reason::Look => return None,
                Err(error) => return self.failed(error),
            };
            let keyed = Keyed::new(account);
            let fail = |error: &Error, reported: Option<FailureCounts>, pause| {
                if keyed.has_changed() {
                    return None;
                }
                if reported.is_none() {
                    sends(keyed.account.as_ref());
                }
                self.fail(error, reported, pause)
            };
            let known_fence = self.core.published.load().as_ref().map_or(0, |entry| entry.fence);
            let left = || self.core.state().time_left(self.core.now()).filter(|_| self.renews);
            let reason = match self.ticket.reason {
                Reason::Reread if self.renews => Reason::Proactive,
                Reason::Reread => Reason::Cold,
                reason => reason,
            };
            let account = keyed.account.as_ref().map_or(configured, |reading| &reading.account);
            let login = Box::pin(self.log_in(&may_repeat, Some(&keyed)));
            let obtained = coordinator.obtain(account, reason, known_fence, &left, &may_repeat, login, &fail).await;
            if !keyed.has_changed() {
                if matches!(&obtained, Some(Ok(issued)) if issued.adopted.is_some()) {
                    // Another process has sent these secrets.
                    sends(keyed.account.as_ref());
                }
                return obtained;
            }
            self.has_logged_in.store(false, Relaxed);
        }
    }

    /// Reads the secrets again. Returns true if they have not been sent yet.
    async fn has_new_secrets(&self) -> bool {
        let core = &*self.core;
        let Some(login) = core.origin.login() else { return core.origin.is_read() };
        match timeout(self.time_left(), core.read(login)).await {
            Ok(Ok(_)) => core.has_new_reading(),
            Ok(Err(error)) => {
                let (host, account) = (core.http.host(), core.http.label());
                tracing::debug!(
                    name: "auth.secrets_unreadable", %account, server.address = host, %error,
                    "the secrets cannot be read during a cooldown"
                );
                false
            }
            Err(_elapsed) => false,
        }
    }

    /// Logs in before the deadline. Attempts are limited by the options and continue only while `may_repeat` is set.
    async fn log_in(&self, may_repeat: &AtomicBool, keyed: Option<&Keyed<L>>) -> Result<LoggedIn<L::Credential>> {
        let attempts = Attempts {
            core: &self.core,
            reason: self.ticket.reason,
            caller: self.caller.clone(),
            renews: self.renews,
            place: self.place.as_ref(),
            may_repeat,
            keyed,
        };
        let result = timeout(self.time_left(), attempts.run()).await.unwrap_or_else(|_elapsed| Err(too_late()));
        self.has_logged_in.store(true, Relaxed);
        result
    }

    /// Reports that the task runs. Returns false if another task has replaced it.
    fn heartbeat(&self) -> bool {
        if let Some(place) = &self.place {
            place.beats();
        }
        self.core.state().heartbeat(self.ticket, self.core.now())
    }

    fn time_left(&self) -> Duration {
        self.end.saturating_sub(self.core.now().mono)
    }

    fn publish(&self, issued: Issued<L::Credential>) {
        self.is_complete.store(true, Relaxed);
        let core = &*self.core;
        let shared = issued.adopted.is_some();
        let lifetime_s = issued.deadlines.left(core.now()).map(|left| left.as_secs());
        if let Some(generation) = core.publish(self.ticket, issued) {
            let (host, account) = (core.http.host(), core.http.label());
            tracing::info!(
                name: "auth.logged_in", %account, server.address = host, generation, lifetime_s, shared, "logged in"
            );
            if self.renews {
                core.count(|counters| &counters.renewals);
            }
            self.outcome.send_replace(Some(Ok(())));
        }
    }

    /// Records a failed login of this process. Returns its outcome for the callers.
    fn failed<T>(&self, error: Error) -> Option<Result<T>> {
        let (cooldown, _) = self.fail(&error, Some((0, 0)), None)?;
        Some(Err(error.with_retry_after(cooldown)))
    }

    /// Records a failed login. `others` holds the failure counts of other processes, or is `None` if no login was sent
    /// because of theirs. A `pause` replaces the cooldown that follows from the counts.
    ///
    /// Returns the cooldown and the failure counts, or `None` if the refresh was replaced or its failure forgiven.
    fn fail(&self, error: &Error, others: Option<FailureCounts>, pause: Option<Duration>) -> Option<RecordedFailure> {
        self.is_complete.store(true, Relaxed);
        let core = &*self.core;
        let failure = match error.kind() {
            ErrorKind::Unavailable => Failure::Transient,
            _ if core.origin.is_read() => Failure::Transient,
            ErrorKind::RateLimited => Failure::Throttled { retry_after: error.retry_after() },
            _ => Failure::Refused,
        };
        let (cooldown, counts, serving) = {
            let mut state = core.state();
            let now = core.now();
            let cooldown = if let Some(counts) = others {
                state.raise_failures(counts);
                state.failed(self.ticket, now, failure, pause, error.clone(), jitter())
            } else {
                state.deferred(self.ticket, now, pause.unwrap_or_default(), error.clone())
            };
            // A pause that the provider asked for is about more than the secrets.
            let is_read = core.origin.is_read();
            if (is_read || core.reading().is_some()) && !matches!(failure, Failure::Throttled { .. }) {
                state.reread_secrets(now, self.ticket.reason == Reason::Reread && !is_read);
            }
            (cooldown, state.failures(), state.serves(now))
        };
        let cooldown = cooldown.filter(|cooldown| !cooldown.is_zero())?;
        let (host, account, retry_in_ms) = (core.http.host(), core.http.label(), millis(cooldown));
        if others.is_none() {
            tracing::warn!(
                name: "auth.login_deferred", %account, server.address = host, retry_in_ms, %error,
                "another process's login defers this one"
            );
            return Some((cooldown, counts));
        }
        core.count(|counters| &counters.logins_failed);
        if failure == Failure::Refused {
            core.count(|counters| &counters.logins_refused);
            tracing::error!(
                name: "auth.login_refused", %account, server.address = host,
                serving, retry_in_ms, error.type = ?error.kind(), %error,
                "the provider refused the login"
            );
        } else {
            tracing::warn!(
                name: "auth.login_failed", %account, server.address = host,
                serving, retry_in_ms, error.type = ?error.kind(), %error,
                "the login failed"
            );
        }
        Some((cooldown, counts))
    }
}

impl<L: Login> Drop for CompletionGuard<L> {
    fn drop(&mut self) {
        if self.is_complete.load(Relaxed) {
            return;
        }
        if panicking() {
            let error =
                Error::new(ErrorKind::Unavailable, "the login panicked; the panic's message is where panics go");
            if let Some(outcome) = self.failed(error) {
                self.outcome.send_replace(Some(outcome));
            }
        } else {
            self.core.state().vanished(self.ticket);
        }
    }
}

fn too_late() -> Error {
    Error::new(ErrorKind::Unavailable, "no login succeeded in time")
}

/// Polls a future at least once per heartbeat.
async fn poll_often<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Ok(output) = timeout(HEARTBEAT, future.as_mut()).await {
            return output;
        }
    }
}

pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
