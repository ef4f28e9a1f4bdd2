//! The deadlines of one credential: its renewal and its expiry.

use std::num::NonZeroU64;
use std::time::Duration;

use crate::clock::Moment;
use crate::expiry::Expiry;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Providers cut times to whole seconds, so a stated lifetime may be this much too long.
const RESOLUTION: Duration = Duration::from_secs(1);
/// The longest accepted lifetime. Longer ones are cut to it.
pub(crate) const MAX_LIFETIME: Duration = Duration::from_secs(400 * 24 * 3600);

/// The deadlines of one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deadlines {
    Never,
    Until { refresh_at: Packed, hard_at: Packed },
}

/// A moment in nanoseconds, which takes half the space of a [`Moment`] and reaches to the year 2554. The values are
/// never zero, so that `Never` takes no extra space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    mono: NonZeroU64,
    wall: NonZeroU64,
}

impl Packed {
    fn new(at: Moment) -> Self {
        let nanos = |span: Duration| {
            let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
            NonZeroU64::new(nanos).unwrap_or(NonZeroU64::MIN)
        };
        Self { mono: nanos(at.mono), wall: nanos(at.wall) }
    }

    pub(crate) fn moment(self) -> Moment {
        Moment { mono: Duration::from_nanos(self.mono.get()), wall: Duration::from_nanos(self.wall.get()) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Fresh,
    Stale,
    Expired,
}

impl Deadlines {
    /// Computes the deadlines of a credential whose login was sent at `started` and answered at `now`.
    ///
    /// `renew_before` replaces the default of min(L/8, 24 h). `jitter` is in 0..1. Returns `None` if the credential has
    /// already expired.
    pub(crate) fn new(
        expiry: Expiry,
        renew_before: Option<Duration>,
        started: Moment,
        now: Moment,
        jitter: f64,
    ) -> Option<Self> {
        Self::with_time_left(lifetime(expiry, started), Duration::MAX, renew_before, started, now, jitter)
    }

    /// Computes the deadlines of a credential that has at most `left` before it expires, counted from `from`.
    ///
    /// `lifetime` is its whole lifetime, or `None` if it never expires. The other parameters are those of
    /// [`new`](Self::new).
    pub(crate) fn with_time_left(
        lifetime: Option<Duration>,
        left: Duration,
        renew_before: Option<Duration>,
        from: Moment,
        now: Moment,
        jitter: f64,
    ) -> Option<Self> {
        let Some(lifetime) = lifetime else { return Some(Self::Never) };
        let lifetime = lifetime.min(MAX_LIFETIME);
        let left = left.min(usable(Some(lifetime)));
        let early = early(lifetime, renew_before, jitter).saturating_sub(margin(lifetime));
        Self::between(from.plus(left.saturating_sub(early)), from.plus(left), now)
    }

    fn between(refresh_at: Moment, hard_at: Moment, now: Moment) -> Option<Self> {
        if now.reached(hard_at) {
            return None;
        }
        let refresh_at = refresh_at.earlier(hard_at);
        let refresh_at = if now.reached(refresh_at) {
            // Renewal is already due: the login was slow, or the provider handed out an old token again.
            now.plus((now.until(hard_at) / 4).max(Duration::from_secs(1))).earlier(hard_at)
        } else {
            refresh_at
        };
        Some(Self::Until { refresh_at: Packed::new(refresh_at), hard_at: Packed::new(hard_at) })
    }

    pub(crate) fn age(&self, now: Moment) -> Age {
        match self {
            Self::Until { hard_at, .. } if now.reached(hard_at.moment()) => Age::Expired,
            Self::Until { refresh_at, .. } if now.reached(refresh_at.moment()) => Age::Stale,
            Self::Never | Self::Until { .. } => Age::Fresh,
        }
    }

    /// Returns the remaining lifetime, or `None` if the credential never expires.
    pub(crate) fn left(&self, now: Moment) -> Option<Duration> {
        match self {
            Self::Never => None,
            Self::Until { hard_at, .. } => Some(now.until(hard_at.moment())),
        }
    }

    /// Returns the time by the wall clock until which the credential is handed out.
    pub(crate) fn expiry(&self) -> Expiry {
        match self {
            Self::Never => Expiry::Never,
            Self::Until { hard_at, .. } => Expiry::At(time::OffsetDateTime::UNIX_EPOCH + hard_at.moment().wall),
        }
    }
}

/// Returns the whole lifetime of a credential, or `None` if it never expires.
pub(crate) fn lifetime(expiry: Expiry, started: Moment) -> Option<Duration> {
    let lifetime = match expiry {
        Expiry::Never => return None,
        Expiry::In(lifetime) => lifetime,
        Expiry::At(at) => {
            let wall = Duration::try_from(at - time::OffsetDateTime::UNIX_EPOCH).unwrap_or_default();
            wall.saturating_sub(started.wall)
        }
    };
    Some(lifetime.min(MAX_LIFETIME))
}

/// Returns the part of a whole lifetime during which the credential is handed out.
pub(crate) fn usable(lifetime: Option<Duration>) -> Duration {
    let Some(lifetime) = lifetime else { return MAX_LIFETIME };
    let lifetime = lifetime.min(MAX_LIFETIME);
    lifetime.saturating_sub(margin(lifetime))
}

/// Returns the time before its end at which a credential is renewed.
fn early(lifetime: Duration, renew_before: Option<Duration>, jitter: f64) -> Duration {
    let jitter = (lifetime / 16).min(HOUR).mul_f64(jitter.clamp(0.0, 1.0));
    let default = || (lifetime / 8).min(DAY).max(margin(lifetime) + resolution(lifetime));
    // A credential of a second or two expires so early that half its lifetime would leave no time for the renewal.
    let longest = (lifetime * 7 / 16).max(margin(lifetime) + lifetime / 8);
    renew_before.unwrap_or_else(default).min(longest) + jitter
}

/// Returns how long before its stated end a credential is treated as expired: at most a minute, and at most half its
/// lifetime.
fn margin(lifetime: Duration) -> Duration {
    (lifetime / 16 + resolution(lifetime)).min(Duration::from_secs(60))
}

/// Returns the uncertain part of a lifetime. A lifetime below a second was not cut to whole seconds.
fn resolution(lifetime: Duration) -> Duration {
    if lifetime < RESOLUTION { Duration::ZERO } else { RESOLUTION.min(lifetime * 7 / 16) }
}

#[cfg(test)]
mod tests;
