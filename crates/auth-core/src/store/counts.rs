//! What a client counts of what it shares.

use crate::stats::{Counter, Stats};

/// See the fields of [`Stats`] that begin with `store`.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) adopted: Counter,
    pub(crate) failures: Counter,
    pub(crate) waits: Counter,
    pub(crate) deferred: Counter,
    pub(crate) takeovers: Counter,
    pub(crate) removals: Counter,
    pub(crate) alone: Counter,
}

impl Counts {
    pub(crate) fn add_to(&self, stats: Stats) -> Stats {
        Stats {
            adopted: self.adopted.get(),
            store_failures: self.failures.get(),
            store_waits: self.waits.get(),
            store_deferred: self.deferred.get(),
            store_takeovers: self.takeovers.get(),
            store_removals: self.removals.get(),
            store_bypassed: self.alone.get(),
            ..stats
        }
    }
}
