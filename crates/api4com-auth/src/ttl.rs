//! The lifetime that a login requests.

use std::num::NonZeroU32;

use serde::{Serialize, Serializer};

const MINUTE: u32 = 60;
const HOUR: u32 = 3600;
const DAY: u32 = 24 * HOUR;

/// The lifetime that a login requests. The lifetime that Api4Com grants is that of the [`Session`](crate::Session).
///
/// Only values that the provider understands can be written. A `ttl` below -1 would create a token that the provider
/// always answers with 500, and 0 means its default.
///
/// ```
/// use api4com_auth::Ttl;
///
/// const MONTH: Ttl = Ttl::days(30);
/// assert_eq!(serde_json::to_string(&MONTH)?, "2592000");
/// assert_eq!(serde_json::to_string(&Ttl::minutes(1))?, "60");
/// assert_eq!(serde_json::to_string(&Ttl::NEVER)?, "-1");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ttl(Option<NonZeroU32>);

impl Ttl {
    /// A lifetime without expiry. A logout, a deletion or a change of the user's password still ends the token.
    ///
    /// ```
    /// assert_eq!(api4com_auth::Ttl::NEVER.as_seconds(), None);
    /// ```
    pub const NEVER: Self = Self(None);

    /// Creates a lifetime in seconds. [`minutes`](Self::minutes), [`hours`](Self::hours) and [`days`](Self::days) take
    /// a plain number.
    ///
    /// ```
    /// use api4com_auth::Ttl;
    /// use std::num::NonZeroU32;
    ///
    /// const QUARTER: Ttl = Ttl::seconds(NonZeroU32::new(900).expect("more than 0"));
    /// assert_eq!(serde_json::to_string(&QUARTER)?, "900");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub const fn seconds(seconds: NonZeroU32) -> Self {
        Self(Some(seconds))
    }

    /// Creates a lifetime in minutes. 0 is treated as 1.
    ///
    /// ```
    /// use api4com_auth::Ttl;
    ///
    /// const QUARTER: Ttl = Ttl::minutes(15);
    /// assert_eq!(QUARTER.as_seconds().map(|seconds| seconds.get()), Some(900));
    /// ```
    #[must_use]
    pub const fn minutes(minutes: u16) -> Self {
        Self::spans(minutes, MINUTE)
    }

    /// Creates a lifetime in hours. 0 is treated as 1.
    ///
    /// ```
    /// use api4com_auth::Ttl;
    ///
    /// assert_eq!(Ttl::hours(24), Ttl::days(1));
    /// ```
    #[must_use]
    pub const fn hours(hours: u16) -> Self {
        Self::spans(hours, HOUR)
    }

    /// Creates a lifetime in days. 0 is treated as 1. Servers of this kind grant at most a year.
    ///
    /// ```
    /// use api4com_auth::Ttl;
    ///
    /// assert_eq!(Ttl::days(30).as_seconds().map(|seconds| seconds.get()), Some(2_592_000));
    /// ```
    #[must_use]
    pub const fn days(days: u16) -> Self {
        Self::spans(days, DAY)
    }

    const fn spans(count: u16, seconds: u32) -> Self {
        // A constant function cannot use `From`. The widening conversion loses nothing.
        match NonZeroU32::new((count as u32).saturating_mul(seconds)) {
            Some(seconds) => Self(Some(seconds)),
            None => Self(NonZeroU32::new(seconds)),
        }
    }

    /// Returns the lifetime in seconds, or `None` for [`NEVER`](Self::NEVER).
    ///
    /// ```
    /// use api4com_auth::Ttl;
    ///
    /// assert_eq!(Ttl::days(1).as_seconds().map(|seconds| seconds.get()), Some(86_400));
    /// assert_eq!(Ttl::NEVER.as_seconds(), None);
    /// ```
    #[must_use]
    pub const fn as_seconds(self) -> Option<NonZeroU32> {
        self.0
    }
}

impl Serialize for Ttl {
    /// Serializes the lifetime as a number of seconds, or as -1 for [`NEVER`](Self::NEVER).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(seconds) => serializer.serialize_u32(seconds.get()),
            None => serializer.serialize_i8(-1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_and_hours_are_plain_numbers_and_none_of_them_is_one() {
        const MINUTE_LONG: Ttl = Ttl::minutes(1);
        assert_eq!(serde_json::to_string(&MINUTE_LONG).unwrap(), "60");
        assert_eq!((Ttl::minutes(60), Ttl::hours(24)), (Ttl::hours(1), Ttl::days(1)));
        assert_eq!((Ttl::minutes(0), Ttl::hours(0)), (Ttl::minutes(1), Ttl::hours(1)));
        assert_eq!(serde_json::to_string(&Ttl::hours(u16::MAX)).unwrap(), "235926000");
    }

    #[test]
    fn no_number_of_days_writes_what_bricks_a_token() {
        for days in 0..=u16::MAX {
            let written = serde_json::to_string(&Ttl::days(days)).unwrap();
            assert!(written.parse::<u32>().unwrap() >= DAY, "{days}: {written}");
        }
        assert_eq!(Ttl::days(0), Ttl::days(1));
        assert_eq!(Ttl::days(u16::MAX).as_seconds(), Some(NonZeroU32::MAX));
    }
}
