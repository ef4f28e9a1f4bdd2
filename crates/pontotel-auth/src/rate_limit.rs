//! The rate limit in the headers of an answer.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_core::http::HeaderMap;

/// The `X-RateLimit-*` headers that Pontotel sends with every answer.
///
/// ```no_run
/// # async fn run(client: pontotel_auth::Client) -> pontotel_auth::auth_core::Result<()> {
/// use pontotel_auth::RateLimit;
///
/// let response = client.get("usuarios/").send().await?;
/// if let Some(limit) = RateLimit::of(response.headers()) {
///     println!("{} of {} requests are left", limit.remaining, limit.limit);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// The number of requests allowed in an hour.
    pub limit: u64,
    /// The number of requests left in this hour.
    pub remaining: u64,
    /// The start of the next hour, by Pontotel's clock.
    pub reset_at: SystemTime,
}

impl RateLimit {
    /// Reads the rate limit from an answer's headers. Returns `None` if one of them is missing or is not a number.
    ///
    /// ```
    /// use pontotel_auth::{RateLimit, auth_core::http::HeaderMap};
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert("x-ratelimit-limit", 500.into());
    /// headers.insert("x-ratelimit-remaining", 499.into());
    /// headers.insert("x-ratelimit-reset", 1_739_113_200.into());
    /// assert_eq!(RateLimit::of(&headers).map(|limit| limit.remaining), Some(499));
    /// ```
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let number = |name| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        Some(Self {
            limit: number("x-ratelimit-limit")?,
            remaining: number("x-ratelimit-remaining")?,
            reset_at: UNIX_EPOCH.checked_add(Duration::from_secs(number("x-ratelimit-reset")?))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_headers_are_read_together_or_not_at_all() {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-limit", "500".parse().unwrap());
        headers.insert("x-ratelimit-remaining", "499".parse().unwrap());
        assert_eq!(RateLimit::of(&headers), None);
        headers.insert("x-ratelimit-reset", "1739113200".parse().unwrap());
        let reset_at = UNIX_EPOCH + Duration::from_secs(1_739_113_200);
        assert_eq!(RateLimit::of(&headers), Some(RateLimit { limit: 500, remaining: 499, reset_at }));
    }
}
