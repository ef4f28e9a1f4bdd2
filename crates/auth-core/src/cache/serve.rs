//! What a caller gets: the credential, a place among those who wait for one login, or an error at once.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tokio::sync::watch;

use super::answers::{Decision, Ticket};
use super::unsettled::{FLIGHT_DEADLINE, LOOK_EVERY};
use super::{CachedCredential, CredentialCache, Outcome, flight, millis};
use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::sync::{Handle, has_runtime, timeout};

/// How often a caller starts over, because a runtime was shut down under a login or a credential died at once.
const ROUNDS: usize = 8;

enum Step<C> {
    Ready(Arc<CachedCredential<C>>),
    Wait(watch::Receiver<Outcome>),
    /// No login may be sent yet.
    Deferred(Error),
}

impl<L: Login> CredentialCache<L> {
    /// The credential to use now. Waits only where there is none to hand out.
    pub(crate) async fn current(self: &Arc<Self>) -> Result<Arc<CachedCredential<L::Credential>>> {
        match self.step()? {
            Step::Ready(snapshot) => Ok(snapshot),
            Step::Wait(_) if !has_runtime() => Err(no_runtime()),
            Step::Wait(outcome) => match timeout(FLIGHT_DEADLINE, self.wait(outcome)).await {
                Ok(result) => result,
                Err(_elapsed) => {
                    Err(Error::new(ErrorKind::Unavailable, "the login did not end within 30 s; try again"))
                }
            },
            Step::Deferred(error) => {
                self.count(|counters| &counters.cooldown_errors);
                Err(error.cooling_down())
            }
        }
    }

    async fn wait(
        self: &Arc<Self>,
        mut outcome: watch::Receiver<Outcome>,
    ) -> Result<Arc<CachedCredential<L::Credential>>> {
        let mut round = 0;
        while round < ROUNDS {
            match timeout(LOOK_EVERY, outcome.wait_for(Option::is_some)).await {
                Ok(Ok(ended)) => {
                    ended.clone().transpose()?;
                    round += 1;
                }
                // The login's task went away with its runtime, and whoever looks next starts another.
                Ok(Err(_closed)) => round += 1,
                // Its runtime may stand still, and whoever looks next may take its place.
                Err(_elapsed) => {}
            }
            // Look again rather than take what that login got: it may have been refused in the meantime.
            match self.step()? {
                Step::Ready(snapshot) => return Ok(snapshot),
                Step::Wait(next) => outcome = next,
                Step::Deferred(error) => return Err(error),
            }
        }
        Err(Error::new(
            ErrorKind::Unavailable,
            "each login was cut off by the end of its runtime, or its credential was refused at once; try again",
        ))
    }

    fn step(self: &Arc<Self>) -> Result<Step<L::Credential>> {
        // Read before the clocks are: a tick that ends in between only asks once more.
        let tick = clock::tick();
        if let Some(snapshot) = &*self.published.load()
            && snapshot.was_served_in(tick)
        {
            return Ok(Step::Ready(Arc::clone(snapshot)));
        }
        let mut outcome = None;
        let want = self.machine().want(self.now(), || outcome.insert(watch::Sender::new(None)).subscribe());
        if let Decision::Serve(snapshot) | Decision::ServeAndRenew(snapshot, _) = &want {
            snapshot.served_in.store(tick.unwrap_or(clock::NO_TICK), Relaxed);
        }
        match want {
            Decision::Serve(snapshot) => Ok(Step::Ready(snapshot)),
            Decision::ServeAndRenew(snapshot, ticket) => {
                if self.launch(ticket, outcome.unwrap_or_default()).is_err() {
                    tracing::debug!(
                        host = self.http.host(),
                        account = %self.http.label(),
                        "no Tokio runtime here: the renewal waits for another caller"
                    );
                }
                Ok(Step::Ready(snapshot))
            }
            Decision::Start(ticket) => {
                let outcome = outcome.unwrap_or_default();
                let waiting = outcome.subscribe();
                self.launch(ticket, outcome).map(|()| Step::Wait(waiting))
            }
            Decision::Join(waiting) => Ok(Step::Wait(waiting)),
            Decision::Fail(error, pause) => {
                tracing::debug!(
                    host = self.http.host(),
                    account = %self.http.label(),
                    retry_in_ms = millis(pause),
                    "cooling down: no login is sent"
                );
                Ok(Step::Deferred(error.with_retry_after(pause)))
            }
            Decision::LoginRequired => Err(Error::new(
                ErrorKind::LoginRequired,
                "the credential that this client was given has ended; obtain a new one and build a new client",
            )),
        }
    }

    /// Starts the login's own task. Called without the machine's lock: a runtime that shuts down drops it at once.
    pub(super) fn launch(self: &Arc<Self>, ticket: Ticket, outcome: watch::Sender<Outcome>) -> Result<()> {
        let Ok(runtime) = Handle::try_current() else {
            self.machine().vanished(ticket);
            return Err(no_runtime());
        };
        runtime.spawn(flight::fly(Arc::clone(self), ticket, outcome));
        Ok(())
    }
}

fn no_runtime() -> Error {
    Error::new(ErrorKind::Config, "a login needs a Tokio runtime: call from within one, with time and I/O enabled")
}
