//! Parsers for values that providers write in more than one way. Unreadable values are treated as missing.
//!
//! ```
//! use auth_core::parse;
//!
//! #[derive(serde::Deserialize)]
//! struct Session {
//!     #[serde(default, deserialize_with = "parse::optional_text")]
//!     user_id: Option<String>,
//!     ttl: serde_json::Value,
//! }
//!
//! let session: Session = serde_json::from_str(r#"{"user_id": 42, "ttl": "never"}"#)?;
//! assert_eq!((session.user_id.as_deref(), parse::seconds(&session.ttl)), (Some("42"), None));
//! # Ok::<(), serde_json::Error>(())
//! ```

pub mod dates;
pub mod jwt;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use time::OffsetDateTime;

/// The maximum number of seconds of a lifetime: ten years. More is a point in time or an error.
const MAX_LIFETIME_S: f64 = 10.0 * 365.0 * 86_400.0;

/// Parses a positive number of seconds, written as a number or as a text. Any other value is treated as missing.
///
/// Zero, negative numbers, `null`, other texts, and Unix times in the place of a lifetime are `None`, never an endless
/// lifetime.
///
/// ```
/// use auth_core::parse;
/// use serde_json::json;
/// use std::time::Duration;
///
/// assert_eq!(parse::seconds(&json!("1209600")), Some(Duration::from_secs(1_209_600)));
/// assert_eq!(parse::seconds(&json!(-1)), None);
/// assert_eq!(parse::seconds(&json!(1_763_764_800)), None);
/// ```
#[must_use]
pub fn seconds(value: &Value) -> Option<Duration> {
    let seconds = number(value)?;
    let lifetime = Duration::try_from_secs_f64(seconds).ok()?;
    (seconds <= MAX_LIFETIME_S && !lifetime.is_zero()).then_some(lifetime)
}

/// Parses a text, or a number that is used as one, because identifiers come as both.
///
/// ```
/// use auth_core::parse;
/// use serde_json::json;
///
/// assert_eq!(parse::text(&json!("a7")).as_deref(), Some("a7"));
/// assert_eq!(parse::text(&json!(7)).as_deref(), Some("7"));
/// assert_eq!(parse::text(&json!(null)), None);
/// ```
#[must_use]
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Parses an integer, written as a number or as a text. Any other value is treated as missing.
///
/// ```
/// use auth_core::parse;
/// use serde_json::json;
///
/// assert_eq!(parse::integer(&json!("-1")), Some(-1));
/// assert_eq!(parse::integer(&json!(-1)), Some(-1));
/// assert_eq!(parse::integer(&json!(-1.5)), None);
/// ```
#[must_use]
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Parses a time as seconds since 1970, written as a number or text, with or without a fraction. Any other value is
/// treated as missing.
///
/// ```
/// use auth_core::parse;
/// use serde_json::json;
///
/// let at = parse::unix_seconds(&json!("1763764800")).expect("it is a time");
/// assert_eq!(at, parse::dates::parse("2025-11-21T22:40:00Z").expect("it is a date"));
/// assert_eq!(parse::unix_seconds(&json!(-1)), None);
/// ```
///
/// Zero, negative numbers and times after the year 9999 are `None`. See [`dates::until_time`] for the lifetime.
#[must_use]
pub fn unix_seconds(value: &Value) -> Option<OffsetDateTime> {
    unix(number(value)?)
}

/// Parses a time as milliseconds since 1970, otherwise like [`unix_seconds`].
///
/// ```
/// use auth_core::parse;
/// use serde_json::json;
///
/// assert_eq!(parse::unix_millis(&json!(1_763_764_800_000_u64)), parse::unix_seconds(&json!(1_763_764_800)));
/// ```
#[must_use]
pub fn unix_millis(value: &Value) -> Option<OffsetDateTime> {
    unix(number(value)? / 1000.0)
}

/// Parses a time as seconds or milliseconds since 1970, for a provider that does not document which. Numbers from 10¹¹
/// on are milliseconds: as seconds they would be in the year 5138, and as milliseconds smaller ones were before 1973.
///
/// ```
/// use auth_core::parse;
/// use serde_json::json;
///
/// let at = parse::unix_seconds(&json!(1_763_764_800));
/// assert_eq!(parse::unix_time(&json!(1_763_764_800)), at);
/// assert_eq!(parse::unix_time(&json!("1763764800000")), at);
/// ```
#[must_use]
pub fn unix_time(value: &Value) -> Option<OffsetDateTime> {
    if number(value)? < 1e11 { unix_seconds(value) } else { unix_millis(value) }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Returns the time of a positive number of seconds since 1970.
fn unix(seconds: f64) -> Option<OffsetDateTime> {
    let since = Duration::try_from_secs_f64(seconds).ok().filter(|since| !since.is_zero())?;
    OffsetDateTime::UNIX_EPOCH.checked_add(since.try_into().ok()?)
}

/// Deserializes a field that is `None` if it cannot be read, for
/// `#[serde(default, deserialize_with = "parse::optional")]`.
///
/// Do not use it for secrets: it reads through a [`Value`], which is not wiped from memory.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct LoginResponse {
///     #[serde(default, deserialize_with = "auth_core::parse::optional")]
///     created: Option<u64>,
/// }
///
/// let answer: LoginResponse = serde_json::from_str(r#"{"created": "yesterday"}"#)?;
/// assert_eq!(answer.created, None);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// Only if the JSON itself is invalid.
pub fn optional<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// Deserializes with [`text`], for `#[serde(default, deserialize_with = "parse::optional_text")]`.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct User {
///     #[serde(default, deserialize_with = "auth_core::parse::optional_text")]
///     id: Option<String>,
/// }
///
/// let user: User = serde_json::from_str(r#"{"id": 123}"#)?;
/// assert_eq!(user.id.as_deref(), Some("123"));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// Only if the JSON itself is invalid.
pub fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(text(&Value::deserialize(deserializer)?))
}

/// Deserializes a date, with or without a zone, for `#[serde(default, deserialize_with = "parse::optional_date")]`. See
/// [`dates::parse`].
///
/// ```
/// use std::time::{Duration, SystemTime, UNIX_EPOCH};
///
/// #[derive(serde::Deserialize)]
/// struct User {
///     #[serde(default, deserialize_with = "auth_core::parse::optional_date")]
///     created_at: Option<SystemTime>,
/// }
///
/// let user: User = serde_json::from_str(r#"{"created_at": "2025-01-01T00:00:00.000Z"}"#)?;
/// assert_eq!(user.created_at, Some(UNIX_EPOCH + Duration::from_secs(1_735_689_600)));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// Only if the JSON itself is invalid.
pub fn optional_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let date = text(&value).as_deref().and_then(dates::parse).map(SystemTime::from);
    Ok(date.or_else(|| stored_time(&value)))
}

/// Reads a time as serde writes it: a stored session contains the types of its answer.
fn stored_time(value: &Value) -> Option<SystemTime> {
    SystemTime::deserialize(value).ok().filter(|_| value.is_object())
}

/// Deserializes seconds since 1970, for `#[serde(default, deserialize_with = "parse::optional_unix_time")]`.
///
/// ```
/// use std::time::{Duration, SystemTime, UNIX_EPOCH};
///
/// #[derive(serde::Deserialize)]
/// struct Claims {
///     #[serde(default, deserialize_with = "auth_core::parse::optional_unix_time")]
///     exp: Option<SystemTime>,
/// }
///
/// let claims: Claims = serde_json::from_str(r#"{"exp": 1640127056}"#)?;
/// assert_eq!(claims.exp, Some(UNIX_EPOCH + Duration::from_secs(1_640_127_056)));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// Only if the JSON itself is invalid.
pub fn optional_unix_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SystemTime>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let seconds = integer(&value).and_then(|seconds| u64::try_from(seconds).ok());
    let time = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    Ok(time.or_else(|| stored_time(&value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_date_and_a_unix_time_are_read_back_as_serde_stores_them() {
        #[derive(Debug, PartialEq, Deserialize, serde::Serialize)]
        struct Stored {
            #[serde(deserialize_with = "optional_date")]
            date: Option<SystemTime>,
            #[serde(deserialize_with = "optional_unix_time")]
            unix: Option<SystemTime>,
        }
        let time = Some(UNIX_EPOCH + Duration::from_millis(1_735_689_600_250));
        for stored in [Stored { date: time, unix: time }, Stored { date: None, unix: None }] {
            let json = serde_json::to_value(&stored).unwrap();
            assert_eq!(Stored::deserialize(json).unwrap(), stored);
        }
    }

    #[test]
    fn p24_a_lifetime_is_read_as_it_is_meant_or_is_absent() {
        for (value, seconds_expected) in [
            (json!("1209600"), Some(1_209_600.0)),
            (json!(1_209_600), Some(1_209_600.0)),
            (json!(" 3600 "), Some(3600.0)),
            (json!(1e3), Some(1000.0)),
            (json!("1e3"), Some(1000.0)),
            (json!(0.5), Some(0.5)),
            (json!(31_556_926), Some(31_556_926.0)),
            (json!(315_360_000), Some(315_360_000.0)),
            (json!(315_360_001), None),
            (json!(-1), None),
            (json!("-1"), None),
            (json!(0), None),
            (json!(null), None),
            (json!(""), None),
            (json!("abc"), None),
            (json!("NaN"), None),
            (json!("inf"), None),
            (json!(true), None),
            (json!({"seconds": 1}), None),
            (json!(1_763_764_800), None),
            (json!(1_763_764_800_000_u64), None),
            (json!(u64::MAX), None),
        ] {
            assert_eq!(seconds(&value), seconds_expected.map(Duration::from_secs_f64), "{value}");
        }
    }

    #[test]
    fn p24_a_time_since_1970_is_read_in_its_unit_or_is_absent() {
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).ok();
        for (value, in_seconds, in_millis, by_magnitude) in [
            (json!(1_763_764_800), at(1_763_764_800), at(1_763_764), at(1_763_764_800)),
            (json!("1763764800"), at(1_763_764_800), at(1_763_764), at(1_763_764_800)),
            (json!(1_763_764_800_000_u64), None, at(1_763_764_800), at(1_763_764_800)),
            (json!(" 1763764800000 "), None, at(1_763_764_800), at(1_763_764_800)),
            (json!(1), at(1), at(0), at(1)),
            (json!(0), None, None, None),
            (json!(-1), None, None, None),
            (json!(u64::MAX), None, None, None),
            (json!(1e300), None, None, None),
            (json!("NaN"), None, None, None),
            (json!("inf"), None, None, None),
            (json!("2025-11-21"), None, None, None),
            (json!(null), None, None, None),
            (json!(true), None, None, None),
        ] {
            let whole = |at: Option<OffsetDateTime>| at.map(OffsetDateTime::unix_timestamp);
            let read = [unix_seconds(&value), unix_millis(&value), unix_time(&value)].map(whole);
            assert_eq!(read, [in_seconds, in_millis, by_magnitude].map(whole), "{value}");
        }
        assert_eq!(unix_seconds(&json!(1.5)), unix_millis(&json!("1500")));
    }

    proptest::proptest! {
        #[test]
        fn any_number_is_a_time_or_absent_in_every_unit(number: f64) {
            for value in [json!(number), json!(number.to_string())] {
                for at in [unix_seconds(&value), unix_millis(&value), unix_time(&value)] {
                    proptest::prop_assert!(at.is_none_or(|at| at >= OffsetDateTime::UNIX_EPOCH));
                    proptest::prop_assert!(at.and_then(|at| dates::until_time(at, None)).is_none_or(|left| !left.is_zero()));
                }
            }
        }
    }
}
