//! The permits that this process holds, and the callers that wait for them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::ledger::{Ended, Ledger, Observed, Taken};
use super::terms::Class;

/// The leases of one account in this process, and what it knows of the others.
#[derive(Debug, Default)]
pub(super) struct Inner {
    /// By class.
    pub(super) leases: [Option<Lease>; 3],
    pub(super) waiting: [u32; 3],
    /// The time until which a class has no permit.
    pub(super) denied: [Duration; 3],
    /// Everything that this process was granted, by its own clock.
    pub(super) own: Ledger,
    /// The state of the quota when the store answered last.
    pub(super) known: Option<Known>,
    /// The time until which this process does without a store that has returned.
    pub(super) recovers_until: Option<Duration>,
    /// The permits that the store has not counted.
    pub(super) unseen: u32,
    /// The state of a window by the last answer that showed it, and the time of that answer.
    pub(super) observed: Option<(Observed, Duration)>,
    /// The number of leases so far.
    pub(super) serial: u64,
    /// The time that the store took to answer last.
    pub(super) latency: Duration,
}

/// The state of the quota when the store answered last.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) processes: u32,
    /// The number of requests that were left to all.
    pub(super) left: u32,
    /// The time at which the store first failed after that, and the requests of this process in each window then.
    pub(super) outage: Option<(Duration, Vec<u32>)>,
}

/// Permits for the requests of one class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    /// It tells the leases of this process apart.
    pub(super) serial: u64,
    /// The name in the store.
    name: u64,
    pub(super) count: u32,
    pub(super) left: u32,
    pub(super) from: Duration,
    pub(super) until: Duration,
    /// The time at which the last permit was used.
    pub(super) last_use: Duration,
    /// The number of callers that sleep until the lease begins.
    pub(super) sleeping: u32,
}

impl Lease {
    fn new(serial: u64, taken: &Taken, from: Duration, until: Duration) -> Self {
        Self {
            serial,
            name: taken.lease,
            count: taken.count,
            left: taken.count,
            from,
            until,
            last_use: from,
            sleeping: 0,
        }
    }

    /// Returns the number of permits that were used, or are promised to callers that sleep.
    pub(super) fn used(&self) -> u32 {
        self.count.saturating_sub(self.left)
    }

    /// Returns the report on a lease that is not used any more, if there is anything to report.
    ///
    /// A request that was sent may not have arrived within `transit`. Until then only unused permits are given back.
    pub(super) fn ended(self, now: Duration, transit: Duration) -> Option<Ended> {
        let last = self.last_use.saturating_add(transit);
        let (lease, unused) = (self.name, self.left);
        if self.sleeping == 0 && last <= now {
            Some(Ended { lease, unused, used: self.used(), since: now.saturating_sub(last) })
        } else {
            (unused > 0).then_some(Ended { lease, unused, used: 0, since: Duration::ZERO })
        }
    }
}

impl Inner {
    /// Records the permits of an answer to a question that was asked at this time.
    pub(super) fn receive(&mut self, class: Class, asked: Duration, now: Duration, taken: &Taken, hold: Duration) {
        self.serial += 1;
        let serial = self.serial;
        let Some((denied, lease)) = self.denied.get_mut(class.place()).zip(self.leases.get_mut(class.place())) else {
            return;
        };
        // A store counts from when it was asked, which may be as late as its answer.
        let from = now.saturating_add(taken.starts_in);
        let until = asked.saturating_add(taken.starts_in).saturating_add(hold);
        *denied = match taken.count {
            0 => now.saturating_add(taken.retry_in),
            _ if taken.starts_in.is_zero() => Duration::ZERO,
            _ => from,
        };
        *lease = (taken.count > 0).then(|| Lease::new(serial, taken, from, until));
    }

    pub(super) fn waiting_for(&self, class: Class) -> u32 {
        self.waiting.get(class.place()).copied().unwrap_or_default()
    }

    fn lease(&mut self, class: Class, serial: u64) -> Option<&mut Lease> {
        self.leases.get_mut(class.place())?.as_mut().filter(|lease| lease.serial == serial)
    }
}

/// A caller that waits for permits.
pub(super) struct Waiting<'a> {
    pub(super) inner: &'a Mutex<Inner>,
    pub(super) class: Class,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(inner: &'a Mutex<Inner>, class: Class) -> Self {
        let waiting = Self { inner, class };
        waiting.count(|waiting| waiting.saturating_add(1));
        waiting
    }

    fn count(&self, change: impl FnOnce(u32) -> u32) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = inner.waiting.get_mut(self.class.place()) {
            *waiting = change(*waiting);
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count(|waiting| waiting.saturating_sub(1));
    }
}

/// A caller that sleeps until its permit begins. If it gives up, another caller gets the permit.
pub(super) struct Sleeper<'a> {
    pub(super) inner: &'a Mutex<Inner>,
    pub(super) class: Class,
    pub(super) serial: u64,
    /// The time at which the permit was used.
    pub(super) used: Option<Duration>,
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lease) = inner.lease(self.class, self.serial) else { return };
        lease.sleeping = lease.sleeping.saturating_sub(1);
        match self.used {
            Some(now) => lease.last_use = lease.last_use.max(now),
            None => lease.left = lease.left.saturating_add(1),
        }
    }
}
