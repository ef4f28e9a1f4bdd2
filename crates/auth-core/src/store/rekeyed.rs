//! The coordinator of an account whose key in the store follows its secrets.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;
use async_trait::async_trait;

use super::account_store::AccountStore;
use super::coordinator::Coordinator;
use super::key::{CacheKey, Identify};
use super::shared_store::SharedStore;
use super::stored::{Persist, StoredCredential};
use crate::cache::decision::Reason;
use crate::cache::obtain::{BoxFuture, Coordinate, Fail, Issued, LoggedIn, TimeLeft};
use crate::error::Result;
use crate::login::Login;
use crate::stats::{Stats, StoreCounters};
use crate::transport::Http;

/// The coordinator for the current secrets.
///
/// An account's key is a keyed hash of its secrets, too. Processes that have the old and the new secret therefore share
/// neither credentials nor cooldowns.
pub(super) struct Rekeyed<L: Login> {
    shared: SharedStore,
    http: Http,
    counters: Arc<StoreCounters>,
    current: ArcSwap<Coordinator<L::Credential>>,
}

impl<L: Identify<Credential: Persist>> Rekeyed<L> {
    pub(super) fn new(account: &L, shared: SharedStore, http: Http) -> Result<Self> {
        let counters = Arc::default();
        let key = shared.key(account, &http)?;
        let current = ArcSwap::from(coordinator(&shared, key, &http, &counters));
        Ok(Self { shared, http, counters, current })
    }

    /// Returns the coordinator for the secrets of this account.
    async fn under(&self, account: &L) -> Result<Arc<Coordinator<L::Credential>>> {
        let key = self.shared.key(account, &self.http)?;
        let current = self.current.load_full();
        if *current.account().key() == key {
            return Ok(current);
        }
        current.account().remove_invalidated().await;
        let next = coordinator(&self.shared, key, &self.http, &self.counters);
        if current.account().take_ignore_cooldown() {
            next.account().clear_cooldown();
        }
        self.current.store(Arc::clone(&next));
        Ok(next)
    }
}

fn coordinator<C: Persist>(
    shared: &SharedStore,
    key: CacheKey,
    http: &Http,
    counters: &Arc<StoreCounters>,
) -> Arc<Coordinator<C>> {
    let bytes = (StoredCredential::to_bytes as _, StoredCredential::from_bytes as _);
    Arc::new(Coordinator::new(AccountStore::new(shared.clone(), key, http, Arc::clone(counters), bytes)))
}

#[async_trait]
impl<L: Identify<Credential: Persist>> Coordinate<L> for Rekeyed<L> {
    async fn obtain(
        &self,
        account: &L,
        reason: Reason,
        known_fence: u64,
        time_left: TimeLeft<'_>,
        may_repeat: &AtomicBool,
        log_in: BoxFuture<'_, Result<LoggedIn<L::Credential>>>,
        fail: Fail<'_>,
    ) -> Option<Result<Issued<L::Credential>>> {
        match self.under(account).await {
            Ok(current) => current.obtain(reason, known_fence, time_left, may_repeat, log_in, fail).await,
            Err(error) => {
                let (cooldown, _) = fail(&error, (0, 0), None)?;
                Some(Err(error.with_retry_after(cooldown)))
            }
        }
    }

    fn invalidate(&self, fence: u64) {
        self.current.load().account().invalidate(fence);
    }

    fn has_removal(&self) -> bool {
        self.current.load().account().has_removal()
    }

    async fn remove_invalidated(&self) {
        self.current.load_full().account().remove_invalidated().await;
    }

    fn clear_cooldown(&self) {
        self.current.load().account().clear_cooldown();
    }

    fn add_to(&self, stats: Stats) -> Stats {
        self.counters.add_to(stats)
    }
}

impl<L: Login> fmt::Debug for Rekeyed<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rekeyed").field(self.current.load().account()).finish()
    }
}
