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
}

impl<L> Reading<L> {
    /// Records that these secrets are sent.
    pub(super) fn is_sent(&self) {
        self.was_sent.store(true, Relaxed);
    }

    pub(super) fn is_new(&self) -> bool {
        !self.was_sent.load(Relaxed)
    }
}

/// Returns true if both are one reading of the secrets, or both have fixed ones.
pub(super) fn is_same<L>(one: Option<&Arc<Reading<L>>>, other: Option<&Arc<Reading<L>>>) -> bool {
    one.map(Arc::as_ptr) == other.map(Arc::as_ptr)
}
