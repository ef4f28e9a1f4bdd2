//! The permits that this process holds, and the callers that wait for them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::exchange::{Ended, Observed, Taken};
use super::own_permits::Own;
use super::terms::Priority;

/// The leases of one account in this process.
#[derive(Debug, Default)]
pub(super) struct Inner {
    /// By priority.
    pub(super) leases: [Option<Lease>; 2],
    pub(super) waiting: [u32; 2],
    /// The time until which a priority has no permit.
    pub(super) denied: [Duration; 2],
    /// True if a caller of this priority was refused since permits of it came last.
    pub(super) has_refused: [bool; 2],
    pub(super) own: Own,
    /// The time until which a store that failed is left alone.
    pub(super) rests_until: Duration,
    /// The time until which this process has its part, because the store does not know what others used.
    pub(super) recovers_until: Duration,
    /// True while a task waits for the store to return.
    pub(super) reports: bool,
    /// The state of a window by the last answer that showed it, and the time of that answer.
    pub(super) observed: Option<(Observed, Duration)>,
    /// The number of leases so far.
    serial: u64,
    /// The time that the store took to answer last.
    pub(super) latency: Duration,
}

/// The one that granted permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grantor {
    Store,
    /// The machine's part of the quota.
    Machine,
    /// The part of this process.
    Own,
}

/// Permits for the requests of one priority.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    /// It tells the leases of this process apart.
    pub(super) serial: u64,
    grantor: Grantor,
    /// The name that the grantor gave to it.
    name: u64,
    /// The name in the own ledger.
    own: u64,
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
    /// Returns the number of permits that were used, or are promised to callers that sleep.
    pub(super) fn used(&self) -> u32 {
        self.count.saturating_sub(self.left)
    }

    /// Returns the reports on a lease that is not used any more: to its grantor, and to the own ledger.
    pub(super) fn ended(&self) -> (Grantor, Ended, Ended) {
        let early = if self.sleeping == 0 { self.until.saturating_sub(self.last_use) } else { Duration::ZERO };
        let named = |lease| Ended { lease, unused: self.left, used: self.used(), early };
        (self.grantor, named(self.name), named(self.own))
    }
}

impl Inner {
    /// Records the permits of an answer to a question that was asked at this time. Returns the serial of their lease.
    pub(super) fn receive(
        &mut self,
        priority: Priority,
        (asked, now): (Duration, Duration),
        taken: &Taken,
        (grantor, own): (Grantor, u64),
        hold: Duration,
    ) -> u64 {
        self.serial += 1;
        // A store counts from when it was asked, which may be as late as its answer.
        let from = now.saturating_add(taken.starts_in);
        let lease = Lease {
            serial: self.serial,
            grantor,
            name: taken.lease,
            own,
            count: taken.count,
            left: taken.count,
            from,
            until: asked.saturating_add(taken.starts_in).saturating_add(hold),
            last_use: from,
            sleeping: 0,
        };
        self.denied[priority.place()] = match taken.count {
            0 => now.saturating_add(taken.retry_in),
            _ if taken.starts_in.is_zero() => Duration::ZERO,
            _ => from,
        };
        self.leases[priority.place()] = (taken.count > 0).then_some(lease);
        self.has_refused[priority.place()] = false;
        self.serial
    }

    fn lease(&mut self, priority: Priority, serial: u64) -> Option<&mut Lease> {
        self.leases[priority.place()].as_mut().filter(|lease| lease.serial == serial)
    }
}

/// A caller that waits for permits.
pub(super) struct Waiting<'a> {
    pub(super) inner: &'a Mutex<Inner>,
    pub(super) priority: Priority,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(inner: &'a Mutex<Inner>, priority: Priority) -> Self {
        let waiting = Self { inner, priority };
        waiting.count(|waiting| waiting.saturating_add(1));
        waiting
    }

    fn count(&self, change: impl FnOnce(u32) -> u32) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = &mut inner.waiting[self.priority.place()];
        *waiting = change(*waiting);
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
    pub(super) priority: Priority,
    pub(super) serial: u64,
    /// The time at which the permit was used.
    pub(super) used: Option<Duration>,
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lease) = inner.lease(self.priority, self.serial) else { return };
        lease.sleeping = lease.sleeping.saturating_sub(1);
        match self.used {
            Some(now) => lease.last_use = lease.last_use.max(now),
            None => lease.left = lease.left.saturating_add(1),
        }
    }
}
