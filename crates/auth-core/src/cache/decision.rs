//! Decisions of the state machine: a caller's next step, and the result of an invalidation.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::clock::Moment;

/// The reason for a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The cache is empty, or its credential has expired.
    Cold,
    /// A usable credential is near its expiry.
    Proactive,
    /// The provider answered 401 to the credential.
    Forced,
    /// A cooldown has ended.
    Probe,
    /// The provider answered 401 and no login may be sent, so only the store is asked for a newer credential.
    Look,
    /// A cooldown runs, so the secrets are read again, and sent only if they are new.
    Reread,
}

/// The right to run one refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) id: NonZeroU32,
    pub(crate) reason: Reason,
    /// The time from which its deadline counts.
    pub(crate) begun: Moment,
}

/// The next step of a caller that asks for a credential.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision<T, W, E> {
    Serve(T),
    /// Serve the credential, and start a renewal that no caller waits for.
    ServeAndRenew(T, Ticket),
    Start(Ticket),
    Join(W),
    /// A cooldown runs for this long.
    Fail(E, Duration),
    /// The given credential has expired, and the client cannot log in.
    LoginRequired,
}

/// The result of invalidating a credential after a 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invalidation {
    /// The credential is removed. The next caller logs in.
    Removed,
    /// The credential was already replaced, or is being replaced. Nothing changed.
    Replaced,
    /// The credential stays, because no login may be sent now.
    Kept,
}
