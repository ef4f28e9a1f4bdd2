//! A store with a fallback, which is used while the store fails or is too slow.
//!
//! Both have the same records: a record that one of them returns or takes is copied to the other. So the fallback
//! knows the newest credential when the store fails, and the store learns the newest one when it is back.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use async_trait::async_trait;

use super::contract::{Acquire, Cooldown, Found, Lease, Record, Store};
use super::health::Health;
use super::key::CacheKey;
use super::seal::random_owner;
use crate::error::{Error, ErrorKind, Result};
use crate::quota::exchange::{Take, Taken};
use crate::sync;

/// Two stores that act as one.
///
/// An operation goes to the store. If that fails or does not answer in time, the operation goes to the fallback, and so
/// do all others of the next 5 s. Nothing is kept about leases: an owner is unique, so only the store that granted a
/// lease knows it, and the other one has nothing to extend or release.
///
/// The fences of both are above the clock. So the newer of two logins has the greater fence, whichever store granted its
/// lease, as far as the clocks agree.
pub(super) struct FallbackStore {
    pub(super) store: Arc<dyn Store>,
    pub(super) fallback: Arc<dyn Store>,
    timeout: Duration,
    pub(super) health: Health,
    failure: ArcSwapOption<Failure>,
}

/// A failure that no caller has noticed: the fallback was used instead, or was not needed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) what: &'static str,
    pub(super) error: Error,
}

impl FallbackStore {
    /// Creates a store whose operations take at most twice the time-out.
    pub(super) fn new(store: Arc<dyn Store>, fallback: Arc<dyn Store>, timeout: Duration) -> Self {
        Self { store, fallback, timeout, health: Health::new(), failure: ArcSwapOption::empty() }
    }

    /// Returns the last failure, once.
    pub(super) fn failure(&self) -> Option<Arc<Failure>> {
        // The load comes first, because it does not write.
        self.failure.load().as_ref().and_then(|_| self.failure.swap(None))
    }

    /// Runs an operation of the store. Returns `None` if the fallback is to be used instead.
    async fn ask<T>(&self, operation: impl Future<Output = Result<T>> + Send) -> Option<T> {
        if self.health.is_alone() {
            return None;
        }
        let error = match self.answered(&self.store, operation).await {
            Ok(answer) => return Some(answer),
            Err(error) => error,
        };
        if self.health.leave_alone() {
            self.failed("the store failed: its fallback is used for 5 s", error);
        }
        None
    }

    /// Runs an operation of the fallback that the store does not depend on.
    async fn also<T>(&self, operation: impl Future<Output = Result<T>> + Send) -> Option<T> {
        let answer = self.answered(&self.fallback, operation).await;
        answer.map_err(|error| self.failed("the store's fallback failed", error)).ok()
    }

    /// Takes permits from the machine's part, or records the store's answer there.
    pub(super) async fn take_part(&self, key: &CacheKey, take: &Take) -> Option<Taken> {
        self.also(self.fallback.take_part(key, take)).await.flatten()
    }

    /// Returns the store that the next operation goes to.
    fn current(&self) -> &dyn Store {
        if self.health.is_alone() { &*self.fallback } else { &*self.store }
    }

    async fn answered<T>(
        &self,
        store: &Arc<dyn Store>,
        operation: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        sync::timeout(self.timeout, operation).await.unwrap_or_else(|_elapsed| {
            let message = format!("it did not answer in time: {store:?} within {:?}", self.timeout);
            Err(Error::new(ErrorKind::Unavailable, message))
        })
    }

    fn failed(&self, what: &'static str, error: Error) {
        self.failure.store(Some(Arc::new(Failure { what, error })));
    }

    /// Copies the newest record of both stores to the one that lacks it. Returns it if it is the fallback's.
    async fn newer(&self, key: &CacheKey, acquire: &Acquire, found: &Found) -> Option<Record> {
        let known = found.record.as_ref().map(|record| record.fence);
        // The same record is found too.
        let min_fence = known.map_or(acquire.min_fence, |fence| fence.saturating_sub(1));
        let look = Acquire { span: Duration::ZERO, min_fence, ..acquire.clone() };
        let local = self.also(self.fallback.acquire(key, &look)).await?.record;
        match (local, &found.record) {
            (Some(local), _) if known == Some(local.fence) => None,
            (Some(newer), _) => {
                // The copy would end the cooldown, which is newer.
                if found.cooldown.is_some() {
                    return Some(newer);
                }
                // The store refuses a record that was published there and has been removed.
                let is_refused = self.ask(self.copy(&self.store, key, &newer)).await == Some(false);
                (!is_refused).then_some(newer)
            }
            (None, Some(record)) => {
                self.also(self.copy(&self.fallback, key, record)).await;
                None
            }
            (None, None) => None,
        }
    }

    /// Publishes a record under its own fence. The lease that the caller may hold stays.
    async fn copy(&self, to: &Arc<dyn Store>, key: &CacheKey, record: &Record) -> Result<bool> {
        let lease = Lease { owner: random_owner(), fence: record.fence };
        // The lifetime counts from now, but the record may have been read this much earlier.
        let left = record.left.saturating_sub(self.timeout);
        to.publish(key, &lease, &record.sealed, left).await
    }
}

#[async_trait]
impl Store for FallbackStore {
    async fn acquire(&self, key: &CacheKey, acquire: &Acquire) -> Result<Found> {
        let Some(found) = self.ask(self.store.acquire(key, acquire)).await else {
            return self.fallback.acquire(key, acquire).await;
        };
        // The result of another process's login comes through the store.
        if found.held_by.is_some() {
            return Ok(found);
        }
        let Some(newer) = self.newer(key, acquire, &found).await else { return Ok(found) };
        if let Some(lease) = &found.lease {
            self.ask(self.store.release(key, lease, None)).await;
        }
        Ok(Found { record: Some(newer), ..Found::default() })
    }

    /// While the store fails, a lease of its own counts as lost.
    async fn extend(&self, key: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        match self.ask(self.store.extend(key, lease, span)).await {
            Some(true) => Ok(true),
            _ => self.fallback.extend(key, lease, span).await,
        }
    }

    async fn publish(&self, key: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        let asked = self.health.now();
        let published = self.ask(self.store.publish(key, lease, sealed, lifetime)).await;
        let lifetime = lifetime.saturating_sub(self.health.now().saturating_sub(asked));
        let copied = self.fallback.publish(key, lease, sealed, lifetime);
        match published {
            Some(published) => {
                self.also(copied).await;
                Ok(published)
            }
            None => copied.await,
        }
    }

    async fn release(&self, key: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
        if self.ask(self.store.release(key, lease, cooldown.clone())).await.is_none() {
            return self.fallback.release(key, lease, cooldown).await;
        }
        // The fallback may have granted this lease, but a cooldown concerns the whole fleet.
        self.also(self.fallback.release(key, lease, None)).await;
        Ok(())
    }

    async fn remove(&self, key: &CacheKey, fence: u64) -> Result<bool> {
        let removed = self.ask(self.store.remove(key, fence)).await;
        let copy = self.fallback.remove(key, fence);
        match removed {
            Some(removed) => Ok(self.also(copy).await == Some(true) || removed),
            None => copy.await,
        }
    }

    /// While the store fails, the fallback grants only the machine's part, to callers that ask for it.
    async fn take_permits(&self, key: &CacheKey, take: &Take) -> Result<Option<Taken>> {
        Ok(self.ask(self.store.take_permits(key, take)).await.flatten())
    }

    async fn wait_for_change(&self, key: &CacheKey, within: Duration) {
        self.current().wait_for_change(key, within).await;
    }

    fn notifies(&self) -> bool {
        self.current().notifies()
    }
}

impl fmt::Debug for FallbackStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FallbackStore")
            .field("store", &self.store)
            .field("fallback", &self.fallback)
            .finish_non_exhaustive()
    }
}
