//! Tests of the state machine by theme, and their bench: a state machine with two clocks that a test sets.

#![expect(clippy::unchecked_time_subtraction, reason = "a test that computes a negative time is to panic")]

use super::*;
use crate::cache::refresh_state::{CHECK_EVERY, MAX_SILENCE, REFRESH_DEADLINE, START_WITHIN};
use crate::expiry::Expiry;

mod clocks;
mod cooldowns;
mod fixed;
mod forced;
mod invalidation;
mod model;
mod refreshes;
mod scenario_rows;
mod scenarios;
mod serving;
mod walk;

const HOUR: Duration = secs(3600);
/// The age at which an hour's credential is renewed, without jitter: an eighth of its lifetime before its end.
const STALE: Duration = secs(3150);
/// The age at which an hour's credential has expired: a minute before its end.
const DEAD: Duration = secs(3540);
const INSTANT: Duration = Duration::from_nanos(1);

const TRANSIENT: Failure = Failure::Transient;
const REFUSED: Failure = Failure::Refused;
const THROTTLED: Failure = Failure::Throttled { retry_after: Some(secs(40)) };

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// In these tests a credential is its generation, callers wait on the number of the caller who started the login, and
/// an error is the failure itself.
type Answer = Decision<u64, u32, Failure>;

struct Bench {
    machine: State<u64, u32, Failure>,
    now: Moment,
    callers: u32,
}

impl Bench {
    fn cold() -> Self {
        Self::of(State::new())
    }

    /// Creates a state machine with an hour's credential of generation 1 and this age.
    fn aged(age: Duration) -> Self {
        let mut bench = Self::cold();
        bench.log_in(HOUR);
        bench.pass(age);
        bench
    }

    /// Creates an empty state machine whose login has just failed.
    fn cooling_down(failure: Failure) -> Self {
        let mut bench = Self::cold();
        bench.fail(failure);
        bench
    }

    fn of(machine: State<u64, u32, Failure>) -> Self {
        Self { machine, now: Moment { mono: secs(500), wall: secs(1_800_000_000) }, callers: 0 }
    }

    fn pass(&mut self, span: Duration) {
        self.now = self.now.plus(span);
    }

    /// Advances only the wall clock, as after a suspend or when the clock is set.
    fn wall_forward(&mut self, span: Duration) {
        self.now.wall += span;
    }

    fn wall_back(&mut self, span: Duration) {
        self.now.wall -= span;
    }

    fn want(&mut self) -> Answer {
        self.callers += 1;
        let caller = self.callers;
        self.machine.decide(self.now, || caller)
    }

    /// Returns the credential that the next caller gets at once, if any.
    fn served(&mut self) -> Option<u64> {
        match self.want() {
            Decision::Serve(generation) | Decision::ServeAndRenew(generation, _) => Some(generation),
            _ => None,
        }
    }

    /// Lets the next caller start a login whose task begins to run at once.
    fn start(&mut self) -> Ticket {
        let ticket = self.start_undriven();
        assert!(self.beats(ticket));
        ticket
    }

    /// Lets the next caller start a login whose task does not run.
    fn start_undriven(&mut self) -> Ticket {
        match self.want() {
            Decision::Start(ticket) | Decision::ServeAndRenew(_, ticket) => ticket,
            other => panic!("no login was started, but {other:?}"),
        }
    }

    fn beats(&mut self, ticket: Ticket) -> bool {
        self.machine.heartbeat(ticket, self.now)
    }

    fn lands(&mut self, ticket: Ticket, lifetime: Duration) -> bool {
        let life = Deadlines::new(Expiry::In(lifetime), None, self.now, self.now, 0.0).expect("it is not born dead");
        self.machine.succeeded(ticket, self.now, life, |generation| generation)
    }

    /// Fails the login with the jitter that makes a back-off longest and does not change the cooldown of a refused
    /// login.
    fn fails(&mut self, ticket: Ticket, failure: Failure) -> Option<Duration> {
        let jitter = if failure == TRANSIENT { 1.0 } else { 0.0 };
        self.machine.failed(ticket, self.now, failure, None, failure, jitter)
    }

    /// Lets the next caller start a login that succeeds at once.
    fn log_in(&mut self, lifetime: Duration) -> Ticket {
        let ticket = self.start();
        assert!(self.lands(ticket, lifetime), "nobody gave it up");
        ticket
    }

    /// Lets the next caller start a login that fails at once, and returns the cooldown.
    fn fail(&mut self, failure: Failure) -> Duration {
        let ticket = self.start();
        self.fails(ticket, failure).expect("nobody gave it up")
    }

    fn invalidate(&mut self, generation: u64) -> Invalidation {
        self.machine.invalidate(self.now, generation)
    }
}
