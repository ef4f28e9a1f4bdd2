//! Virtual time: Tokio's paused clock, which advances to the next timer when no task is ready.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A clock that starts with the simulation.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> Duration {
        self.0.elapsed()
    }

    pub(crate) async fn until(self, moment: Duration) {
        sleep_until(self.0 + moment).await;
    }
}
