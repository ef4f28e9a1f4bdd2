//! A second, simple model of the state machine that computes with deadlines.

use super::*;

/// A successful login with the latest credential.
#[derive(Clone, Copy, Debug)]
struct Born {
    generation: u64,
    sent: Moment,
    answered: Moment,
    /// `None` if it never expires.
    lifetime: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) now: Moment,
    latest: Option<Born>,
    /// No generation up to this one may be served: it was invalidated or forgotten.
    watermark: u64,
    served: u64,
    /// The running login, its start, and the caller who started it.
    air: Option<(Ticket, Duration, u32)>,
    /// The cooldown was cleared after the running login started.
    forgiven: bool,
    cooldown: Option<(Moment, u32)>,
    /// A 401 was accepted, and the login that follows has not ended.
    owed: bool,
    /// The time at which the last forced login succeeded.
    forced: Option<Moment>,
}

impl Model {
    pub(super) fn new(now: Moment) -> Self {
        Self {
            now,
            latest: None,
            watermark: 0,
            served: 0,
            air: None,
            forgiven: false,
            cooldown: None,
            owed: false,
            forced: None,
        }
    }

    pub(super) fn latest(&self) -> u64 {
        self.latest.map_or(0, |born| born.generation)
    }

    pub(super) fn lifetime(&self) -> Duration {
        self.latest.and_then(|born| born.lifetime).unwrap_or_default()
    }

    pub(super) fn wanted(&mut self, caller: u32, answer: &Decision<u64, u32, u32>) {
        match *answer {
            Decision::Serve(generation) => {
                self.serve(generation);
                assert!(
                    !self.overdue() || self.is_refreshing() || self.cooling_down(),
                    "it should have been renewed: {self:?}"
                );
            }
            Decision::ServeAndRenew(generation, ticket) => {
                self.serve(generation);
                assert!(self.may_be_renewed(), "P21: renewed too early: {self:?}");
                self.take_off(ticket, caller);
                assert_eq!(ticket.reason, Reason::Proactive);
            }
            Decision::Start(ticket) => {
                assert!(!self.usable(), "a caller waits although it could be served: {self:?}");
                self.take_off(ticket, caller);
                assert_eq!(ticket.reason == Reason::Forced, self.owed, "P14: forced by a 401, and by nothing else");
                assert_ne!(ticket.reason, Reason::Proactive);
            }
            Decision::Join(starter) => {
                assert!(!self.usable(), "a caller waits although it could be served: {self:?}");
                assert!(self.is_refreshing(), "it waits for nothing: {self:?}");
                assert_eq!(self.air.map(|(_, _, starter)| starter), Some(starter));
            }
            Decision::Fail(error, left) => {
                assert!(!self.usable(), "a caller fails although it could be served: {self:?}");
                assert!(!self.is_refreshing(), "a caller fails although a login is under way: {self:?}");
                let Some((until, why)) = self.cooldown else { panic!("P9: no cooldown is there: {self:?}") };
                assert!(!over(self.now, until), "P9: the cooldown outlived its end: {self:?}");
                assert_eq!(error, why);
                assert_eq!(left, (until.mono - self.now.mono).min(until.wall - self.now.wall));
            }
            Decision::LoginRequired => panic!("it can log in"),
        }
    }

    /// Returns true if a credential whose login was sent at `sent` has already expired.
    pub(super) fn dead_at_birth(&self, sent: Moment, lifetime: Option<Duration>) -> bool {
        dead(self.now, sent, lifetime)
    }

    pub(super) fn landed(&mut self, ticket: Ticket, sent: Moment, lifetime: Option<Duration>, generation: u64) {
        assert_eq!(self.air.map(|(ticket, ..)| ticket), Some(ticket), "only the login under way may land");
        assert!(generation > self.latest().max(self.watermark), "P2: a new credential is a new generation");
        // If the cooldown was cleared in between, this is the first login of the new secrets.
        if ticket.reason == Reason::Forced && self.owed {
            self.forced = Some(self.now);
        }
        self.latest = Some(Born { generation, sent, answered: self.now, lifetime });
        (self.air, self.cooldown, self.owed) = (None, None, false);
    }

    pub(super) fn failed(&mut self, failure: Failure, error: u32, pause: Duration) {
        self.air = None;
        if self.forgiven {
            assert_eq!(pause, Duration::ZERO, "it may have had the old secrets: {self:?}");
            return;
        }
        let (shortest, longest) = match failure {
            Failure::Transient => (1, 60),
            Failure::Refused => (60, 33 * 60),
            Failure::Throttled { .. } => (1, 3600),
        };
        assert!((secs(shortest)..=secs(longest)).contains(&pause), "{failure:?}: {pause:?}");
        self.cooldown = Some((plus(self.now, pause), error));
    }

    pub(super) fn vanished(&mut self) {
        self.air = None;
    }

    pub(super) fn invalidated(&mut self, generation: u64, verdict: Invalidation) {
        let current = self.latest() == generation && generation > self.watermark;
        match verdict {
            Invalidation::Removed => {
                assert!(current, "P12: generation {generation} is not the current one: {self:?}");
                if !self.is_refreshing() {
                    assert!(!self.cooling_down(), "F9: no login may be made: {self:?}");
                    // An expired credential is followed by a login that was due anyway.
                    self.owed |= self.usable();
                    let soon = self.usable() && self.forced.is_some_and(|at| !over(self.now, plus(at, secs(10))));
                    assert!(!soon, "P14: too soon after a forced login: {self:?}");
                }
                self.watermark = generation;
            }
            Invalidation::Replaced => {
                assert!(!current, "a 401 of the current credential was ignored: {self:?}");
                assert!(
                    self.usable() || self.is_refreshing() || !self.cooling_down(),
                    "F9: it can only fail: {self:?}"
                );
            }
            Invalidation::Kept => {
                assert!(!self.is_refreshing(), "F11: a login is under way: {self:?}");
                let lately = self.forced.is_some_and(|at| !over(self.now, plus(at, secs(600))));
                assert!(self.cooling_down() || current && lately, "F9: a login could be made: {self:?}");
            }
        }
    }

    pub(super) fn discarded(&mut self, generation: u64, done: bool) {
        assert_eq!(done, self.latest() == generation && generation > self.watermark);
        if done {
            self.watermark = generation;
        }
    }

    pub(super) fn clear_cooldown(&mut self) {
        (self.cooldown, self.forced, self.owed) = (None, None, false);
        self.forgiven = self.air.is_some();
    }

    fn serve(&mut self, generation: u64) {
        assert!(generation > self.watermark, "P1, P11: generation {generation} was refused: {self:?}");
        assert!(self.usable(), "P1: it is dead: {self:?}");
        assert!(generation >= self.served, "P2: generation {generation} after {}", self.served);
        assert_eq!(generation, self.latest());
        self.served = generation;
    }

    fn take_off(&mut self, ticket: Ticket, caller: u32) {
        assert!(!self.is_refreshing(), "P3: two logins at once: {self:?}");
        assert!(!self.cooling_down(), "P7: a login during a cooldown: {self:?}");
        self.air = Some((ticket, self.now.mono, caller));
        self.forgiven = false;
    }

    fn usable(&self) -> bool {
        self.latest.is_some_and(|born| born.generation > self.watermark && !dead(self.now, born.sent, born.lifetime))
    }

    fn is_refreshing(&self) -> bool {
        self.air.is_some_and(|(_, since, _)| self.now.mono < since + secs(30))
    }

    fn cooling_down(&self) -> bool {
        self.cooldown.is_some_and(|(until, _)| !over(self.now, until))
    }

    /// Returns true if half the lifetime is over, or a quarter of a lifetime below 20 s, of which a second and more may
    /// be uncertain.
    fn may_be_renewed(&self) -> bool {
        let early = |lifetime| if lifetime < secs(20) { lifetime / 4 } else { lifetime / 2 };
        let earliest = |born: Born| born.lifetime.map(|lifetime| plus(born.sent, early(lifetime)));
        self.latest.and_then(earliest).is_some_and(|earliest| over(self.now, earliest))
    }

    /// Returns true if a renewal is due without jitter. Ignores credentials that were issued too close to their expiry
    /// to be renewed on time.
    fn overdue(&self) -> bool {
        let Some(born) = self.latest else { return false };
        let Some(lifetime) = born.lifetime else { return false };
        let born_late = over(born.answered, plus(born.sent, lifetime / 2));
        !born_late && over(self.now, plus(born.sent, lifetime - (lifetime / 8).min(secs(86_400))))
    }
}

fn plus(at: Moment, span: Duration) -> Moment {
    Moment { mono: at.mono + span, wall: at.wall + span }
}

fn over(now: Moment, deadline: Moment) -> bool {
    now.mono >= deadline.mono || now.wall >= deadline.wall
}

fn dead(now: Moment, sent: Moment, lifetime: Option<Duration>) -> bool {
    let cut = |lifetime: Duration| if lifetime < secs(1) { Duration::ZERO } else { secs(1).min(lifetime * 7 / 16) };
    let margin = |lifetime: Duration| (lifetime / 16 + cut(lifetime)).min(secs(60));
    lifetime.is_some_and(|lifetime| lifetime.is_zero() || over(now, plus(sent, lifetime - margin(lifetime))))
}
