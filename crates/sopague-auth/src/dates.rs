//! Dates as ASP.NET servers write them, and the lifetimes that follow from two of them.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Where a date without a zone may have been written: Brasília, unless it is UTC.
const BRASILIA_BEHIND_UTC: time::Duration = time::Duration::hours(3);
/// More than this is no lifetime: a server that leaves a date out may write the year 1 or 9999.
const MOST: Duration = Duration::from_secs(10 * 365 * 86_400);
/// `2024-09-24T16:19:29`: what every form begins with.
const TO_SECONDS: usize = 19;

/// A date and time whose zone the server may have left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    /// Read as UTC where there is no zone.
    at: OffsetDateTime,
    has_zone: bool,
}

impl Date {
    /// Reads RFC 3339, and the same without a zone, with a blank for the `T`, with or without a fraction.
    /// Digits beyond nanoseconds are cut.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (start, rest) = text.trim().split_at_checked(TO_SECONDS)?;
        let (day, time) = start.split_once(['T', 't', ' '])?;
        let has_zone = rest.contains(['Z', 'z', '+', '-']);
        let utc = if has_zone { "" } else { "Z" };
        let at = OffsetDateTime::parse(&format!("{day}T{time}{rest}{utc}"), &Rfc3339).ok()?;
        Some(Self { at, has_zone })
    }

    /// How long it is from `self` to `end`. The same clock wrote both: neither its zone nor whether it is right
    /// matters. `None` if only one has a zone, or there is no such time between them.
    pub(crate) fn until(self, end: Self) -> Option<Duration> {
        if self.has_zone == end.has_zone { positive(end.at - self.at) } else { None }
    }

    /// How long it is from `now` to `self`. Without a zone it is the shorter of what UTC and Brasília would mean.
    pub(crate) fn after(self, now: OffsetDateTime) -> Option<Duration> {
        let left = self.at - now;
        positive(left).or_else(|| if self.has_zone { None } else { positive(left + BRASILIA_BEHIND_UTC) })
    }
}

fn positive(span: time::Duration) -> Option<Duration> {
    Duration::try_from(span).ok().filter(|span| !span.is_zero() && *span <= MOST)
}

#[cfg(test)]
#[path = "dates_tests.rs"]
mod tests;
