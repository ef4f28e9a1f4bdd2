//! The pause in the use of a store after a failure.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::clock::Clock;

/// The length of the pause.
const LEFT_ALONE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Health {
    clock: Clock,
    /// The end of the pause, in milliseconds since the store was created.
    alone_until: AtomicU64,
}

impl Health {
    pub(super) fn new() -> Self {
        Self { clock: Clock::new(), alone_until: AtomicU64::new(0) }
    }

    /// Returns the time since the store was created.
    pub(super) fn now(&self) -> Duration {
        self.clock.now().mono
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.now().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn is_alone(&self) -> bool {
        !self.rest().is_zero()
    }

    /// Returns the time that is left of the pause.
    pub(super) fn rest(&self) -> Duration {
        Duration::from_millis(self.alone_until.load(Relaxed).saturating_sub(self.millis()))
    }

    /// Pauses the use of the store. Returns true to the one caller that should report this.
    pub(super) fn leave_alone(&self) -> bool {
        let (now, span) = (self.millis(), u64::try_from(LEFT_ALONE.as_millis()).unwrap_or(u64::MAX));
        self.alone_until.fetch_max(now.saturating_add(span), Relaxed) <= now
    }
}
