//! The counters of a client.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The counters of a client and its clones since it was created, or of a whole [set](crate::Accounts::stats). Each
/// counter stops at 4,294,967,295.
///
/// ```
/// # fn show(client: &auth_core::Client<impl auth_core::Login>) {
/// let stats = client.stats();
/// println!("{} logins, {} of them renewals", stats.logins, stats.renewals);
/// # }
/// ```
///
/// For a client with a shared store, two counters show whether sharing works:
///
/// ```
/// # fn show(stats: auth_core::Stats) {
/// let from_others = stats.adopted;
/// if stats.store_bypassed > 0 {
///     println!("{} logins bypassed the store, which failed {} times", stats.store_bypassed, stats.store_failures);
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Login requests that were sent, including repeated attempts.
    pub logins: u64,
    /// Credentials that were renewed in the background before their expiry.
    pub renewals: u64,
    /// Credentials that were obtained with a refresh token instead of a login.
    pub refreshes: u64,
    /// Logins that failed after all their attempts.
    pub logins_failed: u64,
    /// Failed logins for which the provider refused the secrets or the address.
    pub logins_refused: u64,
    /// Credentials that were invalidated because the provider answered 401 to them.
    pub invalidated: u64,
    /// Requests that were replayed after a 401.
    pub replays: u64,
    /// Requests that were retried under the [`RetryPolicy`](crate::RetryPolicy).
    pub retries: u64,
    /// Calls that failed at once because a cooldown was running.
    pub cooldown_errors: u64,
    /// Credentials that came from a shared store instead of a login.
    pub adopted: u64,
    /// Failures of the shared store: errors, time-outs, and records that cannot be used. Each has an event
    /// `store_degraded`, but while a store is down only one in 5 s is reported.
    pub store_failures: u64,
    /// Logins that waited for the login of another process.
    pub store_waits: u64,
    /// Logins that were not sent because another process was refused or limited. With a provider that allows one
    /// session, also because another process has not ended its session.
    pub store_deferred: u64,
    /// Logins that were taken over from other processes because they took too long.
    pub store_takeovers: u64,
    /// Credentials that were removed from the store because they were invalidated or forgotten here.
    pub store_removals: u64,
    /// Logins without the store, because it failed or its lease was never released. They are not shared.
    pub store_bypassed: u64,
}

/// A counter of half the size of the number that is read, because every account has nine.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU32);

impl Counter {
    pub(crate) fn count(&self) {
        // The counter stays at its maximum.
        let _full = self.0.fetch_update(Relaxed, Relaxed, |count| count.checked_add(1));
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed).into()
    }
}

/// The counters of a set of accounts, including accounts that were dropped.
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

/// The counters of an account that are used without a store.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) logins: Counter,
    pub(crate) renewals: Counter,
    pub(crate) refreshes: Counter,
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
            refreshes: self.refreshes.get(),
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

/// The counters of an account that are used with a shared store.
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
