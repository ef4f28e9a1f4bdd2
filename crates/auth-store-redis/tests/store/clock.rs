//! Time that passes for the timers of a test alone, because the pauses of the store cannot be configured.

use std::time::Duration;

/// Advances the clock of this runtime. Nothing may be on its way to a server, because it would time out.
pub(crate) async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
