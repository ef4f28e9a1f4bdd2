//! The permits that this process grants itself: those of logins, and its part of the quota while no store counts.

use std::time::Duration;

use super::exchange::{Ended, Spent, Take, Taken, millis};
use super::ledger::Ledger;
use super::terms::{Priority, Quota};

/// The number of processes with a store that has not said how many there are.
const UNKNOWN_PROCESSES: u32 = 10;
/// An outage is one of the whole fleet when it lasts longer. A shorter one may be this process's own.
const CONFIRMED: Duration = Duration::from_secs(4);

/// Everything that this process was granted, by its own clock, and what it knows of the others.
#[derive(Debug, Default)]
pub(super) struct Own {
    ledger: Ledger,
    /// The permits that the store has not counted: the end of their use, and their number.
    spent: Vec<(u64, u32)>,
    known: Option<Known>,
    outage: Option<Outage>,
}

/// The state of the quota when the store answered last.
#[derive(Debug)]
struct Known {
    processes: u32,
    /// The number of requests that were left to all.
    left: u32,
    at: Duration,
    /// The time until which its record exists, whether or not a process asks again.
    kept_until: Duration,
}

/// The time since the store failed, or lost its record.
#[derive(Debug)]
struct Outage {
    begun: Duration,
    /// True if it has failed for so long that it fails for all processes.
    is_confirmed: bool,
    /// The requests of this process in each window then.
    used: Vec<u32>,
}

impl Own {
    /// Records the permit of a login.
    pub(super) fn login(&mut self, quota: &Quota, now: Duration, has_store: bool) {
        let now = time(now);
        self.ledger.record(now, (now, now), 1, &quota.whole());
        if has_store {
            self.spent.push((now, 1));
        }
    }

    /// Records an answer of the store, and returns the name of its permits here.
    pub(super) fn learn(&mut self, quota: &Quota, now: Duration, hold: Duration, taken: &Taken) -> u64 {
        let start = now.saturating_add(taken.starts_in);
        let kept_until = now.saturating_add(taken.kept_for);
        self.known = Some(Known { processes: taken.processes, left: taken.left, at: now, kept_until });
        let span = (time(start), time(start.saturating_add(hold)));
        self.ledger.record(time(now), span, taken.count, &quota.whole())
    }

    /// Records what became of permits.
    pub(super) fn end(&mut self, quota: &Quota, now: Duration, ended: Ended) {
        self.ledger.end(time(now), &quota.whole(), ended);
    }

    /// Records a pause, or the state of a window, that the provider reported.
    pub(super) fn observe(&mut self, quota: &Quota, now: Duration, mut take: Take, has_store: bool) {
        let parts = self.parts(quota, has_store);
        take.windows = quota.windows(Priority::Interactive, parts);
        if parts > 1 {
            // Other processes use the account too, and have their own parts.
            take.observed = None;
        }
        self.ledger.take(time(now), &take);
    }

    /// Returns the permits that the store has not counted, and how many entries they have here.
    pub(super) fn spent(&mut self, quota: &Quota, now: Duration) -> (Vec<Spent>, usize) {
        let (now, windows, mut ledger) = (time(now), quota.whole(), Ledger::default());
        let longest = millis(quota.longest());
        self.spent.retain(|(end, _)| end.saturating_add(longest) > now);
        for (end, count) in &self.spent {
            ledger.record(now, (*end, *end), *count, &windows);
        }
        (ledger.spent(now, &windows), self.spent.len())
    }

    /// Returns true if the store has not counted all permits.
    pub(super) fn has_spent(&self) -> bool {
        !self.spent.is_empty()
    }

    /// Removes the first entries, which the store has counted.
    pub(super) fn is_counted(&mut self, entries: usize) {
        self.spent.drain(..entries.min(self.spent.len()));
    }

    /// Returns the time since the store answered last, if its record must exist since then.
    pub(super) fn knows(&self, quota: &Quota, now: Duration) -> Duration {
        let kept = |known: &&Known| now.saturating_add(quota.longest() / 10) < known.kept_until;
        self.known.as_ref().filter(kept).map_or(Duration::ZERO, |known| now.saturating_sub(known.at))
    }

    /// Returns the number of processes that share the quota, if it is known.
    pub(super) fn processes(&self, quota: &Quota) -> Option<u32> {
        self.known.as_ref().map(|known| known.processes).max(quota.processes)
    }

    /// Returns true if this process has asked a store before.
    pub(super) fn has_asked(&self) -> bool {
        self.known.is_some()
    }

    /// Records that the store fails. Returns true if it has failed for so long that it fails for all processes.
    pub(super) fn fails(&mut self, quota: &Quota, now: Duration) -> bool {
        let ledger = &self.ledger;
        let used = || quota.windows.iter().map(|window| ledger.used(time(now), window)).collect();
        let outage = self.outage.get_or_insert_with(|| Outage { begun: now, is_confirmed: false, used: used() });
        outage.is_confirmed |= now.saturating_sub(outage.begun) >= CONFIRMED;
        outage.is_confirmed
    }

    /// Records that the store lost its record: it learns everything that this process used.
    pub(super) fn lost(&mut self, quota: &Quota, now: Duration) {
        self.fails(quota, now);
        let (now, longest) = (time(now), millis(quota.longest()));
        let end = |spent: &Spent| now.saturating_add(millis(spent.left)).saturating_sub(longest);
        let everything = self.ledger.spent(now, &quota.whole());
        self.spent = everything.iter().map(|spent| (end(spent), spent.count)).collect();
    }

    /// Returns true if the store has failed for so long that other processes have sent without it.
    pub(super) fn was_alone(&self) -> bool {
        self.outage.as_ref().is_some_and(|outage| outage.is_confirmed)
    }

    /// Records that the store counts again.
    pub(super) fn recovers(&mut self) {
        self.outage = None;
    }

    /// Takes permits from this process's part, and returns them with their name.
    ///
    /// The processes share the requests that were left when the store answered last, until everything that was used
    /// before no longer counts. After that each has an equal part of the whole.
    pub(super) fn take(
        &mut self,
        quota: &Quota,
        priority: Priority,
        now: Duration,
        (want, patience): (u32, Duration),
        has_store: bool,
    ) -> Taken {
        let mut windows = quota.windows(priority, self.parts(quota, has_store));
        let mut closed = Duration::ZERO;
        if let (Some(known), Some(outage)) = (&self.known, &self.outage) {
            for (window, used) in windows.iter_mut().zip(&outage.used) {
                // A lot may be more than a part. Then it lasts for longer than a window.
                let per = if *used > window.cap { window.per + window.per / 4 } else { window.per };
                let left = outage.begun.saturating_add(per).saturating_sub(now);
                let cap = used.saturating_add(known.left / known.processes.max(1));
                if !left.is_zero() && (cap == 0 || *used > window.cap) {
                    closed = closed.max(left);
                } else if !left.is_zero() {
                    window.cap = window.cap.min(cap);
                }
            }
        }
        let want = if closed.is_zero() { want } else { 0 };
        let hold = quota.hold(Duration::ZERO, true, false) + quota.transit();
        let mut taken = self.ledger.take(time(now), &Take { windows, want, wait: patience, hold, ..Take::default() });
        taken.retry_in = taken.retry_in.max(closed);
        if has_store && taken.count > 0 {
            self.spent.push((taken.lease, taken.count));
        }
        taken
    }

    /// Returns the number of parts into which the quota is divided without a store.
    fn parts(&self, quota: &Quota, has_store: bool) -> u32 {
        self.processes(quota).unwrap_or(if has_store { UNKNOWN_PROCESSES } else { 1 }).max(1)
    }
}

/// Returns the time of the own ledger. It begins long before the client, because windows reach back.
fn time(now: Duration) -> u64 {
    const BEGINNING: u64 = 400 * 24 * 3600 * 1000;
    millis(now).saturating_add(BEGINNING)
}
