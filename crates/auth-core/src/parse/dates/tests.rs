//! Tests of dates.

use super::*;

/// Returns the nanoseconds since 2024-07-08T12:06:57Z.
fn nanos(text: &str) -> Option<i128> {
    let origin = 1_720_440_417 * 1_000_000_000_i128;
    parse(text).map(|date| date.unix_timestamp_nanos() - origin)
}

#[test]
fn p24_a_date_is_read_as_it_is_meant_or_is_absent() {
    for (text, expected) in [
        ("2024-07-08T12:06:57Z", Some(0)),
        ("2024-07-08t12:06:57z", Some(0)),
        ("2024-07-08T12:06:57.913Z", Some(913_000_000)),
        ("2024-07-08T09:06:57-03:00", Some(0)),
        ("2024-07-08T09:06:57.1234567-03:00", Some(123_456_700)),
        ("2024-07-08T12:06:57+00:00", Some(0)),
        ("2024-07-08T12:06:57", Some(0)),
        ("2024-07-08T12:06:57.0", Some(0)),
        ("2024-07-08T12:06:57.07", Some(70_000_000)),
        ("2024-07-08T12:06:57.1234567", Some(123_456_700)),
        ("2024-07-08T12:06:57.123456789", Some(123_456_789)),
        ("2024-07-08T12:06:57.1234567899999", Some(123_456_789)),
        ("2024-07-08T12:06:57.1234567899999Z", Some(123_456_789)),
        ("2024-07-08 12:06:57", Some(0)),
        ("2024-07-08 12:06:57.5", Some(500_000_000)),
        (" 2024-07-08 12:06:57 ", Some(0)),
        ("", None),
        ("string", None),
        ("2024-07-08", None),
        ("2024-07-08T12:06", None),
        ("2024-07-08T12:06:57.", None),
        ("2024-07-08T12:06:57.Z", None),
        ("2024-07-08T12:06:57,5", None),
        ("2024-07-08T12:06:57 BRT", None),
        ("2024-07-08T12:06:57-0300", None),
        ("2024-07-08X12:06:57", None),
        ("2024-02-30T12:06:57", None),
        ("2024-07-08T25:06:57", None),
        ("08/07/2024 12:06:57", None),
        ("1720440417", None),
        ("2024-07-08T12:06:5é", None),
        ("2024-07-08T12:06:57.é", None),
    ] {
        assert_eq!(nanos(text), expected, "{text:?}");
    }
}

#[test]
fn p24_a_lifetime_is_the_difference_of_two_dates_of_the_same_kind() {
    for (created, expiration, seconds) in [
        ("2024-07-08T12:00:00Z", "2024-07-08T13:00:00Z", Some(3600.0)),
        ("2024-07-08T12:00:00", "2024-07-08T13:00:00", Some(3600.0)),
        ("2024-07-08 12:00:00", "2024-07-08T13:00:00.5", Some(3600.5)),
        ("2024-07-08T12:00:00-03:00", "2024-07-08T16:00:00Z", Some(3600.0)),
        ("2014-07-08T12:00:00Z", "2024-07-05T12:00:00Z", Some(315_360_000.0)),
        ("2014-07-08T12:00:00Z", "2024-07-05T12:00:01Z", None),
        ("2024-07-08T12:00:00Z", "2024-07-08T12:00:00Z", None),
        ("2024-07-08T12:00:00Z", "2024-07-08T11:00:00Z", None),
        ("2024-07-08T12:00:00Z", "2024-07-08T13:00:00", None),
        ("2024-07-08T12:00:00", "2024-07-08T13:00:00Z", None),
        ("0001-01-01T00:00:00", "2024-07-08T13:00:00", None),
        ("2024-07-08T12:00:00Z", "9999-12-31T23:59:59.9999999Z", None),
        ("0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", None),
    ] {
        let lifetime = difference(Some(created), Some(expiration));
        assert_eq!(lifetime, seconds.map(Duration::from_secs_f64), "{created} to {expiration}");
    }
}

#[test]
fn p24_a_date_without_a_zone_ends_as_soon_as_utc_or_brasilia_would_have_it() {
    let now = OffsetDateTime::from_unix_timestamp(1_720_440_000).expect("2024-07-08T12:00:00Z");
    for (expiration, seconds) in [
        ("2024-07-08T13:00:00", Some(3600)),
        ("2024-07-08T10:00:00", Some(3600)),
        ("2024-07-08T12:00:00", Some(3 * 3600)),
        ("2024-07-08T15:30:00", Some(3 * 3600 + 1800)),
        ("2024-07-08T09:00:00", None),
        ("2024-07-08T08:00:00", None),
        ("2024-07-08T13:00:00Z", Some(3600)),
        ("2024-07-08T10:00:00Z", None),
        ("2024-07-08T10:00:00-03:00", Some(3600)),
        ("2024-07-08T09:00:00-03:00", None),
        ("9999-12-31T23:59:59", None),
        ("9999-12-31T23:59:59-03:00", None),
        ("0001-01-01T00:00:00+03:00", None),
    ] {
        assert_eq!(until(Some(expiration), Some(now)), seconds.map(Duration::from_secs), "{expiration}");
    }
}

/// Part of the lifetime of a token has passed when the provider hands it out again.
#[test]
fn the_rest_of_a_lifetime_counts_from_the_answers_clock_if_that_is_plausible() {
    let (minute, now) = (Duration::from_secs(60), parse("2024-07-08T12:00:00Z"));
    for (minutes, start, left) in [
        (60, "2024-07-08T11:02:00Z", 2),
        (60, "2024-07-08T12:00:00Z", 60),
        (60, "2024-07-08T12:05:00Z", 60),
        (60, "2024-07-08T11:00:00Z", 60),
        (60, "2024-07-07T11:30:00Z", 60),
        (60, "2023-07-08T11:30:00Z", 60),
        (60, "2025-07-08T11:30:00Z", 60),
        (60, "yesterday", 60),
        // Without a zone: just issued in UTC, just issued in Brasília, and older in each.
        (240, "2024-07-08T12:00:00", 240),
        (240, "2024-07-08 09:00:00.7", 240),
        (180, "2024-07-08 09:00:00.7", 180),
        (60, "2024-07-08T11:02:00", 2),
        (60, "2024-07-08T08:02:00", 2),
        (240, "2024-07-08T10:20:00", 140),
    ] {
        assert_eq!(remaining(minute * minutes, Some(start), now), minute * left, "{minutes} from {start}");
    }
    assert_eq!(remaining(minute, None, now), minute);
}

#[test]
fn without_an_answers_date_the_local_clock_tells_what_remains() {
    let now = clock::wall_time();
    let written = |ago: time::Duration| (now - ago).format(&Rfc3339).expect("it is written");
    let hour = Duration::from_secs(3600);
    let left = remaining(hour, Some(&written(time::Duration::minutes(58))), None);
    assert!(left <= Duration::from_secs(120) && left > Duration::from_secs(110), "{left:?}");
    assert_eq!(remaining(hour, Some(&written(time::Duration::days(1))), None), hour, "the local clock is wrong");
    let left = from_now(Some(&written(-time::Duration::hours(1)))).expect("it is not over");
    assert!(left <= hour && left > Duration::from_secs(3590), "{left:?}");
}
