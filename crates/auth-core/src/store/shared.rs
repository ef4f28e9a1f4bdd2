//! What one client shares: sealed and opened, and asked of the store within its time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use zeroize::Zeroizing;

use super::counts::Counts;
use super::seal::Bound;
use super::{CacheKey, Cooldown, Record, SharedStore, Store, StoredCredential, StoredFailure};
use crate::accounts::Common;
use crate::error::{Error, Result};
use crate::label::Label;
use crate::stats::{Counter, Stats};
use crate::sync;
use crate::transport::Http;

type Save<C> = fn(&C, Option<Duration>, bool) -> Result<Zeroizing<Vec<u8>>>;

type Restore<C> = fn(&[u8]) -> Option<StoredCredential<C>>;

/// What one client shares, and what it knows of it.
pub(crate) struct Shared<C> {
    sharing: SharedStore,
    name: CacheKey,
    host: Box<str>,
    account: Label,
    save: Save<C>,
    restore: Restore<C>,
    /// The newest fence whose record the provider refused.
    refused: AtomicU64,
    /// The same until it is removed from the store; zero for none.
    to_remove: AtomicU64,
    /// The fence of the lease that a login of this client has; zero for none.
    held: AtomicU64,
    /// The next login heeds no cooldown: new secrets are in place.
    ignore_cooldown: AtomicBool,
    /// How often in a row the secrets were refused, here or elsewhere.
    refusals: AtomicU32,
    /// How often in a row a login failed, as the next may not.
    failed: AtomicU32,
    counts: Counts,
    /// Of its set, if it is in one.
    common: Option<Arc<Common>>,
}

impl<C> Shared<C> {
    pub(super) fn new(sharing: SharedStore, name: CacheKey, http: &Http, save: Save<C>, restore: Restore<C>) -> Self {
        Self {
            sharing,
            name,
            host: http.host().into(),
            account: http.label().clone(),
            save,
            restore,
            refused: AtomicU64::new(0),
            to_remove: AtomicU64::new(0),
            held: AtomicU64::new(0),
            ignore_cooldown: AtomicBool::new(false),
            refusals: AtomicU32::new(0),
            failed: AtomicU32::new(0),
            counts: Counts::default(),
            common: http.pool().common.clone(),
        }
    }

    /// Counts here, and for the whole set if it is in one.
    pub(crate) fn count(&self, counter: impl Fn(&Counts) -> &Counter) {
        counter(&self.counts).count();
        if let Some(common) = &self.common {
            counter(&common.totals.counts).count();
        }
    }

    pub(crate) fn add_to(&self, stats: Stats) -> Stats {
        self.counts.add_to(stats)
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.sharing.store
    }

    pub(crate) fn name(&self) -> &CacheKey {
        &self.name
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.sharing.timeout
    }

    /// Whether a login ends the session of the one before.
    pub(crate) fn is_single_session(&self) -> bool {
        self.sharing.single_session
    }

    /// What the store answers; `None` if it failed, did not answer in time, or is left alone.
    pub(crate) async fn ask<T>(&self, operation: impl Future<Output = Result<T>> + Send) -> Option<T> {
        let health = &self.sharing.health;
        if health.is_alone() {
            return None;
        }
        let error = match sync::timeout(self.sharing.timeout, operation).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => Some(error),
            Err(_elapsed) => None,
        };
        self.count(|counts| &counts.failures);
        if health.leave_alone() {
            let late =
                || format!("it did not answer in time: {:?} within {:?}", self.sharing.store, self.sharing.timeout);
            let error = error.as_ref().map_or_else(late, Error::to_string);
            self.degraded("the store failed, and for 5 s it is as if there were none", Some(&error));
        }
        None
    }

    /// Says that logins are not shared as they should be.
    pub(crate) fn degraded(&self, what: &str, error: Option<&str>) {
        let (host, account, name) = (&*self.host, &self.account, self.name.as_str());
        tracing::warn!(name: "store_degraded", host, %account, name, error, "{what}");
    }

    /// An owner that no other login has.
    pub(crate) fn owner() -> [u8; 16] {
        super::shared_store::owner()
    }

    /// Says that something in the store is of no use, unless one such thing was reported.
    pub(crate) fn useless(&self, what: &str, is_reported: &mut bool) {
        if !std::mem::replace(is_reported, true) {
            self.count(|counts| &counts.failures);
            self.degraded(what, None);
        }
    }

    /// `None` for anything that was not sealed for this place with a key of the ring.
    pub(crate) fn open(&self, record: &Record) -> Option<StoredCredential<C>> {
        let bytes = self.sharing.keys.open(&self.name, Bound::Record { fence: record.fence }, &record.sealed)?;
        (self.restore)(&bytes)
    }

    pub(crate) fn seal(&self, credential: &C, lifetime: Option<Duration>, forced: bool, fence: u64) -> Result<Vec<u8>> {
        let bytes = (self.save)(credential, lifetime, forced)?;
        self.sharing.keys.seal(&self.name, Bound::Record { fence }, &bytes)
    }

    pub(crate) fn open_cooldown(&self, cooldown: &Cooldown) -> Option<StoredFailure> {
        let bytes = self.sharing.keys.open(&self.name, Bound::Cooldown, &cooldown.sealed)?;
        serde_json::from_slice(&bytes).ok()
    }

    pub(crate) fn seal_cooldown(&self, refusal: &StoredFailure) -> Result<Cooldown> {
        let bytes = serde_json::to_vec(refusal).unwrap_or_default();
        Ok(Cooldown { sealed: self.sharing.keys.seal(&self.name, Bound::Cooldown, &bytes)?, left: refusal.kept_for() })
    }

    /// The provider refused the credential that came with this fence: nobody shall have it.
    pub(crate) fn refuse(&self, fence: u64) {
        self.refused.fetch_max(fence, Relaxed);
        self.to_remove.fetch_max(fence, Relaxed);
    }

    /// A login of this client has the lease with this fence, or none.
    pub(crate) fn holds(&self, fence: u64) {
        self.held.store(fence, Relaxed);
    }

    /// The fence of the lease that a login of this client has, or had when its task went away.
    pub(crate) fn held(&self) -> Option<u64> {
        Some(self.held.load(Relaxed)).filter(|fence| *fence != 0)
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// Whether there is one that is to be removed.
    pub(crate) fn has_refused(&self) -> bool {
        self.to_remove.load(Relaxed) != 0
    }

    /// Removes the refused record for all. Where that fails, or is cut off, it is to be done again.
    pub(crate) async fn remove_refused(&self) {
        let mut untold = Untold { fence: self.to_remove.swap(0, Relaxed), of: &self.to_remove };
        if untold.fence == 0 {
            return;
        }
        if let Some(removed) = self.ask(self.store().remove(&self.name, untold.fence)).await {
            untold.fence = 0;
            if removed {
                self.count(|counts| &counts.removals);
                tracing::debug!(host = &*self.host, account = %self.account, "a refused credential is removed from the store");
            }
        }
    }

    pub(crate) fn clear_cooldown(&self) {
        self.ignore_cooldown.store(true, Relaxed);
        self.forget_failures();
    }

    /// A login succeeded, here or elsewhere.
    pub(crate) fn forget_failures(&self) {
        self.set_failures_in_a_row((0, 0));
    }

    /// What another process says of its failures.
    pub(crate) fn recall(&self, refusal: &StoredFailure) {
        self.refusals.fetch_max(refusal.refused, Relaxed);
        self.failed.fetch_max(refusal.failed, Relaxed);
    }

    /// Whether the gate counts for nothing: told once.
    pub(crate) fn ignore_cooldown(&self) -> bool {
        self.ignore_cooldown.swap(false, Relaxed)
    }

    /// How often in a row the secrets were refused, and logins failed otherwise.
    pub(crate) fn failures_in_a_row(&self) -> (u32, u32) {
        (self.refusals.load(Relaxed), self.failed.load(Relaxed))
    }

    pub(crate) fn set_failures_in_a_row(&self, (refused, failed): (u32, u32)) {
        self.refusals.store(refused, Relaxed);
        self.failed.store(failed, Relaxed);
    }
}

/// A fence that the store was not told of: it comes back when this is dropped.
struct Untold<'a> {
    fence: u64,
    of: &'a AtomicU64,
}

impl Drop for Untold<'_> {
    fn drop(&mut self) {
        self.of.fetch_max(self.fence, Relaxed);
    }
}

impl<C> fmt::Debug for Shared<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("name", &self.name).field("sharing", &self.sharing).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use chacha20poly1305::aead::Generate;

    use super::super::{Acquire, Found, KeyRing, Lease};
    use super::*;
    use crate::options::Options;

    /// Which records were to be removed.
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

    fn shared(store: &Arc<Removals>) -> Shared<()> {
        let sharing = SharedStore::new(Arc::clone(store), KeyRing::dangerous_plaintext());
        let http = Http::new(&"https://login.test/".parse().unwrap(), &Options::default()).unwrap();
        let name = CacheKey::new("test", &<[u8; 32]>::generate());
        Shared::new(sharing, name, &http, |(), _, _| Ok(Zeroizing::new(Vec::new())), |_| None)
    }

    /// Case 16b
    #[test]
    fn a_reset_and_a_login_forget_what_the_old_secrets_met() {
        let shared = shared(&Arc::default());
        for forget in [Shared::clear_cooldown, Shared::forget_failures] {
            shared.set_failures_in_a_row((2, 3));
            forget(&shared);
            assert_eq!(shared.failures_in_a_row(), (0, 0));
        }
    }

    /// Case 16b
    #[tokio::test]
    async fn an_older_refusal_leaves_the_newer_record_to_be_removed() {
        let store = Arc::default();
        let shared = shared(&store);
        shared.refuse(5);
        shared.refuse(3);
        assert_eq!(shared.refused(), 5);
        shared.remove_refused().await;
        shared.remove_refused().await;
        assert_eq!(*store.0.lock().unwrap(), [5]);
    }
}
