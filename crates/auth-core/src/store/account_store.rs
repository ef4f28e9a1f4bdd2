//! The shared store of one account: sealing, opening, and the time-out of each operation.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::contract::{Cooldown, Lease, Record, Store};
use super::key::CacheKey;
use super::outage::{Belief, Report};
use super::seal::Bound;
use super::shared_store::SharedStore;
use super::stored::{Persist, StoredCredential, StoredFailure};
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
    /// The newest fence whose credential was invalidated.
    invalidated: AtomicU64,
    /// The same fence until its record is removed from the store. Zero means none.
    to_remove: AtomicU64,
    /// The fence of the lease that a login of this client holds. Zero means none.
    held: AtomicU64,
    /// True if the next login ignores a cooldown, because the secrets were replaced.
    ignore_cooldown: AtomicBool,
    /// The number of consecutive refused logins, here or in other processes.
    refused: AtomicU32,
    /// The number of other consecutive failures, here or in other processes.
    failed: AtomicU32,
    /// The newest outage that others reported.
    belief: Mutex<Belief>,
    /// The fence of the credential that was handed out last under this key. Zero means none.
    issued: AtomicU64,
    counters: Arc<StoreCounters>,
}

impl AccountStore {
    pub(super) fn new(shared: SharedStore, key: CacheKey, http: Http, counters: Arc<StoreCounters>) -> Self {
        Self {
            shared,
            key,
            http,
            invalidated: AtomicU64::new(0),
            to_remove: AtomicU64::new(0),
            held: AtomicU64::new(0),
            ignore_cooldown: AtomicBool::new(false),
            refused: AtomicU32::new(0),
            failed: AtomicU32::new(0),
            belief: Mutex::default(),
            issued: AtomicU64::new(0),
            counters,
        }
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
        let health = &self.shared.health;
        if health.is_alone() {
            return None;
        }
        let answer = sync::timeout(self.shared.timeout, operation).await;
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
            let late =
                || format!("it did not answer in time: {:?} within {:?}", self.shared.store, self.shared.timeout);
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
    pub(super) fn unusable(&self, what: &str, is_reported: &mut bool) {
        if !std::mem::replace(is_reported, true) {
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

    /// Returns the outage that a failure in the store reports, as far as this process believes it.
    pub(super) fn report(&self, failure: &StoredFailure, left: Duration) -> Report {
        let report = failure.report(left);
        if !report.witnesses.agree() {
            return report;
        }
        let mut belief = self.belief.lock().unwrap_or_else(PoisonError::into_inner);
        if belief.holds(failure.fence, self.now().mono) { report } else { Report::default() }
    }

    pub(super) fn seal_cooldown(&self, failure: &StoredFailure) -> Result<Cooldown> {
        let bytes = serde_json::to_vec(failure).unwrap_or_default();
        Ok(Cooldown { sealed: self.shared.keys.seal(&self.key, Bound::Cooldown, &bytes)?, left: failure.kept_for() })
    }

    /// Records that the credential with this fence is handed out.
    pub(super) fn issues(&self, fence: u64) {
        self.issued.fetch_max(fence, Relaxed);
    }

    /// Returns the fence of a credential, or zero if it came from another key.
    pub(super) fn known(&self, fence: u64) -> u64 {
        if fence <= self.issued.load(Relaxed) { fence } else { 0 }
    }

    /// Records that the credential with this fence was invalidated.
    pub(super) fn invalidate(&self, fence: u64) {
        let fence = self.known(fence);
        self.invalidated.fetch_max(fence, Relaxed);
        self.to_remove.fetch_max(fence, Relaxed);
    }

    /// Returns the newest fence whose credential was invalidated.
    pub(super) fn invalidated(&self) -> u64 {
        self.invalidated.load(Relaxed)
    }

    /// Returns true if an invalidated record has yet to be removed.
    pub(super) fn has_removal(&self) -> bool {
        self.to_remove.load(Relaxed) != 0
    }

    /// Removes the invalidated record. If that fails or is cancelled, the next call tries again.
    pub(super) async fn remove_invalidated(&self) {
        let mut pending = Pending { fence: self.to_remove.swap(0, Relaxed), to_remove: &self.to_remove };
        if pending.fence == 0 {
            return;
        }
        if let Some(removed) = self.ask(self.store().remove(&self.key, pending.fence)).await {
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

    /// Records the fence of the lease that a login of this client holds. Zero means none.
    pub(super) fn hold(&self, fence: u64) {
        self.held.store(fence, Relaxed);
    }

    /// Returns the fence of the lease that a login of this client holds, or held when its task was dropped.
    pub(super) fn held(&self) -> Option<u64> {
        Some(self.held.load(Relaxed)).filter(|fence| *fence != 0)
    }

    pub(super) fn clear_cooldown(&self) {
        self.ignore_cooldown.store(true, Relaxed);
        self.set_failures((0, 0));
    }

    /// Returns true once if the next login ignores a cooldown.
    pub(super) fn take_ignore_cooldown(&self) -> bool {
        self.ignore_cooldown.swap(false, Relaxed)
    }

    /// Raises the counts of consecutive failures to those that another process reported.
    pub(super) fn raise_failures(&self, failure: &StoredFailure) {
        self.refused.fetch_max(failure.refused, Relaxed);
        self.failed.fetch_max(failure.failed, Relaxed);
    }

    /// Returns the numbers of consecutive refused logins and of other failures.
    pub(super) fn failures(&self) -> (u32, u32) {
        (self.refused.load(Relaxed), self.failed.load(Relaxed))
    }

    pub(super) fn set_failures(&self, (refused, failed): (u32, u32)) {
        self.refused.store(refused, Relaxed);
        self.failed.store(failed, Relaxed);
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
    to_remove: &'a AtomicU64,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.to_remove.fetch_max(self.fence, Relaxed);
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

    #[test]
    fn clearing_the_cooldown_forgets_the_failures_of_the_old_secrets() {
        let account = account_store(&Arc::default());
        account.set_failures((2, 3));
        account.clear_cooldown();
        assert_eq!(account.failures(), (0, 0));
    }

    #[tokio::test]
    async fn an_older_401_leaves_the_newer_record_to_be_removed() {
        let store = Arc::default();
        let account = account_store(&store);
        account.issues(5);
        account.invalidate(5);
        account.invalidate(3);
        assert_eq!(account.invalidated(), 5);
        account.remove_invalidated().await;
        account.remove_invalidated().await;
        assert_eq!(*store.0.lock().unwrap(), [5]);
    }

    #[tokio::test]
    async fn a_credential_of_another_key_invalidates_and_removes_nothing() {
        let store = Arc::default();
        let account = account_store(&store);
        account.issues(3);
        account.invalidate(57);
        account.remove_invalidated().await;
        assert_eq!((account.known(57), account.known(3), account.invalidated()), (0, 3, 0));
        assert!(store.0.lock().unwrap().is_empty());
    }
}
