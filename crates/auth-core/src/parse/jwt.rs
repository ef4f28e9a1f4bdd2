//! The times in a JWT. They are used only to schedule a renewal, and are never verified.
//!
//! ```
//! assert_eq!(auth_core::parse::jwt::lifetime("no.jwt.here"), None);
//! ```

use std::time::Duration;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::clock;
use crate::expiry::Expiry;

/// Accepts base64 with and without padding, because both occur.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Returns the lifetime of a JWT: `exp − iat` of its payload, or `exp − nbf` if it has no `iat`. Returns `None` if the
/// token is not a JWT, lacks these values, or has them in the wrong order.
///
/// The difference does not need a clock that agrees with the provider's. The signature is not verified, because only
/// the provider can verify it.
///
/// ```
/// use auth_core::parse::jwt;
/// use std::time::Duration;
///
/// // {"id":1,"iat":1640123456,"exp":1640127056}
/// let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6MSwiaWF0IjoxNjQwMTIzNDU2LCJleHAiOjE2NDAxMjcwNTZ9.abc123def456";
/// assert_eq!(jwt::lifetime(token), Some(Duration::from_secs(3600)));
/// assert_eq!(jwt::lifetime("opaque"), None);
/// ```
#[must_use]
pub fn lifetime(token: &str) -> Option<Duration> {
    let claims = claims(token)?;
    let start = time(&claims, "iat").or_else(|| time(&claims, "nbf"))?;
    positive(time(&claims, "exp")? - start)
}

/// Returns the time until a JWT expires, because a provider may hand out an old token again. Returns `None` if the
/// token is not a JWT or has no `exp`.
///
/// `now` is the provider's clock, from the response with the token. Without it, the local clock is used. If the token
/// has already expired by that clock, the clock is assumed to be wrong, and the result is `None`: no clock makes a good
/// token expire.
///
/// ```
/// use auth_core::{parse::jwt, time::OffsetDateTime};
/// use std::time::Duration;
///
/// // {"id":1,"iat":1640123456,"exp":1640127056}
/// let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6MSwiaWF0IjoxNjQwMTIzNDU2LCJleHAiOjE2NDAxMjcwNTZ9.abc123def456";
/// let now = OffsetDateTime::from_unix_timestamp(1_640_127_052).expect("it is a time");
/// assert_eq!(jwt::remaining(token, Some(now)), Some(Duration::from_secs(4)));
/// assert_eq!(jwt::remaining(token, None), None, "it is over by the local clock");
/// ```
#[must_use]
pub fn remaining(token: &str, now: Option<OffsetDateTime>) -> Option<Duration> {
    let now = now.unwrap_or_else(clock::wall_time) - OffsetDateTime::UNIX_EPOCH;
    positive(time(&claims(token)?, "exp")? - now.as_seconds_f64())
}

/// Returns the expiry of a given token: the `exp` of a JWT by the local clock, [`Never`](Expiry::Never) for any other
/// token.
///
/// Unlike in [`remaining`], an expired JWT has no time left, because there is no response with a better clock.
///
/// ```
/// use auth_core::{Expiry, parse::jwt};
/// use std::time::Duration;
///
/// // {"id":1,"iat":1640123456,"exp":1640127056}
/// let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6MSwiaWF0IjoxNjQwMTIzNDU2LCJleHAiOjE2NDAxMjcwNTZ9.abc123def456";
/// assert_eq!(jwt::expiry(token), Expiry::In(Duration::ZERO));
/// assert_eq!(jwt::expiry("opaque"), Expiry::Never);
/// ```
#[must_use]
pub fn expiry(token: &str) -> Expiry {
    let is_told = claims(token).is_some_and(|claims| time(&claims, "exp").is_some());
    if is_told { Expiry::In(remaining(token, None).unwrap_or_default()) } else { Expiry::Never }
}

pub(crate) fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = Zeroizing::new(BASE64.decode(payload).ok()?);
    serde_json::from_slice(&payload).ok()
}

pub(crate) fn time(claims: &Value, name: &str) -> Option<f64> {
    claims.get(name).and_then(Value::as_f64)
}

fn positive(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().filter(|lifetime| !lifetime.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.x", BASE64.encode(claims))
    }

    #[test]
    fn the_lifetime_is_the_difference_of_two_claims_whatever_they_are() {
        assert_eq!(lifetime(&token(r#"{"iat":-10,"exp":50.5}"#)), Some(Duration::from_millis(60_500)));
        assert_eq!(lifetime(&token(r#"{"iat":null,"nbf":10,"exp":50}"#)), Some(Duration::from_secs(40)));
        assert_eq!(lifetime("e30.eyJpYXQiOjEsImV4cCI6M30=.x"), Some(Duration::from_secs(2)), "padded");
    }

    #[test]
    fn what_is_no_jwt_with_both_times_has_no_lifetime() {
        for claims in [
            r#"{"exp":50}"#,
            r#"{"iat":50}"#,
            r#"{"iat":50,"exp":50}"#,
            r#"{"iat":51,"exp":50}"#,
            r#"{"iat":"1","exp":"2"}"#,
            "[]",
            "no",
        ] {
            assert_eq!(lifetime(&token(claims)), None, "{claims}");
        }
        for token in ["", ".", "..", "a.b", "e30.!.x", "rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm"] {
            assert_eq!(lifetime(token), None, "{token}");
        }
    }

    fn at(seconds: i64) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp(seconds).ok()
    }

    /// Part of the lifetime of a token has passed when the provider hands it out again.
    #[test]
    fn what_remains_of_a_token_counts_from_the_clock_of_the_answer() {
        let hour = token(r#"{"iat":1700000000,"exp":1700003600}"#);
        for (now, expected) in [
            (1_700_003_596, Some(4)),
            (1_700_003_599, Some(1)),
            (1_700_000_000, Some(3600)),
            (1_699_999_700, Some(3900)),
            (1_700_003_600, None),
            (1_700_090_000, None),
        ] {
            assert_eq!(remaining(&hour, at(now)), expected.map(Duration::from_secs), "{now}");
        }
        assert_eq!(remaining(&token(r#"{"exp":50}"#), at(45)), Some(Duration::from_secs(5)), "iat is not needed");
        for nothing in ["opaque", "a.b.c", &token(r#"{"iat":45}"#), &token(r#"{"exp":"50"}"#)] {
            assert_eq!(remaining(nothing, at(45)), None, "{nothing}");
        }
    }

    /// A given JWT contains its own expiry.
    #[test]
    fn a_given_jwt_ends_at_its_exp_and_any_other_token_at_no_time_that_is_known() {
        let now = clock::wall_time().unix_timestamp();
        let Expiry::In(left) = expiry(&token(&format!(r#"{{"exp":{}}}"#, now + 60))) else { panic!("it has an end") };
        assert!(left <= Duration::from_secs(60) && left > Duration::from_secs(50), "{left:?}");
        for over in [now - 1, now - 86_400, 0, -5] {
            assert_eq!(expiry(&token(&format!(r#"{{"exp":{over}}}"#))), Expiry::In(Duration::ZERO), "{over}");
        }
        for unknown in ["opaque", "a.b.c", "..", &token(r#"{"iat":45}"#), &token(r#"{"exp":"50"}"#), &token("[]")] {
            assert_eq!(expiry(unknown), Expiry::Never, "{unknown}");
        }
    }

    #[test]
    fn without_a_date_the_local_clock_tells_what_remains() {
        let now = clock::wall_time().unix_timestamp();
        let old = token(&format!(r#"{{"iat":{},"exp":{}}}"#, now - 58 * 60, now + 4));
        let left = remaining(&old, None).expect("it is not over");
        assert!(left <= Duration::from_secs(4) && left > Duration::from_secs(1), "{left:?}");
        let other_day = token(&format!(r#"{{"iat":{},"exp":{}}}"#, now - 86_400, now - 82_800));
        assert_eq!(remaining(&other_day, None), None, "the local clock may be wrong");
    }
}
