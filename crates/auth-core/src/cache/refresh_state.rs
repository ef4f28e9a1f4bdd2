//! The state of the running refresh, and the results of earlier ones.

use std::time::Duration;

use super::cooldown::{Cooldown, Failures, ForcedLogins, Rereads};
use super::decision::{Reason, Ticket};
use crate::clock::Moment;

/// The time after which a waiting caller replaces the refresh.
pub(crate) const REFRESH_DEADLINE: Duration = Duration::from_secs(30);
/// The interval at which a refresh task reports that it runs.
pub(crate) const HEARTBEAT: Duration = Duration::from_millis(100);
/// The interval at which waiting callers check those reports.
pub(crate) const CHECK_EVERY: Duration = Duration::from_millis(250);
/// A task that has not started within this time has sent nothing, and is replaced.
pub(crate) const START_WITHIN: Duration = Duration::from_millis(50);
/// The silence after which one check suspects the task and the next check replaces it.
///
/// Two checks are needed so that a machine that was suspended as a whole does not cause a second login.
pub(crate) const MAX_SILENCE: Duration = Duration::from_millis(500);

/// The running refresh.
#[derive(Debug)]
pub(crate) struct Refresh<W> {
    pub(crate) waiting: W,
    /// The refresh began before the cooldown was cleared. Its failure says nothing about the new secrets.
    pub(crate) forgiven: bool,
    ticket: Ticket,
    deadline: Moment,
    /// The time of the last heartbeat by the monotonic clock; initially the start.
    heartbeat: Duration,
    has_started: bool,
    doubted_since: Option<Duration>,
    /// The number of consecutive refreshes that were replaced before this one. Each doubles the time that this one may
    /// take to start or stay silent, so a busy runtime or a suspended program does not cause repeated logins.
    replaced: u32,
}

impl<W> Refresh<W> {
    fn new(ticket: Ticket, waiting: W, replaces: Option<&Self>) -> Self {
        Self {
            waiting,
            forgiven: false,
            ticket,
            deadline: ticket.begun.plus(REFRESH_DEADLINE),
            heartbeat: ticket.begun.mono,
            has_started: false,
            doubted_since: None,
            replaced: replaces.map_or(0, |refresh| refresh.replaced.saturating_add(1)),
        }
    }

    pub(crate) fn forgive(self) -> Self {
        Self { forgiven: true, ..self }
    }

    fn beat(&mut self, now: Moment) {
        (self.heartbeat, self.has_started, self.doubted_since) = (now.mono, true, None);
    }

    /// Suspects the task if it has been silent for too long.
    pub(crate) fn check(&mut self, now: Moment) {
        if self.has_started && self.doubted_since.is_none() && self.is_silent_for(MAX_SILENCE, now) {
            self.doubted_since = Some(now.mono);
        }
    }

    fn is_alive(&self, now: Moment) -> bool {
        let stands_still = if self.has_started {
            self.doubted_since.is_some_and(|since| now.mono >= since.saturating_add(CHECK_EVERY))
        } else {
            self.is_silent_for(START_WITHIN, now)
        };
        !stands_still && now.mono < self.deadline.mono
    }

    fn is_silent_for(&self, patience: Duration, now: Moment) -> bool {
        let patience = patience.saturating_mul(1 << self.replaced.min(10));
        now.mono.saturating_sub(self.heartbeat) >= patience
    }
}

/// The running refresh, the cooldown, the failures so far, and the last forced login.
#[derive(Debug)]
pub(crate) struct RefreshState<W, E> {
    pub(crate) refresh: Option<Refresh<W>>,
    pub(crate) cooldown: Option<Cooldown<E>>,
    pub(crate) failures: Failures,
    pub(crate) forced: ForcedLogins,
    pub(crate) rereads: Rereads,
}

impl<W, E> Default for RefreshState<W, E> {
    fn default() -> Self {
        Self {
            refresh: None,
            cooldown: None,
            failures: Failures::default(),
            forced: ForcedLogins::default(),
            rereads: Rereads::default(),
        }
    }
}

impl<W, E> RefreshState<W, E> {
    /// Starts the refresh of this ticket, which replaces an earlier one.
    pub(crate) fn start(&mut self, ticket: Ticket, waiting: W) {
        self.refresh = Some(Refresh::new(ticket, waiting, self.refresh.as_ref()));
    }

    /// Returns the live refresh. A refresh whose task has stalled does not count, because its runtime may never run
    /// again.
    pub(crate) fn live(&self, now: Moment) -> Option<&Refresh<W>> {
        self.refresh.as_ref().filter(|refresh| refresh.is_alive(now))
    }

    /// Returns the live refresh if it logs in, as opposed to a look into the store.
    pub(crate) fn live_login(&self, now: Moment) -> Option<&Refresh<W>> {
        self.live(now).filter(|refresh| refresh.ticket.reason != Reason::Look)
    }

    pub(crate) fn is_running(&self, ticket: Ticket) -> bool {
        self.refresh.as_ref().is_some_and(|refresh| refresh.ticket.id == ticket.id)
    }

    /// Records a heartbeat. Returns false if the refresh was replaced.
    pub(crate) fn heartbeat(&mut self, ticket: Ticket, now: Moment) -> bool {
        let refresh = self.refresh.as_mut().filter(|refresh| refresh.ticket.id == ticket.id);
        refresh.map(|refresh| refresh.beat(now)).is_some()
    }

    /// Takes the refresh of this ticket, unless it was replaced.
    pub(crate) fn take(&mut self, ticket: Ticket) -> Option<Refresh<W>> {
        self.refresh.take_if(|refresh| refresh.ticket.id == ticket.id)
    }

    /// Records a successful login. Returns true if nothing is left to remember.
    pub(crate) fn succeeded(&mut self, now: Moment, forced: bool) -> bool {
        self.refresh = None;
        self.cooldown = None;
        self.failures = Failures::default();
        self.forced.succeeded(now, forced);
        self.forced.is_settled()
    }

    pub(crate) fn cooldown(&self, now: Moment) -> Option<&Cooldown<E>> {
        self.cooldown.as_ref().filter(|cooldown| !now.reached(cooldown.until))
    }
}
