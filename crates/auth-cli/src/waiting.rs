//! The spinner on a terminal during a login.

use std::io::{IsTerminal, stderr};
use std::pin::pin;
use std::time::Duration;

use indicatif::ProgressBar;

/// The time that passes before the spinner appears.
const PATIENCE: Duration = Duration::from_millis(300);
const FRAME: Duration = Duration::from_millis(100);

/// Waits for a result. After 300 ms a spinner with this text appears on stderr, if that is a terminal.
pub(crate) async fn on<T>(text: &'static str, result: impl Future<Output = T>) -> T {
    let mut result = pin!(result);
    if let Ok(result) = tokio::time::timeout(PATIENCE, &mut result).await {
        return result;
    }
    if !stderr().is_terminal() {
        return result.await;
    }
    let spinner = ProgressBar::new_spinner().with_message(text);
    spinner.enable_steady_tick(FRAME);
    let result = result.await;
    spinner.finish_and_clear();
    result
}
