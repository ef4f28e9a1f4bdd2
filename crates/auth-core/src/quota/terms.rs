//! The terms of a quota: its windows, the wait for a permit, and the classes of requests.

use std::fmt;
use std::time::Duration;

use super::ledger::Window;

/// The number of requests that a provider allows in one or more windows of time, and what a caller does when none is
/// left.
///
/// A client with a quota sends a request only with a permit. Logins, replays after a 401, retries and redirects count
/// as well, because the provider counts them. In any window, wherever it begins, at most as many requests are sent as
/// it allows. Clients with the same [shared store](crate::store) count together. What the provider says about the
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
    /// not said how many processes there are. The default is 1 without a store, and 10 with one.
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

    pub(super) fn longest(&self) -> Duration {
        self.windows.iter().map(|window| window.per).max().unwrap_or_default()
    }

    pub(super) fn shortest(&self) -> Duration {
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

/// The purpose of a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Request(Priority),
    Login,
}

impl Class {
    /// Returns its place in a list of all classes.
    pub(super) fn place(self) -> usize {
        match self {
            Self::Request(Priority::Interactive) => 0,
            Self::Request(Priority::Background) => 1,
            Self::Login => 2,
        }
    }
}
