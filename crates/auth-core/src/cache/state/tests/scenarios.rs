//! P31: the situations of AWS's published refresh scenarios, with the decision of this state machine in each.

use super::scenario_rows::ROWS;
use super::*;

/// The content of the cache when a row begins: an hour's credential of some age, or nothing.
#[derive(Clone, Copy)]
pub(super) enum Given {
    Nothing,
    Valid,
    /// Inside the renewal window.
    Advisory,
    /// The last second in which it is served. AWS has a second window there; this state machine has only one.
    Mandatory,
    Expired,
}

/// The answer of the source, if it is asked.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// New credentials with a lifetime of this many seconds.
    Lives(u64),
    /// The source cannot be reached.
    Error,
    /// The source refuses the login, and would refuse it again.
    Refuses,
    /// The source asks for a pause of this many seconds.
    Busy(u64),
    /// Credentials that have expired.
    Stale,
    /// The source must not be asked.
    Unasked,
}

/// The caller's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Got {
    /// The credential that was cached before this call, even if another caller had it renewed.
    Cached,
    /// The credential that this call obtained from the source.
    New,
    Error,
}

/// The calls to the source that this call made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Yes,
    /// There was no reason to ask.
    No,
    /// There was a reason, but a cooldown was running.
    Deferred,
}

#[derive(Clone, Copy)]
pub(super) enum Step {
    Get(Source, Got, Asked),
    /// The service answers 401 to the cached credential, or to an older one.
    Invalidate(Which, Invalidation),
    Advance(u64),
    /// The credential that was just obtained is renewed this many seconds before its expiry.
    Window(Duration),
}

#[derive(Clone, Copy)]
pub(super) enum Which {
    Current,
    Older,
}

pub(super) struct Row {
    pub(super) number: usize,
    pub(super) what: &'static str,
    pub(super) given: Given,
    pub(super) renew_before: Option<Duration>,
    pub(super) steps: &'static [Step],
    /// The different behaviour of AWS, and the reason for the difference; empty if both do the same.
    pub(super) differs: &'static str,
}

struct Play {
    bench: Bench,
    renew_before: Option<Duration>,
    lifetime: Duration,
    latest: u64,
}

impl Play {
    fn new(row: &Row) -> Self {
        let mut bench = match row.given {
            Given::Nothing => Bench::cold(),
            // Two logins, so that an older credential exists.
            _ => Bench::aged(DEAD),
        };
        let age = match row.given {
            Given::Nothing => return Self { bench, renew_before: row.renew_before, lifetime: HOUR, latest: 0 },
            Given::Valid => Duration::ZERO,
            Given::Advisory => STALE + secs(60),
            Given::Mandatory => DEAD - secs(1),
            Given::Expired => DEAD,
        };
        bench.log_in(HOUR);
        bench.pass(age);
        Self { bench, renew_before: row.renew_before, lifetime: HOUR, latest: 2 }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Get(source, got, asked) => assert_eq!(self.get(source), (got, asked)),
            Step::Invalidate(which, verdict) => {
                let generation = match which {
                    Which::Current => self.latest,
                    Which::Older => self.latest - 1,
                };
                assert_eq!(self.bench.invalidate(generation), verdict);
            }
            Step::Advance(span) => self.bench.pass(secs(span)),
            Step::Window(window) => {
                let current = self.bench.machine.current.as_ref().expect("a credential was got");
                let opens = self.lifetime - window;
                assert_eq!(current.deadlines.age(self.bench.now.plus(opens - INSTANT)), Age::Fresh);
                assert_eq!(current.deadlines.age(self.bench.now.plus(opens)), Age::Stale);
            }
        }
    }

    fn get(&mut self, source: Source) -> (Got, Asked) {
        match self.bench.want() {
            Decision::Serve(generation) => {
                assert_eq!(generation, self.latest);
                let cooling_down = self.bench.machine.cooldown(self.bench.now).is_some();
                (Got::Cached, if cooling_down { Asked::Deferred } else { Asked::No })
            }
            Decision::ServeAndRenew(generation, ticket) => {
                assert_eq!(generation, self.latest);
                self.answer(ticket, source);
                (Got::Cached, Asked::Yes)
            }
            Decision::Start(ticket) => {
                let got = if self.answer(ticket, source) { Got::New } else { Got::Error };
                assert_eq!(got == Got::New, self.bench.served() == Some(self.latest), "what it waited for is served");
                (got, Asked::Yes)
            }
            Decision::Fail(..) => (Got::Error, Asked::Deferred),
            other => panic!("{other:?}"),
        }
    }

    /// Returns true if the source answered with new credentials.
    fn answer(&mut self, ticket: Ticket, source: Source) -> bool {
        let now = self.bench.now;
        let born = |lifetime| Deadlines::new(Expiry::In(lifetime), self.renew_before, now, now, 0.0);
        let failure = match source {
            Source::Lives(lifetime) => {
                let life = born(secs(lifetime)).expect("it is not born dead");
                assert!(self.bench.machine.succeeded(ticket, now, life, |generation| generation));
                (self.latest, self.lifetime) = (self.latest + 1, secs(lifetime));
                return true;
            }
            Source::Stale => {
                assert_eq!(born(Duration::ZERO), None);
                Failure::Transient
            }
            Source::Error => Failure::Transient,
            Source::Refuses => Failure::Refused,
            Source::Busy(span) => Failure::Throttled { retry_after: Some(secs(span)) },
            Source::Unasked => panic!("the source was asked"),
        };
        assert!(self.bench.fails(ticket, failure).is_some());
        false
    }
}

#[test]
fn p31_the_published_scenarios_hold_with_the_differences_that_each_row_declares() {
    assert!(ROWS.iter().map(|row| row.number).eq(1..=24));
    for row in &ROWS {
        let mut play = Play::new(row);
        for (step, &wanted) in row.steps.iter().enumerate() {
            println!("row {}, step {}: {} {}", row.number, step + 1, row.what, row.differs);
            play.step(wanted);
        }
    }
}
