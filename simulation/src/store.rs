//! A store, in virtual time. One in the network answers in 2 to 4 ms and notifies of changes, unless it is down or slow,
//! and loses its contents on demand. The files of a machine answer in 0 to 2 ms and never fail.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::store::{Acquire, CacheKey, Cooldown, Found, Lease, Ledger, Record, Store, Take, Taken};
use auth_core::{Error, ErrorKind, Result};
use fastrand::Rng;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::clock::Clock;

const LONG_BEFORE: Duration = Duration::from_secs(400 * 24 * 3600);

/// A fault of the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// No fault.
    #[default]
    None,
    /// Connections are refused.
    Away,
    /// Operations succeed, but take this long.
    Slow(Duration),
}

/// A store that all processes of the fleet, or of one machine, reach.
#[derive(Debug)]
pub struct Virtual {
    clock: Clock,
    /// The time to the store, and back, in milliseconds.
    way: RangeInclusive<u64>,
    notifies: bool,
    state: Mutex<CacheState>,
    changes: Notify,
}

#[derive(Debug)]
struct CacheState {
    rng: Rng,
    fault: Fault,
    entries: HashMap<CacheKey, Entry>,
    load: Load,
    changed_at: Duration,
}

#[derive(Debug, Default)]
struct Entry {
    record: Option<(u64, Vec<u8>, Duration)>,
    published: u64,
    cooldown: Option<(Vec<u8>, Duration)>,
    lease: Option<(Lease, Duration)>,
    fence: u64,
    permits: Ledger,
}

/// The operations of the store.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// All operations.
    pub(crate) operations: u64,
    /// The largest number of operations in one second of the clock.
    pub(crate) most: u64,
    /// Leases that were taken over from a slow holder.
    pub(crate) takeovers: u64,
    /// Operations on the permits of a quota that were answered.
    pub(crate) permits: u64,
    second: u64,
    in_second: u64,
}

impl Load {
    fn count(&mut self, now: Duration) {
        if now.as_secs() != self.second {
            (self.second, self.in_second) = (now.as_secs(), 0);
        }
        self.in_second += 1;
        self.operations += 1;
        self.most = self.most.max(self.in_second);
    }
}

impl Virtual {
    pub(crate) fn network(clock: Clock, seed: u64) -> Self {
        Self::new(clock, 1..=2, true, seed)
    }

    pub(crate) fn files(clock: Clock, seed: u64) -> Self {
        Self::new(clock, 0..=1, false, seed)
    }

    fn new(clock: Clock, way: RangeInclusive<u64>, notifies: bool, seed: u64) -> Self {
        let state = CacheState {
            rng: Rng::with_seed(seed),
            fault: Fault::None,
            entries: HashMap::new(),
            load: Load::default(),
            changed_at: Duration::ZERO,
        };
        Self { clock, way, notifies, state: Mutex::new(state), changes: Notify::new() }
    }

    pub(crate) fn break_with(&self, fault: Fault) {
        self.state().fault = fault;
    }

    /// Forgets everything, including the fences.
    pub(crate) fn flush(&self) {
        self.state().entries.clear();
    }

    pub(crate) fn load(&self) -> Load {
        self.state().load
    }

    fn state(&self) -> MutexGuard<'_, CacheState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn with<R>(
        &self,
        key: &CacheKey,
        change: impl FnOnce(&mut Entry, Duration, &mut Load) -> R + Send,
    ) -> Result<R> {
        let (there, back) = {
            let mut state = self.state();
            state.load.count(self.clock.now());
            let slow = match state.fault {
                Fault::Slow(span) => span,
                Fault::None | Fault::Away => Duration::ZERO,
            };
            let mut way = || Duration::from_millis(state.rng.u64(self.way.clone()));
            (way(), way() + slow)
        };
        sleep(there).await;
        let result = {
            let CacheState { fault, entries, load, changed_at, .. } = &mut *self.state();
            if *fault == Fault::Away {
                return Err(Error::new(ErrorKind::Unavailable, "connection refused"));
            }
            let now = self.clock.now();
            let entry = entries.entry(key.clone()).or_default();
            entry.record.take_if(|record| now >= record.2);
            entry.cooldown.take_if(|cooldown| now >= cooldown.1);
            entry.lease.take_if(|lease| now >= lease.1);
            let held = entry.lease.map(|(lease, _)| lease.fence);
            let result = change(entry, now, load);
            if held.is_some() && entry.lease.is_none() {
                *changed_at = now;
            }
            result
        };
        sleep(back).await;
        Ok(result)
    }
}

#[async_trait]
impl Store for Virtual {
    async fn acquire(&self, key: &CacheKey, acquire: &Acquire) -> Result<Found> {
        self.with(key, |entry, now, load| {
            let newer = entry.record.clone().filter(|record| record.0 > acquire.min_fence);
            let mut found = Found {
                record: newer.map(|(fence, sealed, until)| Record { fence, sealed, left: until.saturating_sub(now) }),
                cooldown: entry
                    .cooldown
                    .clone()
                    .map(|(sealed, until)| Cooldown { sealed, left: until.saturating_sub(now) }),
                ..Found::default()
            };
            let held = entry.lease.map(|(lease, _)| lease.fence);
            if acquire.is_granted(&found, held) {
                load.takeovers += u64::from(held.is_some());
                let of_record = entry.record.as_ref().map_or(0, |record| record.0);
                let clock = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
                entry.fence = entry.fence.max(of_record).max(acquire.min_fence).max(clock) + 1;
                let lease = Lease { owner: acquire.owner, fence: entry.fence };
                entry.lease = Some((lease, now + acquire.span));
                found.lease = Some(lease);
            } else {
                found.held_by = held;
                found.held_for = entry.lease.map(|(_, until)| until.saturating_sub(now)).unwrap_or_default();
            }
            found
        })
        .await
    }

    async fn extend(&self, key: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        self.with(key, |entry, now, _| {
            let held = entry.lease.is_some_and(|(held, _)| held == *lease);
            if held {
                entry.lease = Some((*lease, now + span));
            }
            held
        })
        .await
    }

    async fn publish(&self, key: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        self.with(key, |entry, now, _| {
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
        self.with(key, |entry, now, _| {
            entry.lease.take_if(|(held, _)| held == lease);
            self.changes.notify_waiters();
            if let Some(cooldown) = cooldown.filter(|_| entry.published <= lease.fence) {
                entry.cooldown = Some((cooldown.sealed, now + cooldown.left));
            }
        })
        .await
    }

    async fn remove(&self, key: &CacheKey, fence: u64) -> Result<bool> {
        self.with(key, |entry, _, _| entry.record.take_if(|record| record.0 == fence).is_some()).await
    }

    async fn take_permits(&self, key: &CacheKey, take: &Take) -> Result<Option<Taken>> {
        self.with(key, |entry, now, load| {
            load.permits += 1;
            // A clock that has run for long: windows reach back.
            let millis = u64::try_from((now + LONG_BEFORE).as_millis()).unwrap_or(u64::MAX);
            Some(entry.permits.take(millis, take))
        })
        .await
    }

    async fn wait_for_change(&self, _: &CacheKey, within: Duration) {
        if self.notifies() {
            // A notification during the poll counts as well, as it does with Redis.
            if self.clock.now() < self.state().changed_at + Duration::from_millis(50) {
                return sleep(Duration::from_millis(1)).await;
            }
            // With or without a notification, a waiting process polls.
            let _ = timeout(within, self.changes.notified()).await;
            sleep(Duration::from_millis(1)).await;
        } else {
            sleep(within).await;
        }
    }

    fn notifies(&self) -> bool {
        self.notifies && self.state().fault == Fault::None
    }
}
