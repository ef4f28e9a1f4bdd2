//! When a credential is renewed, and when it is dead: computed once, at its birth.

use std::num::NonZeroU64;
use std::time::Duration;

use crate::clock::Moment;
use crate::credential::Expiry;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Providers cut times to whole seconds, so a lifetime may be stated up to this much too long.
const RESOLUTION: Duration = Duration::from_secs(1);
/// No credential is trusted for longer, whatever the provider says.
pub(crate) const LONGEST: Duration = Duration::from_secs(400 * 24 * 3600);

/// The deadlines of one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deadlines {
    Never,
    Until { refresh_at: Packed, hard_at: Packed },
}

/// A moment in half its room, as each account keeps two: in nanoseconds, which reach to the year 2554. None is zero, so that
/// `Never` needs no room of its own.
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
    /// `lead` replaces the default of min(L/8, 24 h); `jitter` in 0..1 is the jitter's draw, once a credential.
    /// `None` is a credential that was born dead.
    pub(crate) fn new(
        expiry: Expiry,
        renew_before: Option<Duration>,
        started: Moment,
        now: Moment,
        jitter: f64,
    ) -> Option<Self> {
        let Some(lifetime) = lifetime(expiry, started) else { return Some(Self::Never) };
        let early = early(lifetime, renew_before, jitter);
        let hard_at = started.plus(lifetime.saturating_sub(margin(lifetime)));
        Self::between(started.plus(lifetime.saturating_sub(early)), hard_at, now)
    }

    /// The deadlines of a credential that came from elsewhere: of `lifetime` in all, `None` for ever, so much is `left` until it is
    /// dead, counted from `asked`. `None` is a dead one.
    #[cfg(feature = "store")]
    pub(crate) fn shared(
        lifetime: Option<Duration>,
        left: Duration,
        renew_before: Option<Duration>,
        asked: Moment,
        now: Moment,
        jitter: f64,
    ) -> Option<Self> {
        let Some(lifetime) = lifetime else { return Some(Self::Never) };
        let lifetime = lifetime.min(LONGEST);
        let margin = margin(lifetime);
        let left = left.min(lifetime.saturating_sub(margin));
        let early = early(lifetime, renew_before, jitter).saturating_sub(margin);
        Self::between(asked.plus(left.saturating_sub(early)), asked.plus(left), now)
    }

    fn between(refresh_at: Moment, hard_at: Moment, now: Moment) -> Option<Self> {
        if now.reached(hard_at) {
            return None;
        }
        let refresh_at = refresh_at.earlier(hard_at);
        let refresh_at = if now.reached(refresh_at) {
            // Born stale: the login was slow, or the provider handed out an old token again.
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

    /// What is left of it; `None` where it never ends.
    pub(crate) fn left(&self, now: Moment) -> Option<Duration> {
        match self {
            Self::Never => None,
            Self::Until { hard_at, .. } => Some(now.until(hard_at.moment())),
        }
    }
}

/// How long a credential lives in all; `None` where it never ends.
pub(crate) fn lifetime(expiry: Expiry, started: Moment) -> Option<Duration> {
    let lifetime = match expiry {
        Expiry::Never => return None,
        Expiry::In(lifetime) => lifetime,
        Expiry::At(at) => {
            let wall = Duration::try_from(at - time::OffsetDateTime::UNIX_EPOCH).unwrap_or_default();
            wall.saturating_sub(started.wall)
        }
    };
    Some(lifetime.min(LONGEST))
}

/// For how long a credential of this lifetime is in a store, if its login takes no time.
#[cfg(feature = "store")]
pub(crate) fn published_for(lifetime: Option<Duration>) -> Duration {
    let Some(lifetime) = lifetime else { return LONGEST };
    let lifetime = lifetime.min(LONGEST);
    lifetime.saturating_sub(margin(lifetime))
}

/// How long before its end it is renewed.
fn early(lifetime: Duration, renew_before: Option<Duration>, jitter: f64) -> Duration {
    let jitter = (lifetime / 16).min(HOUR).mul_f64(jitter.clamp(0.0, 1.0));
    let default = || (lifetime / 8).min(DAY).max(margin(lifetime) + resolution(lifetime));
    // A credential of a second or two is dead so early that half its life would leave no time for the renewal.
    let longest = (lifetime * 7 / 16).max(margin(lifetime) + lifetime / 8);
    renew_before.unwrap_or_else(default).min(longest) + jitter
}

/// How long before its end it is dead: at most a minute, and at most half its life.
fn margin(lifetime: Duration) -> Duration {
    (lifetime / 16 + resolution(lifetime)).min(Duration::from_secs(60))
}

/// How much of a lifetime is uncertain. One below a second was not stated in whole seconds.
fn resolution(lifetime: Duration) -> Duration {
    if lifetime < RESOLUTION { Duration::ZERO } else { RESOLUTION.min(lifetime * 7 / 16) }
}

#[cfg(test)]
mod tests;
