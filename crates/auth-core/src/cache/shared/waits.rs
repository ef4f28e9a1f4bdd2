//! How long others' logins are waited for.

use std::time::Duration;

use crate::clock::Moment;
use crate::store::{CacheKey, Store};
use crate::sync::{jitter, sleep, timeout};

/// How long others wait for the same holder, at the least and with the jitter.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long they wait at the most, whoever holds it: then there is still time for a login of their own.
const LONGEST_WAIT: Duration = Duration::from_secs(12);

/// How often they look, at the least and with the jitter; where the store tells of changes, it is only in case that it does not.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOK_WHERE_TOLD: Duration = Duration::from_millis(500);

/// How long the holder of a lease has been waited for.
#[derive(Default)]
pub(super) struct Waits {
    holder: Option<u64>,
    until: Moment,
    /// When it is too late to wait for anybody.
    end: Option<Moment>,
    has_looked: bool,
}

impl Waits {
    /// `true` the first time.
    pub(super) fn begin(&mut self, now: Moment) -> bool {
        let begins = self.end.is_none();
        if begins {
            self.end = Some(now.plus(LONGEST_WAIT.mul_f64(1.0 + jitter() / 4.0)));
        }
        begins
    }

    /// Until it is time to look again: where one login fails after the other there is much to tell, and so there is a rest.
    pub(super) async fn pass(
        &mut self,
        store: &dyn Store,
        name: &CacheKey,
        held_for: Duration,
        now: impl Fn() -> Moment,
    ) {
        let looked = now();
        let within = self.next_look(store.notifies(), held_for, looked);
        // Told or not; and a store that does not keep to the time is not waited for.
        let _ = timeout(within, store.wait_for_change(name, within)).await;
        let rest = LOOK_EVERY.mul_f64(0.5 + jitter() / 2.0);
        sleep(rest.saturating_sub(now().mono.saturating_sub(looked.mono))).await;
    }

    /// When to look again. The first time it is soon in any case: a change may have come before the store was to tell of it. It
    /// tells neither of a lease that ends by itself, nor that this holder has had its time.
    fn next_look(&mut self, is_told: bool, held_for: Duration, now: Moment) -> Duration {
        let is_first = !std::mem::replace(&mut self.has_looked, true);
        let soon = LOOK_EVERY.mul_f64(1.0 + jitter());
        if !is_told || is_first {
            return soon;
        }
        let ends = [held_for, self.until.mono.saturating_sub(now.mono)];
        let end = ends.into_iter().filter(|end| !end.is_zero()).min().unwrap_or(LOOK_WHERE_TOLD);
        LOOK_WHERE_TOLD.mul_f64(1.0 + jitter()).min(end + soon / 2)
    }

    /// Whether this holder has had its time.
    pub(super) fn are_over(&mut self, holder: u64, now: Moment) -> bool {
        if self.holder != Some(holder) {
            self.holder = Some(holder);
            self.until = now.plus(PATIENCE.mul_f64(1.0 + jitter() / 2.0));
        }
        now.mono >= self.until.mono
    }

    /// Whether all have, since it began.
    pub(super) fn are_too_long(&self, now: Moment) -> bool {
        self.end.is_some_and(|end| now.mono >= end.mono)
    }
}
