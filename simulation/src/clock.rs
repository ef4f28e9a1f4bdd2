//! Virtual time: Tokio's, which is paused and goes on to the next timer when there is nothing left to do.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Counts from the beginning of the simulated days.
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
