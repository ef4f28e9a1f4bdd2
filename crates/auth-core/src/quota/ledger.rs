//! The permits that were granted under a quota, by the time at which they are used at the latest. It is pure and gets
//! the time as an argument.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::exchange::{Ended, Observed, Spent, Take, Taken, Window, millis};

/// Milliseconds of the clock of whoever keeps the ledger.
pub(super) type Millis = u64;

/// Times are rounded up to this part of a window, so that a ledger has at most so many entries for each window.
pub(super) const GRAINS: u64 = 200;

/// The number of processes that a ledger remembers. Of more, it estimates how many there are.
pub(super) const MAX_PROCESSES: usize = 256;

/// The time by which a provider's window may begin earlier than its headers say, which state whole seconds.
const HEADER_ROUNDING: Millis = 2_000;

/// The permits that were granted under a quota. A store that keeps it as JSON, and changes it under a lock, supports
/// quotas.
///
/// Any window of a quota has at most as many permits as the quota allows, wherever the window begins: the provider may
/// count from each full hour, from the first request, or back from now.
///
/// ```
/// # #[cfg(feature = "store")] {
/// use auth_core::store::{Ledger, Take, Window};
/// use std::time::Duration;
///
/// let mut ledger = Ledger::default();
/// let mut take = Take::new(vec![Window::new(3, Duration::from_secs(60))]);
/// take.want = 2;
/// assert_eq!(ledger.take(3_000, &take).count, 2);
/// assert_eq!(ledger.take(3_000, &take).count, 1);
///
/// let taken = ledger.take(3_000, &take);
/// assert_eq!((taken.count, taken.retry_in), (0, Duration::from_secs(60)));
/// assert_eq!(ledger.take(63_000, &take).count, 2);
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Sorted by their ends.
    grants: Vec<Grant>,
    /// The end of a pause that the provider asked for.
    #[serde(default)]
    paused_until: Millis,
    /// The processes that asked, and when each did last; the latest are at the end.
    #[serde(default)]
    pub(super) processes: Vec<(u32, Millis)>,
    /// The time of the first question.
    #[serde(default)]
    began: Millis,
    /// The time from which the ledger knows again what was used, if it lost its record.
    #[serde(default)]
    complete_from: Millis,
}

/// Permits that are used between two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Grant {
    start: Millis,
    end: Millis,
    count: u32,
}

impl Ledger {
    /// Records what a process reports, and grants permits. `now` is in milliseconds, by the same clock each time.
    ///
    /// ```
    /// # #[cfg(feature = "store")] {
    /// use auth_core::store::{Ledger, Take, Window};
    /// use std::time::Duration;
    ///
    /// let mut take = Take::new(vec![Window::new(50, Duration::from_secs(60))]);
    /// take.want = 10;
    /// let taken = Ledger::default().take(1_000, &take);
    /// assert_eq!((taken.count, taken.left, taken.processes), (10, 40, 1));
    /// # }
    /// ```
    pub fn take(&mut self, now: u64, take: &Take) -> Taken {
        let windows = &take.windows[..];
        let longest = windows.iter().map(Window::millis).max().unwrap_or(1);
        self.tidy(now, windows, longest);
        self.compare(now, longest, millis(take.knows));
        if let Some(ended) = take.ended {
            self.end(now, windows, ended);
        }
        for spent in &take.spent {
            let end = now.saturating_add(millis(spent.left)).saturating_sub(longest);
            self.add(end, end, spent.count, now, windows);
        }
        if let Some(observed) = take.observed {
            self.observe(now, windows, observed);
        }
        if !take.pause.is_zero() {
            self.paused_until = self.paused_until.max(now.saturating_add(millis(take.pause)));
        }
        let incomplete_for = Duration::from_millis(self.complete_from.saturating_sub(now));
        let mut taken =
            Taken { processes: self.see(now, take.process, line(longest)), incomplete_for, ..Taken::default() };
        if take.want > 0 && incomplete_for.is_zero() {
            match self.find(now, now.max(self.paused_until), take) {
                Ok((start, count)) => {
                    taken.count = count;
                    taken.starts_in = Duration::from_millis(start - now);
                    taken.lease = self.add(start, start.saturating_add(millis(take.hold)), count, now, windows);
                }
                Err(start) => taken.retry_in = Duration::from_millis(start - now),
            }
        }
        let left = |window: &Window| window.requests.saturating_sub(self.used(now, window));
        taken.left = windows.iter().map(left).min().unwrap_or(u32::MAX);
        taken.kept_for = Duration::from_millis(self.end_of_all(now).saturating_add(longest) - now);
        taken
    }

    /// Notices that a process knows of an earlier ledger, so that this one has lost its record.
    ///
    /// Grants of the lost one begin at most two and a quarter windows after it. Each is reported when its process asks again.
    fn compare(&mut self, now: Millis, longest: Millis, knows: Millis) {
        if self.began == 0 || self.began > now {
            self.began = now;
        }
        // The clocks of the process and of the store differ by some parts in a million.
        if knows - knows / 1_000 > now - self.began {
            self.complete_from = self.began.saturating_add(line(longest));
        }
        if self.complete_from > now.saturating_add(line(longest)) {
            self.complete_from = 0;
        }
    }

    /// Returns the time from which the ledger says nothing that an empty one does not, less the longest window.
    fn end_of_all(&self, now: Millis) -> Millis {
        let last = self.grants.last().map_or(now, |grant| grant.end);
        now.max(last).max(self.paused_until).max(self.complete_from)
    }

    /// Records permits that another ledger has granted. Returns their name in this one.
    pub(super) fn record(&mut self, now: Millis, span: (Millis, Millis), count: u32, windows: &[Window]) -> Millis {
        self.add(span.0, span.1, count, now, windows)
    }

    /// Returns everything that still counts.
    pub(super) fn spent(&self, now: Millis, windows: &[Window]) -> Vec<Spent> {
        let longest = windows.iter().map(Window::millis).max().unwrap_or(1);
        let left = |grant: &Grant| Duration::from_millis(grant.end.saturating_add(longest).saturating_sub(now));
        self.grants.iter().map(|grant| Spent { count: grant.count, left: left(grant) }).collect()
    }

    /// Returns the start and the number of the permits that are granted, or the start of the first that was refused.
    fn find(&self, now: Millis, earliest: Millis, take: &Take) -> Result<(Millis, u32), Millis> {
        let windows = &take.windows[..];
        let most = windows.iter().map(|window| window.cap.max(1)).fold(take.want, u32::min);
        let begins = |count| self.start(earliest, windows, count);
        let fits = |start| {
            let free = |window: &Window| window.cap.max(1).saturating_sub(self.used(start, window));
            windows.iter().map(free).fold(most, u32::min)
        };
        // Grants of a few permits each would cost an operation each.
        let (first, enough, all) = (begins(1), begins(take.least.clamp(1, most)), begins(most));
        if enough - now <= millis(take.wait) {
            Ok((enough, fits(enough)))
        } else if all - now <= millis(take.line) {
            Ok((all, most))
        } else if first - now <= millis(take.wait) {
            Ok((first, fits(first)))
        } else {
            Err(first)
        }
    }

    /// Returns the earliest time from which so many permits may be used.
    ///
    /// Every grant that may be used less than a window before, or later, counts as used in the window.
    fn start(&self, earliest: Millis, windows: &[Window], count: u32) -> Millis {
        let mut start = earliest;
        for window in windows {
            let room = window.cap.max(1).saturating_sub(count);
            let mut used = 0_u32;
            for grant in self.grants.iter().rev() {
                used = used.saturating_add(grant.count);
                if used > room {
                    start = start.max(grant.end.saturating_add(window.millis()));
                    break;
                }
            }
        }
        start
    }

    /// Returns the number of permits that may be used in the window that ends at this time, or later.
    pub(super) fn used(&self, at: Millis, window: &Window) -> u32 {
        let counts = |grant: &&Grant| grant.end.saturating_add(window.millis()) > at;
        self.grants.iter().rev().take_while(counts).fold(0, |used, grant| used.saturating_add(grant.count))
    }

    /// Adds permits, and returns the end under which they are kept.
    fn add(&mut self, start: Millis, end: Millis, count: u32, now: Millis, windows: &[Window]) -> Millis {
        let end = rounded(end, now, windows);
        if count == 0 {
            return end;
        }
        let place = self.grants.partition_point(|grant| grant.end < end);
        match self.grants.get_mut(place).filter(|grant| grant.end == end) {
            Some(grant) => {
                grant.start = grant.start.min(start);
                grant.count = grant.count.saturating_add(count);
            }
            None => self.grants.insert(place, Grant { start, end, count }),
        }
        end
    }

    /// Records that a lease was used up or given back.
    pub(super) fn end(&mut self, now: Millis, windows: &[Window], ended: Ended) {
        let name = rounded(ended.lease, now, windows);
        let total = ended.used.saturating_add(ended.unused);
        let Some(place) = self.grants.iter().position(|grant| grant.end == name && grant.count >= total) else {
            return;
        };
        let last = name.saturating_sub(millis(ended.early));
        let mut start = last;
        if let Some(grant) = self.grants.get_mut(place) {
            grant.count -= total;
            start = start.min(grant.start);
        }
        self.grants.retain(|grant| grant.count > 0);
        self.add(start, last, ended.used, now, windows);
    }

    /// Adds requests that the provider has counted and this ledger has not: others use the account.
    fn observe(&mut self, now: Millis, windows: &[Window], observed: Observed) {
        let Some(window) = windows.iter().find(|window| window.per == observed.per) else { return };
        let begin = now.saturating_add(millis(observed.reset)).saturating_sub(window.millis());
        let own = |grant: &&Grant| grant.start <= now && grant.end.saturating_add(HEADER_ROUNDING) > begin;
        let own = self.grants.iter().filter(own).fold(0_u32, |sum, grant| sum.saturating_add(grant.count));
        let others = observed.used.min(window.requests).saturating_sub(own);
        // They no longer count when the provider begins its next window.
        self.add(begin.min(now), begin.saturating_add(1), others, now, windows);
    }

    /// Records that a process asked, and returns how many did.
    fn see(&mut self, now: Millis, process: u32, span: Millis) -> u32 {
        self.processes.retain(|(other, seen)| *other != process && seen.saturating_add(span) > now);
        self.processes.push((process, now));
        let count = u64::try_from(self.processes.len()).unwrap_or(u64::MAX);
        let mut estimate = count;
        if self.processes.len() > MAX_PROCESSES {
            self.processes.remove(0);
        }
        if self.processes.len() == MAX_PROCESSES
            && let Some((_, oldest)) = self.processes.first()
        {
            // So many asked since the oldest did.
            estimate = count.max(count.saturating_mul(span) / now.saturating_sub(*oldest).max(1));
        }
        u32::try_from(estimate).unwrap_or(u32::MAX)
    }

    /// Removes what no longer counts, and merges what is old.
    pub(super) fn tidy(&mut self, now: Millis, windows: &[Window], longest: Millis) {
        if self.paused_until > now.saturating_add(millis(MAX_PAUSE)) {
            self.paused_until = 0;
        }
        // A grant that begins later than any wait is from before the clock was set back.
        let farthest = now.saturating_add(longest).saturating_add(millis(MAX_PAUSE));
        let mut grants = std::mem::take(&mut self.grants);
        grants.retain(|grant| grant.end.saturating_add(longest) > now && grant.start <= farthest);
        for grant in grants {
            self.add(grant.start, grant.end, grant.count, now, windows);
        }
    }
}

/// The longest pause that a provider may ask for.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Rounds a time up to a part of the shortest window for which it still counts.
fn rounded(end: Millis, now: Millis, windows: &[Window]) -> Millis {
    let (mut shortest, mut latest) = (None, Millis::MAX);
    for per in windows.iter().map(Window::millis) {
        if end.saturating_add(per) > now {
            shortest = Some(shortest.unwrap_or(per).min(per));
        } else {
            // It must not count again in a window that it has left.
            latest = latest.min(now - per);
        }
    }
    let grain = shortest.map_or(1, |per| (per / GRAINS).max(1));
    end.div_ceil(grain).saturating_mul(grain).min(latest)
}

/// Returns the time for which a process may have a place in line. In this time all processes have a turn.
pub(super) fn line(longest: Millis) -> Millis {
    2 * longest + longest / 4
}
