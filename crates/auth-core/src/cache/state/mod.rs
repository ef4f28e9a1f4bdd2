//! The lifecycle of one credential as a pure state machine: it gets the time as an argument and returns decisions.
//!
//! It has no clock, no I/O, no async and no lock. Property tests, the model checker and the simulation drive the same
//! code that a client runs under its mutex. `T` is the value handed out, `W` is what callers wait on, and `E` is the
//! error of a cooldown.

use std::num::NonZeroU32;
use std::time::Duration;

use super::cooldown::{Cooldown, Failure, ForcedLogins};
use super::decision::{Decision, Invalidation, Reason, Ticket};
use super::expiry::{Age, Deadlines};
use super::refresh_state::{Refresh, RefreshState};
use crate::clock::Moment;

#[derive(Debug)]
struct Current<T> {
    deadlines: Deadlines,
    payload: T,
}

#[derive(Debug)]
pub(crate) struct State<T, W, E> {
    /// The number of the next refresh, or `None` for a given credential, which is never renewed.
    next_refresh: Option<NonZeroU32>,
    /// The number of the latest credential, even if it was removed.
    generation: u32,
    current: Option<Current<T>>,
    /// Boxed, and allocated only when needed: of a hundred thousand accounts, few have any.
    refreshes: Option<Box<RefreshState<W, E>>>,
}

impl<T: Clone, W: Clone, E: Clone> State<T, W, E> {
    pub(crate) fn new() -> Self {
        Self { next_refresh: Some(NonZeroU32::MIN), generation: 0, current: None, refreshes: None }
    }

    /// Creates a state that never logs in. It holds the given credential unless that has expired. `make` gets the
    /// generation.
    pub(crate) fn fixed(deadlines: Option<Deadlines>, make: impl FnOnce(u64) -> T) -> Self {
        let mut state = Self { next_refresh: None, ..Self::new() };
        if let Some(deadlines) = deadlines {
            state.publish(deadlines, make);
        }
        state
    }

    /// Decides the next step of a caller. `waiting` creates the value that others join if this caller starts a refresh.
    pub(crate) fn decide(&mut self, now: Moment, waiting: impl FnOnce() -> W) -> Decision<T, W, E> {
        self.check_refresh(now);
        if let Some(current) = &self.current {
            let payload = current.payload.clone();
            match current.deadlines.age(now) {
                Age::Stale if self.may_start(now) => {
                    return Decision::ServeAndRenew(payload, self.start(now, Reason::Proactive, waiting()));
                }
                Age::Stale if self.may_reread(now) => {
                    return Decision::ServeAndRenew(payload, self.start(now, Reason::Reread, waiting()));
                }
                Age::Fresh | Age::Stale => return Decision::Serve(payload),
                Age::Expired => {}
            }
        }
        if self.next_refresh.is_none() {
            return Decision::LoginRequired;
        }
        if let Some(refresh) = self.live_refresh(now) {
            return Decision::Join(refresh.waiting.clone());
        }
        if self.may_reread(now) {
            return Decision::Start(self.start(now, Reason::Reread, waiting()));
        }
        if let Some((error, left)) = self.running_cooldown(now) {
            return Decision::Fail(error, left);
        }
        let reason = match &self.refreshes {
            Some(state) if state.forced.is_asked() => Reason::Forced,
            Some(state) if state.cooldown.is_some() => Reason::Probe,
            _ => Reason::Cold,
        };
        Decision::Start(self.start(now, reason, waiting()))
    }

    /// Starts or joins a look into the store for a credential that is newer than this generation.
    ///
    /// Returns the value to wait on, with a ticket if the caller has to run the look, or `None` if the generation is
    /// not the current one.
    pub(crate) fn look(
        &mut self,
        now: Moment,
        generation: u64,
        waiting: impl FnOnce() -> W,
    ) -> Option<(W, Option<Ticket>)> {
        if !self.is_current(generation) {
            return None;
        }
        self.check_refresh(now);
        if let Some(refresh) = self.live_refresh(now) {
            return Some((refresh.waiting.clone(), None));
        }
        let waiting = waiting();
        Some((waiting.clone(), Some(self.start(now, Reason::Look, waiting))))
    }

    /// Records a successful login. Returns false if the refresh was replaced. `make` gets the new generation.
    pub(crate) fn succeeded(
        &mut self,
        ticket: Ticket,
        now: Moment,
        deadlines: Deadlines,
        make: impl FnOnce(u64) -> T,
    ) -> bool {
        if !self.refreshes.as_ref().is_some_and(|state| state.is_running(ticket)) {
            return false;
        }
        self.refreshes.take_if(|state| state.succeeded(now, ticket.reason == Reason::Forced));
        self.publish(deadlines, make);
        true
    }

    /// Records that the login which succeeded now was another process's login of this age, and whether a 401 forced it.
    pub(crate) fn adopted(&mut self, now: Moment, age: Duration, forced: bool) {
        if self.refreshes.is_some() || forced && ForcedLogins::is_recent(age) {
            self.refreshes().forced.adopted(now, age, forced);
        }
    }

    /// Records a failed login. A `pause` replaces the cooldown that follows from the failures. Returns the cooldown: `None` if the refresh was replaced, zero if its failure was
    /// forgiven.
    pub(crate) fn failed(
        &mut self,
        ticket: Ticket,
        now: Moment,
        failure: Failure,
        pause: Option<Duration>,
        error: E,
        jitter: f64,
    ) -> Option<Duration> {
        let left = self.time_left(now).filter(|left| !left.is_zero());
        self.cool_down(ticket, now, error, |state| {
            let cooldown = state.failures.cooldown(failure, left, jitter);
            pause.unwrap_or(cooldown)
        })
    }

    /// Records that another process's login defers this one. Returns the same as [`failed`](Self::failed).
    pub(crate) fn deferred(&mut self, ticket: Ticket, now: Moment, pause: Duration, error: E) -> Option<Duration> {
        self.cool_down(ticket, now, error, |_| pause)
    }

    /// Allows readings of the secrets during the cooldown that has just begun. `was_new`: it began with a secret that
    /// was new during the last one.
    pub(crate) fn reread_secrets(&mut self, now: Moment, was_new: bool) {
        if let Some(state) = self.refreshes.as_mut().filter(|state| state.cooldown.is_some()) {
            state.rereads.plan(now, was_new);
        }
    }

    /// Returns the error of the running cooldown, and its remaining time.
    pub(crate) fn running_cooldown(&self, now: Moment) -> Option<(E, Duration)> {
        self.cooldown(now).map(|cooldown| (cooldown.error.clone(), now.until(cooldown.until)))
    }

    /// Records that a refresh ended without an outcome, because its runtime was shut down.
    pub(crate) fn vanished(&mut self, ticket: Ticket) {
        if let Some(state) = &mut self.refreshes {
            state.take(ticket);
        }
    }

    /// Records that the refresh task runs. Returns false if the refresh was replaced and must not send anything more.
    pub(crate) fn heartbeat(&mut self, ticket: Ticket, now: Moment) -> bool {
        self.refreshes.as_mut().is_some_and(|state| state.heartbeat(ticket, now))
    }

    /// Records a 401 to this generation.
    pub(crate) fn invalidate(&mut self, now: Moment, generation: u64) -> Invalidation {
        if self.next_refresh.is_none() {
            return Invalidation::Kept;
        }
        if !self.is_current(generation) {
            let only_fails = !self.serves(now) && self.live_login(now).is_none() && self.cooldown(now).is_some();
            return if only_fails { Invalidation::Kept } else { Invalidation::Replaced };
        }
        // A running renewal is the new login. Without one, a login must be forced, unless it was due anyway.
        let renewing = self.live_login(now).is_some();
        if !renewing && (self.cooldown(now).is_some() || self.serves(now) && !self.refreshes().forced.ask(now)) {
            return Invalidation::Kept;
        }
        self.current = None;
        Invalidation::Removed
    }

    /// Records a 401 to a request that the client did not send.
    pub(crate) fn invalidated_unseen(&mut self, now: Moment, generation: u64) {
        if let Some(forced) = self.forced_logins_of(generation) {
            forced.invalidated_unseen(now);
        }
    }

    /// Records that a request with this generation got an answer other than 401.
    pub(crate) fn served(&mut self, generation: u64) {
        if let Some(forced) = self.forced_logins_of(generation) {
            forced.served();
        }
    }

    /// Returns true if it matters whether the latest generation serves a request.
    pub(crate) fn is_unproven(&self) -> bool {
        self.refreshes.as_ref().is_some_and(|state| state.forced.is_unproven())
    }

    /// Removes a credential that the caller has ended. Returns false if it is not the current one.
    pub(crate) fn forget(&mut self, generation: u64) -> bool {
        let current = self.is_current(generation);
        if current {
            self.current = None;
        }
        current
    }

    /// Clears the cooldown and all failures, because the secrets were replaced.
    pub(crate) fn clear_cooldown(&mut self) {
        let refresh = self.refreshes.take().and_then(|state| state.refresh);
        if let Some(refresh) = refresh {
            self.refreshes().refresh = Some(refresh.forgive());
        }
    }

    /// Raises the counts of refused and transient failures to those that other processes reported.
    pub(crate) fn raise_failures(&mut self, counts: (u32, u32)) {
        if counts != (0, 0) {
            self.refreshes().failures.raise(counts);
        }
    }

    /// Returns the counts of consecutive refused and transient failures.
    pub(crate) fn failures(&self) -> (u32, u32) {
        self.refreshes.as_ref().map_or((0, 0), |state| state.failures.counts())
    }

    /// Ends the running refresh, because its client is gone. Its task notices when the returned value is dropped.
    pub(crate) fn abandon(&mut self) -> Option<W> {
        self.refreshes.take()?.refresh.map(|refresh| refresh.waiting)
    }

    /// Returns true if a credential may be handed out.
    pub(crate) fn serves(&self, now: Moment) -> bool {
        self.current.as_ref().is_some_and(|current| current.deadlines.age(now) != Age::Expired)
    }

    /// Returns the remaining lifetime of the current credential, if it expires.
    pub(crate) fn time_left(&self, now: Moment) -> Option<Duration> {
        self.current.as_ref()?.deadlines.left(now)
    }

    /// Returns the deadlines of this generation, if it is the current one and may be handed out.
    pub(crate) fn deadlines(&self, now: Moment, generation: u64) -> Option<Deadlines> {
        let current = self.current.as_ref().filter(|_| self.is_current(generation) && self.serves(now))?;
        Some(current.deadlines)
    }

    pub(crate) fn is_current(&self, generation: u64) -> bool {
        self.current.is_some() && u64::from(self.generation) == generation
    }

    fn publish(&mut self, deadlines: Deadlines, make: impl FnOnce(u64) -> T) {
        self.generation = self.generation.wrapping_add(1);
        self.current = Some(Current { deadlines, payload: make(self.generation.into()) });
    }

    fn start(&mut self, now: Moment, reason: Reason, waiting: W) -> Ticket {
        let id = self.next_refresh.unwrap_or(NonZeroU32::MIN);
        self.next_refresh = Some(id.checked_add(1).unwrap_or(NonZeroU32::MIN));
        let ticket = Ticket { id, reason, begun: now };
        let state = self.refreshes();
        state.start(ticket, waiting);
        if reason == Reason::Reread {
            state.rereads.started(now);
        }
        ticket
    }

    fn cool_down(
        &mut self,
        ticket: Ticket,
        now: Moment,
        error: E,
        pause: impl FnOnce(&mut RefreshState<W, E>) -> Duration,
    ) -> Option<Duration> {
        let state = self.refreshes.as_mut()?;
        if state.take(ticket)?.forgiven {
            return Some(Duration::ZERO);
        }
        let pause = pause(state);
        state.cooldown = Some(Cooldown { until: now.plus(pause), error });
        state.rereads.stop();
        Some(pause)
    }

    fn may_start(&self, now: Moment) -> bool {
        self.next_refresh.is_some() && self.live_refresh(now).is_none() && self.cooldown(now).is_none()
    }

    fn may_reread(&self, now: Moment) -> bool {
        let is_due = self.refreshes.as_ref().is_some_and(|state| state.rereads.are_due(now));
        is_due && self.live_refresh(now).is_none() && self.cooldown(now).is_some()
    }

    fn live_refresh(&self, now: Moment) -> Option<&Refresh<W>> {
        self.refreshes.as_ref()?.live(now)
    }

    fn live_login(&self, now: Moment) -> Option<&Refresh<W>> {
        self.refreshes.as_ref()?.live_login(now)
    }

    /// Checks for a waiting caller whether the refresh task still runs.
    fn check_refresh(&mut self, now: Moment) {
        if let Some(refresh) = self.refreshes.as_mut().and_then(|state| state.refresh.as_mut()) {
            refresh.check(now);
        }
    }

    fn cooldown(&self, now: Moment) -> Option<&Cooldown<E>> {
        self.refreshes.as_ref()?.cooldown(now)
    }

    /// Returns the forced logins if this is the latest generation.
    fn forced_logins_of(&mut self, generation: u64) -> Option<&mut ForcedLogins> {
        let latest = u64::from(self.generation) == generation;
        self.refreshes.as_mut().filter(|_| latest).map(|state| &mut state.forced)
    }

    fn refreshes(&mut self) -> &mut RefreshState<W, E> {
        self.refreshes.get_or_insert_default()
    }
}

#[cfg(test)]
mod tests;
