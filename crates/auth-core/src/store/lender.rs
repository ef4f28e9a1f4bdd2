//! The store's count of the permits of one account's quota.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;

use super::account_store::AccountStore;
use super::key::CacheKey;
use crate::quota::Lend;
use crate::quota::exchange::{Take, Taken};

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
        account.ask(account.store().take_permits(&self.key, take)).await.flatten()
    }

    fn rest(&self) -> Duration {
        self.account.load().shared.health.rest()
    }
}
