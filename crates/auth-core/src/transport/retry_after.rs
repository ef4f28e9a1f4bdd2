//! The pause that a provider asks for.

use std::time::Duration;

use http::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::clock;
use crate::parse;

/// The longest accepted pause. No server means more, and a caller may add the pause to its clock.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Returns the pause that a 429 asks for: `Retry-After`, then `retry_after` in the body, then `RateLimit-Reset` in
/// seconds, then `X-RateLimit-Reset` as a Unix time. The first readable value is used.
pub(crate) fn of_limit(headers: &HeaderMap, body: Option<&Value>) -> Option<Duration> {
    let pause = header(headers)
        .or_else(|| body?.get("retry_after").and_then(parse::seconds))
        .or_else(|| values(headers, "ratelimit-reset").find_map(seconds))
        .or_else(|| values(headers, "x-ratelimit-reset").find_map(|value| unix_time(value, wall(headers))));
    pause.map(|pause| pause.min(MAX_PAUSE))
}

/// Returns `Retry-After`, in seconds or as a date. Other statuses use only this header: the headers of limits come with
/// every response, and say nothing about a server that is down.
pub(crate) fn header(headers: &HeaderMap) -> Option<Duration> {
    values(headers, RETRY_AFTER.as_str())
        .find_map(|value| seconds(value).or_else(|| until_date(value, headers)))
        .map(|pause| pause.min(MAX_PAUSE))
}

/// Returns the time from the `Date` of a response, or from now, to a date of HTTP. A past date is zero.
pub(crate) fn until_date(date: &str, headers: &HeaderMap) -> Option<Duration> {
    Some(until(http_date(date)?, wall(headers)))
}

/// Returns the values of a header that are texts.
pub(crate) fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    headers.get_all(name).iter().filter_map(|value| HeaderValue::to_str(value).ok()).map(str::trim)
}

/// Returns the `Date` of a response, or the wall clock's time.
pub(crate) fn wall(headers: &HeaderMap) -> OffsetDateTime {
    date(headers).unwrap_or_else(clock::wall_time)
}

/// Returns the `Date` of the response.
pub(crate) fn date(headers: &HeaderMap) -> Option<OffsetDateTime> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

pub(crate) fn unix_time(text: &str, now: OffsetDateTime) -> Option<Duration> {
    let at = OffsetDateTime::from_unix_timestamp(text.parse().ok()?).ok()?;
    Some(until(at, now))
}

fn until(at: OffsetDateTime, now: OffsetDateTime) -> Duration {
    Duration::try_from(at - now).unwrap_or_default()
}

/// Parses the three formats of RFC 9110, section 5.6.7: the current one, and those of RFC 850 and of C's `asctime`.
fn http_date(text: &str) -> Option<OffsetDateTime> {
    let words: Vec<&str> = text.split([' ', ',', '-']).filter(|word| !word.is_empty()).collect();
    let ([_weekday, day, month, year, time, "GMT"] | [_weekday, month, day, time, year]) = words[..] else {
        return None;
    };
    OffsetDateTime::parse(&format!("{day:0>2} {month} {year} {time} GMT"), &Rfc2822).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_headers(headers: &[(&'static str, &str)]) -> Option<u64> {
        let headers = headers.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
        });
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value);
        }
        of_limit(&map, None).map(|pause| pause.as_secs())
    }

    const NOW: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

    #[test]
    fn retry_after_is_seconds_or_a_date_against_the_answers_own_date() {
        assert_eq!(of_headers(&[("retry-after", "3600")]), Some(3600));
        assert_eq!(of_headers(&[NOW, ("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")]), Some(60));
        assert_eq!(of_headers(&[NOW, ("retry-after", "Sun Nov  6 08:49:47 1994")]), Some(10), "asctime");
        assert_eq!(of_headers(&[NOW, ("retry-after", "Sunday, 06-Nov-94 08:49:47 GMT")]), Some(10), "RFC 850");
        assert_eq!(of_headers(&[NOW, ("retry-after", "Sat, 05 Nov 1994 08:49:37 GMT")]), Some(0), "in the past");
    }

    #[test]
    fn nonsense_is_passed_over_and_the_first_that_can_be_read_counts() {
        assert_eq!(of_headers(&[("retry-after", "soon")]), None);
        assert_eq!(of_headers(&[("retry-after", "-5")]), None);
        assert_eq!(of_headers(&[NOW, ("retry-after", "Sun, 06 Nov 1994 08:50:37 -0300")]), None, "HTTP has one zone");
        assert_eq!(of_headers(&[NOW, ("retry-after", "Sun, 32 Nov 1994 08:50:37 GMT")]), None);
        assert_eq!(of_headers(&[("retry-after", "")]), None);
        assert_eq!(of_headers(&[("retry-after", "soon"), ("retry-after", "7")]), Some(7));
        assert_eq!(of_headers(&[("retry-after", "99999999999999999999999")]), Some(86_400));
    }

    #[test]
    fn the_other_headers_are_a_difference_and_a_unix_time() {
        assert_eq!(of_headers(&[("ratelimit-reset", "30")]), Some(30));
        assert_eq!(of_headers(&[NOW, ("x-ratelimit-reset", "784111780")]), Some(3));
        assert_eq!(of_headers(&[("retry-after", "1"), ("ratelimit-reset", "30")]), Some(1));
    }

    #[test]
    fn a_limit_that_is_not_reached_is_no_reason_to_wait() {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-reset", HeaderValue::from_static("9999999999"));
        assert_eq!(header(&headers), None);
    }

    #[test]
    fn the_body_may_say_it() {
        let body = serde_json::json!({"retry_after": 3600});
        assert_eq!(of_limit(&HeaderMap::new(), Some(&body)), Some(Duration::from_secs(3600)));
    }
}
