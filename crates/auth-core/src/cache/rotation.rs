//! The account of a cache with the secrets that were read last.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use crate::error::Result;
use crate::login::Login;

/// One reading of an account's secrets. Accounts with fixed secrets have none.
#[derive(Debug)]
pub(super) struct Reading<L> {
    pub(super) account: L,
    was_sent: AtomicBool,
}

impl<L: Login> Reading<L> {
    /// Reads the secrets of the account. Returns `None` if they are fixed.
    pub(super) async fn of(account: &L) -> Result<Option<Arc<Self>>> {
        let refreshed = account.refreshed().await?;
        Ok(refreshed.map(|account| Arc::new(Self { account, was_sent: AtomicBool::new(false) })))
    }

    pub(super) fn is_new(&self) -> bool {
        !self.was_sent.load(Relaxed)
    }
}

/// Records that the secrets of this reading are sent.
pub(super) fn sends<L>(reading: Option<&Arc<Reading<L>>>) {
    if let Some(reading) = reading {
        reading.was_sent.store(true, Relaxed);
    }
}

/// Returns true if both are one reading of the secrets, or both have fixed ones.
pub(super) fn is_same<L>(one: Option<&Arc<Reading<L>>>, other: Option<&Arc<Reading<L>>>) -> bool {
    one.map(Arc::as_ptr) == other.map(Arc::as_ptr)
}
