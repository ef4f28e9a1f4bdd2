//! The sandbox's clock, and the date-times that providers write.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use time::OffsetDateTime;

/// The last second that a four-digit year can express.
const LAST_SECOND: u64 = 253_402_300_799;
/// Brasilia is three hours behind UTC.
const BRASILIA: u64 = 3 * 3600;

/// The longest shift in either direction, in seconds: a century.
pub(crate) const LONGEST_SHIFT: i64 = 3_155_760_000;

/// A clock that can be ahead of the machine's, or behind it. Clones share the shift.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    /// In seconds.
    shift: Arc<AtomicI64>,
}

impl Clock {
    /// Returns the milliseconds since 1970, UTC.
    #[expect(
        clippy::disallowed_methods,
        reason = "the server has its own clock, because it shares no code with the clients"
    )]
    pub(crate) fn now(&self) -> u64 {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis);
        machine.saturating_add_signed(self.shift().saturating_mul(1000))
    }

    pub(crate) fn shift(&self) -> i64 {
        self.shift.load(Ordering::Relaxed)
    }

    pub(crate) fn set_shift(&self, seconds: i64) {
        self.shift.store(seconds.clamp(-LONGEST_SHIFT, LONGEST_SHIFT), Ordering::Relaxed);
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Returns a time as JavaScript's `toISOString` does: `2026-02-17T12:25:20.611Z`.
pub(crate) fn iso(millis: u64) -> String {
    format!("{}.{:03}Z", date_time(seconds(millis)), millis % 1000)
}

/// Returns a time as the header `Date` has it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http(millis: u64) -> String {
    let at = OffsetDateTime::from(UNIX_EPOCH + Duration::from_secs(seconds(millis)));
    let (weekday, month) = (at.weekday().to_string(), at.month().to_string());
    let (hour, minute, second) = at.to_hms();
    let (day, year) = (at.day(), at.year());
    format!("{}, {day:02} {} {year} {hour:02}:{minute:02}:{second:02} GMT", &weekday[..3], &month[..3])
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
    fn a_shift_is_at_most_a_century() {
        let clock = Clock::default();
        for (asked, set) in [(i64::MAX, LONGEST_SHIFT), (i64::MIN, -LONGEST_SHIFT), (7, 7)] {
            clock.set_shift(asked);
            assert_eq!(clock.shift(), set);
        }
    }

    #[test]
    fn a_date_header_is_as_rfc_9110_writes_it() {
        assert_eq!(http(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn a_local_time_is_three_hours_behind_and_trims_its_fraction() {
        assert_eq!(local(1_771_331_120_070), "2026-02-17T09:25:20.07");
        assert_eq!(local(1_771_331_120_000), "2026-02-17T09:25:20");
    }
}
