//! The question for permits and its answer, as they pass between a process and a store.

use std::time::Duration;

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

    pub(super) fn millis(&self) -> u64 {
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
    /// The fewest permits that are worth the operation. One if it is zero.
    pub least: u32,
    /// The time for which the permits may begin later than now.
    pub wait: Duration,
    /// The time for which they may begin later if all that are wanted begin together: a place in line.
    pub line: Duration,
    /// The time for which the permits count as not yet used, from their beginning.
    pub hold: Duration,
    /// A lease that has ended, whose unused permits are given back.
    pub ended: Option<Ended>,
    /// Permits that the process granted itself, and that the store has not counted.
    pub spent: Vec<Spent>,
    /// The time since the store answered this process last, or zero if it knows of no earlier answer. A ledger that is
    /// younger has lost its record.
    pub knows: Duration,
    /// The pause that the provider asked for.
    pub pause: Duration,
    /// The state of a window as the provider reported it.
    pub observed: Option<Observed>,
    /// The answer of the fleet's store to this process, for a [`Part`](crate::store::Part) of the quota.
    pub fleet: Option<Taken>,
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
/// let ended = auth_core::store::Ended { lease: 1_780_000_000_600, unused: 3, used: 7, early: Default::default() };
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
    /// The time by which the last of them was used earlier than the lease allowed.
    pub early: Duration,
}

/// Permits that a process granted itself.
///
/// ```
/// # #[cfg(feature = "store")] {
/// let spent = auth_core::store::Spent { count: 2, left: std::time::Duration::from_secs(1_800) };
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The number of permits.
    pub count: u32,
    /// The time for which they still count in the longest window.
    pub left: Duration,
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
    /// The number of processes that asked in the last two windows, the longest ones.
    pub processes: u32,
    /// The time for which the ledger is kept if nobody asks again.
    pub kept_for: Duration,
    /// The time until the ledger, which lost its record, knows again what was used. Until then it grants nothing, and
    /// each process has its part of the quota.
    pub incomplete_for: Duration,
}

pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
