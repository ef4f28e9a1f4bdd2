//! The steps of one process: it begins a refresh, asks the store, logs in, publishes or fails.

use std::time::Duration;

use super::check::{Seen, check};
use super::fleet::{Delivery, Fleet, Kind};
use super::process::{Asking, Fault, Held, Refresh, Stage};
use super::rules::Rule;
use super::sealed::{adopt, opened_failure, sealed, sealed_failure};
use super::world::{LIFETIME, Login, MINUTE, Operation, Reply, World};
use crate::cache::cooldown::{Failure, Failures};
use crate::cache::decision::Reason;
use crate::cache::expiry::Deadlines;
use crate::error::{Error, ErrorKind};
use crate::expiry::Expiry;
use crate::store::acquisition::{Cause, Circumstances, Step, kept_for};
use crate::store::contract::{Cooldown, Lease};
use crate::store::outage::Report;
use crate::store::stored_failure::StoredFailure;

const TIMEOUT: Duration = Duration::from_millis(250);
/// The requests of a caller without a wait between them.
const MAX_REQUESTS: u8 = 4;
/// The longest pause between two tries of a shared outage.
pub(super) const PROBE_PAUSE: Duration = Duration::from_secs(2);

impl World {
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
                process.left_behind = None;
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
            Step::Defer { cause, pause, granted } => {
                process.cooldown_until = now + pause;
                process.refreshes += u8::from(fleet.persists && matches!(cause, Cause::Cooldown(true)));
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
        process.failures.raise(process.knowledge.failures_before(refresh.reason));
        let cooldown = process.failures.cooldown(failure, left, 0.0);
        let is_probe = fault == Fault::Outage && refresh.reason != Reason::Proactive;
        let pause = report.probe_pause(1.0).filter(|_| is_probe).unwrap_or(cooldown);
        let ends_soon = !is_probe || !report.witnesses.agree() || pause <= PROBE_PAUSE;
        self.broken.unless(ends_soon, Rule::S12);
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
}
