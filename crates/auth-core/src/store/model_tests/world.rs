//! The surroundings that a fleet's processes share: the store with its late messages, the provider's logins, the time.

use std::mem::take;
use std::time::Duration;

use super::fleet::{Delivery, Fleet};
use super::lies;
use super::process::{Fault, Process, Refresh, Stage};
use super::rules::{Broken, Rule};
use crate::store::acquisition::LEASE;
use crate::store::contract::{Acquire, Cooldown, Found, Lease};
use crate::store::file::entry::Entry;

pub(super) const LIFETIME: Duration = Duration::from_secs(40);
const LEFT_ALONE: Duration = Duration::from_secs(5);
const LOGIN_TIMEOUT: Duration = Duration::from_secs(10);
/// One step of time. Leases are extended more often than they end.
const TICK: Duration = Duration::from_secs(2);
pub(super) const MAX_WAIT: Duration = Duration::from_secs(12);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
/// The time for which a failed login is evidence of an outage, and for which a report of one is believed.
pub(super) const EVIDENCE: Duration = Duration::from_secs(120);
/// The time before an end at which a renewal can no longer be deferred.
const SOON: Duration = Duration::from_secs(3);
/// A publication that comes later than this is lost: its credential's margin covers no more.
pub(super) const LATEST: Duration = Duration::from_secs(3);

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) now: Duration,
    pub(super) store: Entry,
    /// The milliseconds by which the store's clock is wrong. A flush takes one, so that no two are at once.
    pub(super) store_shift: i64,
    pub(super) processes: Vec<Process>,
    pub(super) logins: Vec<Login>,
    /// Requests whose senders no longer wait, with the time of sending.
    pub(super) late: Vec<(Operation, Duration)>,
    pub(super) faults: u8,
    /// The greatest fence of all records since the store was flushed.
    pub(super) newest: u64,
    /// The greatest fence of all leases that were taken over.
    pub(super) taken_over: u64,
    /// The time of the first refused login, and the number of them since.
    pub(super) refused: Option<(Duration, u8)>,
    /// The time of the last outage that each machine saw.
    pub(super) outages: [Option<Duration>; 2],
    /// The longest time for which a late release was under way.
    pub(super) delay: Duration,
    /// The time at which the store learned of the last failed login.
    pub(super) failed_at: Option<Duration>,
    /// The logins whose refresh token was sent, as bits.
    pub(super) exchanged: u32,
    pub(super) next_owner: u8,
    pub(super) broken: Broken,
}

/// A successful login at the provider.
#[derive(Clone, Copy, Debug)]
pub(super) struct Login {
    pub(super) sent: Duration,
    pub(super) expires: Duration,
    pub(super) is_revoked: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Operation {
    Acquire(Acquire),
    Publish { lease: Lease, sealed: Vec<u8>, kept_for: Duration, above: u64 },
    Release { lease: Lease, cooldown: Option<Cooldown> },
    Remove { fence: u64, login: u8 },
}

pub(super) enum Reply {
    Found(Found),
    Done,
}

impl World {
    pub(super) fn new(fleet: &Fleet) -> Self {
        Self {
            now: Duration::ZERO,
            store: Entry::default(),
            store_shift: 0,
            processes: (0..usize::from(fleet.processes))
                .map(|index| Process::new(index % fleet.machines, fleet.refreshes))
                .collect(),
            logins: Vec::new(),
            late: Vec::new(),
            faults: fleet.faults,
            newest: 0,
            taken_over: 0,
            refused: None,
            outages: [None; 2],
            delay: Duration::ZERO,
            failed_at: None,
            exchanged: 0,
            next_owner: 0,
            broken: Broken::default(),
        }
    }

    pub(super) fn store_now(&self) -> u64 {
        let millis = 1_000_000_000 + i64::try_from(self.now.as_millis()).unwrap_or(i64::MAX) + self.store_shift;
        u64::try_from(millis).unwrap_or_default()
    }

    /// The store forgets everything.
    pub(super) fn flushes(&mut self) {
        self.newest = 0;
        self.store = Entry::default();
        self.store_shift += 1;
        self.changed();
    }

    /// Returns true if both machines saw an outage within the last two minutes, as far as the store can know. It counts a
    /// failure from when it learns of it.
    pub(super) fn is_shared_outage(&self) -> bool {
        self.outages.iter().all(|seen| seen.is_some_and(|at| self.now <= at + EVIDENCE + self.delay))
    }

    /// Every waiting process may poll again.
    pub(super) fn changed(&mut self) {
        for process in &mut self.processes {
            if let Stage::Asking(asking) = &mut process.stage {
                asking.has_polled = false;
            }
        }
    }

    pub(super) fn checks_record(&mut self) {
        let record = self.store.parts().2[0].map(|(_, bytes, left)| (bytes[0], left));
        if let Some((login, left)) = record {
            let login = self.logins[usize::from(login)];
            self.broken.unless(self.now + left <= login.expires, Rule::S3);
        }
    }

    /// The store executes an operation.
    pub(super) fn applies(&mut self, fleet: &Fleet, operation: Operation) -> Reply {
        let before = self.store.parts().2[0].map(|(fence, bytes, _)| (fence, bytes[0]));
        match operation {
            Operation::Acquire(acquire) => Reply::Found(self.store.acquire(&acquire)),
            Operation::Publish { lease, sealed, kept_for, above } => {
                let is_accepted = self.store.publish(&lease, sealed, kept_for);
                if is_accepted {
                    let is_newer = lease.fence > self.newest && before.is_none_or(|(fence, _)| fence < lease.fence);
                    self.broken.unless(is_newer, Rule::S1);
                    self.broken.unless(lease.fence > above, Rule::S8);
                    self.newest = self.newest.max(lease.fence);
                }
                self.broken.unless(is_accepted || self.newest >= lease.fence || !fleet.is_honest(), Rule::S4);
                self.changed();
                Reply::Done
            }
            Operation::Release { lease, cooldown } => {
                self.failed_at = cooldown.as_ref().map(|_| self.now).or(self.failed_at);
                self.store.release(&lease, cooldown);
                self.changed();
                Reply::Done
            }
            // A store that lies keeps the record.
            Operation::Remove { .. } if !fleet.lies.is_empty() => Reply::Done,
            Operation::Remove { fence, login } => {
                if self.store.remove(fence) {
                    self.broken.unless(before.is_some_and(|(_, removed)| removed <= login), Rule::S2);
                }
                Reply::Done
            }
        }
    }

    /// A late request arrives.
    pub(super) fn arrives(&mut self, fleet: &Fleet, index: usize) {
        let (operation, sent) = self.late.remove(index);
        if let Operation::Release { .. } = operation {
            self.delay = self.delay.max(self.now.saturating_sub(sent));
        }
        if !matches!(operation, Operation::Publish { .. }) || self.now <= sent + LATEST {
            self.applies(fleet, operation);
        }
    }

    /// Sends a request to the store. Returns `None` if no answer comes in time, or the store is left alone.
    pub(super) fn asks(
        &mut self,
        fleet: &Fleet,
        index: usize,
        operation: Operation,
        delivery: Delivery,
    ) -> Option<Reply> {
        let now = self.now;
        if now < self.processes[index].alone_until {
            return None;
        }
        self.store = take(&mut self.store).at(self.store_now());
        if let (Delivery::Lie(number), Operation::Acquire(acquire)) = (delivery, &operation) {
            let all = Acquire { min_fence: 0, span: Duration::ZERO, ..acquire.clone() };
            let repeated = self.store.acquire(&all).record;
            return Some(Reply::Found(lies::found(number, acquire, repeated)));
        }
        if matches!(delivery, Delivery::Prompt | Delivery::Lie(_)) {
            return Some(self.applies(fleet, operation));
        }
        self.faults -= 1;
        self.processes[index].alone_until = now + LEFT_ALONE;
        match delivery {
            Delivery::AnswerLost => drop(self.applies(fleet, operation)),
            Delivery::Late => self.late.push((operation, now)),
            Delivery::RequestLost | Delivery::Prompt | Delivery::Lie(_) => {}
        }
        None
    }

    pub(super) fn ticks(&mut self, lost: Option<usize>) {
        self.now += TICK;
        self.store = take(&mut self.store).at(self.store_now());
        let now = self.now;
        for index in 0..self.processes.len() {
            let process = &mut self.processes[index];
            if process.is_paused {
                continue;
            }
            match &mut process.stage {
                Stage::LoggingIn { refresh, .. } if now >= refresh.since + LOGIN_TIMEOUT => {
                    self.answers(index, Some(Fault::Outage));
                }
                Stage::LoggingIn { refresh: Refresh { lease: Some(lease), .. }, is_extended: is_extended @ true } => {
                    if lost == Some(index) {
                        self.faults -= 1;
                        process.alone_until = now + LEFT_ALONE;
                    } else if now >= process.alone_until {
                        *is_extended = self.store.extend(lease, LEASE);
                    }
                }
                Stage::Asking(asking) => {
                    asking.has_polled = false;
                    let is_late = now > asking.since + MAX_WAIT + TICK / 2;
                    self.broken.unless(!is_late || asking.was_paused, Rule::Bound);
                }
                _ => {}
            }
        }
    }

    /// Time passes until something ends, or soon will. Returns `None` if nothing does.
    pub(super) fn rests(&mut self, is_soon: bool) -> Option<()> {
        let now = self.now;
        let processes = self.processes.iter().flat_map(|process| {
            let expires = process.serves(now).and_then(|held| held.deadlines.left(process.moment(now)));
            [process.cooldown_until.saturating_sub(now), expires.unwrap_or_default()]
        });
        let ends = processes.chain(self.store.parts().2.into_iter().flatten().map(|(_, _, left)| left));
        let next = ends.filter(|left| !left.is_zero()).min()?;
        let next = if is_soon { next.checked_sub(SOON)? } else { next };
        self.now += Duration::from_secs(next.as_secs() + u64::from(next.subsec_nanos() > 0));
        Some(())
    }
}
