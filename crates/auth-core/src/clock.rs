//! The only source of time.
//!
//! Two clocks are read together: the monotonic clock misses a suspend, and the wall clock may be set back. A deadline
//! has passed as soon as either clock says so. Reading both costs some 20 ns, so a reading is reused for one tick of a
//! third clock, which is coarse and cheap.

use std::any::TypeId;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use tokio::time::Instant;

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The time since the client was created. It never decreases.
    pub(crate) mono: Duration,
    /// The time since the Unix epoch. It may be wrong, and may jump.
    pub(crate) wall: Duration,
}

impl Moment {
    pub(crate) fn plus(self, span: Duration) -> Self {
        Self { mono: self.mono.saturating_add(span), wall: self.wall.saturating_add(span) }
    }

    pub(crate) fn minus(self, span: Duration) -> Self {
        Self { mono: self.mono.saturating_sub(span), wall: self.wall.saturating_sub(span) }
    }

    pub(crate) fn earlier(self, other: Self) -> Self {
        Self { mono: self.mono.min(other.mono), wall: self.wall.min(other.wall) }
    }

    /// Returns true if the deadline has passed by either clock.
    pub(crate) fn reached(self, deadline: Self) -> bool {
        self.mono >= deadline.mono || self.wall >= deadline.wall
    }

    /// Returns the time until the deadline by the clock that is further ahead.
    pub(crate) fn until(self, deadline: Self) -> Duration {
        let mono = deadline.mono.saturating_sub(self.mono);
        let wall = deadline.wall.saturating_sub(self.wall);
        mono.min(wall)
    }
}

/// The system's clocks. In unit tests, the wall clock can be shifted.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    origin: Instant,
    #[cfg(test)]
    shift: std::sync::Arc<std::sync::Mutex<time::Duration>>,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
            #[cfg(test)]
            shift: std::sync::Arc::default(),
        }
    }

    /// Reads both clocks.
    ///
    /// Tokio's clock is the system's monotonic clock, unless a user's test has paused it.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(crate) fn now(&self) -> Moment {
        #[cfg(all(test, shuttle))]
        if let Some(now) = crate::sync::model::now() {
            return now;
        }
        let mono = Instant::now().saturating_duration_since(self.origin);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        #[cfg(test)]
        let wall = self.shifted(wall);
        Moment { mono, wall }
    }

    /// Returns the monotonic time with a resolution of some milliseconds, since an unspecified start.
    pub(crate) fn coarse(&self) -> Duration {
        self.coarse_at(tick())
    }

    /// Returns the same for a tick that was read before.
    pub(crate) fn coarse_at(&self, tick: Option<u64>) -> Duration {
        tick.map_or_else(|| self.now().mono, |tick| coarsetime::Duration::from_ticks(tick).into())
    }

    /// Returns the same in seconds, to find idle accounts.
    pub(crate) fn second(&self) -> u32 {
        u32::try_from(self.coarse().as_secs()).unwrap_or(u32::MAX)
    }

    #[cfg(test)]
    pub(crate) fn shift_wall(&self, by: time::Duration) {
        *self.shift.lock().expect("no test panics while it shifts the clock") += by;
    }

    #[cfg(test)]
    fn shifted(&self, wall: Duration) -> Duration {
        let shift = *self.shift.lock().expect("no test panics while it shifts the clock");
        (time::Duration::try_from(wall).unwrap_or_default() + shift).try_into().unwrap_or_default()
    }
}

/// A value that no tick has.
pub(crate) const NO_TICK: u64 = 0;

/// Returns the current tick of the system's coarse monotonic clock. A tick is 1 to 16 ms long. Returns `None` if
/// Tokio's clock can be paused, as in tests, because it may then advance by hours within a tick.
#[inline]
pub(crate) fn tick() -> Option<u64> {
    #[cfg(all(test, shuttle))]
    if let Some(tick) = crate::sync::model::tick() {
        return Some(tick);
    }
    if tokio_can_pause() {
        return None;
    }
    Some(coarsetime::Instant::now_without_cache_update().as_ticks())
}

/// Returns true if Tokio's clock can be paused in this build, because some crate in it enables Tokio's feature
/// `test-util`.
///
/// This is known at compile time: only then does `tokio::time::pause` exist, and the import shadows the function below.
#[inline]
fn tokio_can_pause() -> bool {
    #[allow(
        unused_imports,
        clippy::wildcard_imports,
        reason = "what may not be there is imported with all that is"
    )]
    use tokio::time::*;
    type_of_result(pause) != TypeId::of::<NoPause>()
}

struct NoPause;

#[allow(dead_code, reason = "in tests, Tokio's is nearer")]
fn pause() -> NoPause {
    NoPause
}

fn type_of_result<T: 'static>(_: fn() -> T) -> TypeId {
    TypeId::of::<T>()
}

/// Returns the wall clock, for the rare absolute times for which the provider gives no time of its own to compare with.
pub(crate) fn wall_time() -> OffsetDateTime {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    OffsetDateTime::from(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(mono: u64, wall: u64) -> Moment {
        Moment { mono: Duration::from_secs(mono), wall: Duration::from_secs(wall) }
    }

    #[test]
    fn a_deadline_is_reached_when_either_clock_says_so() {
        let deadline = moment(10, 110);
        assert!(!moment(9, 109).reached(deadline));
        assert!(moment(10, 50).reached(deadline), "the wall clock was set back");
        assert!(moment(1, 110).reached(deadline), "the machine was suspended");
    }

    #[test]
    fn a_clock_that_can_be_paused_has_no_ticks() {
        assert!(tokio_can_pause(), "these tests have test-util");
        assert_eq!(tick(), None);
    }

    #[test]
    fn the_nearer_clock_tells_what_is_left() {
        assert_eq!(moment(4, 109).until(moment(10, 110)), Duration::from_secs(1));
        assert_eq!(moment(20, 0).until(moment(10, 110)), Duration::ZERO);
    }
}
