//! The wait for another process's login: the interval of polls, and the time until a takeover.

#[cfg(test)]
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::contract::Store;
use super::key::CacheKey;
use crate::clock::Moment;
use crate::sync::{jitter, sleep, timeout};

/// The minimum time to wait for one holder of the lease, before jitter.
const PATIENCE: Duration = Duration::from_secs(5);
/// The minimum time to wait for all holders together, before jitter. It leaves time for a login.
const MAX_WAIT: Duration = Duration::from_secs(12);

/// The minimum interval of polls, before jitter. The next constant is the interval if the store notifies of changes.
const POLL_EVERY: Duration = Duration::from_millis(100);
const POLL_IF_NOTIFIED: Duration = Duration::from_millis(500);

/// The wait for the holder of a lease.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits {
    holder: Option<u64>,
    /// The end of the wait for this holder.
    until: Moment,
    /// The end of the wait for all holders.
    end: Option<Moment>,
    has_polled: bool,
}

impl Waits {
    /// Hashes the wait with times relative to `now`, and with the rank of its holder's fence.
    #[cfg(test)]
    pub(super) fn hash_at<H: Hasher>(&self, now: Duration, rank: &mut dyn FnMut(u64) -> u64, into: &mut H) {
        let end = self.end.map(|end| end.mono.saturating_sub(now));
        (self.holder.map(rank), self.until.mono.saturating_sub(now), end).hash(into);
    }

    /// Starts the wait. Returns true the first time.
    pub(super) fn begin(&mut self, now: Moment, jitter: f64) -> bool {
        let begins = self.end.is_none();
        if begins {
            self.end = Some(now.plus(MAX_WAIT.mul_f64(1.0 + jitter / 4.0)));
        }
        begins
    }

    /// Sleeps until the next poll. Notifications can arrive in bursts, so polls are at least 50 ms apart.
    pub(super) async fn pass(
        &mut self,
        store: &dyn Store,
        key: &CacheKey,
        lease_left: Duration,
        now: impl Fn() -> Moment,
    ) {
        let polled = now();
        let within = self.next_poll(store.notifies(), lease_left, polled);
        // The time-out is for a store that waits longer than it should.
        let _ = timeout(within, store.wait_for_change(key, within)).await;
        let rest = POLL_EVERY.mul_f64(0.5 + jitter() / 2.0);
        sleep(rest.saturating_sub(now().mono.saturating_sub(polled.mono))).await;
    }

    /// Returns the time until the next poll.
    ///
    /// The first poll always comes soon, because a change may have come before the subscription. The store does not
    /// notify when a lease ends by itself, or when the wait for a holder is over.
    fn next_poll(&mut self, is_notified: bool, lease_left: Duration, now: Moment) -> Duration {
        let is_first = !std::mem::replace(&mut self.has_polled, true);
        let soon = POLL_EVERY.mul_f64(1.0 + jitter());
        if !is_notified || is_first {
            return soon;
        }
        let ends = [lease_left, self.until.mono.saturating_sub(now.mono)];
        let end = ends.into_iter().filter(|end| !end.is_zero()).min().unwrap_or(POLL_IF_NOTIFIED);
        POLL_IF_NOTIFIED.mul_f64(1.0 + jitter()).min(end + soon / 2)
    }

    /// Returns true if the wait for this holder is over.
    pub(super) fn are_over(&mut self, holder: u64, now: Moment, jitter: f64) -> bool {
        if self.holder != Some(holder) {
            self.holder = Some(holder);
            self.until = now.plus(PATIENCE.mul_f64(1.0 + jitter / 2.0));
        }
        now.mono >= self.until.mono
    }

    /// Returns true if the wait for all holders is over.
    pub(super) fn are_too_long(&self, now: Moment) -> bool {
        self.end.is_some_and(|end| now.mono >= end.mono)
    }
}
