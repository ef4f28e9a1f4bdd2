//! A part of a quota, which a machine or a process has while the store that counts for all machines is gone. It is pure
//! and gets the time as an argument.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::exchange::{Take, Taken, Window, millis};
use super::ledger::{GRAINS, Ledger, MAX_PROCESSES, Millis, line};

/// The part of what a machine had that it does not use until nothing that the fleet's store granted counts any more.
const RESERVE: u32 = 16;

/// The part of a quota that the processes of one machine have together while the store that counts for all machines is
/// gone. A store that keeps it as JSON, and changes it under a lock, can grant permits as a
/// [fallback](crate::store::SharedStore::fallback).
///
/// The part is that of the machine's processes among all processes that the fleet's store has counted. Until no permit
/// of the fleet's store counts any more, a machine has at most what its processes had used and its part of what was
/// left, less a sixteenth. So all machines together stay within the quota when an outage begins.
///
/// ```
/// # #[cfg(feature = "store")] {
/// use auth_core::store::{Part, Take, Taken, Window};
/// use std::time::Duration;
///
/// let mut part = Part::default();
/// let mut take = Take::new(vec![Window::new(100, Duration::from_secs(60))]);
/// take.want = 50;
/// assert_eq!(part.take(1_000, &take), None); // The fleet's store has not answered yet.
///
/// // It has counted five processes, of which one is on this machine. All of the quota is left.
/// let mut answer = Take::new(take.windows.clone());
/// answer.fleet = Some(Taken { processes: 5, left: 100, ..Taken::default() });
/// part.take(2_000, &answer);
/// assert_eq!(part.take(3_000, &take).map(|taken| taken.count), Some(19)); // One is left to a login.
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    ledger: Ledger,
    /// The processes that have this part together, and when each asked last; the latest are at the end.
    processes: Vec<(u32, Millis)>,
    fleet: Option<Fleet>,
    /// The time of the last question.
    asked: Millis,
}

/// The last answer of the fleet's store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Fleet {
    /// The number of all processes.
    processes: u32,
    /// The number of requests that were left to all.
    left: u32,
    at: Millis,
    /// The time of the first question after it.
    gone_since: Option<Millis>,
    /// The time until the last permit was used that had been granted then.
    line: Millis,
    /// The number of those permits in each window that the processes of this part reported.
    reported: Vec<u32>,
}

impl Fleet {
    /// Returns the time at which the last permit is used that the fleet's store has granted.
    fn ends(&self, now: Millis) -> Millis {
        // Others may have got places in line since the answer: a line as long as then begins with the outage.
        self.gone_since.unwrap_or(now).saturating_add(self.line)
    }
}

impl Part {
    /// Records an answer of the fleet's store if there is one in [`Take::fleet`]. Otherwise records what a process
    /// reports, and grants permits. `now` is in milliseconds, by the same clock each time.
    ///
    /// Returns `None` if the fleet's store has not answered a process of this machine for so long that it is unknown
    /// how many there are.
    ///
    /// ```
    /// # #[cfg(feature = "store")] {
    /// use auth_core::store::{Part, Take};
    ///
    /// assert_eq!(Part::default().take(1_000, &Take::new(Vec::new())), None);
    /// # }
    /// ```
    #[cfg(any(test, feature = "store"))]
    pub fn take(&mut self, now: u64, take: &Take) -> Option<Taken> {
        let longest = longest(&take.windows);
        // After so long without a question, or with a clock that was set back, the answer says nothing of today.
        let is_known = (self.asked..=self.asked.saturating_add(2 * line(longest))).contains(&now);
        self.fleet.take_if(|_| !is_known);
        self.asked = now;
        if let Some(answer) = &take.fleet {
            self.learn(now, take.process, longest, answer);
            return Some(Taken::default());
        }
        self.grant(now, take)
    }

    /// Records an answer of the fleet's store to a process.
    pub(super) fn learn(&mut self, now: Millis, process: u32, longest: Millis, answer: &Taken) {
        self.processes.retain(|(other, seen)| *other != process && seen.saturating_add(line(longest)) > now);
        self.processes.push((process, now));
        if self.processes.len() > MAX_PROCESSES {
            self.processes.remove(0);
        }
        let (processes, left, line) = (answer.processes, answer.left, millis(answer.kept_for).saturating_sub(longest));
        self.fleet = Some(Fleet { processes, left, at: now, gone_since: None, line, reported: Vec::new() });
    }

    /// Records what a process reports, and grants permits.
    pub(super) fn grant(&mut self, now: Millis, take: &Take) -> Option<Taken> {
        self.report(now, take)?;
        let (windows, changes_in, closed) = self.windows(now, take)?;
        let observed = take.observed.filter(|_| self.has_all());
        let want = if closed.is_zero() { take.want } else { 0 };
        let asked = Take { windows, want, spent: Vec::new(), knows: Duration::ZERO, observed, ..take.clone() };
        let mut taken = self.ledger.take(now, &asked);
        // A caller need not wait for longer than until the next change.
        taken.retry_in = changes_in.map_or(taken.retry_in, |change| taken.retry_in.min(change)).max(closed);
        Some(taken)
    }

    /// Adds the permits that a process was granted elsewhere. Those of its first report after an answer of the fleet's
    /// store are from before.
    fn report(&mut self, now: Millis, take: &Take) -> Option<()> {
        let longest = longest(&take.windows);
        let fleet = self.fleet.as_mut()?;
        let place = self.processes.iter().position(|(process, _)| *process == take.process);
        let seen = place.map(|place| self.processes.remove(place).1);
        let is_first = take.want > 0 && seen.is_some_and(|seen| seen <= fleet.at);
        if take.want > 0 {
            fleet.gone_since.get_or_insert(now);
        }
        if let Some(seen) = seen {
            self.processes.push((take.process, if take.want > 0 { now } else { seen }));
        }
        fleet.reported.resize(take.windows.len(), 0);
        for spent in &take.spent {
            let end = now.saturating_add(millis(spent.left)).saturating_sub(longest);
            // It may have been rounded up.
            let grain = take.windows.iter().map(Window::millis).min().unwrap_or(1) / GRAINS;
            let begin = end.saturating_sub(grain);
            self.ledger.record(now, (begin, end), spent.count, &take.windows);
            // A machine whose files had failed too is told later what its processes took of their own parts meanwhile.
            let is_before = is_first && begin <= fleet.at.saturating_add(fleet.line);
            for (window, sum) in take.windows.iter().zip(&mut fleet.reported).filter(|_| is_before) {
                // What a process had used long before does not come back to it.
                if end.saturating_add(window.millis()) > now {
                    *sum = sum.saturating_add(spent.count);
                }
            }
        }
        Some(())
    }

    /// Returns the windows of this part, the time until they change, and the time for which nothing is granted.
    fn windows(&self, now: Millis, take: &Take) -> Option<(Vec<Window>, Option<Duration>, Duration)> {
        let fleet = self.fleet.as_ref()?;
        let (count, of) = (self.count(), fleet.processes);
        let ends = fleet.ends(now);
        let mut closed = 0;
        let mut changes_in = None::<Duration>;
        let windows = take.windows.iter().enumerate().map(|(place, whole)| {
            let mut window = part(whole, count, of);
            let change = ends.saturating_add(whole.millis()).saturating_sub(now);
            // What is left to logins is left to logins here, too.
            let left = share(fleet.left.saturating_sub(whole.requests.saturating_sub(whole.cap)), count, of);
            let had = fleet.reported.get(place).map_or(left, |reported| reported.saturating_add(left));
            // Others hold more than their parts, or have got more since the answer.
            let had = had - had / RESERVE;
            if change > 0 && had < window.requests {
                let until = Duration::from_millis(change);
                changes_in = Some(changes_in.map_or(until, |other| other.min(until)));
                (window.requests, window.cap) = (had, window.cap.min(had));
                if had == 0 {
                    closed = closed.max(change);
                }
            }
            window
        });
        let windows = windows.collect();
        Some((windows, changes_in, Duration::from_millis(closed)))
    }

    /// Records what a process reports, and a pause, or the state of a window, that the provider reported.
    pub(super) fn observe(&mut self, now: Millis, take: &Take) {
        self.report(now, take);
        if let Some((windows, ..)) = self.windows(now, take) {
            // Other processes use the account too, and have their own parts.
            let observed = take.observed.filter(|_| self.has_all());
            self.ledger.take(now, &Take { windows, observed, spent: Vec::new(), ..take.clone() });
        }
    }

    /// Returns the number of all processes, if it is known.
    pub(super) fn of(&self) -> Option<u32> {
        self.fleet.as_ref().map(|fleet| fleet.processes)
    }

    fn has_all(&self) -> bool {
        self.of().is_some_and(|of| of <= self.count())
    }

    fn count(&self) -> u32 {
        u32::try_from(self.processes.len()).unwrap_or(u32::MAX)
    }
}

/// Returns the part of a window that so many of all processes have.
fn part(whole: &Window, count: u32, of: u32) -> Window {
    let requests = share(whole.requests, count, of);
    // Of a few requests for many processes, each part gets one in a longer time.
    let per =
        if requests == 0 { whole.per.saturating_mul(of) / whole.requests.max(1) / count.max(1) } else { whole.per };
    let mut window = Window::new(requests.max(1), per);
    let logins = whole.requests.saturating_sub(whole.cap);
    window.cap = share(whole.cap, count, of).min(window.requests.saturating_sub(logins.min(1))).max(1);
    window
}

fn share(number: u32, count: u32, of: u32) -> u32 {
    u32::try_from(u64::from(number) * u64::from(count.min(of)) / u64::from(of.max(1))).unwrap_or(number)
}

fn longest(windows: &[Window]) -> Millis {
    windows.iter().map(Window::millis).max().unwrap_or(1)
}
