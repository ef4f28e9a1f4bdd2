//! A store in memory that uses Tokio's clock and fails as a test demands.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::store::{Acquire, CacheKey, Cooldown, Found, Lease, Record, Store, Take, Taken};
use auth_core::{Error, ErrorKind, Result};
use tokio::sync::Notify;
use tokio::time::Instant;

#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) record: Option<(u64, Vec<u8>, Instant)>,
    published: u64,
    pub(crate) cooldown: Option<(Vec<u8>, Instant)>,
    pub(crate) lease: Option<(Lease, Instant)>,
    pub(crate) fence: u64,
}

/// A fault of the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    Down,
    /// Each operation takes this long.
    Slow(Duration),
    /// Writes are lost.
    Full,
    /// Every acquire reports that another process holds the lease.
    Stuck,
    /// Every acquire returns the record, whatever fence the caller asks for.
    Insistent,
    /// Every acquire reports a holder with this fence.
    HeldBy(u64),
}

#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) entries: Mutex<HashMap<CacheKey, Entry>>,
    pub(crate) fault: Mutex<Fault>,
    pub(crate) operations: AtomicU64,
    /// True if the store notifies of changes.
    pub(crate) tells: AtomicBool,
    /// True if the store notifies all the time.
    pub(crate) is_restless: AtomicBool,
    changes: Notify,
}

impl Memory {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn operations(&self) -> u64 {
        self.operations.load(SeqCst)
    }

    pub(crate) fn break_with(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    /// Changes each entry without a notification.
    pub(crate) fn tamper(&self, change: impl Fn(&mut Entry)) {
        self.entries.lock().unwrap().values_mut().for_each(change);
    }

    pub(crate) fn only(&self) -> Entry {
        let entries = self.entries.lock().unwrap();
        assert_eq!(entries.len(), 1);
        entries.values().next().unwrap().clone()
    }

    async fn with<R>(&self, key: &CacheKey, writes: bool, change: impl FnOnce(&mut Entry, Instant) -> R) -> Result<R> {
        self.operations.fetch_add(1, SeqCst);
        let fault = *self.fault.lock().unwrap();
        match fault {
            Fault::Down => return Err(Error::new(ErrorKind::Unavailable, "connection refused")),
            Fault::Slow(span) => tokio::time::sleep(span).await,
            Fault::Full if writes => return Err(Error::new(ErrorKind::Unavailable, "out of memory")),
            Fault::Full | Fault::Stuck | Fault::Insistent | Fault::HeldBy(_) | Fault::None => {}
        }
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap();
        let entry = entries.entry(key.clone()).or_default();
        entry.record.take_if(|record| now >= record.2);
        entry.cooldown.take_if(|cooldown| now >= cooldown.1);
        entry.lease.take_if(|lease| now >= lease.1);
        Ok(change(entry, now))
    }
}

#[async_trait]
impl Store for Memory {
    async fn acquire(&self, key: &CacheKey, acquire: &Acquire) -> Result<Found> {
        let fault = *self.fault.lock().unwrap();
        if let Fault::HeldBy(_) | Fault::Stuck = fault {
            let fence = if let Fault::HeldBy(fence) = fault { fence } else { 7 };
            return Ok(Found { held_by: Some(fence), ..Found::default() });
        }
        self.with(key, false, |entry, now| {
            let insists = fault == Fault::Insistent;
            let newer = entry.record.clone().filter(|record| insists || record.0 > acquire.min_fence);
            let mut found = Found {
                record: newer.map(|(fence, sealed, until)| Record { fence, sealed, left: until - now }),
                cooldown: entry.cooldown.clone().map(|(sealed, until)| Cooldown { sealed, left: until - now }),
                ..Found::default()
            };
            let held = entry.lease.map(|(lease, _)| lease.fence);
            if acquire.is_granted(&found, held) {
                let of_record = entry.record.as_ref().map_or(0, |record| record.0);
                entry.fence = entry.fence.max(of_record).max(acquire.min_fence) + 1;
                let lease = Lease { owner: acquire.owner, fence: entry.fence };
                entry.lease = Some((lease, now + acquire.span));
                found.lease = Some(lease);
            } else {
                found.held_by = held;
                found.held_for = entry.lease.map(|(_, until)| until - now).unwrap_or_default();
            }
            found
        })
        .await
    }

    async fn extend(&self, key: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        self.with(key, true, |entry, now| {
            let held = entry.lease.is_some_and(|(held, _)| held == *lease);
            if held {
                entry.lease = Some((*lease, now + span));
            }
            held
        })
        .await
    }

    async fn publish(&self, key: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        self.with(key, true, |entry, now| {
            entry.lease.take_if(|(held, _)| held == lease);
            self.changes.notify_waiters();
            if entry.published >= lease.fence {
                return false;
            }
            entry.published = lease.fence;
            entry.record = Some((lease.fence, sealed.to_vec(), now + lifetime));
            entry.cooldown = None;
            true
        })
        .await
    }

    async fn release(&self, key: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
        self.with(key, true, |entry, now| {
            entry.lease.take_if(|(held, _)| held == lease);
            self.changes.notify_waiters();
            if let Some(cooldown) = cooldown.filter(|_| entry.published <= lease.fence) {
                entry.cooldown = Some((cooldown.sealed, now + cooldown.left));
            }
        })
        .await
    }

    async fn remove(&self, key: &CacheKey, fence: u64) -> Result<bool> {
        self.with(key, true, |entry, _| entry.record.take_if(|record| record.0 == fence).is_some()).await
    }

    /// Supports no quotas, and says so while it works.
    async fn take_permits(&self, key: &CacheKey, _: &Take) -> Result<Option<Taken>> {
        self.with(key, false, |_, _| None).await
    }

    async fn wait_for_change(&self, _: &CacheKey, within: Duration) {
        if self.is_restless.load(SeqCst) {
            return tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let told = async { if self.notifies() { self.changes.notified().await } else { std::future::pending().await } };
        // With or without a notification, a waiting process polls.
        let _ = tokio::time::timeout(within, told).await;
    }

    fn notifies(&self) -> bool {
        self.tells.load(SeqCst)
    }
}
