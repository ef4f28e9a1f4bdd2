//! A store as a client uses it: sealed, within its time, and left alone for a while after it failed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::contract::{Acquire, Lease, Record, Store};
use super::fingerprint::Identify;
use super::key::CacheKey;
use super::seal::{Bound, KeyRing, mac, random_owner};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::sync;
use crate::transport::Http;

/// The rest of a store after a failure.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// The time-out of a check's first answer, and the lifetime of what a check publishes.
const FIRST_ANSWER: Duration = Duration::from_secs(5);
const CHECKED_FOR: Duration = Duration::from_secs(10);

/// A store that several clients share their logins through, with its keys and time-out.
///
/// ```
/// # fn show(store: impl auth_core::store::Store, key: auth_core::secrecy::SecretString) -> auth_core::Result<()> {
/// use auth_core::store::{KeyRing, SharedStore};
///
/// let store = SharedStore::new(store, KeyRing::new(&key)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SharedStore {
    pub(super) store: Arc<dyn Store>,
    pub(super) keys: Arc<KeyRing>,
    pub(super) timeout: Duration,
    pub(super) single_session: bool,
    pub(super) health: Arc<Health>,
}

pub(super) struct Health {
    clock: Clock,
    /// In milliseconds since it was built.
    alone_until: AtomicU64,
}

impl SharedStore {
    /// By this store, named and sealed with these keys.
    ///
    /// ```
    /// # fn show(redis: std::sync::Arc<dyn auth_core::store::Store>) {
    /// use auth_core::store::{KeyRing, SharedStore};
    ///
    /// let store = SharedStore::new(redis, KeyRing::dangerous_plaintext());
    /// # }
    /// ```
    #[must_use]
    pub fn new(store: impl Store, keys: KeyRing) -> Self {
        let health = Health { clock: Clock::new(), alone_until: AtomicU64::new(0) };
        Self {
            store: Arc::new(store),
            keys: Arc::new(keys),
            timeout: Duration::from_millis(250),
            single_session: false,
            health: Arc::new(health),
        }
    }

    /// The longest that an operation of the store may take, 250 ms by default: less than a login takes. A store that is slower,
    /// or fails, is left alone for 5 s.
    ///
    /// ```
    /// # fn show(store: auth_core::store::SharedStore) {
    /// let store = store.timeout(std::time::Duration::from_millis(100));
    /// # }
    /// ```
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// For a provider that ends a session with the next login: no second login is made beside one that is under way.
    ///
    /// ```
    /// # fn show(store: auth_core::store::SharedStore) {
    /// let store = store.single_session();
    /// # }
    /// ```
    ///
    /// Without it, a login that takes longer than 5 to 7.5 s is taken over by one other process, and both are of use. With it:
    ///
    /// - Whoever has waited so long fails with [`Unavailable`](crate::ErrorKind::Unavailable) and a time to try again, 1 to 2 s,
    ///   which a caller with a live credential does not notice. A login that never ends, of a process that lives, keeps
    ///   all others waiting, and so does a store that says there is one.
    /// - A process that lost its lease does not repeat its login.
    /// - Each renewal costs each other process one 401, which it replays by reading what the store has; a request that cannot be
    ///   sent again, such as a stream, reaches its caller with that 401.
    ///
    /// It is no promise of the provider's. A process that stands still for longer than its lease, 4 s, or a store whose
    /// replica has lost the lease, lets two log in: the older session's holder meets one 401. While the store is down there is
    /// nothing to ask, and a request comes first: each process logs in alone when it has to, which ends the session of the one before,
    /// who does so in turn, at most once in 10 s each and less often while that goes on; meanwhile callers meet 401s.
    #[must_use]
    pub fn single_session(self) -> Self {
        Self { single_session: true, ..self }
    }

    /// Tries whether the store does what sharing asks of it: to be called at the start, where a store that is set up wrongly should be an
    /// error and not a warning and a login for each process.
    ///
    /// It takes a lease and gives it back, publishes a sealed text that lives 10 s, and reads it, under a name that no account has. Any
    /// number of processes may do that at once. The first answer may take 5 s, as there may be a connection to be made, and each other
    /// one as long as [`timeout`](Self::timeout) says. Where it is dropped before its end, a lease may be left, which ends by itself. It
    /// changes nothing for the clients, which go on without a store that fails.
    ///
    /// ```
    /// use auth_core::store::{FileStore, KeyRing, SharedStore};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> auth_core::Result<()> {
    /// # let folder = std::env::temp_dir().join("auth-core-docs");
    /// let store = SharedStore::new(FileStore::at(folder)?, KeyRing::dangerous_plaintext());
    /// store.check().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The store's own error, with what to do; [`Unavailable`](ErrorKind::Unavailable) if it is too slow, or does not return what was
    /// published.
    pub async fn check(&self) -> Result<()> {
        let name = CacheKey::new("check", &mac(self.keys.naming(), b"auth-core store: check"));
        let lease = self.lease_to_check(&name, FIRST_ANSWER).await?;
        if let Some(lease) = lease {
            self.answered(self.timeout, self.store.release(&name, &lease, None)).await?;
        }
        // Without a lease, other processes check the store at this moment, and it answers them.
        let Some(lease) = self.lease_to_check(&name, self.timeout).await? else { return Ok(()) };
        let sealed = self.keys.seal(&name, Bound::Record { fence: lease.fence }, b"check")?;
        self.answered(self.timeout, self.store.publish(&name, &lease, &sealed, CHECKED_FOR)).await?;
        let found = self.answered(self.timeout, self.store.acquire(&name, &Acquire::by(random_owner()))).await?;
        // A newer one is another process's.
        let returned = |record: &Record| record.fence > lease.fence || record.sealed == sealed;
        if found.record.as_ref().is_some_and(returned) {
            return Ok(());
        }
        let message = format!(
            "the store does not return what was published: {:?}; give one that all processes write to and read from",
            self.store
        );
        Err(Error::new(ErrorKind::Unavailable, message))
    }

    /// A lease, which is taken over from another process that checks; `None` where there is always one that does.
    async fn lease_to_check(&self, name: &CacheKey, first: Duration) -> Result<Option<Lease>> {
        let mut claim = Acquire::by(random_owner());
        let found = self.answered(first, self.store.acquire(name, &claim)).await?;
        if found.lease.is_some() {
            return Ok(found.lease);
        }
        claim.min_fence = found.record.map_or(0, |record| record.fence);
        claim.take_over = found.held_by;
        Ok(self.answered(self.timeout, self.store.acquire(name, &claim)).await?.lease)
    }

    async fn answered<T>(&self, within: Duration, operation: impl Future<Output = Result<T>>) -> Result<T> {
        sync::timeout(within, operation).await.unwrap_or_else(|_elapsed| {
            let message = format!(
                "the store did not answer within {within:?}: {:?}; give one that is nearer, or more time by SharedStore::timeout",
                self.store
            );
            Err(Error::new(ErrorKind::Unavailable, message))
        })
    }

    /// Returns the key of an account.
    pub(super) fn key(&self, login: &impl Identify, http: &Http) -> Result<CacheKey> {
        login.fingerprint().name(http.base_url(), self.keys.naming())
    }
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, keys, timeout, single_session, .. } = self;
        f.debug_struct("SharedStore")
            .field("store", store)
            .field("keys", keys)
            .field("timeout", timeout)
            .field("single_session", single_session)
            .finish_non_exhaustive()
    }
}

impl Health {
    fn millis(&self) -> u64 {
        u64::try_from(self.clock.now().mono.as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn is_alone(&self) -> bool {
        self.millis() < self.alone_until.load(Relaxed)
    }

    /// `true` for the one who is to say so.
    pub(super) fn leave_alone(&self) -> bool {
        let (now, span) = (self.millis(), u64::try_from(LEFT_ALONE.as_millis()).unwrap_or(u64::MAX));
        self.alone_until.fetch_max(now.saturating_add(span), Relaxed) <= now
    }
}
