//! Events in the order of time.

use std::ops::Range;
use std::time::Duration;

/// Times in milliseconds since the start, as `u32` to save memory: without a store there are millions.
#[derive(Clone, Debug, Default)]
pub struct Log(Vec<u32>);

impl Log {
    pub(crate) fn add(&mut self, at: Duration) {
        self.0.push(millis(at));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the number of events from then on.
    pub(crate) fn since(&self, from: Duration) -> usize {
        self.0.len() - self.0.partition_point(|at| *at < millis(from))
    }

    /// Returns the events within a part of the time.
    pub(crate) fn within(&self, part: &Range<Duration>) -> Self {
        let from = self.0.partition_point(|at| *at < millis(part.start));
        let to = self.0.partition_point(|at| *at < millis(part.end));
        Self(self.0[from..to.max(from)].to_vec())
    }

    /// Returns the largest number of events in any span of this length, wherever it begins.
    pub(crate) fn most_in(&self, span: Duration) -> usize {
        let mut first = 0;
        let mut most = 0;
        for (last, at) in self.0.iter().enumerate() {
            while at - self.0[first] >= millis(span) {
                first += 1;
            }
            most = most.max(last + 1 - first);
        }
        most
    }
}

fn millis(span: Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_in_a_second_is_counted_wherever_the_second_begins() {
        let mut log = Log::default();
        for at in [0, 900, 1_100, 1_899, 1_900, 5_000] {
            log.add(Duration::from_millis(at));
        }
        assert_eq!(log.most_in(Duration::from_secs(1)), 3);
        assert_eq!(log.since(Duration::from_secs(1)), 4);
        assert_eq!(log.within(&(Duration::from_secs(1)..Duration::from_secs(2))).len(), 3);
    }
}
