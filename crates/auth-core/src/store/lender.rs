//! The store's count of the permits of one account's quota.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;

use super::account_store::AccountStore;
use super::key::CacheKey;
use crate::quota::Lend;
use crate::quota::exchange::{Take, Taken};

/// The time that a store gets to grant permits, if their callers can wait for so long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Takes permits from the store under a key of their own.
#[derive(Debug)]
pub(super) struct Lender {
    account: Arc<ArcSwap<AccountStore>>,
    key: CacheKey,
}

impl Lender {
    pub(super) fn new(account: Arc<ArcSwap<AccountStore>>, key: CacheKey) -> Self {
        Self { account, key }
    }
}

#[async_trait]
impl Lend for Lender {
    async fn take(&self, take: &Take) -> Option<Taken> {
        let account = self.account.load_full();
        // A busy store is not a broken one, and these callers can wait.
        let timeout = account.shared.timeout.max(take.wait.min(PATIENCE));
        account.ask_within(timeout, account.store().take_permits(&self.key, take)).await.flatten()
    }

    async fn take_part(&self, take: &Take) -> Option<Taken> {
        let account = self.account.load_full();
        account.shared.fallback.as_ref()?.take_part(&self.key, take).await
    }

    fn rest(&self) -> Duration {
        let shared = &self.account.load().shared;
        let of_store = shared.fallback.as_ref().map(|both| both.health.rest());
        shared.health.rest().max(of_store.unwrap_or_default())
    }
}
