//! What the machine learns from a store that others share.

use std::time::Duration;

use super::State;
use crate::cache::answers::{Reason, Ticket};
use crate::cache::cooldown::Cooldown;
use crate::cache::forced::Forced;
use crate::clock::Moment;

impl<T: Clone, W: Clone, E: Clone> State<T, W, E> {
    /// Somebody else's login failed, and none is to be sent before the pause is over; answers like [`failed`](Self::failed).
    pub(crate) fn defer(&mut self, ticket: Ticket, now: Moment, pause: Duration, error: E) -> Option<Duration> {
        let unsettled = self.unsettled.as_mut()?;
        if unsettled.take(ticket)?.forgiven {
            return Some(Duration::ZERO);
        }
        unsettled.cooldown = Some(Cooldown { until: now.plus(pause), error });
        Some(pause)
    }

    /// What is waited on while a store is asked for something newer than this generation, which was refused while no login may be
    /// made. With the ticket for whoever is to ask; `None` where the generation is not the current one.
    pub(crate) fn look(
        &mut self,
        now: Moment,
        generation: u64,
        waiting: impl FnOnce() -> W,
    ) -> Option<(W, Option<Ticket>)> {
        if !self.is_current(generation) {
            return None;
        }
        self.look_at_flight(now);
        if let Some(flight) = self.flight_in_time(now) {
            return Some((flight.waiting.clone(), None));
        }
        let waiting = waiting();
        Some((waiting.clone(), Some(self.start(now, Reason::Look, waiting))))
    }

    /// The secrets were refused, and logins failed otherwise, so often in a row, by what others say.
    pub(crate) fn recall_failures(&mut self, refused: u32, transient: u32) {
        self.unsettled().failures.recall(refused, transient);
    }

    /// How often in a row they were and did, by what is known here.
    pub(crate) fn failures_in_a_row(&self) -> (u32, u32) {
        self.unsettled.as_ref().map_or((0, 0), |unsettled| unsettled.failures.in_a_row())
    }

    /// The login that landed now was another process's, so long ago: what a 401 forced counts from then, whether the 401 was met
    /// here or there.
    pub(crate) fn was_others(&mut self, now: Moment, age: Duration, forced: bool) {
        if let Some(unsettled) = &mut self.unsettled {
            unsettled.forced.was_before(now, age);
        }
        if forced && Forced::is_recent(age) {
            self.unsettled().forced.was_elsewhere(now.minus(age));
        }
    }

    /// What is left of the credential that is there, if it ends.
    pub(crate) fn left(&self, now: Moment) -> Option<Duration> {
        self.current.as_ref()?.life.left(now)
    }
}
