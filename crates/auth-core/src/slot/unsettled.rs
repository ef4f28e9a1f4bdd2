//! The login that is under way, and what those before it left behind.

use std::time::Duration;

use super::answers::Ticket;
use super::forced::Forced;
use super::gate::{Failures, Gate};
use crate::clock::Moment;

/// A login that takes longer is given up, and whoever still waits starts another.
pub(crate) const FLIGHT_DEADLINE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Flight<W> {
    pub(crate) waiting: W,
    /// It was sent before a reset, perhaps with the old secrets: that it failed says nothing about the new ones.
    pub(crate) forgiven: bool,
    ticket: Ticket,
    deadline: Moment,
}

impl<W> Flight<W> {
    pub(crate) fn new(ticket: Ticket, waiting: W) -> Self {
        Self { waiting, forgiven: false, ticket, deadline: ticket.begun.plus(FLIGHT_DEADLINE) }
    }

    pub(crate) fn forgive(self) -> Self {
        Self { forgiven: true, ..self }
    }
}

#[derive(Debug)]
pub(crate) struct Unsettled<W, E> {
    pub(crate) flight: Option<Flight<W>>,
    pub(crate) gate: Option<Gate<E>>,
    pub(crate) failures: Failures,
    pub(crate) forced: Forced,
}

impl<W, E> Default for Unsettled<W, E> {
    fn default() -> Self {
        Self { flight: None, gate: None, failures: Failures::default(), forced: Forced::default() }
    }
}

impl<W, E> Unsettled<W, E> {
    pub(crate) fn is_flying(&self, ticket: Ticket) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.ticket.id == ticket.id)
    }

    /// The login of this ticket, unless another was started since.
    pub(crate) fn take(&mut self, ticket: Ticket) -> Option<Flight<W>> {
        self.flight.take_if(|flight| flight.ticket.id == ticket.id)
    }

    /// A login succeeded. Whether all is settled now.
    pub(crate) fn landed(&mut self, now: Moment, forced: bool) -> bool {
        self.flight = None;
        self.gate = None;
        self.failures = Failures::default();
        self.forced.landed(now, forced);
        self.forced.is_settled()
    }

    /// A flight past its deadline sits on a runtime that nobody drives: it is as good as gone.
    pub(crate) fn flight_in_time(&self, now: Moment) -> Option<&Flight<W>> {
        self.flight.as_ref().filter(|flight| now.mono < flight.deadline.mono)
    }

    pub(crate) fn closed_gate(&self, now: Moment) -> Option<&Gate<E>> {
        self.gate.as_ref().filter(|gate| !now.reached(gate.until))
    }
}
