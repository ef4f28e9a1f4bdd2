//! What the machine answers: the right to make a login, what a caller is to do, what becomes of a refused credential.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::clock::Moment;

/// Why a login is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// There is no credential, or it is dead.
    Cold,
    /// A live credential is near its end.
    Proactive,
    /// The provider refused the credential.
    Forced,
    /// A gate has opened.
    Probe,
    /// None is made: the provider refused the credential, no other may be had by a login, and a store may have one.
    Look,
}

/// The right to make one login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) id: NonZeroU32,
    pub(crate) reason: Reason,
    /// Its deadline counts from here.
    pub(crate) begun: Moment,
}

/// What a caller who wants a credential is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision<T, W, E> {
    Serve(T),
    /// Take it, and start a login that nobody waits for.
    ServeAndRenew(T, Ticket),
    Start(Ticket),
    Join(W),
    /// The gate is closed for that long.
    Fail(E, Duration),
    /// A fixed credential is dead.
    LoginRequired,
}

/// What becomes of a credential that a provider refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invalidation {
    /// It is gone: the next caller logs in.
    Removed,
    /// It was replaced before, or is being replaced: nothing changed.
    Replaced,
    /// It stays: no login may be made now, so nothing better could be had.
    Kept,
}
