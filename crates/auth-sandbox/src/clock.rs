//! The sandbox's clock, and the date-times that providers write.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;

/// The last second that a four-digit year can express.
const LAST_SECOND: u64 = 253_402_300_799;
/// Brasilia is three hours behind UTC.
const BRASILIA: u64 = 3 * 3600;

/// Returns the milliseconds since 1970, UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "the server has its own clock, because it shares no code with the clients"
)]
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, millis)
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Returns a time as JavaScript's `toISOString` does: `2026-02-17T12:25:20.611Z`.
pub(crate) fn iso(millis: u64) -> String {
    format!("{}.{:03}Z", date_time(seconds(millis)), millis % 1000)
}

/// Returns the local time in Brasilia without a zone and without trailing zeros: `2024-07-08T12:06:57.07`.
pub(crate) fn local(millis: u64) -> String {
    let seconds = seconds(millis).saturating_sub(BRASILIA);
    let text = format!("{}.{:03}", date_time(seconds), millis % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn seconds(millis: u64) -> u64 {
    (millis / 1000).min(LAST_SECOND)
}

fn date_time(seconds: u64) -> String {
    let at = OffsetDateTime::from(UNIX_EPOCH + Duration::from_secs(seconds));
    format!("{}T{:02}:{:02}:{:02}", at.date(), at.hour(), at.minute(), at.second())
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
