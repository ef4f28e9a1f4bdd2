//! A credential as the cache stores it and hands it out.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::clock;
use crate::sync::AtomicU64;

/// A credential that a client handed out. Clones share it; [`Deref`] reads it.
///
/// It knows which login it came from, so [`Client::invalidate`](crate::Client::invalidate) and
/// [`Client::forget`](crate::Client::forget) remove this credential and never its successor.
///
/// ```no_run
/// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
/// let session = client.credential().await?;
/// let same = session.clone();
/// client.invalidate(&same); // The provider answered 401 to it.
/// # Ok(())
/// # }
/// ```
pub struct CachedCredential<C> {
    entry: Arc<Entry<C>>,
}

impl<C> CachedCredential<C> {
    pub(crate) fn new(entry: Arc<Entry<C>>) -> Self {
        Self { entry }
    }

    /// Returns true if both come from the same login of the same client.
    ///
    /// This is an associated function, like [`Arc::ptr_eq`], so that it cannot hide a method of the credential.
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        Arc::ptr_eq(&this.entry, &other.entry)
    }

    pub(crate) fn entry(&self) -> &Arc<Entry<C>> {
        &self.entry
    }
}

/// Wraps a credential that no client handed out, for [`Request::using`](crate::Request::using). No client invalidates
/// it.
impl<C> From<C> for CachedCredential<C> {
    fn from(credential: C) -> Self {
        Self { entry: Entry::new(credential, 0, 0, Duration::ZERO) }
    }
}

impl<C> Deref for CachedCredential<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.entry.credential
    }
}

impl<C> Clone for CachedCredential<C> {
    fn clone(&self) -> Self {
        Self { entry: Arc::clone(&self.entry) }
    }
}

impl<C: PartialEq> PartialEq for CachedCredential<C> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<C: Eq> Eq for CachedCredential<C> {}

impl<C: fmt::Debug> fmt::Debug for CachedCredential<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entry.credential.fmt(f)
    }
}

/// One credential in the cache. It is replaced, never modified.
#[derive(Debug)]
pub(crate) struct Entry<C> {
    pub(crate) credential: C,
    pub(crate) generation: u64,
    /// The fence of its record in a shared store, or zero if it has none.
    pub(crate) fence: u64,
    /// The tick of the coarse clock in which the state last served it. In the same tick the state is not asked again.
    pub(super) served_in: AtomicU64,
    /// The monotonic time at which its login was sent, in nanoseconds. It is zero if that was before the client existed.
    sent_at: u64,
    /// The monotonic time of the first 401 to it, or [`NEVER`].
    refused_at: std::sync::atomic::AtomicU64,
}

/// The value of `refused_at` of a credential that met no 401.
const NEVER: u64 = u64::MAX;

impl<C> Entry<C> {
    pub(super) fn new(credential: C, generation: u64, fence: u64, sent_at: Duration) -> Arc<Self> {
        Arc::new(Self {
            credential,
            generation,
            fence,
            served_in: AtomicU64::new(clock::NO_TICK),
            sent_at: nanos(sent_at),
            refused_at: std::sync::atomic::AtomicU64::new(NEVER),
        })
    }

    pub(super) fn was_served_in(&self, tick: Option<u64>) -> bool {
        tick.is_some_and(|tick| self.served_in.load(Relaxed) == tick)
    }
    /// Records the time of a 401 to this credential. The first one counts.
    pub(super) fn refused(&self, now: Duration) {
        self.refused_at.fetch_min(nanos(now), Relaxed);
    }

    /// Returns true if the login of this credential was sent before `other` met its first 401, so that one revocation
    /// may have ended both.
    pub(crate) fn may_be_revoked_with(&self, other: &Self) -> bool {
        self.sent_at < other.refused_at.load(Relaxed)
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(NEVER - 1)
}
