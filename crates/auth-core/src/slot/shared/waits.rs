//! How long others' logins are waited for.

use std::time::Duration;

use crate::clock::Moment;
use crate::sync::roll;

/// How long others wait for the same holder, at the least and with the jitter.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long they wait at the most, whoever holds it: then there is still time for a login of their own.
const LONGEST_WAIT: Duration = Duration::from_secs(12);

/// How long the holder of a lease has been waited for.
#[derive(Default)]
pub(super) struct Waits {
    holder: Option<u64>,
    until: Moment,
    /// When it is too late to wait for anybody.
    end: Option<Moment>,
}

impl Waits {
    /// `true` the first time.
    pub(super) fn begin(&mut self, now: Moment) -> bool {
        let begins = self.end.is_none();
        if begins {
            self.end = Some(now.plus(LONGEST_WAIT.mul_f64(1.0 + roll() / 4.0)));
        }
        begins
    }

    /// Whether this holder has had its time.
    pub(super) fn are_over(&mut self, holder: u64, now: Moment) -> bool {
        if self.holder != Some(holder) {
            self.holder = Some(holder);
            self.until = now.plus(PATIENCE.mul_f64(1.0 + roll() / 2.0));
        }
        now.mono >= self.until.mono
    }

    /// Whether all have, since it began.
    pub(super) fn are_too_long(&self, now: Moment) -> bool {
        self.end.is_some_and(|end| now.mono >= end.mono)
    }
}
