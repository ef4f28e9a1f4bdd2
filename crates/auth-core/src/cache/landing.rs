//! How a login ends: the machine and all who wait are told, whatever happens.

#[cfg(feature = "store")]
use std::future::poll_fn;
#[cfg(feature = "store")]
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::sync::watch;
use tracing::span;

use super::answers::{Reason, Ticket};
use super::cooldown::Failure;
use super::expiry::Deadlines;
#[cfg(feature = "store")]
use super::flight::polled_often;
use super::{CachedCredential, CredentialCache, Outcome, PROVEN, Source, millis};
use crate::accounts::Place;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::sync::{jitter, panicking};

/// What a login got, or a store had.
#[derive(Debug)]
pub(super) struct Issued<C> {
    pub(super) credential: C,
    pub(super) life: Deadlines,
    /// In all, counted from its login; `None` where it never ends.
    #[cfg(feature = "store")]
    pub(super) lifetime: Option<Duration>,
    /// How long ago its login was, where it is another process's, and whether a 401 forced that.
    #[cfg(feature = "store")]
    pub(super) others: Option<(Duration, bool)>,
    pub(super) origin: Source,
}

/// How it ended, and the right under which it was made.
pub(super) struct Ended<C> {
    pub(super) result: Result<Issued<C>>,
    #[cfg(feature = "store")]
    pub(super) turn: super::shared::LeaseOutcome,
}

impl<C> Ended<C> {
    pub(super) fn alone(result: Result<Issued<C>>) -> Self {
        Self {
            result,
            #[cfg(feature = "store")]
            turn: super::shared::LeaseOutcome::Alone,
        }
    }
}

/// Tells the outcome also where the login panics or its task is dropped.
pub(super) struct CompletionGuard<L: Login> {
    pub(super) cache: Arc<CredentialCache<L>>,
    pub(super) ticket: Ticket,
    pub(super) outcome: watch::Sender<Outcome>,
    /// The span of the caller who began the login; `None` for a renewal.
    pub(super) caller: Option<span::Id>,
    /// Where a set bounds its logins.
    pub(super) place: Option<Place>,
    landed: bool,
}

impl<L: Login> CompletionGuard<L> {
    pub(super) fn new(
        cache: Arc<CredentialCache<L>>,
        ticket: Ticket,
        outcome: watch::Sender<Outcome>,
        caller: Option<span::Id>,
    ) -> Self {
        // A look into a store is no login.
        let common = cache.http.pool().common.as_ref().filter(|_| ticket.reason != Reason::Look);
        let place = common.and_then(|common| common.place());
        Self { cache, ticket, outcome, caller, place, landed: false }
    }

    #[cfg_attr(not(feature = "store"), expect(clippy::unused_async, reason = "a store is waited for"))]
    pub(super) async fn land(mut self, ended: Ended<L::Credential>) {
        match ended.result {
            Ok(minted) => {
                #[cfg(feature = "store")]
                let minted = {
                    let mut share = pin!(self.share(minted, &ended.turn));
                    // To its end, also where it is no longer waited for: others may have it.
                    polled_often(poll_fn(|context| {
                        self.beats();
                        share.as_mut().poll(context)
                    }))
                    .await
                };
                self.landed = true;
                self.publish(minted);
            }
            Err(error) => {
                self.landed = true;
                #[cfg(not(feature = "store"))]
                let pause = self.fail(&error);
                #[cfg(feature = "store")]
                let pause = self.fail_shared(&error, &ended.turn).await;
                // Given up, or sent before a reset: who waits looks again.
                if let Some(pause) = pause {
                    self.outcome.send_replace(Some(Err(error.with_retry_after(pause))));
                }
            }
        }
    }

    fn publish(&self, minted: Issued<L::Credential>) {
        #[cfg(feature = "store")]
        let others = minted.others;
        let Issued { credential, life, origin, .. } = minted;
        let cache = &*self.cache;
        let mut replaced = None;
        let mut published = None;
        let mut machine = cache.machine();
        let now = cache.now();
        let landed = !cache.was_refused(origin)
            && machine.logged_in(self.ticket, now, life, |generation| {
                let snapshot = CachedCredential::new(credential, generation, origin);
                replaced = cache.published.swap(Some(Arc::clone(&snapshot)));
                published = Some(generation);
                snapshot
            });
        if !landed {
            machine.vanished(self.ticket);
        }
        #[cfg(feature = "store")]
        if let Some((age, forced)) = others {
            machine.was_others(now, age, forced);
        }
        if let Some(generation) = published {
            cache.unproven.store(if machine.is_unproven() { generation } else { PROVEN }, Relaxed);
        }
        drop(machine);
        // Dropped, like all code of others, without the lock.
        drop(replaced);
        if landed {
            let lifetime_s = life.left(now).map(|left| left.as_secs());
            let shared = origin.is_shared();
            let (host, account) = (cache.http.host(), cache.http.label());
            tracing::info!(host, %account, generation = published, lifetime_s, shared, "logged in");
            if self.ticket.reason == Reason::Proactive {
                cache.count(|counters| &counters.renewals);
            }
            self.outcome.send_replace(Some(Ok(())));
        }
    }

    /// Tells the machine; answers how long no login is sent, or `None` where who waits looks again.
    pub(super) fn fail(&self, error: &Error) -> Option<Duration> {
        let cache = &*self.cache;
        let failure = match error.kind() {
            ErrorKind::Unavailable => Failure::Transient,
            ErrorKind::RateLimited => Failure::Throttled { retry_after: error.retry_after() },
            _ => Failure::Refused,
        };
        let (pause, serving) = {
            let mut machine = cache.machine();
            let now = cache.now();
            (machine.failed(self.ticket, now, failure, error.clone(), jitter()), machine.serves(now))
        };
        let pause = pause.filter(|pause| !pause.is_zero())?;
        let (host, account, retry_in_ms) = (cache.http.host(), cache.http.label(), millis(pause));
        cache.count(|counters| &counters.logins_failed);
        match failure {
            Failure::Refused => {
                cache.count(|counters| &counters.logins_refused);
                tracing::error!(host, %account, serving, retry_in_ms, %error, "the provider refused the login");
            }
            Failure::Transient | Failure::Throttled { .. } => {
                tracing::warn!(host, %account, serving, retry_in_ms, %error, "the login failed");
            }
        }
        Some(pause)
    }
}

impl<L: Login> Drop for CompletionGuard<L> {
    fn drop(&mut self) {
        if self.landed {
            return;
        }
        if panicking() {
            let error = Error::new(ErrorKind::Unavailable, "the login panicked; its message is where panics go");
            if let Some(pause) = self.fail(&error) {
                self.outcome.send_replace(Some(Err(error.with_retry_after(pause))));
            }
        } else {
            self.cache.machine().vanished(self.ticket);
        }
    }
}
