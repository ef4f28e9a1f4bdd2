//! Limits on the number of requests, and the counts of the current hour and minute.

use crate::reply::Reply;

const HOUR: u64 = 3600;
const MINUTE: u64 = 60;

/// Limits on a provider's requests. Logins count as well; requests that a limit refuses do not.
///
/// Hours and minutes begin with those of the sandbox's clock. A request above a limit gets the provider's own 429 with
/// a `Retry-After` that ends with the hour or the minute. Without limits, which is the default, nothing is refused.
///
/// ```
/// use auth_sandbox::{Limits, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// let econpay = sandbox.econpay();
/// econpay.set_limits(Limits { per_hour: Some(1), per_minute: None });
///
/// let url = format!("{}/auth", econpay.base_url());
/// assert_eq!(reqwest::get(&url).await?.status(), 401);
/// assert_eq!(reqwest::get(&url).await?.status(), 429);
///
/// sandbox.set_clock_shift(3600);
/// assert_eq!(reqwest::get(&url).await?.status(), 401);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The number of requests in an hour; `None` for no limit.
    pub per_hour: Option<u64>,
    /// The number of requests in a minute; `None` for no limit.
    pub per_minute: Option<u64>,
}

impl Limits {
    /// No limits.
    ///
    /// ```
    /// assert_eq!(auth_sandbox::Limits::NONE, auth_sandbox::Limits::default());
    /// ```
    pub const NONE: Self = Self { per_hour: None, per_minute: None };

    /// The limits in Pontotel's documentation: 500 requests an hour, 50 a minute.
    ///
    /// ```
    /// assert_eq!(auth_sandbox::Limits::PONTOTEL.per_hour, Some(500));
    /// ```
    pub const PONTOTEL: Self = Self { per_hour: Some(500), per_minute: Some(50) };
}

/// The limit behind a 429, as far as it is known.
#[derive(Clone, Copy)]
pub(crate) struct Refused {
    pub(crate) limit: Option<Limit>,
    /// The seconds to wait.
    pub(crate) wait: Option<u64>,
    /// The time of the sandbox's clock, in milliseconds since 1970.
    pub(crate) now: u64,
}

impl Refused {
    /// Returns the second since 1970 at which the wait ends.
    pub(crate) fn reset(&self) -> Option<u64> {
        self.wait.map(|wait| (self.now / 1000).saturating_add(wait))
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) requests: u64,
    /// In seconds.
    pub(crate) window: u64,
}

/// The requests of the current hour and minute, and their limits.
pub(crate) struct Meter {
    pub(crate) limits: Limits,
    /// The length of an hour in milliseconds. A minute is a sixtieth of it.
    hour: u64,
    in_hour: Window,
    in_minute: Window,
}

impl Default for Meter {
    fn default() -> Self {
        Self::new(Limits::NONE, HOUR * 1000)
    }
}

impl Meter {
    /// Creates one for hours of so many milliseconds.
    pub(crate) fn new(limits: Limits, hour: u64) -> Self {
        Self { limits, hour, in_hour: Window::default(), in_minute: Window::default() }
    }

    /// Counts a request unless a limit refuses it.
    pub(crate) fn count(&mut self, now: u64) -> Result<(), Refused> {
        let (hour, minute) = self.used(now);
        let windows =
            [(self.hour, HOUR, hour, self.limits.per_hour), (self.minute(), MINUTE, minute, self.limits.per_minute)];
        // The hour is checked first, because waiting for the next minute does not help when it is used up.
        for (length, window, used, requests) in windows {
            if let Some(requests) = requests.filter(|requests| used >= *requests) {
                let wait = Some(until_next(length, now));
                return Err(Refused { limit: Some(Limit { requests, window }), wait, now });
            }
        }
        self.in_hour = Window { start: now / self.hour, used: hour + 1 };
        self.in_minute = Window { start: now / self.minute(), used: minute + 1 };
        Ok(())
    }

    fn minute(&self) -> u64 {
        (self.hour / 60).max(1)
    }

    /// Returns the numbers of requests in this hour and in this minute.
    pub(crate) fn used(&self, now: u64) -> (u64, u64) {
        (self.in_hour.used_at(now / self.hour), self.in_minute.used_at(now / self.minute()))
    }

    /// Adds the state of the hour to an answer, unless it has these headers already.
    pub(crate) fn tell(&self, reply: Reply, documented: u64, now: u64) -> Reply {
        if reply.headers.contains_key("x-ratelimit-limit") {
            return reply;
        }
        let limit = self.limits.per_hour.unwrap_or(documented);
        let reset = now / 1000 + until_next(self.hour, now);
        headers(reply, limit, limit.saturating_sub(self.used(now).0), Some(reset))
    }
}

#[derive(Default)]
struct Window {
    /// The number of hours or minutes since 1970.
    start: u64,
    used: u64,
}

impl Window {
    fn used_at(&self, start: u64) -> u64 {
        if self.start == start { self.used } else { 0 }
    }
}

/// Returns the seconds until the next hour or minute of this length in milliseconds, rounded up.
fn until_next(window: u64, now: u64) -> u64 {
    (window - now % window).div_ceil(1000)
}

pub(crate) fn headers(reply: Reply, limit: u64, remaining: u64, reset: Option<u64>) -> Reply {
    reply
        .header("x-ratelimit-limit", limit)
        .header("x-ratelimit-remaining", remaining)
        .header_if("x-ratelimit-reset", reset)
}
