//! The exponential back-off with full jitter that spaces login attempts and retries of requests.

use std::time::Duration;

/// Counts repetitions and spaces them: 250 ms, doubled each time up to 2 s, times the jitter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    left: u32,
    made: u32,
}

impl Backoff {
    const FIRST_PAUSE: Duration = Duration::from_millis(250);
    pub(crate) const MAX_PAUSE: Duration = Duration::from_secs(2);

    /// Allows this many repetitions.
    pub(crate) fn new(repetitions: u32) -> Self {
        Self { left: repetitions, made: 0 }
    }

    pub(crate) fn is_exhausted(self) -> bool {
        self.left == 0
    }

    /// Returns the number of the current attempt, from 1.
    pub(crate) fn attempt(self) -> u32 {
        self.made.saturating_add(1)
    }

    /// Counts a repetition and returns the pause before it. `jitter` is in 0..1. Returns `None` if none is left.
    pub(crate) fn next(&mut self, jitter: f64) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let pause = doubled(Self::FIRST_PAUSE, self.made).min(Self::MAX_PAUSE).mul_f64(jitter);
        self.made = self.made.saturating_add(1);
        Some(pause)
    }
}

/// Doubles a pause this many times.
pub(crate) fn doubled(pause: Duration, times: u32) -> Duration {
    pause.saturating_mul(1 << times.min(16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_a_quarter_of_a_second_to_two_seconds() {
        let mut backoff = Backoff::new(40);
        let pauses: Vec<_> = (0..40).filter_map(|_| backoff.next(1.0)).map(|pause| pause.as_millis()).collect();
        assert_eq!(pauses[..5], [250, 500, 1000, 2000, 2000]);
        assert_eq!((pauses.len(), pauses[39]), (40, 2000));
        assert_eq!(backoff.next(1.0), None);
    }

    #[test]
    fn the_jitter_draws_a_part_of_each_pause() {
        let pause = |jitter| Backoff::new(1).next(jitter).unwrap().as_millis();
        assert_eq!((pause(0.0), pause(0.5), pause(1.0)), (0, 125, 250));
    }

    #[test]
    fn attempts_count_from_one_and_repetitions_end() {
        let mut backoff = Backoff::new(1);
        assert_eq!((backoff.attempt(), backoff.is_exhausted()), (1, false));
        assert!(backoff.next(1.0).is_some());
        assert_eq!((backoff.attempt(), backoff.is_exhausted()), (2, true));
    }
}
