//! The state of the refresh that runs, and what earlier refreshes left behind.

use std::time::Duration;

use super::cooldown::{Cooldown, Failures, ForcedLogins};
use super::decision::{Reason, Ticket};
use crate::clock::Moment;

/// A refresh that takes longer is replaced by the next caller who still waits.
pub(crate) const REFRESH_DEADLINE: Duration = Duration::from_secs(30);
/// The interval at which the task of a refresh reports that it runs.
pub(crate) const HEARTBEAT: Duration = Duration::from_millis(100);
/// The interval at which waiting callers check those reports.
pub(crate) const CHECK_EVERY: Duration = Duration::from_millis(250);
/// A task that has not started by then has sent nothing, and is replaced.
pub(crate) const START_WITHIN: Duration = Duration::from_millis(50);
/// A task that was silent for this long is doubted by one check and replaced by the next, so that a machine that stood
/// still as a whole costs no second login.
pub(crate) const MAX_SILENCE: Duration = Duration::from_millis(500);

/// The refresh that runs.
#[derive(Debug)]
pub(crate) struct Refresh<W> {
    pub(crate) waiting: W,
    /// It began before the cooldown was cleared. If it fails, that says nothing about the new secrets.
    pub(crate) forgiven: bool,
    ticket: Ticket,
    deadline: Moment,
    /// The last heartbeat by the monotonic clock; at first, the start.
    heartbeat: Duration,
    has_started: bool,
    doubted_since: Option<Duration>,
    /// The number of consecutive refreshes that were replaced before it. Each doubles the patience with this one, so
    /// that neither a busy runtime nor a program that stands still causes login after login.
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

    /// Doubts the task if it has been silent for too long.
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

/// The refresh that runs, the cooldown, the failures so far, and the last forced login.
#[derive(Debug)]
pub(crate) struct RefreshState<W, E> {
    pub(crate) refresh: Option<Refresh<W>>,
    pub(crate) cooldown: Option<Cooldown<E>>,
    pub(crate) failures: Failures,
    pub(crate) forced: ForcedLogins,
}

impl<W, E> Default for RefreshState<W, E> {
    fn default() -> Self {
        Self { refresh: None, cooldown: None, failures: Failures::default(), forced: ForcedLogins::default() }
    }
}

impl<W, E> RefreshState<W, E> {
    /// Starts the refresh of this ticket in the place of an earlier one.
    pub(crate) fn start(&mut self, ticket: Ticket, waiting: W) {
        self.refresh = Some(Refresh::new(ticket, waiting, self.refresh.as_ref()));
    }

    /// Returns the live refresh. One whose task stands still sits on a runtime that nobody drives, and does not count.
    pub(crate) fn live(&self, now: Moment) -> Option<&Refresh<W>> {
        self.refresh.as_ref().filter(|refresh| refresh.is_alive(now))
    }

    /// Returns the live refresh if it logs in, rather than only looking into a store.
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
