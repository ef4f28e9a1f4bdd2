//! The contract of a store: five atomic operations on opaque bytes, and two on the permits of a quota.
//!
//! Stores build [`Found`], [`Record`], [`Cooldown`] and [`Lease`]. These are exhaustive on purpose: rustc then names each
//! store that does not fill in a new member.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::key::CacheKey;
use crate::error::Result;
use crate::quota::exchange::{Take, Taken};
#[cfg(doc)]
use crate::quota::{ledger::Ledger, part::Part};

/// A store in which processes share the results of their logins: a folder, a Redis, or anything with these operations.
///
/// Each operation concerns one [`CacheKey`] and is atomic: the operations of any number of callers on any machines
/// happen one after another. Under each key a store has at most
///
/// - a **record**, with the fence of the lease under which it was published. The greatest fence of all records is kept
///   when the record is removed.
/// - a **cooldown**, during which logins fail.
/// - a **lease**, the right to log in. Only one exists at a time.
/// - the number of the last **fence**. Each new lease has a greater fence than all leases before it, than the record,
///   and than any fence that the caller knows, because the store may have lost data.
///
/// All except the last expire by themselves, by the store's own clock. Sealed contents are opaque.
///
/// An operation may fail, or take longer than [`SharedStore::timeout`](super::SharedStore::timeout). Then the client
/// continues without the store. [`conformance::check`](super::conformance::check) tests all of these rules.
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
///     fn with<R>(&self, key: &CacheKey, change: impl FnOnce(&mut Entry, Instant) -> R) -> Result<R> {
///         let mut entries = self.0.lock().expect("no thread panics while it holds the lock");
///         let entry = entries.entry(key.clone()).or_default();
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
///     async fn acquire(&self, key: &CacheKey, acquire: &Acquire) -> Result<Found> {
///         self.with(key, |entry, now| {
///             let newer = entry.record.clone().filter(|((fence, _), _)| *fence > acquire.min_fence);
///             let mut found = Found {
///                 record: newer.map(|((fence, sealed), until)| Record { fence, sealed, left: until - now }),
///                 cooldown: entry.cooldown.clone().map(|(sealed, until)| Cooldown { sealed, left: until - now }),
///                 ..Found::default()
///             };
///             let held = entry.lease.as_ref().map(|(lease, _)| lease.fence);
///             if acquire.is_granted(&found, held) {
///                 let of_record = entry.record.as_ref().map_or(0, |((fence, _), _)| *fence);
///                 entry.fence = entry.fence.max(of_record).max(acquire.min_fence) + 1;
///                 let lease = Lease { owner: acquire.owner, fence: entry.fence };
///                 entry.lease = Some((lease, now + acquire.span));
///                 found.lease = Some(lease);
///             } else if let Some((lease, until)) = &entry.lease {
///                 found.held_by = Some(lease.fence);
///                 found.held_for = *until - now;
///             }
///             found
///         })
///     }
///
///     async fn extend(&self, key: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
///         self.with(key, |entry, now| {
///             let held = entry.is_held(lease);
///             if held {
///                 entry.lease = Some((*lease, now + span));
///             }
///             held
///         })
///     }
///
///     async fn publish(&self, key: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
///         self.with(key, |entry, now| {
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
///     async fn release(&self, key: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
///         self.with(key, |entry, now| {
///             entry.lease.take_if(|(held, _)| held == lease);
///             if let Some(cooldown) = cooldown.filter(|_| entry.published <= lease.fence) {
///                 entry.cooldown = Some((cooldown.sealed, now + cooldown.left));
///             }
///         })
///     }
///
///     async fn remove(&self, key: &CacheKey, fence: u64) -> Result<bool> {
///         self.with(key, |entry, _| entry.record.take_if(|((of, _), _)| *of == fence).is_some())
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
    /// Reads the content, and acquires the lease if [`Acquire::is_granted`] returns true, in one step.
    ///
    /// A record that is not newer than [`Acquire::min_fence`] is left out. A lease has a greater fence than that.
    ///
    /// ```no_run
    /// # async fn show(store: &dyn auth_core::store::Store, key: &auth_core::store::CacheKey) -> auth_core::Result<()> {
    /// use auth_core::store::Acquire;
    ///
    /// let found = store.acquire(key, &Acquire::by([7; 16])).await?;
    /// match (found.record, found.lease) {
    ///     (Some(record), _) => println!("good for another {:?}", record.left),
    ///     (None, Some(lease)) => println!("mine to log in, with fence {}", lease.fence),
    ///     (None, None) => println!("somebody else logs in, or nobody may"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    async fn acquire(&self, key: &CacheKey, acquire: &Acquire) -> Result<Found>;

    /// Sets the lease to end after `span` from now. Returns false if the lease has ended or was taken over.
    ///
    /// ```no_run
    /// # use auth_core::store::{Lease, CacheKey, Store};
    /// # async fn show(store: &dyn Store, key: &CacheKey, lease: Lease) -> auth_core::Result<()> {
    /// let still_mine = store.extend(key, &lease, std::time::Duration::from_secs(4)).await?;
    /// # Ok(())
    /// # }
    /// ```
    async fn extend(&self, key: &CacheKey, lease: &Lease, span: Duration) -> Result<bool>;

    /// Publishes a record for at most `lifetime` in place of an older one, removes the cooldown, and releases the lease
    /// if it is still held.
    ///
    /// Returns false if a record with the lease's fence or a newer one exists, or existed before it was removed. Then
    /// only the lease is released. A record is accepted even if its lease has ended. The lifetime counts from the call:
    /// if the operation is late, the record lives for less time.
    ///
    /// ```no_run
    /// # use auth_core::store::{Lease, CacheKey, Store};
    /// # async fn show(store: &dyn Store, key: &CacheKey, lease: Lease, sealed: &[u8]) -> auth_core::Result<()> {
    /// let newest = store.publish(key, &lease, sealed, std::time::Duration::from_secs(3_500)).await?;
    /// # Ok(())
    /// # }
    /// ```
    async fn publish(&self, key: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool>;

    /// Releases the lease without a record, if it is still held, and stores the cooldown.
    ///
    /// With `None`, an existing cooldown stays. A lease that has ended or was taken over stores its cooldown too,
    /// unless a record with a newer fence exists or existed: then another process has logged in since.
    ///
    /// ```no_run
    /// # use auth_core::store::{Lease, CacheKey, Store};
    /// # async fn show(store: &dyn Store, key: &CacheKey, lease: Lease) -> auth_core::Result<()> {
    /// store.release(key, &lease, None).await
    /// # }
    /// ```
    async fn release(&self, key: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()>;

    /// Removes the record if it has this fence. Returns true if it was removed.
    ///
    /// ```no_run
    /// # use auth_core::store::{CacheKey, Store};
    /// # async fn show(store: &dyn Store, key: &CacheKey, refused: u64) -> auth_core::Result<()> {
    /// store.remove(key, refused).await?;
    /// # Ok(())
    /// # }
    /// ```
    async fn remove(&self, key: &CacheKey, fence: u64) -> Result<bool>;

    /// Records what a process reports about a [`Quota`](crate::Quota), and grants permits, in one step: see
    /// [`Ledger::take`], which a store that can keep a text and lock it needs only to call.
    ///
    /// Returns `None` if the store does not support quotas, which is the default. Then each process has its own part of
    /// the quota. The key is not that of a credential.
    ///
    /// ```no_run
    /// # use auth_core::store::{CacheKey, Store, Take, Window};
    /// # async fn show(store: &dyn Store, key: &CacheKey) -> auth_core::Result<()> {
    /// let mut take = Take::new(vec![Window::new(50, std::time::Duration::from_secs(60))]);
    /// take.want = 10;
    /// match store.take_permits(key, &take).await? {
    ///     Some(taken) => println!("{} permits", taken.count),
    ///     None => println!("this store does not support quotas"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    async fn take_permits(&self, key: &CacheKey, take: &Take) -> Result<Option<Taken>> {
        let _ = (key, take);
        Ok(None)
    }

    /// Grants permits from this machine's part of a [`Quota`](crate::Quota) as the fallback of a store that fails, or
    /// records that store's answer, in one step: see [`Part::take`], which a store that can keep a text and lock it
    /// needs only to call.
    ///
    /// Returns `None` if the store has no such part, which is the default, or if the part is unknown. Then each process
    /// has its own part. The key is that of [`take_permits`](Self::take_permits), which has a separate count.
    ///
    /// ```no_run
    /// # use auth_core::store::{CacheKey, Store, Take, Window};
    /// # async fn show(files: &dyn Store, key: &CacheKey) -> auth_core::Result<()> {
    /// let mut take = Take::new(vec![Window::new(50, std::time::Duration::from_secs(60))]);
    /// take.want = 10;
    /// if let Some(taken) = files.take_part(key, &take).await? {
    ///     println!("{} permits", taken.count);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    async fn take_part(&self, key: &CacheKey, take: &Take) -> Result<Option<Taken>> {
        let _ = (key, take);
        Ok(None)
    }

    /// Waits for a change under the key, for at most `within`. The caller polls again in either case. The default
    /// implementation sleeps. A store with notifications may return sooner.
    ///
    /// ```no_run
    /// # use auth_core::store::{CacheKey, Store};
    /// # async fn show(store: &dyn Store, key: &CacheKey) {
    /// store.wait_for_change(key, std::time::Duration::from_millis(100)).await;
    /// # }
    /// ```
    async fn wait_for_change(&self, key: &CacheKey, within: Duration) {
        let _ = key;
        crate::sync::sleep(within).await;
    }

    /// Returns true if [`wait_for_change`](Self::wait_for_change) currently returns as soon as a record is published or
    /// a lease is released. A waiting process then polls every 0.5 to 1 s instead of every 0.1 to 0.2 s. The default is
    /// false.
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

/// Several shared stores can use one store.
#[async_trait]
impl<S: Store + ?Sized> Store for Arc<S> {
    async fn acquire(&self, key: &CacheKey, acquire: &Acquire) -> Result<Found> {
        (**self).acquire(key, acquire).await
    }

    async fn extend(&self, key: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        (**self).extend(key, lease, span).await
    }

    async fn publish(&self, key: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        (**self).publish(key, lease, sealed, lifetime).await
    }

    async fn release(&self, key: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
        (**self).release(key, lease, cooldown).await
    }

    async fn remove(&self, key: &CacheKey, fence: u64) -> Result<bool> {
        (**self).remove(key, fence).await
    }

    async fn take_permits(&self, key: &CacheKey, take: &Take) -> Result<Option<Taken>> {
        (**self).take_permits(key, take).await
    }

    async fn take_part(&self, key: &CacheKey, take: &Take) -> Result<Option<Taken>> {
        (**self).take_part(key, take).await
    }

    async fn wait_for_change(&self, key: &CacheKey, within: Duration) {
        (**self).wait_for_change(key, within).await;
    }

    fn notifies(&self) -> bool {
        (**self).notifies()
    }
}

/// The request of a client that needs a login.
///
/// ```
/// use auth_core::store::Acquire;
///
/// let mut acquire = Acquire::by([7; 16]);
/// acquire.min_fence = 12; // The record with fence 12 was refused.
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Acquire {
    /// The owner of the lease, drawn at random for each login.
    pub owner: [u8; 16],
    /// The length of the lease unless it is extended. Zero requests only a record.
    pub span: Duration,
    /// The fence up to which records are ignored.
    pub min_fence: u64,
    /// True to acquire the lease even if a cooldown runs.
    pub ignore_cooldown: bool,
    /// The fence of a lease that may be taken over before it ends, because its holder is slow.
    pub take_over: Option<u64>,
}

impl Acquire {
    /// Requests any record, or else a free lease of 4 s.
    ///
    /// ```
    /// let acquire = auth_core::store::Acquire::by([7; 16]);
    /// assert_eq!(acquire.min_fence, 0);
    /// assert!(!acquire.ignore_cooldown);
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
    /// let mut acquire = Acquire::by([7; 16]);
    /// assert!(acquire.is_granted(&Found::default(), None));
    /// assert!(!acquire.is_granted(&Found::default(), Some(3)));
    /// acquire.take_over = Some(3);
    /// assert!(acquire.is_granted(&Found::default(), Some(3)));
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
    /// The record, if it is newer than requested and has not expired.
    pub record: Option<Record>,
    /// The cooldown, if one runs.
    pub cooldown: Option<Cooldown>,
    /// The lease, if it was granted.
    pub lease: Option<Lease>,
    /// The fence of the lease that another process holds.
    pub held_by: Option<u64>,
    /// The remaining time of that lease, unless it is extended. Zero if unknown.
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
    /// The fence of the lease under which it was published.
    pub fence: u64,
    /// The sealed credential, which is opaque.
    pub sealed: Vec<u8>,
    /// The remaining lifetime by the store's clock.
    pub left: Duration,
}

/// A sealed reason for which no login may be sent.
///
/// ```
/// use auth_core::store::Cooldown;
/// use std::time::Duration;
///
/// let cooldown = Cooldown { sealed: vec![0; 64], left: Duration::from_secs(60) };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cooldown {
    /// The sealed failure, which is opaque.
    pub sealed: Vec<u8>,
    /// The remaining time by the store's clock.
    pub left: Duration,
}

/// The right to log in.
///
/// ```
/// let lease = auth_core::store::Lease { owner: [7; 16], fence: 3 };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The owner from the request.
    pub owner: [u8; 16],
    /// The fence, which is greater than that of any lease before it and of the current record.
    pub fence: u64,
}
