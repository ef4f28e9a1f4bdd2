//! Cooldowns after failed logins, and the limit on logins that a 401 forces.

use std::time::Duration;

use crate::backoff::doubled;
use crate::clock::Moment;

const MINUTE: u64 = 60;
/// The cooldowns after refused logins. Accounts lock after three to ten wrong passwords, so these are much longer than
/// after an outage.
const REFUSED_MINUTES: [u64; 4] = [1, 5, 15, 30];
const MIN_COOLDOWN: Duration = Duration::from_secs(1);
const FIRST_THROTTLE: Duration = Duration::from_secs(5);
const MAX_THROTTLE: Duration = Duration::from_secs(3600);
/// The minimum time between two forced logins.
const FORCED_PAUSE: Duration = Duration::from_secs(10);
const MAX_FORCED_PAUSE: Duration = Duration::from_secs(300);

/// The kind of a failed login, which determines the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The network or the server failed. The same secrets may work soon.
    Transient,
    /// The provider refused the secrets or the address. Sending them again changes nothing.
    Refused,
    /// The provider asked for a pause.
    Throttled { retry_after: Option<Duration> },
}

/// A running cooldown: no login is sent, and callers without a credential get `error` at once.
#[derive(Clone, Debug)]
pub(crate) struct Cooldown<E> {
    pub(crate) until: Moment,
    pub(crate) error: E,
}

/// The pause between two readings of the secrets during a cooldown.
const REREAD_PAUSE: Duration = Duration::from_millis(500);
const MAX_REREAD_PAUSE: Duration = Duration::from_secs(60);

/// The readings of an account's secrets during a cooldown. The cooldown belongs to the secrets that failed, so new ones
/// are sent at once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rereads {
    next: Option<Moment>,
    pause: Duration,
}

impl Rereads {
    /// Plans the first reading of a cooldown. The pause doubles, up to a minute, if a new secret has failed: a file
    /// that keeps changing must not become a login for each change.
    pub(crate) fn plan(&mut self, now: Moment, was_new: bool) {
        self.pause = if was_new { self.pause.saturating_mul(2).min(MAX_REREAD_PAUSE) } else { REREAD_PAUSE };
        self.next = Some(now.plus(self.pause));
    }

    /// Plans none, for a cooldown that is about more than the secrets.
    pub(crate) fn stop(&mut self) {
        self.next = None;
    }

    pub(crate) fn are_due(&self, now: Moment) -> bool {
        self.next.is_some_and(|next| now.reached(next))
    }

    /// Records that a reading has started.
    pub(crate) fn started(&mut self, now: Moment) {
        self.next = Some(now.plus(self.pause));
    }
}

/// The number of consecutive failures of each kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Failures {
    transient: u32,
    refused: u32,
    throttled: u32,
}

impl Failures {
    /// Raises the counts of refused and transient failures to those that other processes reported.
    pub(crate) fn raise(&mut self, (refused, transient): (u32, u32)) {
        self.refused = self.refused.max(refused);
        self.transient = self.transient.max(transient);
    }

    /// Returns the counts of refused and transient failures.
    pub(crate) fn counts(&self) -> (u32, u32) {
        (self.refused, self.transient)
    }

    /// Counts a failure and returns its cooldown. `left` is the remaining lifetime of a live credential, `jitter` is in
    /// 0..1.
    pub(crate) fn cooldown(&mut self, failure: Failure, left: Option<Duration>, jitter: f64) -> Duration {
        let jitter = jitter.clamp(0.0, 1.0);
        match failure {
            Failure::Transient => {
                let cap = left.map_or(Duration::MAX, |left| left / 4).min(Duration::from_secs(MINUTE));
                let cooldown = doubled(MIN_COOLDOWN, self.transient).min(cap).mul_f64(jitter);
                self.transient = self.transient.saturating_add(1);
                cooldown.max(MIN_COOLDOWN)
            }
            Failure::Refused => {
                let minutes = REFUSED_MINUTES[(self.refused as usize).min(REFUSED_MINUTES.len() - 1)];
                self.refused = self.refused.saturating_add(1);
                Duration::from_secs(MINUTE * minutes).mul_f64(1.0 + jitter / 10.0)
            }
            Failure::Throttled { retry_after } => {
                let cooldown = retry_after.unwrap_or_else(|| doubled(FIRST_THROTTLE, self.throttled));
                self.throttled = self.throttled.saturating_add(1);
                cooldown.clamp(MIN_COOLDOWN, MAX_THROTTLE)
            }
        }
    }
}

/// The limit on forced logins. If a new credential gets a 401 at once, another login does not help.
///
/// The pause counts from a forced login only, so a first credential that is revoked at once is replaced at once. The
/// pause doubles as long as each forced login brings a credential that gets a 401 before it has served a request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ForcedLogins {
    /// The pause after the next login if a 401 forces it; otherwise `None`.
    next: Option<Duration>,
    last: Option<ForcedLogin>,
}

#[derive(Clone, Copy, Debug)]
struct ForcedLogin {
    at: Moment,
    pause: Duration,
    credential: Proof,
}

/// The evidence about the credential of the last forced login, or of a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Unknown,
    /// It got a 401 while no other login could be forced.
    Invalid,
    /// A request with it got an answer other than 401.
    Served,
}

impl ForcedLogin {
    fn new(at: Moment, pause: Duration) -> Self {
        Self { at, pause, credential: Proof::Unknown }
    }

    fn is_over(&self, now: Moment) -> bool {
        now.reached(self.at.plus(self.pause))
    }
}

impl ForcedLogins {
    /// Requests a forced login. Returns false if the last one is too recent.
    pub(crate) fn ask(&mut self, now: Moment) -> bool {
        let pause = match &mut self.last {
            Some(last) if !last.is_over(now) => {
                if last.credential == Proof::Unknown {
                    last.credential = Proof::Invalid;
                }
                return false;
            }
            Some(last) if last.credential != Proof::Served => (last.pause * 2).min(MAX_FORCED_PAUSE),
            _ => FORCED_PAUSE,
        };
        self.next = Some(pause);
        true
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.next.is_some()
    }

    /// Records that the latest credential served a request, which resets the pause to its minimum.
    pub(crate) fn served(&mut self) {
        self.next = self.next.map(|_| FORCED_PAUSE);
        if let Some(last) = &mut self.last {
            *last = ForcedLogin { pause: FORCED_PAUSE, credential: Proof::Served, ..*last };
        }
    }

    /// Records a 401 to a request that the client did not send.
    ///
    /// If it is the first 401 and comes after the minimum pause, the credential is assumed to have served before.
    pub(crate) fn invalidated_unseen(&mut self, now: Moment) {
        if let Some(ForcedLogin { at, credential: Proof::Unknown, .. }) = self.last
            && now.reached(at.plus(FORCED_PAUSE))
        {
            self.served();
        }
    }

    /// Returns true if it matters whether the latest credential serves a request.
    pub(crate) fn is_unproven(&self) -> bool {
        self.last.is_some_and(|last| last.credential != Proof::Served)
    }

    /// Records a successful login. A forced one starts the pause.
    pub(crate) fn succeeded(&mut self, now: Moment, forced: bool) {
        let pause = self.next.take();
        if forced {
            self.last = pause.map(|pause| ForcedLogin::new(now, pause));
        } else {
            // After twice the pause, the next pause starts at the minimum again.
            self.last.take_if(|last| now.reached(last.at.plus(last.pause * 2)));
        }
    }

    /// Records that the login which succeeded now was another process's login of this age, and whether a 401 forced it.
    pub(crate) fn adopted(&mut self, now: Moment, age: Duration, forced: bool) {
        let at = now.minus(age);
        match &mut self.last {
            Some(last) if last.at == now => last.at = at,
            Some(_own_pause) => {}
            None if forced && Self::is_recent(age) => self.last = Some(ForcedLogin::new(at, FORCED_PAUSE)),
            None => {}
        }
    }

    /// Returns true if a login that was forced this long ago still limits others.
    pub(crate) fn is_recent(age: Duration) -> bool {
        age < FORCED_PAUSE
    }

    /// Returns true if no forced login is requested and the last one no longer limits others.
    pub(crate) fn is_settled(&self) -> bool {
        self.next.is_none() && self.last.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn refused_secrets_wait_a_minute_then_five_fifteen_and_thirty() {
        let mut failures = Failures::default();
        let pauses: Vec<_> = (0..5).map(|_| failures.cooldown(Failure::Refused, None, 0.0)).collect();
        assert_eq!(pauses, [secs(60), secs(300), secs(900), secs(1800), secs(1800)]);
        assert_eq!(Failures::default().cooldown(Failure::Refused, None, 1.0), secs(66), "with up to a tenth on top");
    }

    #[test]
    fn transient_failures_double_from_a_second_to_a_minute_with_full_jitter() {
        let mut failures = Failures::default();
        let pauses: Vec<_> = (0..8).map(|_| failures.cooldown(Failure::Transient, None, 1.0)).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60].map(secs));
        assert_eq!(failures.cooldown(Failure::Transient, None, 0.5), secs(30));
        assert_eq!(failures.cooldown(Failure::Transient, None, 0.0), secs(1));
    }

    #[test]
    fn a_live_credential_near_its_end_is_retried_sooner() {
        let mut failures = Failures { transient: 9, ..Failures::default() };
        assert_eq!(failures.cooldown(Failure::Transient, Some(secs(40)), 1.0), secs(10));
        assert_eq!(failures.cooldown(Failure::Transient, Some(secs(2)), 1.0), secs(1));
    }

    #[test]
    fn a_retry_after_is_kept_within_bounds_and_without_one_the_pause_doubles() {
        let mut failures = Failures::default();
        let stated = |after| Failure::Throttled { retry_after: Some(after) };
        assert_eq!(failures.cooldown(stated(secs(7)), None, 0.9), secs(7));
        assert_eq!(failures.cooldown(stated(Duration::ZERO), None, 0.9), secs(1));
        assert_eq!(failures.cooldown(stated(secs(7200)), None, 0.9), secs(3600));
        let mut failures = Failures::default();
        let unstated = Failure::Throttled { retry_after: None };
        let pauses: Vec<_> = (0..3).map(|_| failures.cooldown(unstated, None, 0.9)).collect();
        assert_eq!(pauses, [5, 10, 20].map(secs));
    }
}
