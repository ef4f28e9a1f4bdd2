//! The login that is under way, and what those before it left behind.

use std::time::Duration;

use super::answers::{Reason, Ticket};
use super::cooldown::{Cooldown, Failures};
use super::forced::Forced;
use crate::clock::Moment;

/// A login that takes longer is given up, and whoever still waits starts another.
pub(crate) const FLIGHT_DEADLINE: Duration = Duration::from_secs(30);
/// The task of a login says so often that it runs.
pub(crate) const BEAT_EVERY: Duration = Duration::from_millis(100);
/// Callers who wait look so often whether it does.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A task that has not begun to run by then, and so has sent nothing, is given up.
pub(crate) const BEGINS_WITHIN: Duration = Duration::from_millis(50);
/// A task that has run, and did not for so long, is doubted; and given up if it still does not before the next look. So a machine
/// that stood still as a whole costs no second login.
pub(crate) const SILENCE: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(crate) struct Refresh<W> {
    pub(crate) waiting: W,
    /// It was sent before a reset, perhaps with the old secrets: that it failed says nothing about the new ones.
    pub(crate) forgiven: bool,
    ticket: Ticket,
    deadline: Moment,
    /// When its task last said that it runs, by the monotonic clock; before that, when it was started.
    beat: Duration,
    has_begun: bool,
    doubted: Option<Duration>,
    /// How many before it were given up in a row: each doubles the patience with the next, so that neither a busy runtime nor a
    /// program whose runtimes all stand still makes logins without end.
    given_up: u32,
}

impl<W> Refresh<W> {
    /// In the place of another, if that was given up.
    pub(crate) fn new(ticket: Ticket, waiting: W, take_over: Option<&Self>) -> Self {
        Self {
            waiting,
            forgiven: false,
            ticket,
            deadline: ticket.begun.plus(FLIGHT_DEADLINE),
            beat: ticket.begun.mono,
            has_begun: false,
            doubted: None,
            given_up: take_over.map_or(0, |flight| flight.given_up.saturating_add(1)),
        }
    }

    pub(crate) fn forgive(self) -> Self {
        Self { forgiven: true, ..self }
    }

    /// Its task runs.
    pub(crate) fn beat(&mut self, now: Moment) {
        (self.beat, self.has_begun, self.doubted) = (now.mono, true, None);
    }

    /// A caller has looked.
    pub(crate) fn look(&mut self, now: Moment) {
        if self.has_begun && self.doubted.is_none() && self.is_silent_for(SILENCE, now) {
            self.doubted = Some(now.mono);
        }
    }

    /// Whether it still has time, and its task runs.
    fn is_in_time(&self, now: Moment) -> bool {
        let stands_still = if self.has_begun {
            self.doubted.is_some_and(|since| now.mono >= since.saturating_add(LOOK_EVERY))
        } else {
            self.is_silent_for(BEGINS_WITHIN, now)
        };
        !stands_still && now.mono < self.deadline.mono
    }

    fn is_silent_for(&self, patience: Duration, now: Moment) -> bool {
        let patience = patience.saturating_mul(1 << self.given_up.min(10));
        now.mono.saturating_sub(self.beat) >= patience
    }
}

#[derive(Debug)]
pub(crate) struct RefreshState<W, E> {
    pub(crate) flight: Option<Refresh<W>>,
    pub(crate) cooldown: Option<Cooldown<E>>,
    pub(crate) failures: Failures,
    pub(crate) forced: Forced,
}

impl<W, E> Default for RefreshState<W, E> {
    fn default() -> Self {
        Self { flight: None, cooldown: None, failures: Failures::default(), forced: Forced::default() }
    }
}

impl<W, E> RefreshState<W, E> {
    /// Starts the login of this ticket, in the place of one that was given up.
    pub(crate) fn start(&mut self, ticket: Ticket, waiting: W) {
        self.flight = Some(Refresh::new(ticket, waiting, self.flight.as_ref()));
    }

    /// A login that is no mere look into a store.
    pub(crate) fn login_in_time(&self, now: Moment) -> Option<&Refresh<W>> {
        self.flight_in_time(now).filter(|flight| flight.ticket.reason != Reason::Look)
    }

    pub(crate) fn is_flying(&self, ticket: Ticket) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.ticket.id == ticket.id)
    }

    /// Whether the login of this ticket is still wanted; notes that its task runs.
    pub(crate) fn beats(&mut self, ticket: Ticket, now: Moment) -> bool {
        let flight = self.flight.as_mut().filter(|flight| flight.ticket.id == ticket.id);
        flight.map(|flight| flight.beat(now)).is_some()
    }

    /// The login of this ticket, unless another was started since.
    pub(crate) fn take(&mut self, ticket: Ticket) -> Option<Refresh<W>> {
        self.flight.take_if(|flight| flight.ticket.id == ticket.id)
    }

    /// A login succeeded. Whether all is settled now.
    pub(crate) fn landed(&mut self, now: Moment, forced: bool) -> bool {
        self.flight = None;
        self.cooldown = None;
        self.failures = Failures::default();
        self.forced.landed(now, forced);
        self.forced.is_settled()
    }

    /// A flight whose task does not run sits on a runtime that nobody drives: it is as good as gone.
    pub(crate) fn flight_in_time(&self, now: Moment) -> Option<&Refresh<W>> {
        self.flight.as_ref().filter(|flight| flight.is_in_time(now))
    }

    pub(crate) fn cooldown(&self, now: Moment) -> Option<&Cooldown<E>> {
        self.cooldown.as_ref().filter(|cooldown| !now.reached(cooldown.until))
    }
}
