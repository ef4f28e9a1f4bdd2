//! Turns to log in, for a set that limits concurrent logins.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::Clock;

/// The interval at which the line checks, once for all its logins, which tasks still run.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A login that has not run for this many checks is skipped. Checks are counted instead of time, so that nothing is
/// skipped after the machine was suspended.
const PATIENCE: u32 = 7;

/// A line of logins, first come, first served. A login whose runtime has stopped does not block the others.
#[derive(Debug)]
pub(crate) struct Turns {
    at_once: usize,
    clock: Clock,
    line: Mutex<Line>,
}

#[derive(Debug, Default)]
struct Line {
    running: Vec<Arc<Entry>>,
    waiting: VecDeque<Arc<Entry>>,
    looked: Duration,
}

#[derive(Debug, Default)]
struct Entry {
    has_turn: AtomicBool,
    called: Notify,
    /// The number of checks since its task last ran.
    silent_for: AtomicU32,
}

impl Turns {
    pub(crate) fn new(at_once: usize) -> Self {
        Self { at_once: at_once.max(1), clock: Clock::new(), line: Mutex::default() }
    }

    /// Changes the line, and then gives free turns to the next logins in it.
    fn change(&self, change: impl FnOnce(&mut Line)) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut line);
        line.call(self.at_once);
    }
}

impl Line {
    /// Releases the turns of logins whose tasks do not run.
    fn look(&mut self, now: Duration) {
        if now.saturating_sub(self.looked) < LOOK_EVERY {
            return;
        }
        self.looked = now;
        for entry in self.running.iter().chain(&self.waiting) {
            entry.silent_for.fetch_add(1, Relaxed);
        }
        self.running.retain(|entry| entry.runs());
    }

    /// Gives free turns to the next logins in line.
    fn call(&mut self, at_once: usize) {
        while self.running.len() < at_once
            && let Some(next) = self.waiting.iter().position(|entry| entry.runs())
            && let Some(entry) = self.waiting.remove(next)
        {
            entry.has_turn.store(true, Relaxed);
            entry.called.notify_one();
            self.running.push(entry);
        }
    }
}

impl Entry {
    fn runs(&self) -> bool {
        self.silent_for.load(Relaxed) < PATIENCE
    }
}

/// A login's place in the line. Dropping it leaves the line.
#[derive(Debug)]
pub(crate) struct Place {
    turns: Arc<Turns>,
    entry: Arc<Entry>,
}

impl Place {
    /// Creates a place that is not in the line yet.
    pub(crate) fn new(turns: Arc<Turns>) -> Self {
        Self { turns, entry: Arc::default() }
    }

    /// Joins the end of the line, and waits for a turn.
    pub(crate) async fn turn(&self) {
        self.turns.change(|line| line.waiting.push_back(Arc::clone(&self.entry)));
        while !self.entry.has_turn.load(Relaxed) {
            self.entry.called.notified().await;
        }
    }

    /// Reports that the task runs. Must be called at least once per check.
    pub(crate) fn beats(&self) {
        self.entry.silent_for.store(0, Relaxed);
        self.turns.change(|line| line.look(self.turns.clock.now().mono));
    }

    /// Leaves the line, and gives the turn to the next login.
    pub(crate) fn leave(&self) {
        let is_other = |entry: &Arc<Entry>| !Arc::ptr_eq(entry, &self.entry);
        self.turns.change(|line| {
            if self.entry.has_turn.swap(false, Relaxed) {
                line.running.retain(is_other);
            } else {
                line.waiting.retain(is_other);
            }
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}
