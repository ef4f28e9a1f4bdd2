//! The sandbox's clock, and the date-times that providers write.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The last millisecond that a four-digit year can express.
const LAST: u64 = 253_402_300_799_999;
/// Brasilia is three hours behind UTC, in milliseconds.
const BRASILIA: u64 = 3 * 3_600_000;

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
    humantime::format_rfc3339_millis(at(millis)).to_string()
}

/// Returns a time as the header `Date` has it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http(millis: u64) -> String {
    httpdate::fmt_http_date(at(millis))
}

/// Returns the local time in Brasilia without a zone and without trailing zeros: `2024-07-08T12:06:57.07`.
pub(crate) fn local(millis: u64) -> String {
    iso(millis.saturating_sub(BRASILIA)).trim_end_matches(['Z', '0']).trim_end_matches('.').to_owned()
}

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis.min(LAST))
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
    fn a_time_that_no_year_of_four_digits_has_is_the_last_of_9999() {
        assert_eq!(
            (iso(u64::MAX), local(u64::MAX)),
            ("9999-12-31T23:59:59.999Z".into(), "9999-12-31T23:59:59.999".into())
        );
        assert_eq!(http(u64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
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
