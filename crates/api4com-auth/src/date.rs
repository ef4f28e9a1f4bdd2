//! Api4Com's dates, with and without the zone at their end.

use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Reads `2025-01-01T00:00:00.000Z`; without a zone, as one page shows it, it is taken for UTC.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    let date = OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339));
    date.ok().map(SystemTime::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn a_date_is_read_with_or_without_its_zone_or_is_absent() {
        let new_year = UNIX_EPOCH + Duration::from_secs(1_735_689_600);
        for text in ["2025-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000", "2024-12-31T21:00:00-03:00"] {
            assert_eq!(parse(text), Some(new_year), "{text}");
        }
        for text in ["", "yesterday", "1735689600", "2025-01-01"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
