//! Tests of the ledger, and of permits in paused time.

mod callers;
mod crowd;
mod grants;
mod machines;
mod parts;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::exchange::{Take, Taken};
use super::ledger::Ledger;
use super::part::Part;
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
    machine: Option<Arc<Machine>>,
    /// True if this process alone has lost the store.
    is_cut_off: Arc<AtomicBool>,
}

/// The files of a machine.
#[derive(Debug, Default)]
struct Machine {
    part: Mutex<Part>,
    are_gone: AtomicBool,
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
        if fails || store.is_down.load(Relaxed) || self.is_cut_off.load(Relaxed) {
            *self.rests_until.lock().unwrap() = now + Duration::from_secs(5);
            return None;
        }
        store.operations.fetch_add(1, Relaxed);
        Some(store.ledger.lock().unwrap().take(store.now(), take))
    }

    async fn take_part(&self, take: &Take) -> Option<Taken> {
        let machine = self.machine.as_ref()?;
        tokio::time::sleep(Duration::from_millis(1)).await;
        if machine.are_gone.load(Relaxed) {
            return None;
        }
        machine.part.lock().unwrap().take(self.store.now(), take)
    }

    fn rest(&self) -> Duration {
        self.rests_until.lock().unwrap().saturating_sub(self.store.clock.now().mono)
    }
}

impl Counted {
    /// Returns the time in milliseconds.
    fn now(&self) -> u64 {
        u64::try_from(self.clock.now().mono.as_millis()).unwrap() + 1_000_000_000
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
    on(None, store, quota).0
}

/// Returns a process of a machine, and what cuts it off from the store.
fn on(machine: Option<&Arc<Machine>>, store: &Arc<Counted>, quota: Quota) -> (Arc<Permits>, Arc<AtomicBool>) {
    let is_cut_off = Arc::new(AtomicBool::new(false));
    let connection = Connection {
        store: Arc::clone(store),
        rests_until: Mutex::default(),
        machine: machine.cloned(),
        is_cut_off: Arc::clone(&is_cut_off),
    };
    (Permits::new(quota, Clock::new(), Some(Arc::new(connection))), is_cut_off)
}
