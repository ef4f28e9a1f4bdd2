//! The parts of a cache that are shared with its refresh tasks.
//!
//! Invariant: the mutex is never held across an await, and no foreign code runs while it is held. Nothing that could
//! lock it again is spawned, logged or dropped under it.

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};

use once_cell::race::OnceBox;
use tokio::sync::watch;

use super::cached::Entry;
use super::decision::{Reason, Ticket};
use super::obtain::{BoxFuture, Coordinate, Issued};
use super::rotation::Reading;
use super::state::State;
use crate::clock::Moment;
use crate::credential::Credential;
use crate::error::{Error, Result};
use crate::login::Login;
use crate::quota::Permits;
use crate::stats::{Counter, Counters};
use crate::sync::{ArcSwapOption, AtomicU32, Mutex, MutexGuard};
use crate::transport::Http;

/// The value that callers wait for. It is set when the refresh ends; the channel closes without a value if the task is
/// dropped.
pub(super) type Outcome = Option<Result<()>>;

pub(super) type CacheState<C> = State<Arc<Entry<C>>, watch::Receiver<Outcome>, Error>;

/// The function that makes a credential of secrets that exist already.
pub(crate) type ReadCredential<C> = Box<dyn Fn() -> BoxFuture<'static, Result<C>> + Send + Sync>;

/// The origin of the credentials of a cache.
pub(super) enum Origin<L: Login> {
    Login(L),
    /// Existing secrets are read, and nothing is sent.
    Read(ReadCredential<L::Credential>),
    /// The caller gave a credential, which is never renewed.
    Given,
}

impl<L: Login> Origin<L> {
    pub(super) fn login(&self) -> Option<&L> {
        match self {
            Self::Login(login) => Some(login),
            Self::Read(_) | Self::Given => None,
        }
    }

    pub(super) fn is_read(&self) -> bool {
        matches!(self, Self::Read(_))
    }
}

impl<L: Login> fmt::Debug for Origin<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Origin").field(&self.login()).finish()
    }
}

/// The value of `unproven` if there is no such generation.
const PROVEN: u32 = u32::MAX;

/// The parts that few accounts have.
///
/// Only the running refresh uses the last two, so the model checker need not interleave them.
#[derive(Debug)]
struct Rare<L: Login> {
    coordinator: Option<Box<dyn Coordinate<L>>>,
    /// The permits of requests and logins, if the options set a quota.
    permits: Option<Arc<Permits>>,
    /// The secrets as they were read last, if they are not fixed.
    reading: arc_swap::ArcSwapOption<Reading<L>>,
    /// The latest credential, if it has a refresh token: also after its expiry and after a 401, but not after a logout.
    refreshable: arc_swap::ArcSwapOption<Entry<L::Credential>>,
}

impl<L: Login> Rare<L> {
    fn new(coordinator: Option<Box<dyn Coordinate<L>>>, permits: Option<Arc<Permits>>) -> Self {
        let (reading, refreshable) = (arc_swap::ArcSwapOption::empty(), arc_swap::ArcSwapOption::empty());
        Self { coordinator, permits, reading, refreshable }
    }
}

#[derive(Debug)]
pub(super) struct Core<L: Login> {
    pub(super) origin: Origin<L>,
    pub(super) http: Http,
    /// The number of clients that share the cache. Tasks are not counted.
    pub(super) clients: AtomicU32,
    /// The second in which a set of accounts last asked for the client.
    pub(super) used: std::sync::atomic::AtomicU32,
    pub(super) counters: Counters,
    /// The credential that the state would serve, readable without the lock.
    pub(super) published: ArcSwapOption<Entry<L::Credential>>,
    state: Mutex<CacheState<L::Credential>>,
    /// The generation of a forced login that has not served a request yet, or [`PROVEN`].
    unproven: AtomicU32,
    /// Empty until one of them is needed.
    rare: OnceBox<Rare<L>>,
}

impl<L: Login> Core<L> {
    pub(super) fn new(
        origin: Origin<L>,
        http: Http,
        state: CacheState<L::Credential>,
        published: Option<Arc<Entry<L::Credential>>>,
        coordinator: Option<Box<dyn Coordinate<L>>>,
    ) -> Self {
        let pool = http.pool();
        let permits = pool.options.quota.clone().map(|quota| {
            let lender = coordinator.as_ref().map(|coordinator| coordinator.lender());
            Permits::new(quota, pool.clock.clone(), lender)
        });
        let needs_rare = coordinator.is_some() || permits.is_some();
        Self {
            origin,
            http,
            clients: AtomicU32::new(1),
            used: std::sync::atomic::AtomicU32::new(0),
            counters: Counters::default(),
            published: ArcSwapOption::new(published),
            state: Mutex::new(state),
            unproven: AtomicU32::new(PROVEN),
            rare: if needs_rare {
                OnceBox::with_value(Box::new(Rare::new(coordinator, permits)))
            } else {
                OnceBox::new()
            },
        }
    }

    pub(super) fn coordinator(&self) -> Option<&dyn Coordinate<L>> {
        self.rare.get()?.coordinator.as_deref()
    }

    pub(super) fn permits(&self) -> Option<&Permits> {
        self.rare.get()?.permits.as_deref()
    }

    /// Returns the rare parts, to write to them.
    fn rare(&self) -> &Rare<L> {
        self.rare.get_or_init(|| Box::new(Rare::new(None, None)))
    }

    /// Returns the secrets as they were read last, or `None` if they are fixed.
    pub(super) fn reading(&self) -> Option<Arc<Reading<L>>> {
        self.rare.get()?.reading.load_full()
    }

    /// Reads the secrets of the account again. Returns `None` if they are fixed.
    pub(super) async fn read(&self, login: &L) -> Result<Option<Arc<Reading<L>>>> {
        let last = self.reading();
        let Some(reading) = Reading::of(last.as_ref().map_or(login, |last| &last.account)).await? else {
            return Ok(last);
        };
        self.rare().reading.store(Some(Arc::clone(&reading)));
        Ok(Some(reading))
    }

    /// Returns true if the secrets that were read last have not been sent.
    pub(super) fn has_new_reading(&self) -> bool {
        self.reading().is_some_and(|reading| reading.is_new())
    }

    /// Returns the latest credential, if it has a refresh token.
    pub(super) fn refreshable(&self) -> Option<Arc<Entry<L::Credential>>> {
        self.rare.get()?.refreshable.load_full()
    }

    /// Replaces the credential with a refresh token, and returns the earlier one.
    pub(super) fn replace_refreshable(
        &self,
        entry: Option<Arc<Entry<L::Credential>>>,
    ) -> Option<Arc<Entry<L::Credential>>> {
        let rare = if entry.is_some() { self.rare() } else { self.rare.get()? };
        rare.refreshable.swap(entry)
    }

    pub(super) fn now(&self) -> Moment {
        self.http.pool().clock.now()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, CacheState<L::Credential>> {
        // The state's code never panics between two writes, so a poisoned state is still consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one to a counter of this account and of its set.
    pub(super) fn count(&self, counter: impl Fn(&Counters) -> &Counter) {
        counter(&self.counters).count();
        if let Some(common) = &self.http.pool().common {
            counter(&common.totals.counters).count();
        }
    }

    /// Publishes the credential of a refresh. Returns its generation, or `None` if the refresh was replaced.
    pub(super) fn publish(&self, ticket: Ticket, issued: Issued<L::Credential>) -> Option<u64> {
        let Issued { credential, deadlines, sent_at, fence, adopted } = issued;
        // An adopted login that no 401 forced does not delay a forced one.
        let is_forced = adopted.is_none_or(|(_age, forced)| forced);
        let ticket = if is_forced { ticket } else { Ticket { reason: Reason::Cold, ..ticket } };
        let is_refreshable = credential.refresh_token().is_some();
        let mut replaced = (None, None);
        let mut published = None;
        let mut state = self.state();
        let now = self.now();
        state.succeeded(ticket, now, deadlines, |generation| {
            let entry = Entry::new(credential, generation, fence, sent_at);
            let refreshable = is_refreshable.then(|| Arc::clone(&entry));
            replaced = (self.published.swap(Some(Arc::clone(&entry))), self.replace_refreshable(refreshable));
            published = Some(generation);
            entry
        });
        if let Some((age, forced)) = adopted {
            state.adopted(now, age, forced);
        }
        if let Some(generation) = published {
            let unproven = u32::try_from(generation).ok().filter(|_| state.is_unproven());
            self.unproven.store(unproven.unwrap_or(PROVEN), Relaxed);
        }
        drop(state);
        // Dropping a credential runs foreign code, so the lock is not held.
        drop(replaced);
        published
    }

    /// Removes the published credential if `remove` returns true, and tells the coordinator.
    pub(super) fn remove(&self, remove: impl FnOnce(&mut CacheState<L::Credential>) -> bool) -> bool {
        let mut state = self.state();
        if !remove(&mut state) {
            return false;
        }
        let removed = self.published.swap(None);
        if let (Some(coordinator), Some(entry)) = (self.coordinator(), &removed) {
            coordinator.invalidate(entry.fence);
        }
        drop(state);
        drop(removed);
        true
    }

    /// Drops the refresh token of a credential, which is not sent again.
    pub(super) fn drop_refresh_token(&self, entry: &Arc<Entry<L::Credential>>) {
        if let Some(rare) = self.rare.get() {
            rare.refreshable.compare_and_swap(entry, None);
        }
    }

    /// Returns true if a 401 forced the login of this generation, and it has not served a request yet.
    pub(super) fn is_unproven(&self, generation: u64) -> bool {
        u64::from(self.unproven.load(Relaxed)) == generation
    }

    /// Records that a request with this generation got an answer other than 401.
    pub(super) fn served(&self, generation: u64) {
        let unproven = self.unproven.load(Relaxed);
        if u64::from(unproven) == generation {
            let mut state = self.state();
            state.served(generation);
            // Written under the lock, so that the next generation is not marked instead.
            let _ = self.unproven.compare_exchange(unproven, PROVEN, Relaxed, Relaxed);
        }
    }
}
