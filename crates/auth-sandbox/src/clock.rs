//! The sandbox's one clock, and the date-times that providers write.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::{OffsetDateTime, UtcOffset};

/// The last second that a four-digit year can write.
const LAST_SECOND: u64 = 253_402_300_799;

/// Milliseconds since 1970, UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "a server has its own clock; that clients share none of its code is the point"
)]
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, millis)
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// `2026-02-17T12:25:20.611Z`, as JavaScript's `toISOString`.
pub(crate) fn iso(millis: u64) -> String {
    format!("{}.{:03}Z", seconds(millis, UtcOffset::UTC), millis % 1000)
}

/// `2024-07-08T12:06:57.07`: the time in Brasilia (UTC-3), without a zone, zeros of the fraction trimmed.
pub(crate) fn local(millis: u64) -> String {
    let brasilia = UtcOffset::from_whole_seconds(-3 * 3600).unwrap_or(UtcOffset::UTC);
    let text = format!("{}.{:03}", seconds(millis, brasilia), millis % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn seconds(millis: u64, offset: UtcOffset) -> String {
    let second = (millis / 1000).min(LAST_SECOND);
    let at = i64::try_from(second)
        .ok()
        .and_then(|second| OffsetDateTime::from_unix_timestamp(second).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .to_offset(offset);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iso_time_has_three_digits_and_a_zone() {
        assert_eq!(iso(1_771_331_120_611), "2026-02-17T12:25:20.611Z");
        assert_eq!(iso(1_771_331_120_000), "2026-02-17T12:25:20.000Z");
    }

    #[test]
    fn a_local_time_is_three_hours_behind_and_trims_its_fraction() {
        assert_eq!(local(1_771_331_120_070), "2026-02-17T09:25:20.07");
        assert_eq!(local(1_771_331_120_000), "2026-02-17T09:25:20");
    }
}
