//! The permits that were granted under a quota, by the time at which they are used at the latest. It is pure and gets
//! the time as an argument.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds of the clock of whoever keeps the ledger.
type Millis = u64;

/// Times are rounded up to this part of a window, so that a ledger has at most so many entries for each window.
const GRAINS: u64 = 200;

/// The number of processes that a ledger remembers. Of more, it estimates how many there are.
const MAX_PROCESSES: usize = 256;

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
    processes: Vec<(u32, Millis)>,
}

/// Permits that are used between two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Grant {
    start: Millis,
    end: Millis,
    count: u32,
}

/// One window of a quota: at most `requests` in any `per`.
///
/// ```
/// # #[cfg(feature = "store")] {
/// use auth_core::store::Window;
/// use std::time::Duration;
///
/// let window = Window::new(500, Duration::from_secs(3600));
/// assert_eq!(window.cap, 500);
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Window {
    /// The number of requests that the provider allows, at least one.
    pub requests: u32,
    /// The number that the taker may bring it to. A request leaves a part to logins.
    pub cap: u32,
    /// The length of the window.
    pub per: Duration,
}

impl Window {
    /// Creates a window of which the taker may use all.
    ///
    /// ```
    /// # #[cfg(feature = "store")] {
    /// let window = auth_core::store::Window::new(50, std::time::Duration::from_secs(60));
    /// assert_eq!((window.requests, window.cap), (50, 50));
    /// # }
    /// ```
    #[must_use]
    pub fn new(requests: u32, per: Duration) -> Self {
        Self { requests, cap: requests, per }
    }

    fn millis(&self) -> Millis {
        millis(self.per).max(1)
    }
}

/// A question for permits, with the report of the process that asks.
///
/// ```
/// # #[cfg(feature = "store")] {
/// use auth_core::store::{Take, Window};
/// use std::time::Duration;
///
/// let mut take = Take::new(vec![Window::new(50, Duration::from_secs(60))]);
/// take.want = 10;
/// take.wait = Duration::from_secs(30);
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Take {
    /// The windows of the quota.
    pub windows: Vec<Window>,
    /// The number that the process drew at random when it began.
    pub process: u32,
    /// The number of permits that are wanted. Fewer may be granted. Zero only reports.
    pub want: u32,
    /// The time for which the permits may begin later than now.
    pub wait: Duration,
    /// The time for which the permits count as not yet used, from their beginning.
    pub hold: Duration,
    /// A lease that has ended, whose unused permits are given back.
    pub ended: Option<Ended>,
    /// The number of permits that were used while the store was not available.
    pub unseen: u32,
    /// The pause that the provider asked for.
    pub pause: Duration,
    /// The state of a window as the provider reported it.
    pub observed: Option<Observed>,
    /// True for a login, which does not wait for a pause that the provider asked of a request.
    pub ignores_pause: bool,
}

impl Take {
    /// Creates one that wants nothing and reports nothing.
    ///
    /// ```
    /// # #[cfg(feature = "store")] {
    /// assert_eq!(auth_core::store::Take::new(Vec::new()).want, 0);
    /// # }
    /// ```
    #[must_use]
    pub fn new(windows: Vec<Window>) -> Self {
        Self { windows, ..Self::default() }
    }
}

/// A lease that has ended.
///
/// ```
/// # #[cfg(feature = "store")] {
/// let ended = auth_core::store::Ended { lease: 1_780_000_000_600, unused: 3, used: 7, since: Default::default() };
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The [`Taken::lease`] of the permits.
    pub lease: u64,
    /// The number of permits that were not used.
    pub unused: u32,
    /// The number of permits that were used.
    pub used: u32,
    /// The time since the last of them was used.
    pub since: Duration,
}

/// The state of a window as the provider reported it.
///
/// ```
/// # #[cfg(feature = "store")] {
/// use std::time::Duration;
///
/// let per = Duration::from_secs(3600);
/// let observed = auth_core::store::Observed { per, used: 120, reset: Duration::from_secs(900) };
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The length of the window, which tells the windows of a quota apart.
    pub per: Duration,
    /// The number of requests that the provider has counted.
    pub used: u32,
    /// The time until the provider begins a new window.
    pub reset: Duration,
}

/// The answer to a [`Take`].
///
/// ```
/// # #[cfg(feature = "store")] {
/// assert_eq!(auth_core::store::Taken::default().count, 0);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The number of permits that were granted.
    pub count: u32,
    /// The name of the grant, for [`Ended::lease`].
    pub lease: u64,
    /// The time until the permits may be used.
    pub starts_in: Duration,
    /// The time until a permit may be used, if none was granted.
    pub retry_in: Duration,
    /// The number of requests that are left, in the window that has the fewest.
    pub left: u32,
    /// The number of processes that asked in the longest window.
    pub processes: u32,
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
        if let Some(ended) = take.ended {
            self.end(now, windows, ended);
        }
        self.add(now, now, take.unseen, now, windows);
        if let Some(observed) = take.observed {
            self.observe(now, windows, observed);
        }
        if !take.pause.is_zero() {
            self.paused_until = self.paused_until.max(now.saturating_add(millis(take.pause)));
        }
        let mut taken = Taken { processes: self.see(now, take.process, longest), ..Taken::default() };
        if take.want > 0 {
            let hold = millis(take.hold);
            let earliest = if take.ignores_pause { now } else { now.max(self.paused_until) };
            match self.find(now, earliest, take) {
                Ok((start, count)) => {
                    taken.count = count;
                    taken.starts_in = Duration::from_millis(start - now);
                    taken.lease = self.add(start, start.saturating_add(hold), count, now, windows);
                }
                Err(start) => taken.retry_in = Duration::from_millis(start - now),
            }
        }
        let left = |window: &Window| window.requests.saturating_sub(self.used(now, window));
        taken.left = windows.iter().map(left).min().unwrap_or(u32::MAX);
        taken
    }

    /// Records permits that another ledger has granted.
    pub(super) fn record(&mut self, now: Millis, start: Millis, count: u32, windows: &[Window]) {
        self.add(start, start, count, now, windows);
    }

    /// Returns the start and the number of the permits that are granted, or the start of the first that was refused.
    fn find(&self, now: Millis, earliest: Millis, take: &Take) -> Result<(Millis, u32), Millis> {
        let (windows, wait) = (&take.windows[..], millis(take.wait));
        let most = windows.iter().map(|window| window.cap.max(1)).fold(take.want, u32::min);
        let first = self.start(earliest, windows, 1);
        let fits = |start| {
            let free = |window: &Window| window.cap.max(1).saturating_sub(self.used(start, window));
            windows.iter().map(free).fold(most, u32::min)
        };
        if first == now {
            return Ok((now, fits(now)));
        }
        let all = self.start(earliest, windows, most);
        // Small grants would be many, and large ones alone would not fill a window.
        if first - now <= wait && fits(first) >= most.div_ceil(8) {
            Ok((first, fits(first)))
        } else if all - now <= wait {
            Ok((all, most))
        } else if first - now <= wait {
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
    fn end(&mut self, now: Millis, windows: &[Window], ended: Ended) {
        let name = rounded(ended.lease, now, windows);
        let total = ended.used.saturating_add(ended.unused);
        let Some(place) = self.grants.iter().position(|grant| grant.end == name && grant.count >= total) else {
            return;
        };
        if let Some(grant) = self.grants.get_mut(place) {
            grant.count -= total;
        }
        self.grants.retain(|grant| grant.count > 0);
        let last = now.saturating_sub(millis(ended.since));
        self.add(last, last.min(name), ended.used, now, windows);
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
    fn see(&mut self, now: Millis, process: u32, longest: Millis) -> u32 {
        self.processes.retain(|(other, seen)| *other != process && seen.saturating_add(longest) > now);
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
            estimate = count.max(count.saturating_mul(longest) / now.saturating_sub(*oldest).max(1));
        }
        u32::try_from(estimate).unwrap_or(u32::MAX)
    }

    /// Removes what no longer counts, and merges what is old.
    fn tidy(&mut self, now: Millis, windows: &[Window], longest: Millis) {
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

fn millis(span: Duration) -> Millis {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);
    const NOON: Millis = 1_780_000_000_000;

    fn take(want: u32) -> Take {
        Take { want, ..Take::new(vec![Window::new(50, MINUTE), Window::new(500, HOUR)]) }
    }

    fn secs(span: Duration) -> Millis {
        millis(span) / 1000
    }

    #[test]
    fn permits_that_are_given_back_are_granted_to_others() {
        let mut ledger = Ledger::default();
        let lease = ledger.take(NOON, &Take { hold: Duration::from_secs(1), ..take(50) }).lease;
        assert_eq!(ledger.take(NOON + 1_000, &take(1)).count, 0);
        let ended = Some(Ended { lease, unused: 30, used: 20, since: Duration::ZERO });
        assert_eq!(ledger.take(NOON + 1_000, &Take { ended, ..take(50) }).count, 30);
        assert_eq!(ledger.take(NOON + 1_000, &take(1)).count, 0);
    }

    #[test]
    fn a_wait_gets_permits_that_begin_later_and_no_other_gets_them() {
        let mut ledger = Ledger::default();
        ledger.take(NOON, &take(50));
        let patient = Take { wait: MINUTE + MINUTE, ..take(10) };
        let first = ledger.take(NOON, &patient);
        assert_eq!((first.count, secs(first.starts_in)), (10, 60));
        assert_eq!(ledger.take(NOON + 60_300, &take(50)).count, 40);
        assert_eq!(secs(ledger.take(NOON + 60_300, &take(1)).retry_in), 59, "the first ten begin to end");
    }

    #[test]
    fn what_a_class_may_not_use_is_left_to_the_others() {
        let mut ledger = Ledger::default();
        let mut background = take(50);
        background.windows[0].cap = 40;
        assert_eq!(ledger.take(NOON, &background).count, 40);
        assert_eq!(ledger.take(NOON, &background).count, 0);
        assert_eq!(ledger.take(NOON, &take(50)).count, 10);
    }

    #[test]
    fn requests_of_others_count_until_the_providers_window_ends() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.take(NOON, &take(20)).count, 20);
        let reset = Duration::from_secs(900);
        let observed = |used| Take { observed: Some(Observed { per: HOUR, used, reset }), ..take(0) };
        assert_eq!(ledger.take(NOON + 5_000, &observed(20)).left, 30, "these are its own");
        assert_eq!(ledger.take(NOON + 5_000, &observed(490)).left, 10);
        assert_eq!(ledger.take(NOON + 5_000, &observed(490)).left, 10, "they are counted once");
        assert_eq!(ledger.take(NOON + 70_000, &take(50)).count, 10);
        assert_eq!(ledger.take(NOON + 890_000, &take(1)).count, 0);
        assert_eq!(ledger.take(NOON + 930_000, &take(50)).count, 50);
    }

    #[test]
    fn a_pause_of_the_provider_holds_for_all_but_logins() {
        let mut ledger = Ledger::default();
        ledger.take(NOON, &Take { pause: Duration::from_secs(7), ..take(0) });
        assert_eq!(secs(ledger.take(NOON, &take(1)).retry_in), 7);
        assert_eq!(ledger.take(NOON, &Take { ignores_pause: true, ..take(1) }).count, 1);
        assert_eq!(ledger.take(NOON + 7_000, &take(1)).count, 1);
    }

    #[test]
    fn a_clock_that_is_set_back_blocks_nothing_for_longer_than_a_day() {
        let mut ledger = Ledger::default();
        ledger.take(NOON, &take(50));
        let back = NOON - 2 * millis(MAX_PAUSE);
        assert_eq!(ledger.take(back, &take(50)).count, 50);
    }

    #[test]
    fn more_processes_than_are_remembered_are_estimated() {
        let mut ledger = Ledger::default();
        let mut processes = 0;
        for process in 0..4_000_u32 {
            let now = NOON + u64::from(process) * 900;
            processes = ledger.take(now, &Take { process, ..take(0) }).processes;
        }
        assert!((3_900..=4_100).contains(&processes), "{processes}");
        assert!(ledger.processes.len() <= MAX_PROCESSES);
    }

    /// One thing that happens to a ledger.
    #[derive(Clone, Debug)]
    struct Event {
        pause: Millis,
        want: u32,
        wait: Millis,
        hold: Millis,
        /// The part of the hold after which the permits are used.
        late: f64,
        gives_back: bool,
        window: u32,
    }

    fn event() -> impl Strategy<Value = Event> {
        let flags = (0.0..=1.0, any::<bool>(), 1..=10_u32);
        (0..20_000_u64, 0..20_u32, 0..90_000_u64, 0..9_000_u64, flags).prop_map(
            |(pause, want, wait, hold, (late, gives_back, window))| Event {
                pause,
                want,
                wait,
                hold,
                late,
                gives_back,
                window,
            },
        )
    }

    proptest! {
        #[test]
        fn q1_no_window_of_any_length_or_phase_has_more_requests_than_the_quota(
            events in prop::collection::vec(event(), 1..150),
        ) {
            let (mut ledger, mut now, mut used) = (Ledger::default(), NOON, Vec::new());
            let windows = [(12, 10_000), (30, 60_000)];
            for event in &events {
                now += event.pause;
                let mut take = Take::new(windows.map(|(requests, per)| Window::new(requests, Duration::from_millis(per))).into());
                take.windows[0].cap = event.window;
                (take.want, take.wait, take.hold) =
                    (event.want, Duration::from_millis(event.wait), Duration::from_millis(event.hold));
                let taken = ledger.take(now, &take);
                let begin = now + millis(taken.starts_in);
                prop_assert!(taken.count <= take.want && millis(taken.starts_in) <= event.wait);
                let kept = if event.gives_back && begin == now { taken.count / 2 } else { taken.count };
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
                let late = (event.hold as f64 * event.late) as u64;
                used.extend((0..kept).map(|_| begin + late));
                if kept < taken.count {
                    now = begin + late;
                    let unused = taken.count - kept;
                    take.want = 0;
                    take.ended = Some(Ended { lease: taken.lease, unused, used: kept, since: Duration::ZERO });
                    ledger.take(now, &take);
                }
            }
            for (requests, per) in windows {
                for begin in &used {
                    let inside = used.iter().filter(|at| (*begin..begin + per).contains(at)).count();
                    prop_assert!(inside <= requests as usize, "{inside} in {per} ms");
                }
            }
        }

        #[test]
        fn a_queue_of_patient_takers_uses_more_than_95_hundredths_of_the_quota(want in 1..20_u32) {
            let mut ledger = Ledger::default();
            let (mut count, mut last) = (0, 0);
            let hold = MINUTE / 100;
            while last < 100 * millis(MINUTE) {
                let wait = Duration::from_secs(1_000_000);
                let mut take = Take { wait, hold, ..take(want) };
                take.windows.truncate(1);
                let taken = ledger.take(NOON, &take);
                prop_assert!(taken.count > 0);
                count += taken.count;
                last = millis(taken.starts_in);
            }
            prop_assert!(count >= 95 * 50, "{count}");
        }
    }
}
