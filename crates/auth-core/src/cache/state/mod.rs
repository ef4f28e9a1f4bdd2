//! The credential's life as a pure state machine: it is told the time, and answers what to do.
//!
//! No clock, no I/O, no async, no lock: property tests, a model checker and a simulation drive the same code that
//! the client runs under its mutex. `T` is what is handed out, `W` what a caller waits on, `E` the remembered error.

use std::num::NonZeroU32;
use std::time::Duration;

use super::answers::{Decision, Invalidation, Reason, Ticket};
use super::cooldown::{Cooldown, Failure};
use super::expiry::{Age, Deadlines};
use super::forced::Forced;
use super::unsettled::{Refresh, RefreshState};
use crate::clock::Moment;

#[derive(Debug)]
struct Current<T> {
    life: Deadlines,
    payload: T,
}

#[derive(Debug)]
pub(crate) struct State<T, W, E> {
    /// The number of the next login; `None` where none is ever made.
    next_login: Option<NonZeroU32>,
    /// Of the latest credential, whether it is still there or not.
    generation: u32,
    current: Option<Current<T>>,
    /// Apart, and only while there is something in it: of a hundred thousand accounts, few have any.
    unsettled: Option<Box<RefreshState<W, E>>>,
}

impl<T: Clone, W: Clone, E: Clone> State<T, W, E> {
    pub(crate) fn new() -> Self {
        Self { next_login: Some(NonZeroU32::MIN), generation: 0, current: None, unsettled: None }
    }

    /// A machine that never logs in, and holds a credential unless that has no life. `make` is told its generation.
    pub(crate) fn fixed(life: Option<Deadlines>, make: impl FnOnce(u64) -> T) -> Self {
        let mut machine = Self { next_login: None, ..Self::new() };
        if let Some(life) = life {
            machine.publish(life, make);
        }
        machine
    }

    /// A caller wants a credential. `waiting` makes what others join if this caller is to start a login.
    pub(crate) fn want(&mut self, now: Moment, waiting: impl FnOnce() -> W) -> Decision<T, W, E> {
        self.look_at_flight(now);
        if let Some(current) = &self.current {
            let payload = current.payload.clone();
            match current.life.age(now) {
                Age::Stale if self.may_start(now) => {
                    return Decision::ServeAndRenew(payload, self.start(now, Reason::Proactive, waiting()));
                }
                Age::Fresh | Age::Stale => return Decision::Serve(payload),
                Age::Expired => {}
            }
        }
        if self.next_login.is_none() {
            return Decision::LoginRequired;
        }
        if let Some(flight) = self.flight_in_time(now) {
            return Decision::Join(flight.waiting.clone());
        }
        if let Some(cooldown) = self.cooldown(now) {
            return Decision::Fail(cooldown.error.clone(), now.until(cooldown.until));
        }
        let reason = match &self.unsettled {
            Some(unsettled) if unsettled.forced.is_asked() => Reason::Forced,
            Some(unsettled) if unsettled.cooldown.is_some() => Reason::Probe,
            _ => Reason::Cold,
        };
        Decision::Start(self.start(now, reason, waiting()))
    }

    /// A login succeeded; `false` if it was given up in the meantime. `make` is told the new generation.
    pub(crate) fn logged_in(
        &mut self,
        ticket: Ticket,
        now: Moment,
        life: Deadlines,
        make: impl FnOnce(u64) -> T,
    ) -> bool {
        if !self.is_flying(ticket) {
            return false;
        }
        self.unsettled.take_if(|unsettled| unsettled.landed(now, ticket.reason == Reason::Forced));
        self.publish(life, make);
        true
    }

    /// A login failed; answers how long the gate is closed, or `None` if it was given up in the meantime.
    pub(crate) fn failed(
        &mut self,
        ticket: Ticket,
        now: Moment,
        failure: Failure,
        error: E,
        jitter: f64,
    ) -> Option<Duration> {
        let left = self.current.as_ref().and_then(|current| current.life.left(now)).filter(|left| !left.is_zero());
        let unsettled = self.unsettled.as_mut()?;
        let flight = unsettled.take(ticket)?;
        if flight.forgiven {
            return Some(Duration::ZERO);
        }
        let pause = unsettled.failures.pause(failure, left, jitter);
        unsettled.cooldown = Some(Cooldown { until: now.plus(pause), error });
        Some(pause)
    }

    /// The task of this login runs; `false` if it was given up in the meantime, and is to send nothing.
    pub(crate) fn beats(&mut self, ticket: Ticket, now: Moment) -> bool {
        self.unsettled.as_mut().is_some_and(|unsettled| unsettled.beats(ticket, now))
    }

    /// A login ended without an outcome: its runtime was shut down.
    pub(crate) fn vanished(&mut self, ticket: Ticket) {
        if let Some(unsettled) = &mut self.unsettled {
            unsettled.take(ticket);
        }
    }

    /// The provider answered 401 to this generation.
    pub(crate) fn invalidate(&mut self, now: Moment, generation: u64) -> Invalidation {
        if self.next_login.is_none() {
            return Invalidation::Kept;
        }
        if !self.is_current(generation) {
            let only_fails = !self.serves(now) && self.login_in_time(now).is_none() && self.cooldown(now).is_some();
            return if only_fails { Invalidation::Kept } else { Invalidation::Replaced };
        }
        // A renewal that is under way is the new login; otherwise one has to be forced, unless it was due anyway.
        let flying = self.login_in_time(now).is_some();
        if !flying && (self.cooldown(now).is_some() || self.serves(now) && !self.unsettled().forced.ask(now)) {
            return Invalidation::Kept;
        }
        self.current = None;
        Invalidation::Removed
    }

    /// A request with this generation was answered by something other than 401.
    pub(crate) fn served(&mut self, generation: u64) {
        if let Some(forced) = self.forced_of(generation) {
            forced.served();
        }
    }

    /// This generation is about to be rejected for an answer that the client did not see.
    pub(crate) fn refused_unseen(&mut self, now: Moment, generation: u64) {
        if let Some(forced) = self.forced_of(generation) {
            forced.refused_unseen(now);
        }
    }

    /// Whether it matters that the latest generation serves.
    pub(crate) fn is_unproven(&self) -> bool {
        self.unsettled.as_ref().is_some_and(|unsettled| unsettled.forced.is_unproven())
    }

    /// The caller itself ended this generation at the provider; `false` if it is not the current one.
    pub(crate) fn forget(&mut self, generation: u64) -> bool {
        let current = self.is_current(generation);
        if current {
            self.current = None;
        }
        current
    }

    /// New secrets are in place: nothing that the old ones met counts any more.
    pub(crate) fn clear_cooldown(&mut self) {
        let flight = self.unsettled.take().and_then(|unsettled| unsettled.flight);
        if let Some(flight) = flight {
            self.unsettled().flight = Some(flight.forgive());
        }
    }

    /// The client is gone: who flies for it is told so by what waits for it going away.
    pub(crate) fn abandon(&mut self) -> Option<W> {
        self.unsettled.take()?.flight.map(|flight| flight.waiting)
    }

    /// Whether a credential is there that may still be handed out.
    pub(crate) fn serves(&self, now: Moment) -> bool {
        self.current.as_ref().is_some_and(|current| current.life.age(now) != Age::Expired)
    }

    fn publish(&mut self, life: Deadlines, make: impl FnOnce(u64) -> T) {
        self.generation = self.generation.wrapping_add(1);
        self.current = Some(Current { life, payload: make(self.generation.into()) });
    }

    fn start(&mut self, now: Moment, reason: Reason, waiting: W) -> Ticket {
        let id = self.next_login.unwrap_or(NonZeroU32::MIN);
        self.next_login = Some(id.checked_add(1).unwrap_or(NonZeroU32::MIN));
        let ticket = Ticket { id, reason, begun: now };
        self.unsettled().start(ticket, waiting);
        ticket
    }

    fn may_start(&self, now: Moment) -> bool {
        self.next_login.is_some() && self.flight_in_time(now).is_none() && self.cooldown(now).is_none()
    }

    fn flight_in_time(&self, now: Moment) -> Option<&Refresh<W>> {
        self.unsettled.as_ref()?.flight_in_time(now)
    }

    fn login_in_time(&self, now: Moment) -> Option<&Refresh<W>> {
        self.unsettled.as_ref()?.login_in_time(now)
    }

    /// A caller looks whether the task of the login under way runs.
    fn look_at_flight(&mut self, now: Moment) {
        if let Some(flight) = self.unsettled.as_mut().and_then(|unsettled| unsettled.flight.as_mut()) {
            flight.look(now);
        }
    }

    fn cooldown(&self, now: Moment) -> Option<&Cooldown<E>> {
        self.unsettled.as_ref()?.cooldown(now)
    }

    pub(super) fn is_current(&self, generation: u64) -> bool {
        self.current.is_some() && u64::from(self.generation) == generation
    }

    fn is_flying(&self, ticket: Ticket) -> bool {
        self.unsettled.as_ref().is_some_and(|unsettled| unsettled.is_flying(ticket))
    }

    /// The forced logins, if this is the latest generation.
    fn forced_of(&mut self, generation: u64) -> Option<&mut Forced> {
        let latest = u64::from(self.generation) == generation;
        self.unsettled.as_mut().filter(|_| latest).map(|unsettled| &mut unsettled.forced)
    }

    fn unsettled(&mut self) -> &mut RefreshState<W, E> {
        self.unsettled.get_or_insert_default()
    }
}

#[cfg(feature = "store")]
mod shared;

#[cfg(test)]
mod tests;
