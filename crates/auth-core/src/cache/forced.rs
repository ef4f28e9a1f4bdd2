//! Logins that a 401 forces are held apart: a new credential that is refused at once is not a credential's problem.

use std::time::Duration;

use crate::clock::Moment;

const PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Which login is to be forced, and when the last one was.
///
/// The pause counts from a forced login only, so that a first login that is revoked at once is healed at once. It doubles
/// while each forced login brings a credential that is refused before it served a request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Forced {
    /// The next login is forced, and keeps others like it away for this long.
    next: Option<Duration>,
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    at: Moment,
    pause: Duration,
    credential: Credential,
}

/// Whether the credential of the last forced login, or of one since, is good for anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Credential {
    Unknown,
    /// It was refused while no other login could be forced.
    Refused,
    /// A request with it was answered by something other than 401.
    Served,
}

impl Last {
    fn new(at: Moment, pause: Duration) -> Self {
        Self { at, pause, credential: Credential::Unknown }
    }

    fn is_over(&self, now: Moment) -> bool {
        now.reached(self.at.plus(self.pause))
    }
}

impl Forced {
    /// Asks that the next login be forced; `false` if the last one that was is too recent.
    pub(crate) fn ask(&mut self, now: Moment) -> bool {
        let pause = match &mut self.last {
            Some(last) if !last.is_over(now) => {
                if last.credential == Credential::Unknown {
                    last.credential = Credential::Refused;
                }
                return false;
            }
            Some(last) if last.credential != Credential::Served => (last.pause * 2).min(LONGEST_PAUSE),
            _ => PAUSE,
        };
        self.next = Some(pause);
        true
    }

    /// Whether the next login is to be forced.
    pub(crate) fn is_asked(&self) -> bool {
        self.next.is_some()
    }

    /// The latest credential served a request: the pause is as short as it gets.
    pub(crate) fn served(&mut self) {
        self.next = self.next.map(|_| PAUSE);
        if let Some(last) = &mut self.last {
            *last = Last { pause: PAUSE, credential: Credential::Served, ..*last };
        }
    }

    /// The latest credential was refused by an answer that the client did not see. If that is the first refusal, and comes
    /// after the shortest pause, the credential presumably served in the meantime.
    pub(crate) fn refused_unseen(&mut self, now: Moment) {
        if let Some(Last { at, credential: Credential::Unknown, .. }) = self.last
            && now.reached(at.plus(PAUSE))
        {
            self.served();
        }
    }

    /// Whether it matters that the latest credential serves.
    pub(crate) fn is_unproven(&self) -> bool {
        self.last.is_some_and(|last| last.credential != Credential::Served)
    }

    /// A login succeeded: if it was the forced one, the pause begins; what was asked is done in any case.
    pub(crate) fn landed(&mut self, now: Moment, forced: bool) {
        let pause = self.next.take();
        if forced {
            self.last = pause.map(|pause| Last::new(now, pause));
        } else {
            // Long over: the next pause is as long as if there had been none.
            self.last.take_if(|last| now.reached(last.at.plus(last.pause * 2)));
        }
    }

    /// What landed now was forced so much earlier.
    #[cfg(feature = "store")]
    pub(crate) fn was_before(&mut self, now: Moment, by: Duration) {
        if let Some(last) = self.last.as_mut().filter(|last| last.at == now) {
            last.at = last.at.minus(by);
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
            self.last = Some(Last::new(at, PAUSE));
        }
    }

    /// Whether nothing is asked, and the last one that was is long over.
    pub(crate) fn is_settled(&self) -> bool {
        self.next.is_none() && self.last.is_none()
    }
}
