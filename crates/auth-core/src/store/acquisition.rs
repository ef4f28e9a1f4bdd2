//! The decisions of one acquisition, as a pure state machine: it gets what the store showed and returns the next step.
//!
//! It has no store, no clock, no randomness and no async. The coordinator carries out its steps, and the model checker
//! explores them.

#[cfg(test)]
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::contract::{Acquire, Cooldown, Found, Lease, Record};
use super::outage::{Report, max_deferral};
use super::waits::Waits;
use crate::cache::expiry::{Deadlines, MAX_LIFETIME};
use crate::clock::Moment;

/// The length of a lease.
pub(super) const LEASE: Duration = Duration::from_secs(4);
/// The pause, before jitter, of a caller that may not take over a slow holder.
const SLOW_HOLDER_PAUSE: Duration = Duration::from_secs(1);
/// The pause of a renewal that can wait if another process's login does not end.
const RENEWAL_PAUSE: Duration = Duration::from_secs(60);

/// The next step of an acquisition. `C` is an adopted credential, `E` is the failure of a cooldown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<C, E> {
    /// Ask the store again at once.
    Ask,
    /// Poll again, or when notified. The current lease ends after `lease_left` unless it is extended.
    Wait { lease_left: Duration, is_first: bool },
    /// This process logs in, and others wait for it. The store has this report of an outage.
    LogIn { lease: Lease, takes_over: bool, report: Report },
    /// The store cannot decide: this process logs in without it.
    LogInAlone(Doubt),
    /// Another process has logged in, and its credential is used.
    Adopt(C),
    /// No login is sent for this long. A lease that the store granted anyway is released.
    Defer { cause: Cause<E>, pause: Duration, granted: Option<Lease> },
    /// A look has found nothing. It requests no lease: one that is granted anyway is released.
    FoundNothing { granted: Option<Lease> },
}

/// The reason for a login without the store.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The store failed.
    NoAnswer,
    /// It returned two unusable records in a row.
    UnusableRecords,
    /// It reports a holder of the lease for too long.
    EndlessHolder,
}

/// The reason for a pause.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cause<E> {
    /// Another process's login failed, or two machines saw an outage.
    Cooldown(E),
    /// Another process's login takes long, and a second login would end its session.
    SlowHolder,
    /// The store reports a holder of the lease for too long.
    EndlessHolder,
}

/// The circumstances of a decision.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    pub(super) now: Moment,
    /// The remaining lifetime of the credential that a renewal replaces, or `None` if callers wait.
    pub(super) time_left: Option<Duration>,
    /// A random number in 0..1.
    pub(super) jitter: f64,
}

/// The acquisition of the right to log in.
#[derive(Clone, Debug)]
pub(super) struct Acquisition {
    /// The next request to the store.
    pub(super) request: Acquire,
    pub(super) waits: Waits,
    single_session: bool,
    ignores_cooldown: bool,
    /// The lease of an earlier login of this client, whose runtime has ended or stalled.
    left_behind: Option<u64>,
    /// The last answer had an unusable record.
    was_unusable: bool,
    /// The outage that the last answer reported.
    report: Report,
}

impl Acquisition {
    /// Starts an acquisition for which the record with the fence `known` is not new.
    pub(super) fn new(
        owner: [u8; 16],
        known: u64,
        only_looks: bool,
        single_session: bool,
        left_behind: Option<u64>,
        ignores_cooldown: bool,
    ) -> Self {
        Self {
            request: Acquire {
                owner,
                span: if only_looks { Duration::ZERO } else { LEASE },
                min_fence: known,
                ignore_cooldown: ignores_cooldown,
                take_over: left_behind.filter(|_| !only_looks),
            },
            waits: Waits::default(),
            single_session,
            ignores_cooldown,
            left_behind,
            was_unusable: false,
            report: Report::default(),
        }
    }

    /// Hashes it without its owner, with times relative to `now`, and with the rank of each fence instead of the fence.
    #[cfg(test)]
    pub(super) fn hash_at<H: Hasher>(&self, now: Duration, rank: &mut dyn FnMut(u64) -> u64, into: &mut H) {
        let Acquire { owner: _, span, min_fence, ignore_cooldown, take_over } = &self.request;
        (span, ignore_cooldown, self.single_session, self.ignores_cooldown, self.was_unusable).hash(into);
        self.report.hash(into);
        rank(*min_fence).hash(into);
        [*take_over, self.left_behind].map(|fence| fence.map(&mut *rank)).hash(into);
        self.waits.hash_at(now, rank, into);
    }

    /// Returns the next request, which ignores records up to the newest `invalidated` one.
    pub(super) fn request(&mut self, invalidated: u64) -> &Acquire {
        self.request.min_fence = self.request.min_fence.max(invalidated);
        &self.request
    }

    /// Decides the next step after an answer of the store; `None` if the store failed.
    ///
    /// `adopt` opens a record and returns its credential if that is usable here. `honor` opens a cooldown, while
    /// another process holds the lease or not, and returns its failure and pause if it defers this process, and the
    /// outage that it reports.
    pub(super) fn next<C, E>(
        &mut self,
        found: Option<Found>,
        at: Circumstances,
        adopt: impl FnOnce(&Record) -> Option<C>,
        honor: impl FnOnce(&Cooldown, bool) -> (Option<(E, Duration)>, Report),
    ) -> Step<C, E> {
        let Some(found) = found else { return self.alone(Doubt::NoAnswer) };
        if let Some(record) = found.record.filter(|record| record.fence > self.request.min_fence) {
            return self.record(&record, adopt);
        }
        // An earlier report has aged during the wait.
        self.report = Report::default();
        if let Some(cooldown) = found.cooldown.filter(|_| !self.ignores_cooldown) {
            let deferral;
            (deferral, self.report) = honor(&cooldown, found.held_by.is_some());
            if let Some((failure, pause)) = deferral {
                if self.only_looks() {
                    return Step::FoundNothing { granted: found.lease };
                }
                return Step::Defer { cause: Cause::Cooldown(failure), pause, granted: found.lease };
            }
            if !std::mem::replace(&mut self.request.ignore_cooldown, true) {
                return Step::Ask;
            }
        }
        // Nobody publishes under a lease that this client left behind.
        let is_held = found.held_by.is_some() && found.held_by != self.left_behind;
        match found.lease {
            granted if self.only_looks() && (granted.is_some() || !is_held) => Step::FoundNothing { granted },
            Some(lease) => {
                let takes_over = self.request.take_over != self.left_behind;
                Step::LogIn { lease, takes_over, report: self.report.clone() }
            }
            None => self.held(found.held_by, found.held_for, at),
        }
    }

    fn record<C, E>(&mut self, record: &Record, adopt: impl FnOnce(&Record) -> Option<C>) -> Step<C, E> {
        if let Some(credential) = adopt(record) {
            return Step::Adopt(credential);
        }
        // A store that returns two unusable records in a row is not trusted.
        if std::mem::replace(&mut self.was_unusable, true) {
            return self.alone(Doubt::UnusableRecords);
        }
        self.request.min_fence = record.fence;
        Step::Ask
    }

    /// Decides the next step while another process has the lease.
    fn held<C, E>(&mut self, held_by: Option<u64>, lease_left: Duration, at: Circumstances) -> Step<C, E> {
        let is_first = self.waits.begin(at.now, at.jitter);
        let slow_holder = held_by.filter(|holder| self.waits.are_over(*holder, at.now, at.jitter));
        let too_long = self.waits.are_too_long(at.now);
        if too_long || slow_holder.is_some() {
            if self.only_looks() {
                return Step::FoundNothing { granted: None };
            }
            if self.single_session {
                let pause = SLOW_HOLDER_PAUSE.mul_f64(1.0 + at.jitter);
                return Step::Defer { cause: Cause::SlowHolder, pause, granted: None };
            }
        }
        if too_long {
            return match max_deferral(RENEWAL_PAUSE, at.time_left) {
                Some(pause) => Step::Defer { cause: Cause::EndlessHolder, pause, granted: None },
                None => self.alone(Doubt::EndlessHolder),
            };
        }
        // Taken over at once, but only once, because the store may refuse this too.
        self.request.take_over = slow_holder.filter(|_| self.request.take_over != slow_holder);
        if self.request.take_over.is_some() { Step::Ask } else { Step::Wait { lease_left, is_first } }
    }

    /// A request without a span asks only for a record.
    fn only_looks(&self) -> bool {
        self.request.span.is_zero()
    }

    fn alone<C, E>(&self, doubt: Doubt) -> Step<C, E> {
        if self.only_looks() { Step::FoundNothing { granted: None } } else { Step::LogInAlone(doubt) }
    }
}

/// Returns the deadlines of a record's credential, which has `left` of its `lifetime` by the store, from when the store
/// was `asked`. Returns `None` if it has expired.
///
/// A renewal must not return a credential that expires earlier than the current one.
pub(super) fn adopted(
    lifetime: Option<Duration>,
    left: Duration,
    renew_before: Option<Duration>,
    asked: Moment,
    at: Circumstances,
) -> Option<Deadlines> {
    let deadlines = Deadlines::with_time_left(lifetime, left, renew_before, asked, at.now, at.jitter)?;
    let expires_in = deadlines.left(at.now);
    let is_older = expires_in.is_some_and(|left| at.time_left.is_some_and(|current| left <= current));
    Some(deadlines).filter(|_| !is_older)
}

/// Returns the time for which the store may keep the record of a credential, or `None` if that is no time at all.
///
/// The store counts from when it receives the message, which may be as much later as the `timeout`.
pub(super) fn kept_for(deadlines: &Deadlines, now: Moment, timeout: Duration) -> Option<Duration> {
    let kept = deadlines.left(now).unwrap_or(MAX_LIFETIME).saturating_sub(timeout);
    Some(kept).filter(|kept| !kept.is_zero())
}
