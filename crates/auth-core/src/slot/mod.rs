//! The one place where a client's credential lives: a thin shell of Tokio around [`machine::Machine`].
//!
//! Invariant: the mutex is never held across an await, and no code of others runs under it: nothing is spawned, logged or
//! dropped there that could come back for it.

mod answers;
mod flight;
mod forced;
mod gate;
mod life;
mod machine;
mod serve;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use tokio::sync::watch;
use tokio::task::AbortHandle;

pub(crate) use self::answers::Verdict;
use self::life::{Age, Life};
use self::machine::Machine;
use crate::clock::Clock;
use crate::credential::Credential;
use crate::error::{Error, Result};
use crate::login::Login;
use crate::options::Options;
use crate::stats::Counters;
use crate::transport::Http;

/// One credential with all that its login returned, and when it ends. Never changed, only replaced.
#[derive(Debug)]
pub(crate) struct Snapshot<C> {
    pub(crate) credential: Arc<C>,
    pub(crate) generation: u64,
    life: Life,
}

/// Set once, when a login has ended; closed without a value where its task went away.
type Outcome = Option<Result<()>>;
type State<C> = Machine<Arc<Snapshot<C>>, watch::Receiver<Outcome>, Error>;

#[derive(Debug)]
pub(crate) struct Slot<L: Login> {
    login: Option<L>,
    http: Http,
    options: Options,
    clock: Clock,
    pub(crate) counters: Counters,
    /// What the machine would serve, for readers without its lock.
    published: ArcSwapOption<Snapshot<L::Credential>>,
    machine: Mutex<State<L::Credential>>,
    /// Those of a login that was given up are kept too, until they have ended.
    tasks: Mutex<Vec<AbortHandle>>,
}

impl<L: Login> Slot<L> {
    pub(crate) fn new(login: L, http: Http, options: Options) -> Self {
        Self::with(Some(login), http, options, Clock::new(), Machine::new())
    }

    /// A slot that never logs in.
    pub(crate) fn fixed(credential: L::Credential, http: Http, options: Options) -> Self {
        let clock = Clock::new();
        let now = clock.now();
        let life = Life::new(credential.expiry(), None, now, now, 0.0);
        let mut published = None;
        let machine = Machine::fixed(life, |generation, life| {
            let snapshot = Arc::new(Snapshot { credential: Arc::new(credential), generation, life });
            published = Some(Arc::clone(&snapshot));
            snapshot
        });
        let slot = Self::with(None, http, options, clock, machine);
        slot.published.store(published);
        slot
    }

    fn with(login: Option<L>, http: Http, options: Options, clock: Clock, machine: State<L::Credential>) -> Self {
        Self {
            login,
            http,
            options,
            clock,
            counters: Counters::default(),
            published: ArcSwapOption::empty(),
            machine: Mutex::new(machine),
            tasks: Mutex::default(),
        }
    }

    pub(crate) fn http(&self) -> &Http {
        &self.http
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn login(&self) -> Option<&L> {
        self.login.as_ref()
    }

    /// Hands the credential to `f` if it is fresh: no lock, no allocation, no reference count.
    pub(crate) fn fresh<R>(&self, f: impl FnOnce(&L::Credential) -> R) -> Option<R> {
        let published = self.published.load();
        let snapshot = published.as_ref()?;
        (snapshot.life.age(self.clock.now()) == Age::Fresh).then(|| f(&snapshot.credential))
    }

    /// The provider answered 401 to this credential.
    pub(crate) fn reject(&self, generation: u64) -> Verdict {
        let mut thrown_away = None;
        let verdict = {
            let mut machine = self.machine();
            let verdict = machine.reject(self.clock.now(), generation);
            if verdict == Verdict::Gone {
                thrown_away = self.published.swap(None);
            }
            verdict
        };
        drop(thrown_away);
        match verdict {
            Verdict::Gone => {
                self.counters.rejected.count();
                tracing::info!(host = self.http.host(), generation, "the provider refused the credential");
            }
            Verdict::Kept => {
                tracing::debug!(
                    host = self.http.host(),
                    generation,
                    "401, and no login may be made now: the credential stays"
                );
            }
            Verdict::Replaced => {}
        }
        verdict
    }

    /// The caller ended this credential at the provider.
    pub(crate) fn discard(&self, generation: u64) -> bool {
        let mut thrown_away = None;
        let discarded = {
            let mut machine = self.machine();
            let discarded = machine.discard(generation);
            if discarded {
                thrown_away = self.published.swap(None);
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
    pub(crate) fn peek(&self) -> Option<Arc<Snapshot<L::Credential>>> {
        self.published.load_full().filter(|snapshot| snapshot.life.age(self.clock.now()) != Age::Dead)
    }

    pub(crate) fn reset(&self) {
        self.machine().reset();
    }

    /// Ends a login that is under way: its client is gone.
    pub(crate) fn abort(&self) {
        for task in self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
    }

    fn machine(&self) -> MutexGuard<'_, State<L::Credential>> {
        // The machine has no code that panics between two writes: what it holds is whole.
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "slot_tests.rs"]
mod tests;
