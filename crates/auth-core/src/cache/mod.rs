//! The credential cache of one account: fresh credentials without a lock, and one refresh for any number of callers.

mod attempts;
mod cached;
pub(crate) mod cooldown;
mod core;
pub(crate) mod decision;
pub(crate) mod expiry;
pub(crate) mod obtain;
mod refresh;
mod refresh_state;
mod rotation;
mod state;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use tokio::sync::watch;

pub use self::cached::CachedCredential;
pub(crate) use self::cached::Entry;
pub(crate) use self::core::ReadCredential;
use self::core::{Core, Origin, Outcome};
pub(crate) use self::decision::Invalidation;
use self::decision::{Decision, Ticket};
use self::expiry::Deadlines;
use self::obtain::{BoxFuture, Coordinate};
use self::refresh::millis;
use self::refresh_state::{CHECK_EVERY, REFRESH_DEADLINE};
use self::state::State;
use crate::clock;
use crate::credential::Credential;
use crate::error::{Error, ErrorKind, Result};
use crate::expiry::Expiry;
use crate::login::Login;
use crate::quota::Permits;
use crate::stats::{Counter, Counters, Stats};
use crate::sync::{Handle, has_runtime, timeout};
use crate::transport::Http;

/// The number of times a caller starts over because a runtime was shut down during a refresh, or because a new
/// credential expired or was invalidated at once.
const MAX_ROUNDS: usize = 8;

/// The credential of one account. Clones share it. When the last clone is dropped, a running refresh ends.
pub(crate) struct CredentialCache<L: Login> {
    core: Arc<Core<L>>,
}

enum Step<C> {
    Ready(Arc<Entry<C>>),
    Wait(watch::Receiver<Outcome>),
    /// A cooldown runs.
    Fail(Error),
}

impl<L: Login> CredentialCache<L> {
    pub(crate) fn new(login: L, http: Http, coordinator: Option<Box<dyn Coordinate<L>>>) -> Self {
        Self { core: Arc::new(Core::new(Origin::Login(login), http, State::new(), None, coordinator)) }
    }

    /// Creates a cache whose credentials are made of secrets that exist already.
    pub(crate) fn read(read: ReadCredential<L::Credential>, http: Http) -> Self {
        Self { core: Arc::new(Core::new(Origin::Read(read), http, State::new(), None, None)) }
    }

    /// Creates a cache of a given credential, which never logs in.
    pub(crate) fn fixed(credential: L::Credential, http: Http) -> Self {
        let now = http.pool().clock.now();
        let deadlines = Deadlines::new(credential.expiry(), None, now, now, 0.0);
        let mut published = None;
        let state = State::fixed(deadlines, |generation| {
            Arc::clone(published.insert(Entry::new(credential, generation, 0, now.mono)))
        });
        Self { core: Arc::new(Core::new(Origin::Given, http, state, published, None)) }
    }

    /// Returns the current credential. Waits only if the cache is empty or its credential has expired.
    pub(crate) async fn get(&self) -> Result<Arc<Entry<L::Credential>>> {
        match self.step()? {
            Step::Ready(entry) => Ok(entry),
            Step::Wait(_) if !has_runtime() => Err(no_runtime()),
            Step::Wait(outcome) => match timeout(REFRESH_DEADLINE, self.wait(outcome)).await {
                Ok(result) => result,
                Err(_elapsed) => {
                    Err(Error::new(ErrorKind::Unavailable, "the login did not end within 30 s; try again"))
                }
            },
            Step::Fail(error) => {
                self.count(|counters| &counters.cooldown_errors);
                Err(error.cooling_down())
            }
        }
    }

    /// Returns the time until which this credential is handed out, if it is the current one.
    pub(crate) fn expiry_of(&self, credential: &CachedCredential<L::Credential>) -> Option<Expiry> {
        let generation = self.generation_of(credential)?;
        let deadlines = self.core.state().deadlines(self.core.now(), generation)?;
        Some(deadlines.expiry())
    }

    /// Calls `read` with a credential that was already served in this tick, without a lock, an allocation or a
    /// reference count. Returns `read` if no such credential exists.
    pub(crate) fn at_hand<R, F: FnOnce(&Entry<L::Credential>) -> R>(&self, read: F) -> Result<R, F> {
        let published = self.core.published.load();
        match published.as_ref().filter(|entry| entry.was_served_in(clock::tick())) {
            Some(entry) => Ok(read(entry)),
            None => Err(read),
        }
    }

    /// Returns a credential that was already served in this tick, without a lock.
    pub(crate) fn fresh(&self, tick: Option<u64>) -> Option<Arc<Entry<L::Credential>>> {
        let published = self.core.published.load();
        published.as_ref().filter(|entry| entry.was_served_in(tick)).map(Arc::clone)
    }

    /// Returns the current credential if it may still be handed out. Never logs in.
    pub(crate) fn peek(&self) -> Option<CachedCredential<L::Credential>> {
        let state = self.core.state();
        let entry = if state.serves(self.core.now()) { self.core.published.load_full() } else { None };
        entry.map(CachedCredential::new)
    }

    /// Records a 401 to the credential of this generation. The store is updated later.
    pub(crate) fn invalidate(&self, generation: u64) -> Invalidation {
        let mut invalidation = Invalidation::Kept;
        let is_unproven = self.core.is_unproven(generation);
        self.core.remove(|state| {
            invalidation = state.invalidate(self.core.now(), generation);
            invalidation == Invalidation::Removed
        });
        let (host, account) = (self.http().host(), self.http().label());
        match invalidation {
            Invalidation::Removed => {
                self.count(|counters| &counters.invalidated);
                if is_unproven {
                    // A refresh that follows one 401 and gives another does not help: the next login uses the secrets.
                    drop(self.core.replace_refreshable(None));
                }
                tracing::info!(
                    name: "auth.credential_invalidated", %account, server.address = host, generation,
                    "the provider answered 401: the credential is invalidated"
                );
            }
            Invalidation::Kept => {
                tracing::debug!(
                    name: "auth.credential_kept", %account, server.address = host, generation,
                    "the provider answered 401: no login may be sent now"
                );
            }
            Invalidation::Replaced => {}
        }
        invalidation
    }

    /// Records a 401 to a request that another client sent with this credential.
    pub(crate) fn invalidate_unseen(&self, credential: &CachedCredential<L::Credential>) -> bool {
        let Some(generation) = self.generation_of(credential) else { return false };
        self.core.state().invalidated_unseen(self.core.now(), generation);
        let invalidation = self.invalidate(generation);
        match invalidation {
            Invalidation::Removed => self.spawn_removal(),
            // Another process may have logged in.
            Invalidation::Kept => drop(self.look(generation)),
            Invalidation::Replaced => {}
        }
        invalidation == Invalidation::Removed
    }

    /// Records a 401 to this generation.
    ///
    /// If no login may be sent, waits until the store was asked for a newer credential, because another process may
    /// have logged in.
    pub(crate) async fn invalidate_or_adopt(&self, generation: u64) -> Invalidation {
        let invalidation = self.invalidate(generation);
        if invalidation != Invalidation::Kept || self.core.coordinator().is_none() {
            return invalidation;
        }
        let look = async {
            while let Some(mut looked) = self.look(generation) {
                // The runtime of this look may have stopped. The next check replaces it.
                if timeout(CHECK_EVERY, looked.wait_for(Option::is_some)).await.is_ok() {
                    break;
                }
            }
        };
        let _ = timeout(REFRESH_DEADLINE, look).await;
        if self.core.state().is_current(generation) { Invalidation::Kept } else { Invalidation::Replaced }
    }

    /// Records the time of a 401 to this credential.
    pub(crate) fn refused(&self, entry: &Entry<L::Credential>) {
        entry.refused(self.core.now().mono);
    }

    /// Records a 401 to a request that another client sent with this credential, and returns true if that client should
    /// replay the request.
    pub(crate) async fn should_replay(&self, credential: &CachedCredential<L::Credential>) -> bool {
        self.refused(credential.entry());
        let replays = match self.generation_of(credential) {
            Some(generation) => self.invalidate_or_adopt(generation).await != Invalidation::Kept,
            // Another request has already invalidated it.
            None => true,
        };
        if replays {
            self.replayed(credential.entry().generation);
        }
        replays
    }

    /// Does the same for the second 401 of a request, whose first one was to the credential `first`.
    pub(crate) async fn should_replay_again(
        &self,
        first: &CachedCredential<L::Credential>,
        second: &CachedCredential<L::Credential>,
    ) -> bool {
        second.entry().may_be_revoked_with(first.entry()) && self.should_replay(second).await
    }

    /// Records that a request is replayed because a credential met a 401.
    pub(crate) fn replayed(&self, generation: u64) {
        self.count(|counters| &counters.replays);
        let (host, account) = (self.http().host(), self.http().label());
        tracing::debug!(name: "auth.request_replayed", %account, server.address = host, generation, "401: sent again");
    }

    /// Removes a credential that the caller has ended at the provider. The store is updated later.
    pub(crate) fn forget(&self, credential: &CachedCredential<L::Credential>) -> bool {
        self.core.drop_refresh_token(credential.entry());
        self.generation_of(credential).is_some_and(|generation| self.core.remove(|state| state.forget(generation)))
    }

    /// Spawns a task that removes invalidated credentials from the store. Without a runtime, the next refresh removes
    /// them.
    pub(crate) fn spawn_removal(&self) {
        if let (Some(removal), Ok(runtime)) = (self.removal(), Handle::try_current()) {
            runtime.spawn(removal);
        }
    }

    /// Removes invalidated credentials from the store.
    pub(crate) async fn remove_invalidated(&self) {
        if let Some(removal) = self.removal() {
            removal.await;
        }
    }

    fn removal(&self) -> Option<BoxFuture<'static, ()>> {
        self.core.coordinator()?.removal()
    }

    pub(crate) fn clear_cooldown(&self) {
        if let Some(coordinator) = self.core.coordinator() {
            coordinator.clear_cooldown();
        }
        self.core.state().clear_cooldown();
    }

    /// Records that a request with this generation got an answer other than 401.
    pub(crate) fn served(&self, generation: u64) {
        self.core.served(generation);
    }

    pub(crate) fn count(&self, counter: impl Fn(&Counters) -> &Counter) {
        self.core.count(counter);
    }

    pub(crate) fn stats(&self) -> Stats {
        let stats = self.core.counters.read();
        let stats = self.core.permits().map_or(stats, |permits| permits.add_to(stats));
        self.core.coordinator().map_or(stats, |coordinator| coordinator.add_to(stats))
    }

    pub(crate) fn http(&self) -> &Http {
        &self.core.http
    }

    /// Returns the permits that requests need, if the options set a quota.
    pub(crate) fn permits(&self) -> Option<&Permits> {
        self.core.permits()
    }

    pub(crate) fn login(&self) -> Option<&L> {
        self.core.origin.login()
    }

    /// Returns the second in which a set of accounts last asked for this client.
    pub(crate) fn used(&self) -> &AtomicU32 {
        &self.core.used
    }

    /// Returns true if both are clones of one cache.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }

    /// Returns true if other clones exist.
    pub(crate) fn is_shared(&self) -> bool {
        self.core.clients.load(Relaxed) > 1
    }

    async fn wait(&self, mut outcome: watch::Receiver<Outcome>) -> Result<Arc<Entry<L::Credential>>> {
        let mut round = 0;
        while round < MAX_ROUNDS {
            let mut is_pending = false;
            match timeout(CHECK_EVERY, outcome.wait_for(Option::is_some)).await {
                Ok(Ok(ended)) => {
                    ended.clone().transpose()?;
                    round += 1;
                }
                // The task was dropped with its runtime. The next caller to check starts another.
                Ok(Err(_closed)) => round += 1,
                // The runtime of the task may have stopped. The next caller to check may replace the refresh.
                Err(_elapsed) => is_pending = self.core.coordinator().is_some(),
            }
            // The credential of the refresh may have been invalidated in the meantime, so the state decides again.
            match self.step()? {
                Step::Ready(entry) => return Ok(entry),
                Step::Wait(next) => outcome = next,
                // The failed refresh is still writing to the store. A program that ends with its error would stop it.
                Step::Fail(_) if is_pending && round + 1 < MAX_ROUNDS => round += 1,
                Step::Fail(error) => return Err(error),
            }
        }
        Err(Error::new(
            ErrorKind::Unavailable,
            "each login was cut off by the end of its runtime, or its credential was invalidated at once; try again",
        ))
    }

    fn step(&self) -> Result<Step<L::Credential>> {
        let core = &*self.core;
        // The tick is read before the clocks: if it ends in between, the state is only asked once more.
        let tick = clock::tick();
        if let Some(entry) = &*core.published.load()
            && entry.was_served_in(tick)
        {
            return Ok(Step::Ready(Arc::clone(entry)));
        }
        let mut outcome = None;
        let decision = core.state().decide(core.now(), || outcome.insert(watch::Sender::new(None)).subscribe());
        if let Decision::Serve(entry) | Decision::ServeAndRenew(entry, _) = &decision {
            entry.served_in.store(tick.unwrap_or(clock::NO_TICK), Relaxed);
        }
        let (host, account) = (core.http.host(), core.http.label());
        match decision {
            Decision::Serve(entry) => Ok(Step::Ready(entry)),
            Decision::ServeAndRenew(entry, ticket) => {
                if self.launch(ticket, outcome.unwrap_or_default()).is_err() {
                    tracing::debug!(
                        name: "auth.renewal_postponed", %account, server.address = host,
                        "no Tokio runtime here: another caller starts the renewal"
                    );
                }
                Ok(Step::Ready(entry))
            }
            Decision::Start(ticket) => {
                let outcome = outcome.unwrap_or_default();
                let waiting = outcome.subscribe();
                self.launch(ticket, outcome).map(|()| Step::Wait(waiting))
            }
            Decision::Join(waiting) => Ok(Step::Wait(waiting)),
            Decision::Fail(error, left) => {
                tracing::debug!(
                    name: "auth.cooling_down", %account, server.address = host, retry_in_ms = millis(left),
                    "a cooldown runs: no login is sent"
                );
                Ok(Step::Fail(error.with_retry_after(left)))
            }
            Decision::LoginRequired => Err(Error::new(
                ErrorKind::LoginRequired,
                "the credential that this client was given has expired; obtain a new one and build a new client",
            )),
        }
    }

    /// Starts or joins a look into the store for a newer credential. Returns the receiver of its outcome, or `None` if
    /// this generation is not the current one.
    fn look(&self, generation: u64) -> Option<watch::Receiver<Outcome>> {
        self.core.coordinator()?;
        let mut outcome = None;
        let waiting = || outcome.insert(watch::Sender::new(None)).subscribe();
        let look = self.core.state().look(self.core.now(), generation, waiting);
        let (waiting, ticket) = look?;
        if let Some(ticket) = ticket {
            self.launch(ticket, outcome.unwrap_or_default()).ok()?;
        }
        Some(waiting)
    }

    /// Spawns the task of a refresh without holding the state's lock, because a runtime that shuts down drops the task
    /// at once.
    fn launch(&self, ticket: Ticket, outcome: watch::Sender<Outcome>) -> Result<()> {
        let Ok(runtime) = Handle::try_current() else {
            self.core.state().vanished(ticket);
            return Err(no_runtime());
        };
        runtime.spawn(refresh::run(Arc::clone(&self.core), ticket, outcome));
        Ok(())
    }

    /// Returns the generation of a credential if it is the current one.
    fn generation_of(&self, credential: &CachedCredential<L::Credential>) -> Option<u64> {
        let published = self.core.published.load();
        let entry = published.as_ref().filter(|entry| Arc::ptr_eq(entry, credential.entry()))?;
        Some(entry.generation)
    }
}

impl<L: Login> Clone for CredentialCache<L> {
    fn clone(&self) -> Self {
        self.core.clients.fetch_add(1, Relaxed);
        Self { core: Arc::clone(&self.core) }
    }
}

impl<L: Login> Drop for CredentialCache<L> {
    fn drop(&mut self) {
        if self.core.clients.fetch_sub(1, Relaxed) == 1 {
            let waiting = self.core.state().abandon();
            drop(waiting);
        }
    }
}

impl<L: Login> fmt::Debug for CredentialCache<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialCache").finish_non_exhaustive()
    }
}

fn no_runtime() -> Error {
    Error::new(ErrorKind::Config, "a login needs a Tokio runtime: call from within one, with time and I/O enabled")
}

#[cfg(test)]
mod tests;

#[cfg(test)]
#[cfg(shuttle)]
mod model_tests;
