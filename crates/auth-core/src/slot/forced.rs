//! Logins that a 401 forces are held apart: a new credential that is refused at once is not a credential's problem.

use std::time::Duration;

use crate::clock::Moment;

const PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Which login is to be forced, and when the last one was.
///
/// The pause counts from a forced login only, so that a first login that is revoked at once is healed at once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Forced {
    /// The next login is forced, and keeps others like it away for this long.
    next: Option<Duration>,
    last: Option<(Moment, Duration)>,
}

impl Forced {
    /// Asks that the next login be forced; `false` if the last one that was is too recent.
    pub(crate) fn ask(&mut self, now: Moment) -> bool {
        let pause = match self.last {
            Some((at, pause)) if !now.reached(at.plus(pause)) => return false,
            Some((at, pause)) if !now.reached(at.plus(pause * 2)) => (pause * 2).min(LONGEST_PAUSE),
            _ => PAUSE,
        };
        self.next = Some(pause);
        true
    }

    /// Whether the next login is to be forced.
    pub(crate) fn is_asked(&self) -> bool {
        self.next.is_some()
    }

    /// A login succeeded: if it was the forced one, the pause begins; what was asked is done in any case.
    pub(crate) fn landed(&mut self, now: Moment, forced: bool) {
        let pause = self.next.take();
        if forced {
            self.last = pause.map(|pause| (now, pause));
        } else {
            // Long over: the next pause is as long as if there had been none.
            self.last.take_if(|(at, pause)| now.reached(at.plus(*pause * 2)));
        }
    }

    /// What landed now was forced so much earlier.
    #[cfg(feature = "store")]
    pub(crate) fn was_before(&mut self, now: Moment, by: Duration) {
        if let Some((at, _)) = self.last.as_mut().filter(|(at, _)| *at == now) {
            *at = at.minus(by);
        }
    }

    /// Whether a login that was forced so long ago keeps others like it away.
    #[cfg(feature = "store")]
    pub(crate) fn is_recent(age: Duration) -> bool {
        age < PAUSE
    }

    /// Another process forced the login of what is here, at that time.
    #[cfg(feature = "store")]
    pub(crate) fn was_elsewhere(&mut self, at: Moment) {
        if self.last.is_none() {
            self.last = Some((at, PAUSE));
        }
    }

    /// Whether nothing is asked, and the last one that was is long over.
    pub(crate) fn is_settled(&self) -> bool {
        self.next.is_none() && self.last.is_none()
    }
}
