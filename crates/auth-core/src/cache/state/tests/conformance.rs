//! P31: the situations of AWS's published refresh scenarios, with what this machine does in each.

use super::conformance_rows::ROWS;
use super::*;

/// What is cached when a row begins: an hour's credential of some age, or nothing.
#[derive(Clone, Copy)]
pub(super) enum Given {
    Nothing,
    Valid,
    /// Inside the renewal window.
    Advisory,
    /// The last second in which it is served. AWS has a second window there, this machine has one.
    Mandatory,
    Expired,
}

/// What the source answers if it is asked.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// New credentials that live so many seconds.
    Lives(u64),
    /// It cannot be reached.
    Error,
    /// It says no, and would say so again.
    Refuses,
    /// It asks for a pause of so many seconds.
    Busy(u64),
    /// Credentials that have ended.
    Stale,
    /// It must not be asked.
    Unasked,
}

/// What the caller gets in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Got {
    /// What was cached before this call, whoever had it renewed.
    Cached,
    /// What the source has just given to this caller.
    New,
    Error,
}

/// Whether this call asked the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Yes,
    /// There was no need.
    No,
    /// There was a need, and a gate was closed.
    Deferred,
}

#[derive(Clone, Copy)]
pub(super) enum Step {
    Get(Source, Got, Asked),
    /// The service refuses the cached credential, or one that is older.
    Invalidate(Which, Invalidation),
    Advance(u64),
    /// The credential that has just been got is renewed so many seconds before its end.
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
    /// What AWS does instead, and why this machine does not; empty where both do the same.
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
            // Twice, so that there is an older one.
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

    /// Whether the source gave new credentials.
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
