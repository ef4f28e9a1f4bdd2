//! Decisions of the state machine: what a caller is to do, and what became of an invalidated credential.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::clock::Moment;

/// The reason for a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// There is no credential, or it has expired.
    Cold,
    /// A live credential is near its expiry.
    Proactive,
    /// The provider answered 401 to the credential.
    Forced,
    /// A cooldown has ended.
    Probe,
    /// The provider answered 401 and no login may be sent, so only the store is asked for a newer credential.
    Look,
}

/// The right to run one refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) id: NonZeroU32,
    pub(crate) reason: Reason,
    /// The start of its deadline.
    pub(crate) begun: Moment,
}

/// The next step of a caller who asks for a credential.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision<T, W, E> {
    Serve(T),
    /// Serve it, and start a renewal that nobody waits for.
    ServeAndRenew(T, Ticket),
    Start(Ticket),
    Join(W),
    /// A cooldown runs for that long.
    Fail(E, Duration),
    /// A given credential has expired.
    LoginRequired,
}

/// The fate of a credential to which the provider answered 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invalidation {
    /// It is removed: the next caller logs in.
    Removed,
    /// It was replaced before, or is being replaced. Nothing changed.
    Replaced,
    /// It stays, because no login may be sent now.
    Kept,
}
