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
#[derive(Default)]
pub(crate) struct Meter {
    pub(crate) limits: Limits,
    hour: Window,
    minute: Window,
}

impl Meter {
    /// Counts a request unless a limit refuses it.
    pub(crate) fn count(&mut self, now: u64) -> Result<(), Refused> {
        let (hour, minute) = self.used(now);
        let windows = [(HOUR, hour, self.limits.per_hour), (MINUTE, minute, self.limits.per_minute)];
        // The hour is checked first, because waiting for the next minute does not help when it is used up.
        for (window, used, requests) in windows {
            if let Some(requests) = requests.filter(|requests| used >= *requests) {
                let wait = Some(until_next(window, now));
                return Err(Refused { limit: Some(Limit { requests, window }), wait, now });
            }
        }
        self.hour = Window { start: now / 1000 / HOUR, used: hour + 1 };
        self.minute = Window { start: now / 1000 / MINUTE, used: minute + 1 };
        Ok(())
    }

    /// Returns the numbers of requests in this hour and in this minute.
    pub(crate) fn used(&self, now: u64) -> (u64, u64) {
        (self.hour.used_at(now / 1000 / HOUR), self.minute.used_at(now / 1000 / MINUTE))
    }

    /// Adds the state of the hour to an answer, unless it has these headers already.
    pub(crate) fn tell(&self, reply: Reply, documented: u64, now: u64) -> Reply {
        if reply.headers.contains_key("x-ratelimit-limit") {
            return reply;
        }
        let limit = self.limits.per_hour.unwrap_or(documented);
        let reset = now / 1000 + until_next(HOUR, now);
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

/// Returns the seconds until the next hour or minute, rounded up.
fn until_next(window: u64, now: u64) -> u64 {
    let window = window * 1000;
    (window - now % window).div_ceil(1000)
}

pub(crate) fn headers(reply: Reply, limit: u64, remaining: u64, reset: Option<u64>) -> Reply {
    reply
        .header("x-ratelimit-limit", limit)
        .header("x-ratelimit-remaining", remaining)
        .header_if("x-ratelimit-reset", reset)
}
