//! Tests of the ledger, and of permits in paused time.

mod callers;
mod crowd;
mod grants;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::exchange::{Take, Taken};
use super::ledger::Ledger;
use super::{Lend, Permits, Quota};
use crate::clock::Clock;

/// A store in memory.
#[derive(Debug)]
struct Counted {
    ledger: Mutex<Ledger>,
    clock: Clock,
    operations: AtomicU32,
    /// The number of operations that fail next.
    fails: AtomicU32,
    is_down: AtomicBool,
}

/// The connection of one process to it, which rests for 5 s after a failure.
#[derive(Debug)]
struct Connection {
    store: Arc<Counted>,
    rests_until: Mutex<Duration>,
}

#[async_trait]
impl Lend for Connection {
    async fn take(&self, take: &Take) -> Option<Taken> {
        if !self.rest().is_zero() {
            return None;
        }
        let store = &self.store;
        tokio::time::sleep(Duration::from_millis(2)).await;
        let now = store.clock.now().mono;
        let fails = store.fails.fetch_update(Relaxed, Relaxed, |fails| fails.checked_sub(1)).is_ok();
        if fails || store.is_down.load(Relaxed) {
            *self.rests_until.lock().unwrap() = now + Duration::from_secs(5);
            return None;
        }
        store.operations.fetch_add(1, Relaxed);
        let now = u64::try_from(now.as_millis()).unwrap() + 1_000_000_000;
        Some(store.ledger.lock().unwrap().take(now, take))
    }

    fn rest(&self) -> Duration {
        self.rests_until.lock().unwrap().saturating_sub(self.store.clock.now().mono)
    }
}

fn store() -> Arc<Counted> {
    Arc::new(Counted {
        ledger: Mutex::default(),
        clock: Clock::new(),
        operations: AtomicU32::new(0),
        fails: AtomicU32::new(0),
        is_down: AtomicBool::new(false),
    })
}

fn with(store: &Arc<Counted>, quota: Quota) -> Arc<Permits> {
    let connection = Connection { store: Arc::clone(store), rests_until: Mutex::default() };
    Permits::new(quota, Clock::new(), Some(Arc::new(connection)))
}
