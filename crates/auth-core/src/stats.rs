//! Counts of what a client did.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a client did since it was built. Clones of a client share it.
///
/// ```
/// # fn show(client: &auth_core::Client<impl auth_core::Login>) {
/// let stats = client.stats();
/// println!("{} logins, {} of them renewals", stats.logins, stats.renewals);
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
    pub failures: u64,
    /// Those of the failures in which the provider refused the secrets or the address.
    pub refusals: u64,
    /// Credentials that were thrown away because the provider answered 401 to them.
    pub rejected: u64,
    /// Requests that were sent again after a 401.
    pub replays: u64,
    /// Requests that were sent again under the [`RetryPolicy`](crate::RetryPolicy).
    pub retries: u64,
    /// Calls that failed at once because no login may be sent yet.
    pub held_back: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) logins: Counter,
    pub(crate) renewals: Counter,
    pub(crate) failures: Counter,
    pub(crate) refusals: Counter,
    pub(crate) rejected: Counter,
    pub(crate) replays: Counter,
    pub(crate) retries: Counter,
    pub(crate) held_back: Counter,
}

impl Counters {
    pub(crate) fn read(&self) -> Stats {
        Stats {
            logins: self.logins.get(),
            renewals: self.renewals.get(),
            failures: self.failures.get(),
            refusals: self.refusals.get(),
            rejected: self.rejected.get(),
            replays: self.replays.get(),
            retries: self.retries.get(),
            held_back: self.held_back.get(),
        }
    }
}
