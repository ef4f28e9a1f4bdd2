//! The shared store as a client uses it: sealed, with a time-out, and paused after a failure.

use std::sync::Arc;
use std::time::Duration;

use super::contract::{Acquire, Lease, Record, Store};
use super::fallback::FallbackStore;
use super::health::Health;
use super::key::{CacheKey, Identify};
use super::machine;
use super::seal::{Bound, KeyRing, random_owner};
use crate::error::{Error, ErrorKind, Result};
use crate::sync;
use crate::transport::Http;

/// The time-out of a check's first operation. The next constant is the lifetime of the record that a check publishes.
const FIRST_ANSWER: Duration = Duration::from_secs(5);
const CHECKED_FOR: Duration = Duration::from_secs(10);

/// A store through which several clients share their logins, with its keys and time-out.
///
/// ```
/// # fn show(store: impl auth_core::store::Store, key: &str) -> auth_core::Result<()> {
/// use auth_core::store::{KeyRing, SharedStore};
///
/// let store = SharedStore::new(store, KeyRing::new(key)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a store has no effect until a client is built with it"]
pub struct SharedStore {
    /// The store, together with its fallback if it has one.
    pub(super) store: Arc<dyn Store>,
    pub(super) fallback: Option<Arc<FallbackStore>>,
    pub(super) keys: Arc<KeyRing>,
    /// The time-out of an operation of `store`.
    pub(super) timeout: Duration,
    pub(super) single_session: bool,
    /// The name of the machine, if the user gave one.
    machine: Option<Arc<str>>,
    pub(super) health: Arc<Health>,
}

impl SharedStore {
    /// Creates a shared store, whose entries are named and sealed with these keys.
    ///
    /// ```
    /// # fn show(redis: std::sync::Arc<dyn auth_core::store::Store>) {
    /// use auth_core::store::{KeyRing, SharedStore};
    ///
    /// let store = SharedStore::new(redis, KeyRing::dangerous_plaintext());
    /// # }
    /// ```
    pub fn new(store: impl Store, keys: KeyRing) -> Self {
        Self {
            store: Arc::new(store),
            fallback: None,
            keys: Arc::new(keys),
            timeout: Duration::from_millis(250),
            single_session: false,
            machine: None,
            health: Arc::new(Health::new()),
        }
    }

    /// Uses another store while this one fails or is too slow, so that an outage of a store in the network costs one
    /// login for each machine, and not one for each process.
    ///
    /// ```
    /// # fn show(redis: impl auth_core::store::Store, key: &str) -> auth_core::Result<()> {
    /// use auth_core::store::{FileStore, KeyRing, SharedStore};
    ///
    /// # let folder = std::env::temp_dir().join("auth-core-docs");
    /// let store = SharedStore::new(redis, KeyRing::new(key)?).fallback(FileStore::at(folder)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// All processes of a machine use the same folder. The sealed records of both stores are the same, under the same
    /// keys. Each operation goes to the store first. If that fails, or does not answer within the
    /// [`timeout`](Self::timeout), the fallback is used for 5 s, and
    /// [`Stats::store_failures`](crate::Stats::store_failures) counts a failure.
    ///
    /// - A record that one of the stores returns or takes is copied to the other one. So processes that start during an
    ///   outage find the last credential, and after it the newest credential is published to the store by the next
    ///   process that asks. The copying costs one or two operations of the fallback for each login and each adopted
    ///   credential.
    /// - The newer of two records is the one with the greater fence. Fences of [`FileStore`](super::FileStore) and of
    ///   `auth-store-redis` are above the clock, so this holds as far as the machines' clocks agree. With another
    ///   fallback, an older login may be preferred until it ends.
    /// - A cooldown that began in one of the stores does not apply in the other.
    /// - With [`single_session`](Self::single_session) the machines end each other's sessions while the store is gone.
    pub fn fallback(self, fallback: impl Store) -> Self {
        // Of a store that has a fallback already, the fallback is replaced.
        let (store, timeout) = match &self.fallback {
            Some(both) => (Arc::clone(&both.store), self.timeout / 2),
            None => (Arc::clone(&self.store), self.timeout),
        };
        self.with_fallback(store, Arc::new(fallback), timeout)
    }

    fn with_fallback(self, store: Arc<dyn Store>, fallback: Arc<dyn Store>, timeout: Duration) -> Self {
        let both = Arc::new(FallbackStore::new(store, fallback, timeout));
        let store = Arc::clone(&both) as Arc<dyn Store>;
        Self { store, fallback: Some(both), timeout: timeout.saturating_mul(2), ..self }
    }

    /// Sets the time-out of each operation of the store, 250 ms by default, which is less than a login takes. A store
    /// that is slower, or fails, is not used for 5 s. With a [`fallback`](Self::fallback), each of the two stores has
    /// this time-out.
    ///
    /// ```
    /// # fn show(store: auth_core::store::SharedStore) {
    /// let store = store.timeout(std::time::Duration::from_millis(100));
    /// # }
    /// ```
    pub fn timeout(self, timeout: Duration) -> Self {
        match &self.fallback {
            Some(both) => {
                let (store, fallback) = (Arc::clone(&both.store), Arc::clone(&both.fallback));
                self.with_fallback(store, fallback, timeout)
            }
            None => Self { timeout, ..self },
        }
    }

    /// Returns the store that clients use, together with its [`fallback`](Self::fallback) if it has one.
    ///
    /// ```
    /// # async fn show(store: auth_core::store::SharedStore) -> Result<(), auth_core::store::conformance::Breach> {
    /// auth_core::store::conformance::check(&store.store()).await
    /// # }
    /// ```
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    /// Prevents concurrent logins, for a provider that ends a session with the next login.
    ///
    /// ```
    /// # fn show(store: auth_core::store::SharedStore) {
    /// let store = store.single_session();
    /// # }
    /// ```
    ///
    /// Without this option, one other process takes over a login that takes longer than 5 to 7.5 s, and both
    /// credentials are usable. With this option:
    ///
    /// - A caller that has waited for so long gets [`Unavailable`](crate::ErrorKind::Unavailable) and a time of 1 to 2
    ///   s until the next attempt. A caller with a live credential does not notice this. If a running process never
    ///   ends its login, or the store falsely reports one, all others keep waiting.
    /// - A process that lost its lease does not repeat its login.
    /// - Each renewal costs every other process one 401. The process adopts the new credential from the store and
    ///   replays the request. If the request cannot be sent again, such as a stream, its caller gets the 401.
    ///
    /// This is no guarantee. If a process stalls for longer than its lease of 4 s, or the store's replica has lost the
    /// lease, two processes log in, and the holder of the older session gets one 401.
    ///
    /// While the store is down, requests have priority: each process logs in alone when it needs to. That ends the
    /// previous process's session, which then logs in too. Each process does so at most once in 10 s, and less often
    /// while this continues. Meanwhile callers get 401s.
    pub fn single_session(self) -> Self {
        Self { single_session: true, ..self }
    }

    /// Names the machine on which this process runs, to tell the provider's outage from that of one machine's network.
    ///
    /// ```
    /// # fn show(store: auth_core::store::SharedStore, node: String) {
    /// let store = store.machine(node);
    /// # }
    /// ```
    ///
    /// If logins from two machines fail within two minutes, without an answer or with a 5xx, one process at a time tries
    /// again, for all. The others fail at once with the same error, and ask the store every 2 s. Processes with the same
    /// name count as one witness: give those the same that share a connection to the internet.
    ///
    /// By default, Linux names itself at each start, with one name for all its containers. On other systems the machine
    /// is unknown, and its processes are no witnesses. Only a keyed hash of the name is stored.
    pub fn machine(self, name: impl AsRef<str>) -> Self {
        Self { machine: Some(name.as_ref().into()), ..self }
    }

    /// Checks that the store supports sharing. Call it at startup if a misconfigured store should be an error, instead
    /// of a warning and one login per process.
    ///
    /// The check acquires and releases a lease, publishes a sealed text with a lifetime of 10 s, and reads it, under a
    /// key that no account has. Any number of processes may check at once. The first operation may take 5 s, because it
    /// may open a connection. Each other operation has the usual [`timeout`](Self::timeout). If the future is dropped
    /// early, a lease may remain until it ends by itself. The result does not affect clients, which continue without a
    /// store that fails. A [`fallback`](Self::fallback) is checked too.
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
    /// The store's own error, with a remedy; [`Unavailable`](ErrorKind::Unavailable) if the store is too slow, or does
    /// not return what was published.
    pub async fn check(&self) -> Result<()> {
        let Some(both) = &self.fallback else { return self.check_store().await };
        for store in [&both.store, &both.fallback] {
            let timeout = self.timeout / 2;
            Self { store: Arc::clone(store), fallback: None, timeout, ..self.clone() }.check_store().await?;
        }
        Ok(())
    }

    async fn check_store(&self) -> Result<()> {
        let key = CacheKey::new("check", &self.keys.fingerprint(b"auth-core store: check"));
        let lease = self.lease_to_check(&key, FIRST_ANSWER).await?;
        if let Some(lease) = lease {
            self.answered(self.timeout, self.store.release(&key, &lease, None)).await?;
        }
        // No lease means that other processes check the store at this moment, and that it answers them.
        let Some(lease) = self.lease_to_check(&key, self.timeout).await? else { return Ok(()) };
        let sealed = self.keys.seal(&key, Bound::Record { fence: lease.fence }, b"check")?;
        self.answered(self.timeout, self.store.publish(&key, &lease, &sealed, CHECKED_FOR)).await?;
        let found = self.answered(self.timeout, self.store.acquire(&key, &Acquire::by(random_owner()))).await?;
        // A newer record is another process's.
        let returned = |record: &Record| record.fence > lease.fence || record.sealed == sealed;
        if found.record.as_ref().is_some_and(returned) {
            return Ok(());
        }
        let message = format!(
            "the store does not return what was published: {:?}; use a store that all processes read and write",
            self.store
        );
        Err(Error::new(ErrorKind::Unavailable, message))
    }

    /// Acquires a lease, or takes it over from another process that checks. Returns `None` if there is always another
    /// one.
    async fn lease_to_check(&self, key: &CacheKey, first: Duration) -> Result<Option<Lease>> {
        let mut acquire = Acquire::by(random_owner());
        let found = self.answered(first, self.store.acquire(key, &acquire)).await?;
        if found.lease.is_some() {
            return Ok(found.lease);
        }
        acquire.min_fence = found.record.map_or(0, |record| record.fence);
        acquire.take_over = found.held_by;
        Ok(self.answered(self.timeout, self.store.acquire(key, &acquire)).await?.lease)
    }

    pub(super) async fn answered<T>(&self, within: Duration, operation: impl Future<Output = Result<T>>) -> Result<T> {
        sync::timeout(within, operation).await.unwrap_or_else(|_elapsed| {
            let message = format!(
                "the store did not answer within {within:?}: {:?}; use a closer store, or raise SharedStore::timeout",
                self.store
            );
            Err(Error::new(ErrorKind::Unavailable, message))
        })
    }

    /// Returns the number by which other processes tell this machine apart.
    pub(super) fn machine_id(&self) -> Option<u64> {
        let name = match &self.machine {
            Some(name) => name,
            None => machine::name()?,
        };
        let hash = self.keys.fingerprint(format!("auth-core store: machine {name}").as_bytes());
        hash.first_chunk().copied().map(u64::from_be_bytes)
    }

    /// Returns the key of an account.
    pub(super) fn key(&self, login: &impl Identify, http: &Http) -> Result<CacheKey> {
        let mut fingerprint = login.fingerprint();
        if login.login_base_url() != login.base_url() {
            fingerprint = fingerprint.with("login_base_url", login.login_base_url().as_str());
        }
        fingerprint.cache_key(http.base_url(), |fields| self.keys.fingerprint(fields))
    }

    /// Returns the key of the permits of an account's quota.
    pub(super) fn permits_key(&self, login: &impl Identify, http: &Http) -> Result<CacheKey> {
        login.fingerprint().permits_key(http.base_url(), |fields| self.keys.fingerprint(fields))
    }
}
