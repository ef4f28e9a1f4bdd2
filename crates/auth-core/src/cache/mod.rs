//! The one place where a client's credential lives: a thin shell of Tokio around [`state::State`].
//!
//! Invariant: the mutex is never held across an await, and no code of others runs under it: nothing is spawned, logged or
//! dropped there that could come back for it.

#[cfg(not(feature = "store"))]
mod alone;
mod answers;
mod cooldown;
mod expiry;
mod flight;
mod forced;
mod landing;
mod serve;
#[cfg(feature = "store")]
mod shared;
mod snapshot;
mod state;
#[cfg(feature = "store")]
mod together;
#[cfg(feature = "store")]
mod told;
mod unsettled;

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};

use tokio::sync::watch;

pub(crate) use self::answers::Invalidation;
use self::expiry::Deadlines;
pub(crate) use self::snapshot::{CachedCredential, Source};
use self::state::State;
use crate::clock::{self, Moment};
use crate::credential::Credential;
use crate::error::{Error, Result};
use crate::login::Login;
use crate::stats::{Counter, Counters};
use crate::sync::{ArcSwapOption, AtomicU32, AtomicU64, Mutex, MutexGuard};
use crate::transport::Http;

/// Set once, when a login has ended; closed without a value where its task went away.
type Outcome = Option<Result<()>>;
type CacheState<C> = State<Arc<CachedCredential<C>>, watch::Receiver<Outcome>, Error>;

/// No generation is this one.
const PROVEN: u64 = u64::MAX;

#[derive(Debug)]
pub(crate) struct CredentialCache<L: Login> {
    login: Option<L>,
    http: Http,
    /// How many clients share it; tasks do not count.
    clients: AtomicU32,
    /// When its set of accounts was last asked for it, in seconds.
    pub(crate) used: std::sync::atomic::AtomicU32,
    counters: Counters,
    /// What the machine would serve, for readers without its lock.
    published: ArcSwapOption<CachedCredential<L::Credential>>,
    machine: Mutex<CacheState<L::Credential>>,
    /// The generation that came of a forced login and has not served a request yet, or [`PROVEN`].
    unproven: AtomicU64,
    /// Boxed: most clients share with nobody.
    #[cfg(feature = "store")]
    shared: Option<Box<crate::store::Shared<L::Credential>>>,
}

impl<L: Login> CredentialCache<L> {
    pub(crate) fn new(login: L, http: Http) -> Self {
        Self::with(Some(login), http, State::new(), None)
    }

    /// A slot that never logs in.
    pub(crate) fn fixed(credential: L::Credential, http: Http) -> Self {
        let now = http.pool().clock.now();
        let life = Deadlines::new(credential.expiry(), None, now, now, 0.0);
        let mut published = None;
        let machine = State::fixed(life, |generation| {
            Arc::clone(published.insert(CachedCredential::new(credential, generation, Source::default())))
        });
        Self::with(None, http, machine, published)
    }

    fn with(
        login: Option<L>,
        http: Http,
        machine: CacheState<L::Credential>,
        published: Option<Arc<CachedCredential<L::Credential>>>,
    ) -> Self {
        Self {
            login,
            http,
            clients: AtomicU32::new(1),
            used: std::sync::atomic::AtomicU32::new(0),
            counters: Counters::default(),
            published: ArcSwapOption::new(published),
            machine: Mutex::new(machine),
            unproven: AtomicU64::new(PROVEN),
            #[cfg(feature = "store")]
            shared: None,
        }
    }

    pub(crate) fn http(&self) -> &Http {
        &self.http
    }

    pub(crate) fn login(&self) -> Option<&L> {
        self.login.as_ref()
    }

    /// Lends the credential if it was served in this tick already: no lock, no allocation, no reference count. Otherwise
    /// the closure comes back.
    pub(crate) fn at_hand<R, F: FnOnce(&CachedCredential<L::Credential>) -> R>(&self, read: F) -> Result<R, F> {
        let published = self.published.load();
        match published.as_ref().filter(|snapshot| snapshot.was_served_in(clock::tick())) {
            Some(snapshot) => Ok(read(snapshot)),
            None => Err(read),
        }
    }

    /// The provider answered 401 to this credential. The store is yet to be told.
    pub(crate) fn invalidate(&self, generation: u64) -> Invalidation {
        let mut thrown_away = None;
        let verdict = {
            let mut machine = self.machine();
            let verdict = machine.invalidate(self.now(), generation);
            if verdict == Invalidation::Removed {
                thrown_away = self.published.swap(None);
                self.refuse(thrown_away.as_deref());
            }
            verdict
        };
        drop(thrown_away);
        match verdict {
            Invalidation::Removed => {
                self.count(|counters| &counters.invalidated);
                tracing::info!(
                    host = self.http.host(),
                    account = %self.http.label(),
                    generation,
                    "the provider refused the credential"
                );
            }
            Invalidation::Kept => {
                tracing::debug!(
                    host = self.http.host(),
                    account = %self.http.label(),
                    generation,
                    "401, and no login may be made now: the credential stays"
                );
            }
            Invalidation::Replaced => {}
        }
        verdict
    }

    /// The same for an answer to a request that was not sent by this client.
    pub(crate) fn invalidate_unseen(&self, generation: u64) -> Invalidation {
        self.machine().refused_unseen(self.now(), generation);
        self.invalidate(generation)
    }

    /// A request with this credential was answered by something other than 401.
    pub(crate) fn served(&self, generation: u64) {
        if self.unproven.load(Relaxed) == generation {
            let mut machine = self.machine();
            machine.served(generation);
            // Under the lock, so that it is not the next one's.
            let _ = self.unproven.compare_exchange(generation, PROVEN, Relaxed, Relaxed);
        }
    }

    /// The caller ended this credential at the provider. The store is yet to be told.
    pub(crate) fn forget(&self, generation: u64) -> bool {
        let mut thrown_away = None;
        let discarded = {
            let mut machine = self.machine();
            let discarded = machine.forget(generation);
            if discarded {
                thrown_away = self.published.swap(None);
                self.refuse(thrown_away.as_deref());
            }
            discarded
        };
        drop(thrown_away);
        discarded
    }

    /// The generation of `credential`, if it is the current one.
    pub(crate) fn generation_of(&self, credential: &L::Credential) -> Option<u64> {
        let published = self.published.load();
        let snapshot = published.as_ref()?;
        std::ptr::eq(&raw const *snapshot.credential, credential).then_some(snapshot.generation)
    }

    /// The current credential, if it may still be handed out; never logs in.
    pub(crate) fn peek(&self) -> Option<Arc<L::Credential>> {
        let machine = self.machine();
        let snapshot = if machine.serves(self.now()) { self.published.load_full() } else { None };
        snapshot.map(|snapshot| Arc::clone(&snapshot.credential))
    }

    pub(crate) fn clear_cooldown(&self) {
        self.reset_shared();
        self.machine().clear_cooldown();
    }

    /// One more client shares it.
    pub(crate) fn joined(&self) {
        self.clients.fetch_add(1, Relaxed);
    }

    /// One client less does; the last one ends a login that is under way.
    pub(crate) fn left(&self) {
        if self.clients.fetch_sub(1, Relaxed) == 1 {
            let waiting = self.machine().abandon();
            drop(waiting);
        }
    }

    /// Whether more than one client shares it.
    pub(crate) fn is_shared(&self) -> bool {
        self.clients.load(Relaxed) > 1
    }

    /// Counts here, and for the whole set if it is in one.
    pub(crate) fn count(&self, counter: impl Fn(&Counters) -> &Counter) {
        counter(&self.counters).count();
        if let Some(common) = &self.http.pool().common {
            counter(&common.totals.counters).count();
        }
    }

    fn now(&self) -> Moment {
        self.http.pool().clock.now()
    }

    fn machine(&self) -> MutexGuard<'_, CacheState<L::Credential>> {
        // The machine has no code that panics between two writes: what it holds is whole.
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;

#[cfg(test)]
#[cfg(shuttle)]
mod model_tests;
