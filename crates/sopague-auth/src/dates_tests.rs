use super::*;

fn date(text: &str) -> Date {
    Date::parse(text).unwrap_or_else(|| panic!("{text:?} is a date"))
}

/// Nanoseconds since 2024-07-08T12:06:57Z.
fn nanos(text: &str) -> Option<i128> {
    let origin = 1_720_440_417 * 1_000_000_000_i128;
    Date::parse(text).map(|date| date.at.unix_timestamp_nanos() - origin)
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
        ("2024-07-08T12:00:00Z", "2024-07-08T12:00:00Z", None),
        ("2024-07-08T12:00:00Z", "2024-07-08T11:00:00Z", None),
        ("2024-07-08T12:00:00Z", "2024-07-08T13:00:00", None),
        ("2024-07-08T12:00:00", "2024-07-08T13:00:00Z", None),
        ("0001-01-01T00:00:00", "2024-07-08T13:00:00", None),
        ("2024-07-08T12:00:00Z", "9999-12-31T23:59:59.9999999Z", None),
        ("0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", None),
    ] {
        let lifetime = date(created).until(date(expiration));
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
        assert_eq!(date(expiration).after(now), seconds.map(Duration::from_secs), "{expiration}");
    }
}
