//! The account of a cache with the secrets that were read last.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::error::Result;
use crate::login::Login;

/// The account as it was read last, and as it was sent last. Both are `None` if its secrets are fixed.
///
/// Only the running refresh uses them, so they are not steps of their own for the model checker.
#[derive(Debug)]
pub(super) struct Rotation<L> {
    current: ArcSwapOption<L>,
    sent: ArcSwapOption<L>,
}

impl<L> Default for Rotation<L> {
    fn default() -> Self {
        Self { current: ArcSwapOption::empty(), sent: ArcSwapOption::empty() }
    }
}

impl<L: Login> Rotation<L> {
    /// Reads the secrets of the account again. Returns `None` if they are fixed.
    pub(super) async fn read(&self, login: &L) -> Result<Option<Arc<L>>> {
        let last = self.current.load_full();
        let Some(account) = last.as_deref().unwrap_or(login).refreshed().await? else { return Ok(last) };
        let account = Some(Arc::new(account));
        self.current.store(account.clone());
        Ok(account)
    }

    pub(super) fn rotates(&self) -> bool {
        self.current.load().is_some()
    }

    /// Records that the secrets of this account are sent.
    pub(super) fn sends(&self, account: Option<Arc<L>>) {
        self.sent.store(account);
    }

    /// Returns true if the secrets that were read last have not been sent.
    pub(super) fn is_new(&self) -> bool {
        !is_same(self.current.load().as_ref(), self.sent.load().as_ref())
    }
}

/// Returns true if both are one reading of the secrets, or both have fixed ones.
pub(super) fn is_same<L>(one: Option<&Arc<L>>, other: Option<&Arc<L>>) -> bool {
    one.map(Arc::as_ptr) == other.map(Arc::as_ptr)
}
