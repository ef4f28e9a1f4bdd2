//! A long random walk: in any order of events, the state machine and the model agree.

use time::OffsetDateTime;

use super::model::Model;
use super::*;

/// The number of walks, each of which starts anew. Raise it for a soak test.
const WALKS: u64 = 100;
const STEPS: usize = 10_000;

#[derive(Debug, Default)]
struct Seen {
    served: u32,
    renewed: u32,
    started: u32,
    joined: u32,
    failed: u32,
    gone: u32,
    replaced: u32,
    kept: u32,
    forced: u32,
    born_dead: u32,
    late: u32,
}

/// A running login, or one that was replaced and may still return.
#[derive(Clone, Copy)]
struct Refresh {
    ticket: Ticket,
    sent: Moment,
}

struct Walk {
    rng: fastrand::Rng,
    machine: State<u64, u32, u32>,
    model: Model,
    callers: u32,
    errors: u32,
    refresh: Option<Refresh>,
    given_up: Vec<Refresh>,
    seen: Seen,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let now = Moment { mono: secs(10), wall: secs(1_800_000_000) };
        Self {
            rng: fastrand::Rng::with_seed(seed),
            machine: State::new(),
            model: Model::new(now),
            callers: 0,
            errors: 0,
            refresh: None,
            given_up: Vec::new(),
            seen: Seen::default(),
        }
    }

    fn step(&mut self) {
        match self.rng.u32(0..200) {
            0..80 => self.want(),
            80..140 => self.pass(),
            140..142 => self.set_wall(),
            142..184 => self.land(),
            184..190 => self.invalidate(),
            190..194 => self.land_late(),
            194..195 => self.forget(),
            195..198 => self.vanish(),
            198..199 => self.clear_cooldown(),
            _ => self.refused_at_once(),
        }
    }

    fn want(&mut self) {
        self.callers += 1;
        let caller = self.callers;
        let answer = self.machine.decide(self.model.now, || caller);
        self.model.wanted(caller, &answer);
        match answer {
            Decision::Serve(_) => self.seen.served += 1,
            Decision::Join(_) => self.seen.joined += 1,
            Decision::Fail(..) => self.seen.failed += 1,
            Decision::LoginRequired => {}
            Decision::ServeAndRenew(_, ticket) | Decision::Start(ticket) => {
                self.seen.renewed += u32::from(ticket.reason == Reason::Proactive);
                self.seen.started += 1;
                self.given_up.extend(self.refresh.take());
                self.refresh = Some(Refresh { ticket, sent: self.model.now });
                self.beat();
            }
        }
    }

    fn pass(&mut self) {
        let part = self.rng.f64();
        let span = match self.rng.u8(0..16) {
            // Reaches the exact instant at which something ends.
            0 => secs([1, 10, 30, 60][self.rng.usize(0..4)]),
            1..5 => secs(2).mul_f64(part),
            5..8 => secs(60).mul_f64(part),
            8 => secs([900, 7200, 40_000][self.rng.usize(0..3)]).mul_f64(part),
            // Passes through a lifetime in a few steps, so that all of its parts are reached.
            _ => self.model.lifetime().mul_f64(part / 2.0),
        };
        self.model.now = self.model.now.plus(span);
        self.beat();
    }

    /// Lets the task of a running login report that it runs.
    fn beat(&mut self) {
        if let Some(refresh) = self.refresh {
            self.machine.heartbeat(refresh.ticket, self.model.now);
        }
    }

    fn set_wall(&mut self) {
        let by = secs(if self.rng.bool() { 60 } else { 5400 }).mul_f64(self.rng.f64());
        let wall = &mut self.model.now.wall;
        *wall = if self.rng.bool() { *wall + by } else { *wall - by };
    }

    fn land(&mut self) {
        if let Some(refresh) = self.refresh.take() {
            if self.rng.u8(0..5) < 3 { self.succeed(refresh) } else { self.fail(refresh.ticket, None) }
        }
    }

    fn succeed(&mut self, refresh: Refresh) {
        let (expiry, lifetime) = self.lifetime(refresh.sent);
        let life = Deadlines::new(expiry, None, refresh.sent, self.model.now, self.rng.f64());
        assert_eq!(life.is_none(), self.model.dead_at_birth(refresh.sent, lifetime), "{expiry:?}");
        let Some(life) = life else {
            self.seen.born_dead += 1;
            return self.fail(refresh.ticket, Some(Failure::Transient));
        };
        let mut generation = 0;
        let make = |new| {
            generation = new;
            new
        };
        assert!(self.machine.succeeded(refresh.ticket, self.model.now, life, make));
        self.seen.forced += u32::from(refresh.ticket.reason == Reason::Forced);
        self.model.landed(refresh.ticket, refresh.sent, lifetime, generation);
    }

    /// Returns the expiry that the provider states, and its meaning.
    fn lifetime(&mut self, sent: Moment) -> (Expiry, Option<Duration>) {
        let longest = [10, 120, 900, 7200, 86_400, 1_209_600][self.rng.usize(0..6)];
        let lifetime = secs(self.rng.u64(0..=longest));
        match self.rng.u8(0..20) {
            0 => (Expiry::Never, None),
            1..5 => {
                let end = time::Duration::try_from(sent.wall + lifetime).expect("it fits");
                (Expiry::At(OffsetDateTime::UNIX_EPOCH + end), Some(lifetime))
            }
            _ => (Expiry::In(lifetime), Some(lifetime)),
        }
    }

    fn fail(&mut self, ticket: Ticket, failure: Option<Failure>) {
        let failure = failure.unwrap_or_else(|| match self.rng.u8(0..4) {
            0 => Failure::Refused,
            1 => Failure::Throttled { retry_after: self.rng.bool().then(|| secs(self.rng.u64(0..9000))) },
            _ => Failure::Transient,
        });
        self.errors += 1;
        let jitter = self.rng.f64();
        let pause = self.machine.failed(ticket, self.model.now, failure, None, self.errors, jitter);
        self.model.failed(failure, self.errors, pause.expect("it was under way"));
    }

    fn land_late(&mut self) {
        let Some(Refresh { ticket, .. }) = self.given_up.pop() else { return };
        self.seen.late += 1;
        match self.rng.u8(0..3) {
            0 => assert!(!self.machine.succeeded(ticket, self.model.now, Deadlines::Never, |generation| generation)),
            1 => assert_eq!(self.machine.failed(ticket, self.model.now, Failure::Refused, None, 0, 0.5), None),
            _ => self.machine.vanished(ticket),
        }
    }

    fn invalidate(&mut self) {
        let latest = self.model.latest();
        let generation = match self.rng.u8(0..4) {
            0 => self.rng.u64(0..latest + 3),
            1 => latest.saturating_sub(1),
            _ => latest,
        };
        let verdict = self.machine.invalidate(self.model.now, generation);
        self.model.invalidated(generation, verdict);
        match verdict {
            Invalidation::Removed => self.seen.gone += 1,
            Invalidation::Replaced => self.seen.replaced += 1,
            Invalidation::Kept => self.seen.kept += 1,
        }
    }

    /// Invalidates two credentials in a row, each as soon as it is issued.
    fn refused_at_once(&mut self) {
        for _ in 0..2 {
            self.want();
            if let Some(refresh) = self.refresh.take() {
                self.succeed(refresh);
            }
            self.invalidate();
        }
    }

    fn forget(&mut self) {
        let generation = self.model.latest().saturating_sub(self.rng.u64(0..2));
        let done = self.machine.forget(generation);
        self.model.discarded(generation, done);
    }

    fn vanish(&mut self) {
        if let Some(refresh) = self.refresh.take() {
            self.machine.vanished(refresh.ticket);
            self.model.vanished();
            self.given_up.push(refresh);
        }
    }

    fn clear_cooldown(&mut self) {
        self.machine.clear_cooldown();
        self.model.clear_cooldown();
    }
}

#[test]
fn p01_p02_p03_p07_p09_p11_p12_p14_hold_on_a_long_random_walk() {
    for seed in 0..WALKS {
        let mut walk = Walk::new(seed);
        for _ in 0..STEPS {
            walk.step();
        }
        let Seen { served, renewed, started, joined, failed, gone, replaced, kept, forced, born_dead, late } =
            walk.seen;
        let seen = [served, renewed, started, joined, failed, gone, replaced, kept, forced, born_dead, late];
        assert!(seen.iter().all(|&times| times >= 20), "a walk that meets too little proves little: {:?}", walk.seen);
    }
}
