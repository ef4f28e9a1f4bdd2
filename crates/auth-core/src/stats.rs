//! Counts of what a client did.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The counts of a client and its clones since it was built, or of a whole [set](crate::Accounts::stats). No count goes
/// beyond 4,294,967,295.
///
/// ```
/// # fn show(client: &auth_core::Client<impl auth_core::Login>) {
/// let stats = client.stats();
/// println!("{} logins, {} of them renewals", stats.logins, stats.renewals);
/// # }
/// ```
///
/// Of a client that shares its logins, two counts tell whether that works:
///
/// ```
/// # fn show(stats: auth_core::Stats) {
/// let from_others = stats.adopted;
/// if stats.store_bypassed > 0 {
///     println!("{} logins beside the store, which failed {} times", stats.store_bypassed, stats.store_failures);
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Login requests that were sent, repeated attempts included.
    pub logins: u64,
    /// Credentials that were replaced before their end, behind the callers.
    pub renewals: u64,
    /// Logins that failed after all their attempts.
    pub logins_failed: u64,
    /// Those of the failures in which the provider refused the secrets or the address.
    pub logins_refused: u64,
    /// Credentials that were thrown away because the provider answered 401 to them.
    pub invalidated: u64,
    /// Requests that were sent again after a 401.
    pub replays: u64,
    /// Requests that were sent again under the [`RetryPolicy`](crate::RetryPolicy).
    pub retries: u64,
    /// Calls that failed at once because no login may be sent yet.
    pub cooldown_errors: u64,
    /// Credentials that came from a shared store instead of a login.
    pub adopted: u64,
    /// Times that the shared store failed, was too slow, or held something that could not be used. Each has an event
    /// `store_degraded`, but of a store that is down only the first in 5 s.
    pub store_failures: u64,
    /// Logins for which another process's was waited for.
    pub store_waits: u64,
    /// Logins that were not sent because another process was refused or limited, or, where a login ends the session of the one
    /// before, has not ended its own.
    pub store_deferred: u64,
    /// Logins of other processes that took too long, and were taken over.
    pub store_takeovers: u64,
    /// Credentials that were removed for all because they were thrown away here.
    pub store_removals: u64,
    /// Logins that the store had no say in, because it failed or its lease was never given back. They are shared with nobody.
    pub store_bypassed: u64,
}

/// A counter in half the room of the number that it is read as, because every account has eight.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU32);

impl Counter {
    pub(crate) fn count(&self) {
        // At its end it stays there.
        let _full = self.0.fetch_update(Relaxed, Relaxed, |count| count.checked_add(1));
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed).into()
    }
}

/// The counters of a set of accounts, with those of accounts that are gone.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) counters: Counters,
    pub(crate) store: StoreCounters,
}

impl Totals {
    pub(crate) fn read(&self) -> Stats {
        self.store.add_to(self.counters.read())
    }
}

/// The counters of an account that do not need a store.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) logins: Counter,
    pub(crate) renewals: Counter,
    pub(crate) logins_failed: Counter,
    pub(crate) logins_refused: Counter,
    pub(crate) invalidated: Counter,
    pub(crate) replays: Counter,
    pub(crate) retries: Counter,
    pub(crate) cooldown_errors: Counter,
}

impl Counters {
    pub(crate) fn read(&self) -> Stats {
        Stats {
            logins: self.logins.get(),
            renewals: self.renewals.get(),
            logins_failed: self.logins_failed.get(),
            logins_refused: self.logins_refused.get(),
            invalidated: self.invalidated.get(),
            replays: self.replays.get(),
            retries: self.retries.get(),
            cooldown_errors: self.cooldown_errors.get(),
            ..Stats::default()
        }
    }
}

/// The counters of an account's part in a shared store.
#[derive(Debug, Default)]
pub(crate) struct StoreCounters {
    pub(crate) adopted: Counter,
    pub(crate) failures: Counter,
    pub(crate) waits: Counter,
    pub(crate) deferred: Counter,
    pub(crate) takeovers: Counter,
    pub(crate) removals: Counter,
    pub(crate) bypassed: Counter,
}

impl StoreCounters {
    pub(crate) fn add_to(&self, stats: Stats) -> Stats {
        Stats {
            adopted: self.adopted.get(),
            store_failures: self.failures.get(),
            store_waits: self.waits.get(),
            store_deferred: self.deferred.get(),
            store_takeovers: self.takeovers.get(),
            store_removals: self.removals.get(),
            store_bypassed: self.bypassed.get(),
            ..stats
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_is_full_stays_full() {
        let counter = Counter(AtomicU32::new(u32::MAX - 1));
        for _ in 0..3 {
            counter.count();
            assert_eq!(counter.get(), u64::from(u32::MAX));
        }
    }
}
