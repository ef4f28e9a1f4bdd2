//! The shared store of one account: sealing, opening, and the time-out of each operation.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::contract::{Cooldown, Lease, Record, Store};
use super::key::CacheKey;
use super::knowledge::Knowledge;
use super::seal::Bound;
use super::shared_store::SharedStore;
use super::stored_credential::{Persist, StoredCredential};
use super::stored_failure::StoredFailure;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::stats::{Counter, StoreCounters};
use crate::sync;
use crate::transport::Http;

/// The shared store of one account, with this process's knowledge of it.
#[derive(Debug)]
pub(super) struct AccountStore {
    pub(super) shared: SharedStore,
    pub(super) key: CacheKey,
    pub(super) http: Http,
    knowledge: Mutex<Knowledge>,
    counters: Arc<StoreCounters>,
}

impl AccountStore {
    pub(super) fn new(shared: SharedStore, key: CacheKey, http: Http, counters: Arc<StoreCounters>) -> Self {
        Self { shared, key, http, knowledge: Mutex::default(), counters }
    }

    /// Locks this process's knowledge of the account, for a moment.
    pub(super) fn knowledge(&self) -> MutexGuard<'_, Knowledge> {
        // Its code never panics between two writes, so a poisoned value is still consistent.
        self.knowledge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.shared.store
    }

    pub(super) fn now(&self) -> Moment {
        self.http.pool().clock.now()
    }

    /// Runs an operation of the store. Returns `None` if it failed or timed out, or if the store is not used after a
    /// failure.
    pub(super) async fn ask<T>(&self, operation: impl Future<Output = Result<T>> + Send) -> Option<T> {
        self.ask_within(self.shared.timeout, operation).await
    }

    /// Does the same with another time-out.
    pub(super) async fn ask_within<T>(
        &self,
        timeout: Duration,
        operation: impl Future<Output = Result<T>> + Send,
    ) -> Option<T> {
        let health = &self.shared.health;
        if health.is_alone() {
            return None;
        }
        let answer = sync::timeout(timeout, operation).await;
        if let Some(failure) = self.shared.fallback.as_ref().and_then(|both| both.failure()) {
            self.count(|counters| &counters.failures);
            self.degraded(failure.what, Some(&failure.error.to_string()));
        }
        let error = match answer {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => Some(error),
            Err(_elapsed) => None,
        };
        self.count(|counters| &counters.failures);
        if health.leave_alone() {
            let late = || format!("it did not answer in time: {:?} within {timeout:?}", self.shared.store);
            let error = error.as_ref().map_or_else(late, Error::to_string);
            self.degraded("the store failed: logins are not shared for 5 s", Some(&error));
        }
        None
    }

    /// Warns that logins are not fully shared.
    pub(super) fn degraded(&self, what: &str, error: Option<&str>) {
        let (host, account, key) = (self.http.host(), self.http.label(), self.key.as_str());
        tracing::warn!(name: "auth.store_degraded", %account, server.address = host, key, error, "{what}");
    }

    /// Warns once that a part of the store's entry cannot be used.
    pub(super) fn unusable(&self, what: &str, is_reported: &AtomicBool) {
        if !is_reported.swap(true, Relaxed) {
            self.count(|counters| &counters.failures);
            self.degraded(what, None);
        }
    }

    /// Opens a record. Returns `None` if it was not sealed for this account with a key of the ring.
    pub(super) fn open<C: Persist>(&self, record: &Record) -> Option<StoredCredential<C>> {
        let bytes = self.shared.keys.open(&self.key, Bound::Record { fence: record.fence }, &record.sealed)?;
        StoredCredential::from_bytes(&bytes)
    }

    pub(super) fn seal(
        &self,
        credential: &impl Persist,
        lifetime: Option<Duration>,
        forced: bool,
        fence: u64,
    ) -> Result<Vec<u8>> {
        let bytes = StoredCredential::to_bytes(credential, lifetime, forced)?;
        self.shared.keys.seal(&self.key, Bound::Record { fence }, &bytes)
    }

    /// Releases a lease, and starts a cooldown with it if one is given.
    pub(super) async fn release(&self, lease: &Lease, cooldown: Option<Cooldown>) {
        self.ask(self.store().release(&self.key, lease, cooldown)).await;
    }

    pub(super) fn open_cooldown(&self, cooldown: &Cooldown) -> Option<StoredFailure> {
        let bytes = self.shared.keys.open(&self.key, Bound::Cooldown, &cooldown.sealed)?;
        serde_json::from_slice(&bytes).ok()
    }

    pub(super) fn seal_cooldown(&self, failure: &StoredFailure) -> Result<Cooldown> {
        let bytes = serde_json::to_vec(failure).unwrap_or_default();
        Ok(Cooldown { sealed: self.shared.keys.seal(&self.key, Bound::Cooldown, &bytes)?, left: failure.kept_for() })
    }

    /// Removes the invalidated record. If that fails or is cancelled, the next call tries again.
    pub(super) async fn remove_invalidated(&self) {
        let Some(fence) = self.knowledge().take_removal() else { return };
        let mut pending = Pending { fence, account: self };
        if let Some(removed) = self.ask(self.store().remove(&self.key, fence)).await {
            pending.fence = 0;
            if removed {
                self.count(|counters| &counters.removals);
                let (host, account) = (self.http.host(), self.http.label());
                tracing::debug!(
                    name: "auth.store_record_removed", %account, server.address = host,
                    "an invalidated credential is removed from the store"
                );
            }
        }
    }

    /// Adds one to a counter of this account and of its set.
    pub(super) fn count(&self, counter: impl Fn(&StoreCounters) -> &Counter) {
        counter(&self.counters).count();
        if let Some(common) = &self.http.pool().common {
            counter(&common.totals.store).count();
        }
    }
}

/// A removal that the store has not confirmed. Dropping it makes the removal pending again.
struct Pending<'a> {
    fence: u64,
    account: &'a AccountStore,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.account.knowledge().keep_removal(self.fence);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use chacha20poly1305::aead::Generate;

    use super::super::{Acquire, Found, KeyRing};
    use super::*;
    use crate::options::Options;

    /// The fences of the records that were to be removed.
    #[derive(Debug, Default)]
    struct Removals(Mutex<Vec<u64>>);

    #[async_trait]
    impl Store for Removals {
        async fn acquire(&self, _: &CacheKey, _: &Acquire) -> Result<Found> {
            Ok(Found::default())
        }

        async fn extend(&self, _: &CacheKey, _: &Lease, _: Duration) -> Result<bool> {
            Ok(false)
        }

        async fn publish(&self, _: &CacheKey, _: &Lease, _: &[u8], _: Duration) -> Result<bool> {
            Ok(false)
        }

        async fn release(&self, _: &CacheKey, _: &Lease, _: Option<Cooldown>) -> Result<()> {
            Ok(())
        }

        async fn remove(&self, _: &CacheKey, fence: u64) -> Result<bool> {
            self.0.lock().unwrap().push(fence);
            Ok(true)
        }
    }

    fn account_store(store: &Arc<Removals>) -> AccountStore {
        let shared = SharedStore::new(Arc::clone(store), KeyRing::dangerous_plaintext());
        let http = Http::new(&"https://login.test/".parse().unwrap(), &Options::default()).unwrap();
        let key = CacheKey::new("test", &<[u8; 32]>::generate());
        AccountStore::new(shared, key, http, Arc::default())
    }

    #[tokio::test]
    async fn an_invalidated_record_is_removed_once() {
        let store = Arc::default();
        let account = account_store(&store);
        account.knowledge().issues(5);
        account.knowledge().invalidate(5);
        account.remove_invalidated().await;
        account.remove_invalidated().await;
        assert_eq!(*store.0.lock().unwrap(), [5]);
    }
}
