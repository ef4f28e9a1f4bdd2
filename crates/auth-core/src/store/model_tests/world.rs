//! The steps of a fleet: an operation on the store, a login, the passing of time.

use std::mem::take;
use std::time::Duration;

use super::check::{Seen, check};
use super::fleet::{Delivery, Fleet, Kind};
use super::lies;
use super::process::{Asking, Fault, Held, Process, Refresh, Stage};
use super::rules::{Broken, Rule};
use super::sealed::{adopt, opened_failure, sealed, sealed_failure};
use crate::cache::cooldown::{Failure, Failures};
use crate::cache::decision::Reason;
use crate::cache::expiry::Deadlines;
use crate::error::{Error, ErrorKind};
use crate::expiry::Expiry;
use crate::store::acquisition::{Circumstances, LEASE, Step, kept_for};
use crate::store::contract::{Acquire, Cooldown, Found, Lease};
use crate::store::file::entry::Entry;
use crate::store::outage::{EVIDENCE, Report};
use crate::store::stored::StoredFailure;

pub(super) const LIFETIME: Duration = Duration::from_secs(40);
const TIMEOUT: Duration = Duration::from_millis(250);
const LEFT_ALONE: Duration = Duration::from_secs(5);
const LOGIN_TIMEOUT: Duration = Duration::from_secs(10);
/// One step of time. Leases are extended more often than they end.
const TICK: Duration = Duration::from_secs(2);
pub(super) const MAX_WAIT: Duration = Duration::from_secs(12);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
/// The time before an end at which a renewal can no longer be deferred.
const SOON: Duration = Duration::from_secs(3);
/// The requests of a caller without a wait between them.
const MAX_REQUESTS: u8 = 4;
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

    /// Returns true if both machines saw an outage within the last two minutes.
    pub(super) fn is_shared_outage(&self) -> bool {
        self.outages.iter().all(|seen| seen.is_some_and(|at| self.now <= at + EVIDENCE))
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
                self.store.release(&lease, cooldown);
                self.changed();
                Reply::Done
            }
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
        if !matches!(operation, Operation::Publish { .. }) || self.now <= sent + LATEST {
            self.applies(fleet, operation);
        }
    }

    /// Sends a request to the store. Returns `None` if no answer comes in time, or the store is left alone.
    fn asks(&mut self, fleet: &Fleet, index: usize, operation: Operation, delivery: Delivery) -> Option<Reply> {
        let now = self.now;
        if now < self.processes[index].alone_until {
            return None;
        }
        self.store = take(&mut self.store).at(self.store_now());
        if let (Delivery::Lie(number), Operation::Acquire(acquire)) = (delivery, &operation) {
            return Some(Reply::Found(lies::found(number, acquire)));
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

    pub(super) fn begins(&mut self, fleet: &Fleet, index: usize, reason: Reason) {
        let now = self.now;
        let process = &mut self.processes[index];
        process.refreshes -= 1;
        process.owner = self.next_owner;
        self.next_owner += 1;
        if reason == Reason::Forced {
            process.invalidates();
        }
        let (fence, owner) = (process.fence(), [process.owner; 16]);
        let acquisition = process.knowledge.acquire(owner, fence, reason, fleet.single_session);
        process.stage = Stage::Asking(Asking {
            left_behind: acquisition.request.take_over,
            ignores_cooldown: acquisition.request.ignore_cooldown,
            acquisition,
            reason,
            since: now,
            has_polled: false,
            was_paused: false,
            requests: 0,
        });
    }

    pub(super) fn removes(&mut self, fleet: &Fleet, index: usize, delivery: Delivery) {
        let process = &mut self.processes[index];
        let login = u8::try_from(31 - process.invalidated.leading_zeros().min(31)).unwrap_or_default();
        let Some(fence) = process.knowledge.take_removal() else { return };
        if self.asks(fleet, index, Operation::Remove { fence, login }, delivery).is_none() {
            self.processes[index].knowledge.keep_removal(fence);
        }
    }

    /// The process takes its next step.
    pub(super) fn goes(&mut self, fleet: &Fleet, index: usize, delivery: Delivery) {
        let process = &mut self.processes[index];
        match &process.stage {
            Stage::Idle | Stage::LoggingIn { .. } => {}
            // The first request of a refresh removes the invalidated record.
            Stage::Asking(asking)
                if asking.since == self.now && process.knowledge.has_removal() && !asking.has_polled =>
            {
                self.removes(fleet, index, delivery);
                self.acquires(fleet, index, Delivery::Prompt);
            }
            Stage::Asking(_) => self.acquires(fleet, index, delivery),
            Stage::Answered { refresh, answer } => {
                let (refresh, answer) = (refresh.clone(), *answer);
                process.stage = Stage::Idle;
                match answer {
                    Ok((login, deadlines)) => self.publishes(fleet, index, &refresh, login, deadlines, delivery),
                    Err(fault) => self.fails(fleet, index, &refresh, fault, delivery),
                }
            }
        }
        self.checks_release(fleet, index);
    }

    /// Checks that a process which has ended its refresh has no lease. One that it was not told of ends by itself.
    fn checks_release(&mut self, fleet: &Fleet, index: usize) {
        let process = &self.processes[index];
        let is_told = fleet.is_honest() && !fleet.kinds.contains(&Kind::Network);
        let keeps = self.store.parts().2[2].is_some_and(|(_, owner, _)| owner[0] == process.owner);
        let has_ended = matches!(process.stage, Stage::Idle);
        self.broken.unless(!(is_told && keeps && has_ended), Rule::Released);
    }

    fn acquires(&mut self, fleet: &Fleet, index: usize, delivery: Delivery) {
        let now = self.now;
        let process = &mut self.processes[index];
        let invalidated = process.knowledge.invalidated();
        let Stage::Asking(asking) = &mut process.stage else { return };
        let request = asking.acquisition.request(invalidated).clone();
        let reply = self.asks(fleet, index, Operation::Acquire(request.clone()), delivery);
        let found = reply.and_then(|reply| if let Reply::Found(found) = reply { Some(found) } else { None });
        let Stage::Asking(mut asking) = std::mem::replace(&mut self.processes[index].stage, Stage::Idle) else {
            return;
        };
        let process = &mut self.processes[index];
        let at =
            Circumstances { now: process.moment(now), time_left: process.time_left(asking.reason, now), jitter: 0.0 };
        let (knowledge, believed) = (&mut process.knowledge, &mut process.believed);
        let step = asking.acquisition.next(
            found.clone(),
            at,
            |record| adopt(record, at),
            |cooldown, is_held| {
                let Some(failure) = opened_failure(cooldown) else { return (None, Report::default()) };
                if failure.report(cooldown.left).witnesses.agree() && failure.fence > believed.0 {
                    *believed = (failure.fence, now);
                }
                let (pause, report) = knowledge.honor(&failure, cooldown.left, is_held, at);
                (pause.map(|pause| (failure.is_passing(), pause)), report)
            },
        );
        let seen = Seen { asking: &asking, request: &request, found: found.as_ref(), at };
        check(self, fleet, index, &seen, &step);
        let process = &mut self.processes[index];
        let refresh =
            Refresh { reason: asking.reason, since: now, lease: None, takes_over: false, report: Report::default() };
        match step {
            Step::Ask => {
                asking.requests += 1;
                self.broken.unless(asking.requests < MAX_REQUESTS, Rule::Bound);
                process.stage = Stage::Asking(asking);
            }
            Step::Wait { .. } => {
                (asking.has_polled, asking.requests) = (true, 0);
                process.stage = Stage::Asking(asking);
            }
            Step::LogIn { lease, takes_over, report } => {
                process.knowledge.hold(lease.fence);
                self.taken_over = self.taken_over.max(request.take_over.unwrap_or_default());
                let refresh = Refresh { lease: Some(lease), takes_over, report, ..refresh };
                self.sends(fleet, index, refresh);
            }
            Step::LogInAlone(_) => self.sends(fleet, index, refresh),
            Step::Adopt(held) => {
                process.knowledge.issues(held.fence);
                process.credential = Some(held);
                process.failures = Failures::default();
            }
            Step::Defer { pause, granted, .. } => {
                process.cooldown_until = now + pause;
                self.gives_back(fleet, index, granted);
            }
            Step::FoundNothing { granted } => self.gives_back(fleet, index, granted),
        }
    }

    fn gives_back(&mut self, fleet: &Fleet, index: usize, granted: Option<Lease>) {
        if let Some(lease) = granted {
            self.asks(fleet, index, Operation::Release { lease, cooldown: None }, Delivery::Prompt);
        }
    }

    /// The login is sent to the provider. A renewal sends the refresh token of the current credential.
    fn sends(&mut self, fleet: &Fleet, index: usize, refresh: Refresh) {
        let process = &mut self.processes[index];
        let token = process.credential.filter(|_| refresh.reason == Reason::Proactive).map(|held| 1 << held.login);
        if let Some(token) = token {
            let is_sent = self.exchanged & token != 0;
            self.exchanged |= token;
            self.broken.unless(!is_sent || refresh.takes_over || self.faults < fleet.faults, Rule::S10);
        }
        process.stage = Stage::LoggingIn { is_extended: refresh.lease.is_some(), refresh };
    }

    /// The provider answers a login, or its time-out ends.
    pub(super) fn answers(&mut self, index: usize, answer: Option<Fault>) {
        let now = self.now;
        let process = &mut self.processes[index];
        let Stage::LoggingIn { refresh, .. } = &process.stage else { return };
        let refresh = refresh.clone();
        let answer = if let Some(fault) = answer {
            self.exchanged &= !process.credential.map_or(0, |held| 1 << held.login);
            if fault == Fault::Refused {
                let (first, sent) = self.refused.filter(|(first, _)| now < *first + MINUTE).unwrap_or((now, 0));
                self.refused = Some((first, sent + 1));
                self.broken.unless(sent < 2, Rule::S7);
            }
            Err(fault)
        } else {
            let (sent, at) = (process.moment(refresh.since), process.moment(now));
            let deadlines = Deadlines::new(Expiry::In(LIFETIME), None, sent, at, 0.0);
            let login = u8::try_from(self.logins.len()).unwrap_or(u8::MAX);
            self.logins.push(Login { sent: refresh.since, expires: now + LIFETIME, is_revoked: false });
            deadlines.map(|deadlines| (login, deadlines)).ok_or(Fault::Outage)
        };
        process.stage = Stage::Answered { refresh, answer };
    }

    fn publishes(
        &mut self,
        fleet: &Fleet,
        index: usize,
        refresh: &Refresh,
        login: u8,
        deadlines: Deadlines,
        delivery: Delivery,
    ) {
        let at = self.processes[index].moment(self.now);
        let process = &mut self.processes[index];
        process.knowledge.set_failures((0, 0));
        process.failures = Failures::default();
        let current = process.credential.map_or(0, |held| process.knowledge.known(held.fence));
        let above = current.max(process.knowledge.invalidated());
        let fence = refresh.lease.map_or(0, |lease| lease.fence);
        if let Some(lease) = refresh.lease {
            process.knowledge.hold(0);
            let operation = match kept_for(&deadlines, at, TIMEOUT) {
                Some(kept_for) => Operation::Publish { lease, sealed: sealed(login, lease.fence), kept_for, above },
                None => Operation::Release { lease, cooldown: None },
            };
            self.asks(fleet, index, operation, delivery);
            self.processes[index].knowledge.issues(fence);
        } else if fleet.single_session {
            process.knowledge.invalidate(current);
        }
        self.processes[index].credential = Some(Held { fence, login, deadlines, is_adopted: false });
    }

    fn fails(&mut self, fleet: &Fleet, index: usize, refresh: &Refresh, fault: Fault, delivery: Delivery) {
        let now = self.now;
        let process = &mut self.processes[index];
        let left = process.serves(now).and_then(|held| held.deadlines.left(process.moment(now)));
        let (failure, kind) = match fault {
            Fault::Refused => (Failure::Refused, ErrorKind::LoginRefused),
            Fault::Outage => (Failure::Transient, ErrorKind::Unavailable),
        };
        let report = if refresh.lease.is_some() {
            let machine = process.machine;
            self.outages[machine] = Some(now).filter(|_| fault == Fault::Outage).or(self.outages[machine]);
            refresh.report.after(now.saturating_sub(refresh.since)).seen_from(Some(machine as u64))
        } else {
            Report::default()
        };
        process.failures.raise(process.knowledge.failures_before(refresh.reason, &report));
        let pause = process.failures.cooldown(failure, left, 0.0);
        let counts = process.failures.counts();
        process.cooldown_until = now + pause;
        let Some(lease) = refresh.lease else { return };
        process.knowledge.hold(0);
        process.knowledge.set_failures(counts);
        let renews = refresh.reason == Reason::Proactive;
        let stored = StoredFailure::of(&Error::new(kind, "no"), pause, counts, renews, &report, lease.fence);
        let cooldown = stored.map(|failure| Cooldown { left: failure.kept_for(), sealed: sealed_failure(failure) });
        self.asks(fleet, index, Operation::Release { lease, cooldown }, delivery);
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
