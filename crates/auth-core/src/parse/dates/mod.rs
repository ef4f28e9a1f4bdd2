//! Dates as providers write them, with and without a zone, and the lifetimes that they imply.
//!
//! ```
//! use auth_core::parse::dates;
//! use std::time::Duration;
//!
//! let (created, expiration) = ("2024-07-08T12:00:00.07", "2024-07-08 13:00:00.07");
//! assert_eq!(dates::difference(Some(created), Some(expiration)), Some(Duration::from_secs(3600)));
//! ```

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock;

/// The offset of Brasília, the other possible zone of a date without one.
const BRASILIA_BEHIND_UTC: time::Duration = time::Duration::hours(3);
/// The maximum difference of two clocks that is normal.
const SKEW: time::Duration = time::Duration::minutes(1);
/// The maximum lifetime. A server that leaves out a date may write the year 1 or 9999.
const MAX_LIFETIME: Duration = Duration::from_secs(10 * 365 * 86_400);
/// The length of `2024-09-24T16:19:29`, which every format starts with.
const TO_SECONDS: usize = 19;

/// A date and time, possibly without a zone.
#[derive(Clone, Copy)]
struct Date {
    /// UTC is assumed if there is no zone.
    at: OffsetDateTime,
    has_zone: bool,
}

/// Parses RFC 3339, and the same without a zone, with a blank instead of the `T`, and with or without a fraction.
/// Digits beyond nanoseconds are cut. A date without a zone is in UTC.
///
/// ```
/// use auth_core::parse::dates;
///
/// let date = dates::parse("2025-01-01T00:00:00.000").expect("it is one");
/// assert_eq!(date.unix_timestamp(), 1_735_689_600);
/// assert_eq!(dates::parse("2024-12-31T21:00:00-03:00"), Some(date));
/// assert_eq!(dates::parse("yesterday"), None);
/// ```
#[must_use]
pub fn parse(text: &str) -> Option<OffsetDateTime> {
    Date::parse(text).map(|date| date.at)
}

/// Returns the time from one date to another. One clock wrote both, so neither its zone nor its accuracy matters.
///
/// Returns `None` if either is missing or invalid, if only one has a zone, or if the difference is not a lifetime: not
/// positive, or more than ten years.
///
/// ```
/// use auth_core::parse::dates;
/// use std::time::Duration;
///
/// let (created, end) = ("2024-07-08T12:00:00", "2024-07-08T12:30:00");
/// assert_eq!(dates::difference(Some(created), Some(end)), Some(Duration::from_secs(1800)));
/// assert_eq!(dates::difference(Some(end), Some(created)), None);
/// assert_eq!(dates::difference(None, Some(end)), None);
/// ```
#[must_use]
pub fn difference(start: Option<&str>, end: Option<&str>) -> Option<Duration> {
    let (start, end) = (Date::parse(start?)?, Date::parse(end?)?);
    if start.has_zone == end.has_zone { positive(end.at - start.at) } else { None }
}

/// Returns the time from `now`, by the clock that wrote the date, to a date. Without a zone, it is the shorter one of
/// UTC and Brasília.
///
/// Returns `None` if either is missing or invalid, or if the difference is not a lifetime.
///
/// ```
/// use auth_core::parse::dates;
/// use std::time::Duration;
///
/// let now = dates::parse("2024-07-08T12:00:00Z");
/// assert_eq!(dates::until(Some("2024-07-08T13:00:00Z"), now), Some(Duration::from_secs(3600)));
/// assert_eq!(dates::until(Some("2024-07-08T10:00:00"), now), Some(Duration::from_secs(3600)), "in Brasília");
/// assert_eq!(dates::until(Some("2024-07-08T10:00:00Z"), now), None);
/// ```
#[must_use]
pub fn until(end: Option<&str>, now: Option<OffsetDateTime>) -> Option<Duration> {
    let (end, now) = (Date::parse(end?)?, now?);
    let left = end.at - now;
    positive(left).or_else(|| if end.has_zone { None } else { positive(left + BRASILIA_BEHIND_UTC) })
}

/// Returns the time from now to a date by the local clock, otherwise like [`until`].
///
/// ```
/// use auth_core::parse::dates;
///
/// assert!(dates::from_now(Some("2999-01-01T00:00:00Z")).is_none(), "it is no lifetime");
/// assert!(dates::from_now(Some("2024-07-08T13:00:00Z")).is_none(), "it is over");
/// ```
#[must_use]
pub fn from_now(end: Option<&str>) -> Option<Duration> {
    until(end, Some(clock::wall_time()))
}

/// Returns the time from `now` to a point in time, such as one that [`unix_time`](super::unix_time) parses. If `now` is
/// `None`, the local clock is used instead of the provider's (see [`LoginResponse::date`](crate::LoginResponse::date)).
///
/// Returns `None` if the difference is not a lifetime.
///
/// ```
/// use auth_core::parse::{self, dates};
/// use serde_json::json;
/// use std::time::Duration;
///
/// let (end, now) = (parse::unix_seconds(&json!(1_720_443_600)), dates::parse("2024-07-08T12:00:00Z"));
/// assert_eq!(end.and_then(|end| dates::until_time(end, now)), Some(Duration::from_secs(3600)));
/// ```
#[must_use]
pub fn until_time(end: OffsetDateTime, now: Option<OffsetDateTime>) -> Option<Duration> {
    positive(end - now.unwrap_or_else(clock::wall_time))
}

/// Returns the rest of a lifetime that began at a date, because a provider may hand out an old token again.
///
/// `now` is the provider's clock, from the response with the token. Without it, the local clock is used. If the
/// lifetime is over or has not begun by that clock, the clock is assumed to be wrong, and the whole lifetime is
/// returned: no clock makes a good token expire. The same applies if the date is missing. A date without a zone is in
/// UTC or Brasília's time, whichever makes the token younger.
///
/// ```
/// use auth_core::parse::dates;
/// use std::time::Duration;
///
/// let (hour, now) = (Duration::from_secs(3600), dates::parse("2024-07-08T12:58:00Z"));
/// assert_eq!(dates::remaining(hour, Some("2024-07-08T12:00:00Z"), now), Duration::from_secs(120));
/// assert_eq!(dates::remaining(hour, Some("2024-07-07T12:00:00Z"), now), hour, "it is over by one clock");
/// ```
#[must_use]
pub fn remaining(lifetime: Duration, start: Option<&str>, now: Option<OffsetDateTime>) -> Duration {
    let Some(start) = start.and_then(Date::parse) else { return lifetime };
    let age = now.unwrap_or_else(clock::wall_time) - start.at;
    let in_brasilia = (!start.has_zone).then_some(age - BRASILIA_BEHIND_UTC);
    let younger = [Some(age), in_brasilia].into_iter().flatten().filter(|age| *age >= -SKEW).min();
    let age = younger.and_then(|age| Duration::try_from(age).ok()).unwrap_or_default();
    lifetime.checked_sub(age).filter(|left| !left.is_zero()).unwrap_or(lifetime)
}

impl Date {
    fn parse(text: &str) -> Option<Self> {
        let (start, rest) = text.trim().split_at_checked(TO_SECONDS)?;
        let (day, time) = start.split_once(['T', 't', ' '])?;
        let has_zone = rest.contains(['Z', 'z', '+', '-']);
        let utc = if has_zone { "" } else { "Z" };
        let at = OffsetDateTime::parse(&format!("{day}T{time}{rest}{utc}"), &Rfc3339).ok()?;
        Some(Self { at, has_zone })
    }
}

fn positive(span: time::Duration) -> Option<Duration> {
    Duration::try_from(span).ok().filter(|span| !span.is_zero() && *span <= MAX_LIFETIME)
}

#[cfg(test)]
mod tests;
