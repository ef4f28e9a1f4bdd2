//! The terms of a quota: its windows, the wait for a permit, the priorities, and the sizes that follow from them.

use std::fmt;
use std::time::Duration;

use http::HeaderMap;

use super::exchange::{Observed, Window};
use super::headers::observed;
use super::{exchange, ledger};

/// The part of the shortest window for which permits may be used: in line, at once, and while most are left.
const SHORT_HOLD: u32 = 40;
const HOLD: u32 = 10;
const LONG_HOLD: u32 = 2;
/// The part of the shortest window that is added for the way to the provider.
const TRANSIT: u32 = 100;
/// The most permits that are taken at once: this number or a part of the window, and at most another part of it.
const MAX_LOT: u32 = 20;
const LARGE_LOT: u32 = 25;
const LOT: u32 = 4;
/// The part of the longest window that may stay free because it is less than a lot.
const SMALL_LOT: u32 = 50;
/// The part of a window that is left to logins.
const LOGINS: u32 = 100;

/// The number of requests that a provider allows in one or more windows of time, and what a caller does when none is
/// left.
///
/// A client with a quota sends a request only with a permit. Logins, replays after a 401, retries and redirects count
/// as well, because the provider counts them. In any window, wherever it begins, at most as many requests are sent as
/// it allows. Clients with the same shared store (feature `store`) count together. What the provider says about the
/// limit in its answers corrects the count, so that others who use the account are noticed.
///
/// ```
/// use auth_core::{Options, Quota};
/// use std::time::Duration;
///
/// let quota = Quota::new(500, Duration::from_secs(3600)).and(50, Duration::from_secs(60));
/// let options = Options::default().quota(quota.wait(Duration::from_secs(30)));
/// ```
///
/// A hundredth of each window, and at least one request, is left to logins. Requests of
/// [`Priority::Background`](Priority) use at most four fifths.
#[derive(Clone, PartialEq, Eq)]
#[must_use = "a quota has no effect until it is among the options"]
pub struct Quota {
    pub(super) windows: Vec<Window>,
    pub(super) wait: Duration,
    pub(super) background: u32,
    pub(super) processes: Option<u32>,
}

impl Quota {
    /// Creates a quota of `requests` in any window of this length. Zero counts as one request, or one millisecond.
    ///
    /// ```
    /// use auth_core::Quota;
    /// use std::time::Duration;
    ///
    /// let quota = Quota::new(500, Duration::from_secs(3600));
    /// assert_eq!(format!("{quota:?}"), "500 requests in 3600s");
    /// ```
    pub fn new(requests: u32, per: Duration) -> Self {
        Self { windows: Vec::new(), wait: Duration::ZERO, background: 80, processes: None }.and(requests, per)
    }

    /// Adds another window, which holds in addition.
    ///
    /// ```
    /// use auth_core::Quota;
    /// use std::time::Duration;
    ///
    /// let quota = Quota::new(500, Duration::from_secs(3600)).and(50, Duration::from_secs(60));
    /// assert_eq!(format!("{quota:?}"), "500 requests in 3600s and 50 requests in 60s");
    /// ```
    pub fn and(mut self, requests: u32, per: Duration) -> Self {
        self.windows.push(Window::new(requests.max(1), per.max(Duration::from_millis(1))));
        self
    }

    /// Sets how long a request waits for a permit. The default is zero: without a permit it fails at once with
    /// [`RateLimited`](crate::ErrorKind::RateLimited) and the time until there is one. A request that would have to
    /// wait longer fails at once, too. [`Request::max_wait`](crate::Request::max_wait) overrides this.
    ///
    /// ```
    /// use auth_core::Quota;
    /// use std::time::Duration;
    ///
    /// let patient = Quota::new(50, Duration::from_secs(60)).wait(Duration::from_secs(30));
    /// # assert_ne!(patient, Quota::new(50, Duration::from_secs(60)));
    /// ```
    pub fn wait(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Sets the part of each window, in percent, that requests of [`Priority::Background`](Priority) may use. The
    /// default is 80: a batch at night runs fast, and in its midst a person is still served.
    ///
    /// ```
    /// use auth_core::Quota;
    /// use std::time::Duration;
    ///
    /// let quota = Quota::new(500, Duration::from_secs(3600)).background(50);
    /// # assert_ne!(quota, Quota::new(500, Duration::from_secs(3600)));
    /// ```
    pub fn background(self, percent: u32) -> Self {
        Self { background: percent.min(100), ..self }
    }

    /// Sets the number of processes that use the account, among which the quota is divided as long as no store counts
    /// for all of them: without a store, with a store that does not support quotas, and while the store is down and has
    /// not said how many processes there are. The default is 1 without a store, and 10 with one. With a store it also
    /// sets the size of a process's first lot of permits.
    ///
    /// ```
    /// use auth_core::Quota;
    /// use std::time::Duration;
    ///
    /// let quota = Quota::new(500, Duration::from_secs(3600)).processes(4); // 125 for each.
    /// # assert_ne!(quota, Quota::new(500, Duration::from_secs(3600)));
    /// ```
    pub fn processes(self, processes: u32) -> Self {
        Self { processes: Some(processes.max(1)), ..self }
    }

    /// Returns the windows with the caps of a priority.
    pub(super) fn windows(&self, priority: Priority) -> Vec<Window> {
        let window = |window: &Window| {
            let requests = window.requests;
            let all = requests.saturating_sub((requests / LOGINS).max(1)).max(1);
            let cap = match priority {
                Priority::Interactive => all,
                Priority::Background => percent(requests, self.background).clamp(1, all),
            };
            Window { cap, ..*window }
        };
        self.windows.iter().map(window).collect()
    }

    /// Reads the state of a window from the headers of a response.
    pub(crate) fn observed(&self, headers: &HeaderMap) -> Option<Observed> {
        observed(headers, &self.windows)
    }

    /// Returns the windows of what others have granted, or the provider has counted.
    pub(super) fn whole(&self) -> Vec<Window> {
        self.windows(Priority::Interactive)
    }

    /// Returns the most permits that one of so many processes takes at once: so many that each has its turn in a window,
    /// and few enough for small windows.
    ///
    /// A longer line would leave no room to new processes: they are behind the places of those that they replace.
    pub(super) fn lot(&self, processes: u32) -> u32 {
        let most = |window: &Window| MAX_LOT.max(window.requests / LARGE_LOT).min(window.requests / LOT);
        let most = self.windows.iter().map(most).min().unwrap_or(1);
        let turn = self.requests_in_longest() / processes.max(1);
        turn.min(most).max(1)
    }

    /// Returns the fewest permits that are worth an operation for a process that uses whole lots. Fewer stay free for
    /// other processes, and are at most a fiftieth of the quota.
    pub(super) fn least(&self, lot: u32) -> u32 {
        (lot - lot / 4).min(self.requests_in_longest() / SMALL_LOT).max(1)
    }

    /// Returns the time for which permits may be used, which is longer than a slow store takes to grant them.
    ///
    /// The shorter it is, the more of a quota that is used up can be used. Permits that are free are held for longer,
    /// and while most are left even those that are not yet wanted.
    pub(super) fn hold(&self, latency: Duration, is_crowded: bool, is_roomy: bool) -> Duration {
        let part = if is_roomy {
            LONG_HOLD
        } else if is_crowded {
            SHORT_HOLD
        } else {
            HOLD
        };
        (self.shortest() / part).max(latency * 2)
    }

    /// Returns the time that a request may take to the provider after its permit.
    pub(super) fn transit(&self) -> Duration {
        self.shortest() / TRANSIT
    }

    /// Returns the time for which a process may have a place in line.
    pub(super) fn line(&self) -> Duration {
        Duration::from_millis(ledger::line(exchange::millis(self.longest())))
    }

    /// Returns the number of requests in the smallest window.
    pub(super) fn limit(&self) -> u32 {
        self.windows.iter().map(|window| window.requests).min().unwrap_or(u32::MAX)
    }

    fn requests_in_longest(&self) -> u32 {
        self.windows.iter().max_by_key(|window| window.per).map_or(1, |window| window.requests)
    }

    pub(super) fn longest(&self) -> Duration {
        self.windows.iter().map(|window| window.per).max().unwrap_or_default()
    }

    fn shortest(&self) -> Duration {
        self.windows.iter().map(|window| window.per).min().unwrap_or_default()
    }
}

/// Shows the windows.
impl fmt::Debug for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, window) in self.windows.iter().enumerate() {
            let and = if place == 0 { "" } else { " and " };
            write!(f, "{and}{} requests in {:?}", window.requests, window.per)?;
        }
        Ok(())
    }
}

/// The priority of a request under a [`Quota`].
///
/// ```
/// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
/// use auth_core::Priority;
/// use std::time::Duration;
///
/// let page = client.get("usuarios/").priority(Priority::Background).max_wait(Duration::from_secs(600)).send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// Somebody waits for the answer: the request may use all that is not left to logins. The default.
    #[default]
    Interactive,
    /// Nobody waits: the request uses at most the [part](Quota::background) of the quota that is set for such requests.
    Background,
}

impl Priority {
    /// Returns its place in a list of all priorities.
    pub(super) fn place(self) -> usize {
        usize::from(self == Self::Background)
    }
}

fn percent(of: u32, percent: u32) -> u32 {
    u32::try_from(u64::from(of) * u64::from(percent) / 100).unwrap_or(of)
}
