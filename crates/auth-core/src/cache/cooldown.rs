//! How long no login is sent after one has failed.

use std::time::Duration;

use crate::clock::Moment;

const MINUTE: u64 = 60;
/// Passwords lock after three to ten tries, so a refused one waits much longer than a server that is down.
const REFUSED: [Duration; 4] = [
    Duration::from_secs(MINUTE),
    Duration::from_secs(5 * MINUTE),
    Duration::from_secs(15 * MINUTE),
    Duration::from_secs(30 * MINUTE),
];
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST_THROTTLE: Duration = Duration::from_secs(3600);

/// Why a login failed, as far as the next try is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The network or the server; the same secrets may work soon.
    Transient,
    /// The secrets, or the address: sending them again changes nothing.
    Refused,
    /// The provider asked for a pause.
    Throttled { retry_after: Option<Duration> },
}

/// A closed cooldown: until then no login is sent, and callers without a credential get `error` at once.
#[derive(Clone, Debug)]
pub(crate) struct Cooldown<E> {
    pub(crate) until: Moment,
    pub(crate) error: E,
}

/// How often in a row each kind of failure was met.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Failures {
    transient: u32,
    refused: u32,
    throttled: u32,
}

impl Failures {
    /// The secrets were refused, and logins failed otherwise, so often in a row, by what others say.
    #[cfg(feature = "store")]
    pub(crate) fn recall(&mut self, refused: u32, transient: u32) {
        self.refused = self.refused.max(refused);
        self.transient = self.transient.max(transient);
    }

    #[cfg(feature = "store")]
    pub(crate) fn in_a_row(&self) -> (u32, u32) {
        (self.refused, self.transient)
    }

    /// The pause after one more failure. `left` is what is left of a live credential; `jitter` in 0..1 is the jitter.
    pub(crate) fn pause(&mut self, failure: Failure, left: Option<Duration>, jitter: f64) -> Duration {
        let jitter = jitter.clamp(0.0, 1.0);
        match failure {
            Failure::Transient => {
                let cap = left.map_or(Duration::MAX, |left| left / 4).min(Duration::from_secs(MINUTE));
                let pause = doubled(SHORTEST, self.transient).min(cap).mul_f64(jitter);
                self.transient = self.transient.saturating_add(1);
                pause.max(SHORTEST)
            }
            Failure::Refused => {
                let step = REFUSED[(self.refused as usize).min(REFUSED.len() - 1)];
                self.refused = self.refused.saturating_add(1);
                step.mul_f64(1.0 + jitter / 10.0)
            }
            Failure::Throttled { retry_after } => {
                let pause = retry_after.unwrap_or_else(|| doubled(Duration::from_secs(5), self.throttled));
                self.throttled = self.throttled.saturating_add(1);
                pause.clamp(SHORTEST, LONGEST_THROTTLE)
            }
        }
    }
}

fn doubled(base: Duration, times: u32) -> Duration {
    base.saturating_mul(1 << times.min(16))
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
        let pauses: Vec<_> = (0..5).map(|_| failures.pause(Failure::Refused, None, 0.0)).collect();
        assert_eq!(pauses, [secs(60), secs(300), secs(900), secs(1800), secs(1800)]);
        assert_eq!(Failures::default().pause(Failure::Refused, None, 1.0), secs(66), "with up to a tenth on top");
    }

    #[test]
    fn transient_failures_double_up_to_a_minute_with_full_jitter_and_never_under_a_second() {
        let mut failures = Failures::default();
        let pauses: Vec<_> = (0..8).map(|_| failures.pause(Failure::Transient, None, 1.0)).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60].map(secs));
        assert_eq!(failures.pause(Failure::Transient, None, 0.5), secs(30));
        assert_eq!(failures.pause(Failure::Transient, None, 0.0), secs(1));
    }

    #[test]
    fn a_live_credential_near_its_end_is_retried_sooner() {
        let mut failures = Failures { transient: 9, ..Failures::default() };
        assert_eq!(failures.pause(Failure::Transient, Some(secs(40)), 1.0), secs(10));
        assert_eq!(failures.pause(Failure::Transient, Some(secs(2)), 1.0), secs(1));
    }

    #[test]
    fn a_stated_pause_is_kept_between_a_second_and_an_hour_and_an_unstated_one_doubles_from_five_seconds() {
        let mut failures = Failures::default();
        let stated = |after| Failure::Throttled { retry_after: Some(after) };
        assert_eq!(failures.pause(stated(secs(7)), None, 0.9), secs(7));
        assert_eq!(failures.pause(stated(Duration::ZERO), None, 0.9), secs(1));
        assert_eq!(failures.pause(stated(secs(7200)), None, 0.9), secs(3600));
        let mut failures = Failures::default();
        let unstated = Failure::Throttled { retry_after: None };
        let pauses: Vec<_> = (0..3).map(|_| failures.pause(unstated, None, 0.9)).collect();
        assert_eq!(pauses, [5, 10, 20].map(secs));
    }
}
