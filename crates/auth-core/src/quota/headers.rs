//! The state of a limit in the headers of an answer.

use std::time::Duration;

use http::HeaderMap;

use super::exchange::{Observed, Window};
use crate::transport::retry_after::{seconds, unix_time, values, wall};

/// A larger number of seconds is a Unix time.
const FIRST_UNIX_TIME: u64 = 500_000_000;
const ROUNDING: Duration = Duration::from_secs(2);

/// Reads the state of one of these windows: `RateLimit` with its `RateLimit-Policy` (a draft of the IETF), the three
/// headers `RateLimit-*` of its earlier versions, or the three headers `X-RateLimit-*`.
///
/// The window is found by its length, or by its limit. Headers that match no window are ignored.
pub(super) fn observed(headers: &HeaderMap, windows: &[Window]) -> Option<Observed> {
    structured(headers, windows).or_else(|| {
        ["ratelimit", "x-ratelimit"].iter().find_map(|prefix| {
            let text = |name: &str| values(headers, &format!("{prefix}-{name}")).next().map(str::to_owned);
            // A limit may be followed by its policies: `100, 100;w=60`.
            let number = |name| text(name)?.split([',', ';']).next()?.trim().parse::<u64>().ok();
            let limit = number("limit")?;
            let window = windows.iter().find(|window| u64::from(window.requests) == limit)?;
            let reset = text("reset")?;
            let reset = match number("reset")? {
                FIRST_UNIX_TIME.. => unix_time(&reset, wall(headers))?,
                seconds => Duration::from_secs(seconds),
            };
            of(window, number("remaining")?, reset)
        })
    })
}

/// Reads `RateLimit: "hour";r=480;t=120` with `RateLimit-Policy: "hour";q=500;w=3600`.
fn structured(headers: &HeaderMap, windows: &[Window]) -> Option<Observed> {
    let policies = || values(headers, "ratelimit-policy").flat_map(|value| value.split(','));
    let states = values(headers, "ratelimit").flat_map(|value| value.split(','));
    let mut found = states.filter_map(|state| {
        let name = state.split(';').next()?.trim();
        let policy = policies().find(|policy| policy.split(';').next().map(str::trim) == Some(name))?;
        let per = seconds(parameter(policy, "w")?)?;
        let window = windows.iter().find(|window| window.per == per)?;
        let reset = parameter(state, "t").and_then(seconds).unwrap_or(window.per);
        of(window, parameter(state, "r")?.parse().ok()?, reset)
    });
    found.next()
}

fn parameter<'a>(item: &'a str, name: &str) -> Option<&'a str> {
    item.split(';').skip(1).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

fn of(window: &Window, remaining: u64, reset: Duration) -> Option<Observed> {
    let remaining = u32::try_from(remaining).unwrap_or(u32::MAX);
    // A window that ends later than it is long is another one. The times of headers are whole seconds.
    let reset = reset.checked_sub(window.per).is_none_or(|more| more <= ROUNDING).then(|| reset.min(window.per))?;
    Some(Observed { per: window.per, used: window.requests.saturating_sub(remaining), reset })
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn of_headers(headers: &[(&'static str, &str)]) -> Option<(u64, u32, u64)> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let windows = [(500, 3600), (50, 60)].map(|(requests, per)| Window::new(requests, Duration::from_secs(per)));
        let observed = observed(&map, &windows)?;
        Some((observed.per.as_secs(), observed.used, observed.reset.as_secs()))
    }

    const DATE: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

    #[test]
    fn each_form_of_the_headers_of_a_limit_is_read() {
        let older = |prefix: [&'static str; 3], reset| {
            of_headers(&[DATE, (prefix[0], "500"), (prefix[1], "480"), (prefix[2], reset)])
        };
        let x = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
        let ietf = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"];
        assert_eq!(older(x, "784111837"), Some((3600, 20, 60)), "a Unix time");
        assert_eq!(older(x, "60"), Some((3600, 20, 60)), "seconds");
        assert_eq!(older(ietf, "60"), Some((3600, 20, 60)));
        let policy = ("ratelimit-policy", r#""hour";q=500;w=3600, "minute";q=50;w=60"#);
        assert_eq!(of_headers(&[policy, ("ratelimit", r#""minute";r=7;t=12"#)]), Some((60, 43, 12)));
        assert_eq!(of_headers(&[policy, ("ratelimit", r#""day";r=7;t=12, "hour";r=500"#)]), Some((3600, 0, 3600)));
    }

    #[test]
    fn headers_of_another_limit_are_ignored() {
        let of_limit = |limit, reset| {
            of_headers(&[("x-ratelimit-limit", limit), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)])
        };
        assert_eq!(of_limit("50, 50;w=60", "60"), Some((60, 50, 60)));
        assert_eq!(of_limit("1000", "60"), None);
        assert_eq!(of_limit("50", "63"), None, "it is longer than the window");
        assert_eq!(of_limit("50", "soon"), None);
    }
}
