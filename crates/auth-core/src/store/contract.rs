//! The contract of a store: five atomic operations on opaque bytes.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::key::CacheKey;
use crate::error::Result;

/// A place where processes share the results of their logins: a folder, a Redis, or anything with these operations.
///
/// Each operation concerns one [`CacheKey`], and is atomic: of any number of callers on any machines, one comes after the other.
/// Under a name there are at most
///
/// - a **record**, with the fence of the lease under which it was published; the greatest such fence is kept when it is removed;
/// - a **cooldown**, which says that logins fail now;
/// - a **lease**, the right to log in, of which there is one at a time;
/// - the number of the last **fence**. Each lease has a greater one than all before it, than the record's, and than any that
///   the claimant knows of: the store may have forgotten.
///
/// All but the last end by themselves, by the store's own clock. What is sealed is opaque.
///
/// An error, like an operation that takes longer than [`SharedStore::timeout`](super::SharedStore::timeout), is no disaster: the client
/// goes on without the store. [`conformance::check`](super::conformance::check) tries all that is said here.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use std::time::{Duration, Instant};
///
/// use async_trait::async_trait;
/// use auth_core::Result;
/// use auth_core::store::{Acquire, Found, Cooldown, Lease, CacheKey, Record, Store};
///
/// /// For the clients of one process.
/// #[derive(Debug, Default)]
/// struct InMemory(Mutex<HashMap<CacheKey, Entry>>);
///
/// type Ending<T> = Option<(T, Instant)>;
///
/// #[derive(Debug, Default)]
/// struct Entry { record: Ending<(u64, Vec<u8>)>, published: u64, cooldown: Ending<Vec<u8>>, lease: Ending<Lease>, fence: u64 }
///
/// fn is_over<T>(part: &mut (T, Instant)) -> bool {
///     Instant::now() >= part.1
/// }
///
/// impl InMemory {
///     fn with<R>(&self, name: &CacheKey, change: impl FnOnce(&mut Entry, Instant) -> R) -> Result<R> {
///         let mut entries = self.0.lock().expect("no thread panics while it holds the lock");
///         let entry = entries.entry(name.clone()).or_default();
///         entry.record.take_if(is_over);
///         entry.cooldown.take_if(is_over);
///         entry.lease.take_if(is_over);
///         Ok(change(entry, Instant::now()))
///     }
/// }
///
/// impl Entry {
///     fn is_held(&self, lease: &Lease) -> bool {
///         self.lease.as_ref().is_some_and(|(held, _)| held == lease)
///     }
/// }
///
/// #[async_trait]
/// impl Store for InMemory {
///     async fn acquire(&self, name: &CacheKey, claim: &Acquire) -> Result<Found> {
///         self.with(name, |entry, now| {
///             let newer = entry.record.clone().filter(|((fence, _), _)| *fence > claim.min_fence);
///             let mut found = Found {
///                 record: newer.map(|((fence, sealed), until)| Record { fence, sealed, left: until - now }),
///                 cooldown: entry.cooldown.clone().map(|(sealed, until)| Cooldown { sealed, left: until - now }),
///                 ..Found::default()
///             };
///             let held = entry.lease.as_ref().map(|(lease, _)| lease.fence);
///             if claim.is_granted(&found, held) {
///                 let of_record = entry.record.as_ref().map_or(0, |((fence, _), _)| *fence);
///                 entry.fence = entry.fence.max(of_record).max(claim.min_fence) + 1;
///                 let lease = Lease { owner: claim.owner, fence: entry.fence };
///                 entry.lease = Some((lease, now + claim.span));
///                 found.lease = Some(lease);
///             } else if let Some((lease, until)) = &entry.lease {
///                 found.held_by = Some(lease.fence);
///                 found.held_for = *until - now;
///             }
///             found
///         })
///     }
///
///     async fn extend(&self, name: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
///         self.with(name, |entry, now| {
///             let held = entry.is_held(lease);
///             if held {
///                 entry.lease = Some((*lease, now + span));
///             }
///             held
///         })
///     }
///
///     async fn publish(&self, name: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
///         self.with(name, |entry, now| {
///             entry.lease.take_if(|(held, _)| held == lease);
///             if entry.published >= lease.fence {
///                 return false;
///             }
///             entry.published = lease.fence;
///             entry.record = Some(((lease.fence, sealed.to_vec()), now + lifetime));
///             entry.cooldown = None;
///             true
///         })
///     }
///
///     async fn release(&self, name: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
///         self.with(name, |entry, now| {
///             entry.lease.take_if(|(held, _)| held == lease);
///             if let Some(cooldown) = cooldown.filter(|_| entry.published <= lease.fence) {
///                 entry.cooldown = Some((cooldown.sealed, now + cooldown.left));
///             }
///         })
///     }
///
///     async fn remove(&self, name: &CacheKey, fence: u64) -> Result<bool> {
///         self.with(name, |entry, _| entry.record.take_if(|((of, _), _)| *of == fence).is_some())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// auth_core::store::conformance::check(&InMemory::default()).await.expect("it keeps the contract");
/// # }
/// ```
#[async_trait]
pub trait Store: Debug + Send + Sync + 'static {
    /// Reads what is there, and takes the lease if [`Acquire::is_granted`] says so: all in one step.
    ///
    /// A record that is not newer than [`Acquire::min_fence`] is left out, and a lease has a greater fence than that.
    ///
    /// ```no_run
    /// # async fn show(store: &dyn auth_core::store::Store, name: &auth_core::store::CacheKey) -> auth_core::Result<()> {
    /// use auth_core::store::Acquire;
    ///
    /// let found = store.acquire(name, &Acquire::by([7; 16])).await?;
    /// match (found.record, found.lease) {
    ///     (Some(record), _) => println!("good for another {:?}", record.left),
    ///     (None, Some(lease)) => println!("mine to log in, with fence {}", lease.fence),
    ///     (None, None) => println!("somebody else logs in, or nobody may"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    async fn acquire(&self, name: &CacheKey, claim: &Acquire) -> Result<Found>;

    /// Lets the lease last for `span` from now. `false` if it is not the one that is there: it ended, or was taken over.
    ///
    /// ```no_run
    /// # use auth_core::store::{Lease, CacheKey, Store};
    /// # async fn show(store: &dyn Store, name: &CacheKey, lease: Lease) -> auth_core::Result<()> {
    /// let still_mine = store.extend(name, &lease, std::time::Duration::from_secs(4)).await?;
    /// # Ok(())
    /// # }
    /// ```
    async fn extend(&self, name: &CacheKey, lease: &Lease, span: Duration) -> Result<bool>;

    /// Puts a record in the place of an older one, for `lifetime` and not longer, takes the cooldown away, and gives the lease
    /// back if it is still there.
    ///
    /// `false`, and no other change than the lease's end, where a record with the lease's fence or a newer one is there, or was
    /// before it was removed. That the lease has ended is no reason to refuse. The lifetime counts from the call: where the
    /// operation is done late, less is left.
    ///
    /// ```no_run
    /// # use auth_core::store::{Lease, CacheKey, Store};
    /// # async fn show(store: &dyn Store, name: &CacheKey, lease: Lease, sealed: &[u8]) -> auth_core::Result<()> {
    /// let newest = store.publish(name, &lease, sealed, std::time::Duration::from_secs(3_500)).await?;
    /// # Ok(())
    /// # }
    /// ```
    async fn publish(&self, name: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool>;

    /// Gives the lease back without a record, if it is still there, and closes the gate for as long as it says.
    ///
    /// Without a cooldown, the one that is there stays. A lease that has ended, or was taken over, closes the cooldown as well, but not
    /// where a record with a newer fence is there, or was: somebody has logged in since.
    ///
    /// ```no_run
    /// # use auth_core::store::{Lease, CacheKey, Store};
    /// # async fn show(store: &dyn Store, name: &CacheKey, lease: Lease) -> auth_core::Result<()> {
    /// store.release(name, &lease, None).await
    /// # }
    /// ```
    async fn release(&self, name: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()>;

    /// Removes the record if it is the one with this fence; `true` if it was.
    ///
    /// ```no_run
    /// # use auth_core::store::{CacheKey, Store};
    /// # async fn show(store: &dyn Store, name: &CacheKey, refused: u64) -> auth_core::Result<()> {
    /// store.remove(name, refused).await?;
    /// # Ok(())
    /// # }
    /// ```
    async fn remove(&self, name: &CacheKey, fence: u64) -> Result<bool>;

    /// Waits until something has changed under the name, or until `within` is over: who waits looks again in either case. By
    /// default it sleeps; a store that is told of changes may return sooner.
    ///
    /// ```no_run
    /// # use auth_core::store::{CacheKey, Store};
    /// # async fn show(store: &dyn Store, name: &CacheKey) {
    /// store.wait_for_change(name, std::time::Duration::from_millis(100)).await;
    /// # }
    /// ```
    async fn wait_for_change(&self, name: &CacheKey, within: Duration) {
        let _ = name;
        crate::sync::sleep(within).await;
    }

    /// Returns true if [`wait_for_change`](Self::wait_for_change) returns as soon as a record is published or a lease
    /// is released, as far as is known now. A waiting process then polls each 0.5 to 1 s instead of each 0.1 to 0.2 s.
    /// `false` by default.
    ///
    /// ```
    /// # use auth_core::store::Store;
    /// # fn show(store: &dyn Store) {
    /// println!("{}", if store.notifies() { "told by publish/subscribe" } else { "by looking again" });
    /// # }
    /// ```
    fn notifies(&self) -> bool {
        false
    }
}

/// One store for several sharings.
#[async_trait]
impl<S: Store + ?Sized> Store for Arc<S> {
    async fn acquire(&self, name: &CacheKey, claim: &Acquire) -> Result<Found> {
        (**self).acquire(name, claim).await
    }

    async fn extend(&self, name: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        (**self).extend(name, lease, span).await
    }

    async fn publish(&self, name: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        (**self).publish(name, lease, sealed, lifetime).await
    }

    async fn release(&self, name: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
        (**self).release(name, lease, cooldown).await
    }

    async fn remove(&self, name: &CacheKey, fence: u64) -> Result<bool> {
        (**self).remove(name, fence).await
    }

    async fn wait_for_change(&self, name: &CacheKey, within: Duration) {
        (**self).wait_for_change(name, within).await;
    }

    fn notifies(&self) -> bool {
        (**self).notifies()
    }
}

/// The question of a client that needs a login.
///
/// ```
/// use auth_core::store::Acquire;
///
/// let mut claim = Acquire::by([7; 16]);
/// claim.min_fence = 12; // The record with fence 12 was refused.
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Acquire {
    /// Whose the lease is to be: drawn by chance for each login.
    pub owner: [u8; 16],
    /// The length of the lease unless it is extended; zero if only a record is wanted.
    pub span: Duration,
    /// The fence of the newest record that is not wanted.
    pub min_fence: u64,
    /// True if the lease is wanted although a cooldown runs.
    pub ignore_cooldown: bool,
    /// The lease with this fence may be taken over, although it has not ended: its holder is slow.
    pub take_over: Option<u64>,
}

impl Acquire {
    /// A claim to any record, or else to a lease of 4 s that nobody has.
    ///
    /// ```
    /// let claim = auth_core::store::Acquire::by([7; 16]);
    /// assert_eq!(claim.min_fence, 0);
    /// assert!(!claim.ignore_cooldown);
    /// ```
    #[must_use]
    pub fn by(owner: [u8; 16]) -> Self {
        Self { owner, span: Duration::from_secs(4), min_fence: 0, ignore_cooldown: false, take_over: None }
    }

    /// Returns true if the lease is granted, given the record and the cooldown that were found, and the fence of the
    /// lease that is held.
    ///
    /// ```
    /// use auth_core::store::{Acquire, Found};
    ///
    /// let mut claim = Acquire::by([7; 16]);
    /// assert!(claim.is_granted(&Found::default(), None));
    /// assert!(!claim.is_granted(&Found::default(), Some(3)));
    /// claim.take_over = Some(3);
    /// assert!(claim.is_granted(&Found::default(), Some(3)));
    /// ```
    #[must_use]
    pub fn is_granted(&self, found: &Found, held: Option<u64>) -> bool {
        found.record.is_none()
            && !self.span.is_zero()
            && (found.cooldown.is_none() || self.ignore_cooldown)
            && (held.is_none() || held == self.take_over)
    }
}

/// The content of a store under one key.
///
/// ```
/// let nothing = auth_core::store::Found::default();
/// assert!(nothing.record.is_none() && nothing.lease.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The record, if it is newer than was asked for, and has not ended.
    pub record: Option<Record>,
    /// The cooldown, if it is closed.
    pub cooldown: Option<Cooldown>,
    /// The lease, if it was granted.
    pub lease: Option<Lease>,
    /// The fence of the lease that somebody else holds.
    pub held_by: Option<u64>,
    /// The rest of that lease, unless it is extended; zero if that is unknown.
    pub held_for: Duration,
}

/// A sealed credential.
///
/// ```
/// use auth_core::store::Record;
/// use std::time::Duration;
///
/// let record = Record { fence: 3, sealed: vec![0; 64], left: Duration::from_secs(3_000) };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Of the lease under which it was published.
    pub fence: u64,
    /// Opaque.
    pub sealed: Vec<u8>,
    /// The rest of its lifetime by the store's clock.
    pub left: Duration,
}

/// A sealed reason why no login may be sent.
///
/// ```
/// use auth_core::store::Cooldown;
/// use std::time::Duration;
///
/// let cooldown = Cooldown { sealed: vec![0; 64], left: Duration::from_secs(60) };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cooldown {
    /// Opaque.
    pub sealed: Vec<u8>,
    /// The time that it stays, by the store's clock.
    pub left: Duration,
}

/// The right to log in.
///
/// ```
/// let lease = auth_core::store::Lease { owner: [7; 16], fence: 3 };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// As the claim said.
    pub owner: [u8; 16],
    /// Greater than that of any lease before it, and of the record that is there.
    pub fence: u64,
}
