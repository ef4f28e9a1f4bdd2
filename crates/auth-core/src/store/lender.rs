//! The store's count of the permits of one account's quota.

use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;

use super::account_store::AccountStore;
use crate::quota::Lend;
use crate::quota::ledger::{Take, Taken};

/// Takes permits from the store under a key of their own, which follows the account's secrets.
#[derive(Debug)]
pub(super) struct Lender {
    account: Arc<ArcSwap<AccountStore>>,
}

impl Lender {
    pub(super) fn new(account: Arc<ArcSwap<AccountStore>>) -> Self {
        Self { account }
    }
}

#[async_trait]
impl Lend for Lender {
    async fn take(&self, take: &Take) -> Option<Taken> {
        let account = self.account.load_full();
        let name = [b"auth-core store: permits of ", account.key.as_str().as_bytes()].concat();
        let key = account.key.with_fingerprint(&account.shared.keys.fingerprint(&name));
        account.ask(account.store().take_permits(&key, take)).await.flatten()
    }

    fn is_down(&self) -> bool {
        self.account.load().shared.health.is_alone()
    }
}
