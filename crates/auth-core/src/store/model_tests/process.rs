//! One process of the fleet, between its operations on the store: all that it knows is the shipped code's.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::world::EVIDENCE;
use crate::cache::cooldown::Failures;
use crate::cache::decision::Reason;
use crate::cache::expiry::{Age, Deadlines};
use crate::clock::Moment;
use crate::store::acquisition::Acquisition;
use crate::store::contract::Lease;
use crate::store::knowledge::Knowledge;
use crate::store::outage::Report;

/// The wall clock's time at the beginning, so that it can be set back.
const BEGINNING: Duration = Duration::from_secs(1_000_000);

/// Twice the lifetime of a credential.
const LONG: Duration = Duration::from_secs(80);

#[derive(Clone, Debug)]
pub(super) struct Process {
    /// The machine on which it runs.
    pub(super) machine: usize,
    /// The owner of its current lease, drawn for each refresh.
    pub(super) owner: u8,
    pub(super) knowledge: Knowledge,
    /// The fence of the newest report of a shared outage that it has seen, and when it first saw it.
    pub(super) believed: (u64, Duration),
    pub(super) failures: Failures,
    pub(super) credential: Option<Held>,
    pub(super) stage: Stage,
    /// The lease that its dropped login left behind.
    pub(super) left_behind: Option<u64>,
    /// The refreshes that it may still begin.
    pub(super) refreshes: u8,
    /// The time until which it sends no login.
    pub(super) cooldown_until: Duration,
    /// The time until which it leaves the store alone.
    pub(super) alone_until: Duration,
    pub(super) is_paused: bool,
    /// The seconds by which its wall clock is wrong.
    pub(super) shift: i32,
    /// The logins whose credential it has invalidated, as bits.
    pub(super) invalidated: u32,
}

/// A credential that a process serves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) fence: u64,
    /// The number of its login at the provider.
    pub(super) login: u8,
    pub(super) deadlines: Deadlines,
    pub(super) is_adopted: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Stage {
    Idle,
    Asking(Asking),
    /// The login is under way, and its lease is extended each second until that is refused.
    LoggingIn {
        refresh: Refresh,
        is_extended: bool,
    },
    /// The provider has answered, and nobody else knows. A login that succeeded has a number.
    Answered {
        refresh: Refresh,
        answer: Result<(u8, Deadlines), Fault>,
    },
}

/// A failed login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fault {
    Refused,
    Outage,
}

#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) acquisition: Acquisition,
    pub(super) reason: Reason,
    pub(super) since: Duration,
    pub(super) ignores_cooldown: bool,
    /// It has polled, and nothing has changed since.
    pub(super) has_polled: bool,
    pub(super) was_paused: bool,
    /// The requests since it has last waited.
    pub(super) requests: u8,
}

/// A login of one process.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) reason: Reason,
    pub(super) since: Duration,
    pub(super) lease: Option<Lease>,
    pub(super) takes_over: bool,
    /// The outage that the store reported.
    pub(super) report: Report,
}

impl Process {
    pub(super) fn new(machine: usize, refreshes: u8) -> Self {
        Self {
            machine,
            owner: u8::MAX,
            knowledge: Knowledge::default(),
            believed: (0, Duration::ZERO),
            failures: Failures::default(),
            credential: None,
            stage: Stage::Idle,
            left_behind: None,
            refreshes,
            cooldown_until: Duration::ZERO,
            alone_until: Duration::ZERO,
            is_paused: false,
            shift: 0,
            invalidated: 0,
        }
    }

    pub(super) fn moment(&self, now: Duration) -> Moment {
        let wall = BEGINNING + now;
        let shift = Duration::from_secs(self.shift.unsigned_abs().into());
        Moment { mono: now, wall: if self.shift < 0 { wall.saturating_sub(shift) } else { wall + shift } }
    }

    /// Records a 401 to the current credential.
    pub(super) fn invalidates(&mut self) {
        if let Some(held) = self.credential.take() {
            self.knowledge.invalidate(held.fence);
            self.invalidated |= 1 << held.login;
        }
    }

    /// Drops the task of its refresh, as the end of its runtime does.
    pub(super) fn drops_task(&mut self) {
        if let Stage::LoggingIn { refresh, .. } | Stage::Answered { refresh, .. } =
            std::mem::replace(&mut self.stage, Stage::Idle)
        {
            self.left_behind = refresh.lease.map(|lease| lease.fence).or(self.left_behind);
        }
    }

    /// Returns the credential that it serves.
    pub(super) fn serves(&self, now: Duration) -> Option<Held> {
        self.credential.filter(|held| held.deadlines.age(self.moment(now)) != Age::Expired)
    }

    /// Returns the remaining lifetime of the credential that a renewal replaces.
    pub(super) fn time_left(&self, reason: Reason, now: Duration) -> Option<Duration> {
        let held = self.serves(now).filter(|_| reason == Reason::Proactive)?;
        held.deadlines.left(self.moment(now))
    }

    /// Returns the fence of the current credential.
    pub(super) fn fence(&self) -> u64 {
        self.credential.map_or(0, |held| held.fence)
    }

    /// Returns true if it acts before time passes.
    pub(super) fn is_busy(&self) -> bool {
        !self.is_paused
            && match &self.stage {
                Stage::Idle | Stage::LoggingIn { .. } => false,
                Stage::Asking(asking) => !asking.has_polled,
                Stage::Answered { .. } => true,
            }
    }

    /// Hashes it without its owner, with times relative to `now`, and with the rank of each fence instead of the fence.
    pub(super) fn hash_at<H: Hasher>(&self, now: Duration, rank: &mut dyn FnMut(u64) -> u64, into: &mut H) {
        // No decision distinguishes longer times.
        let since = |time: Duration| now.saturating_sub(time).min(LONG);
        let until = |time: Duration| time.saturating_sub(now);
        let at = self.moment(now);
        self.machine.hash(into);
        self.knowledge.hash_at(now, rank, into);
        (rank(self.believed.0), now.saturating_sub(self.believed.1).min(EVIDENCE)).hash(into);
        self.failures.counts().hash(into);
        self.serves(now).map(|held| (held.login, held.deadlines.left(at), held.is_adopted)).hash(into);
        (rank(self.fence()), self.left_behind.map(&mut *rank)).hash(into);
        (self.refreshes, self.is_paused, self.shift, self.invalidated).hash(into);
        (until(self.cooldown_until), until(self.alone_until)).hash(into);
        let mut refreshes = |refresh: &Refresh, into: &mut H| {
            let fence = refresh.lease.map(|lease| rank(lease.fence));
            (refresh.reason as u8, since(refresh.since), fence, refresh.takes_over, &refresh.report).hash(into);
        };
        match &self.stage {
            Stage::Idle => 0_u8.hash(into),
            Stage::Asking(asking) => {
                let Asking { acquisition, reason, since: begun, .. } = asking;
                (1_u8, *reason as u8, since(*begun)).hash(into);
                (asking.ignores_cooldown, asking.has_polled, asking.was_paused, asking.requests).hash(into);
                acquisition.hash_at(now, rank, into);
            }
            Stage::LoggingIn { refresh, is_extended } => {
                (2_u8, is_extended).hash(into);
                refreshes(refresh, into);
            }
            Stage::Answered { refresh, answer } => {
                (3_u8, answer.map(|(login, deadlines)| (login, deadlines.left(at)))).hash(into);
                refreshes(refresh, into);
            }
        }
    }
}
