//! The account of a cache with the secrets that were read last.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use arc_swap::ArcSwapOption;

use crate::error::Result;
use crate::login::Login;

/// The account as it was read last, or `None` if its secrets are fixed.
///
/// Only the running refresh uses it, so it is no step of its own for the model checker.
#[derive(Debug)]
pub(super) struct Rotation<L>(ArcSwapOption<Reading<L>>);

/// One reading of an account's secrets.
#[derive(Debug)]
pub(super) struct Reading<L> {
    pub(super) account: L,
    was_sent: AtomicBool,
}

impl<L> Default for Rotation<L> {
    fn default() -> Self {
        Self(ArcSwapOption::empty())
    }
}

impl<L: Login> Rotation<L> {
    /// Reads the secrets of the account again. Returns `None` if they are fixed.
    pub(super) async fn read(&self, login: &L) -> Result<Option<Arc<Reading<L>>>> {
        let last = self.0.load_full();
        let refreshed = last.as_ref().map_or(login, |last| &last.account).refreshed().await?;
        let Some(account) = refreshed else { return Ok(last) };
        let reading = Some(Arc::new(Reading { account, was_sent: AtomicBool::new(false) }));
        self.0.store(reading.clone());
        Ok(reading)
    }

    pub(super) fn rotates(&self) -> bool {
        self.0.load().is_some()
    }

    /// Returns true if the secrets that were read last have not been sent.
    pub(super) fn is_new(&self) -> bool {
        self.0.load().as_ref().is_some_and(|reading| !reading.was_sent.load(Relaxed))
    }
}

impl<L> Reading<L> {
    /// Records that these secrets are sent.
    pub(super) fn is_sent(&self) {
        self.was_sent.store(true, Relaxed);
    }
}

/// Returns true if both are one reading of the secrets, or both have fixed ones.
pub(super) fn is_same<L>(one: Option<&Arc<Reading<L>>>, other: Option<&Arc<Reading<L>>>) -> bool {
    one.map(Arc::as_ptr) == other.map(Arc::as_ptr)
}
