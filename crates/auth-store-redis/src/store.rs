//! The store on Redis or Valkey.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::store::{Acquire, CacheKey, Cooldown, Found, Lease, Record, Store, Take, Taken};
use auth_core::{Error, ErrorKind, Result};
use redis::aio::ConnectionLike;
use redis::{Client, FromRedisValue, Value};

use crate::error::senseless;
use crate::grants::Grants;
use crate::link::Link;
use crate::listener::Listener;
use crate::script::{ACQUIRE, Argument, Call, EXTEND, PUBLISH, RELEASE, REMOVE, TAKE_PERMITS};
use crate::server::Server;
use crate::url;

/// A store on Redis or Valkey, through which any number of processes and machines share their logins.
///
/// The store connects when the first operation needs it, so building it needs neither a server nor a runtime. The
/// operation that finds the connection broken replaces it. A failed attempt to connect starts a pause of 0.1 s. The
/// pause doubles with each failure, up to 5 s, and operations fail at once while it lasts.
///
/// An operation takes at most 5 s for its connection and 5 s for its answer.
/// [`SharedStore`](auth_core::store::SharedStore) gives it up after 250 ms. If the future of an operation is dropped
/// before it completes, the operation may or may not have been done, and its connection is replaced.
///
/// Clones share the connection. `Debug` shows addresses, but no user and no password.
///
/// ```
/// use auth_core::store::{KeyRing, SharedStore};
/// use auth_store_redis::RedisStore;
///
/// let store = RedisStore::new("redis://:s3gredo@redis.internal")?;
/// assert!(!format!("{store:?}").contains("s3gredo"));
/// let store = SharedStore::new(store, KeyRing::new("9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=")?);
/// # Ok::<(), auth_core::Error>(())
/// ```
#[derive(Clone)]
pub struct RedisStore {
    server: Arc<Server>,
    link: Link,
    listener: Arc<Listener>,
    prefix: Arc<str>,
    grants: Arc<Grants>,
}

impl RedisStore {
    /// Creates a store at a URL.
    ///
    /// | URL | server |
    /// | --- | --- |
    /// | `redis://USER:PASSWORD@HOST:PORT/DATABASE` | one; `rediss://` for TLS |
    /// | `unix:///PATH` | one, over a socket |
    /// | `redis+cluster://USER:PASSWORD@HOST:PORT,HOST:PORT` | a cluster, by some of its nodes; with the feature `cluster` |
    /// | `redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/MASTER/DATABASE` | the master that these sentinels name; with the feature `sentinel` |
    ///
    /// User, password and database are those of the servers. Sentinels that have a password need
    /// [`sentinel`](Self::sentinel). TLS to all of them is `rediss+cluster://` or `rediss+sentinel://`.
    ///
    /// Encode characters of the password that are reserved in a URL: `%40` for `@`, `%2F` for `/`, `%23` for `#`,
    /// `%25` for `%`.
    ///
    /// Valkey's `valkey` and `valkeys` are accepted for `redis` and `rediss`. The `redis` crate keeps the password in memory and does
    /// not wipe it.
    ///
    /// ```
    /// let store = auth_store_redis::RedisStore::new("redis://127.0.0.1:6379")?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the URL cannot be used. The message shows the accepted forms and does not
    /// repeat the URL. An unreachable server is not an error here.
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self::of(url::server(url)?))
    }

    /// Creates a store from a client of the `redis` crate, for example one with a client certificate.
    ///
    /// ```
    /// use auth_store_redis::{RedisStore, redis};
    ///
    /// let client = redis::Client::open("redis://127.0.0.1:6379")?;
    /// let store = RedisStore::with_client(client);
    /// # Ok::<(), redis::RedisError>(())
    /// ```
    #[must_use]
    pub fn with_client(client: Client) -> Self {
        Self::of(Server::One(client))
    }

    /// Creates a store on an existing connection: the `redis` crate's `MultiplexedConnection`, `ConnectionManager` or
    /// cluster connection, or your own type. The connection is responsible for reconnecting.
    ///
    /// The store receives no notifications over it. Waiting callers poll every 0.1 to 0.2 s, unless
    /// [`listening_with`](Self::listening_with) sets a client for notifications.
    ///
    /// ```no_run
    /// use auth_store_redis::{RedisStore, redis};
    ///
    /// # async fn run() -> redis::RedisResult<()> {
    /// let client = redis::Client::open("redis://127.0.0.1:6379")?;
    /// let store =
    ///     RedisStore::with_connection(client.get_multiplexed_async_connection().await?).listening_with(client);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_connection(connection: impl ConnectionLike + Clone + Send + Sync + 'static) -> Self {
        Self::of(Server::Given { line: Arc::new(connection), listens: None })
    }

    /// Receives notifications over a connection of this client, which is open while a caller waits.
    ///
    /// Affects only a store that was created by [`with_connection`](Self::with_connection).
    ///
    /// ```
    /// use auth_store_redis::{RedisStore, redis};
    ///
    /// # fn show(connection: redis::aio::MultiplexedConnection) -> redis::RedisResult<()> {
    /// let client = redis::Client::open("redis://127.0.0.1:6379")?;
    /// let store = RedisStore::with_connection(connection).listening_with(client);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn listening_with(self, client: Client) -> Self {
        let Server::Given { line, .. } = &*self.server else { return self };
        let given = Server::Given { line: Arc::clone(line), listens: Some(client) };
        Self { prefix: self.prefix, ..Self::of(given) }
    }

    /// Creates a store on a cluster, given the URLs of some of its nodes. The other nodes are discovered.
    ///
    /// Give nodes of different masters: a process that connects while all of them are down finds no cluster.
    ///
    /// ```
    /// # use auth_store_redis::RedisStore;
    /// let store = RedisStore::cluster(["redis://10.0.0.1:6379", "redis://10.0.0.2:6379"])?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if a URL cannot be used, or no URL is given.
    #[cfg(feature = "cluster")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cluster")))]
    pub fn cluster<'u>(urls: impl IntoIterator<Item = &'u str>) -> Result<Self> {
        Ok(Self::of(url::cluster(urls)?))
    }

    /// Creates a store at the master that sentinels name. The store asks the sentinels each time that it connects.
    ///
    /// ```
    /// use auth_store_redis::{RedisStore, redis};
    /// use redis::sentinel::{SentinelClient, SentinelServerType};
    ///
    /// let sentinels = vec!["redis://10.0.0.1:26379", "redis://10.0.0.2:26379"];
    /// let client = SentinelClient::build(sentinels, "mymaster".to_owned(), None, SentinelServerType::Master)?;
    /// let store = RedisStore::sentinel(client);
    /// # Ok::<(), redis::RedisError>(())
    /// ```
    #[cfg(feature = "sentinel")]
    #[cfg_attr(docsrs, doc(cfg(feature = "sentinel")))]
    #[must_use]
    pub fn sentinel(client: redis::sentinel::SentinelClient) -> Self {
        Self::of(Server::Sentinel(tokio::sync::Mutex::new(client)))
    }

    /// Sets a prefix for each key and each channel. The default is empty. Without a prefix, each begins with `auth:v1:`.
    ///
    /// Processes that share logins need the same prefix. If it contains a part in braces, all keys are in one slot of a
    /// cluster.
    ///
    /// ```
    /// # use auth_store_redis::RedisStore;
    /// let store = RedisStore::new("redis://127.0.0.1")?.prefix("billing:");
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn prefix(self, prefix: &str) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    fn of(server: Server) -> Self {
        let server = Arc::new(server);
        let (link, listener) = (Link::to(Arc::clone(&server)), Arc::new(Listener::of(Arc::clone(&server))));
        Self { server, link, listener, prefix: "".into(), grants: Arc::default() }
    }

    fn key(&self, name: &CacheKey) -> String {
        [&*self.prefix, name.as_str()].concat()
    }

    async fn ask<T: FromRedisValue>(&self, call: &Call<'_>) -> Result<T> {
        let answer: Value = self.link.ask(call).await?;
        T::from_redis_value(answer).map_err(|_says_less| senseless())
    }
}

/// The answer of `acquire.lua`: the record's fence, its remaining lifetime and its bytes; the cooldown's remaining time
/// and its bytes; the fence of the granted lease; the fence of the held lease and its remaining time.
type Acquired = (u64, u64, Vec<u8>, u64, Vec<u8>, u64, u64, u64);

/// The answer of `take_permits.lua`: the number of permits and the name of their grant, the milliseconds until they begin
/// and until another try, the requests that are left, the number of processes, and the milliseconds for which the record
/// is kept and until it is complete.
type Granted = (u32, u64, u64, u64, u32, u32, u64, u64);

#[async_trait]
impl Store for RedisStore {
    async fn acquire(&self, name: &CacheKey, acquire: &Acquire) -> Result<Found> {
        let arguments = vec![
            Argument::Bytes(&acquire.owner),
            Argument::Number(millis(acquire.span)),
            Argument::Number(exact(acquire.min_fence)?),
            Argument::Number(acquire.ignore_cooldown.into()),
            Argument::Number(acquire.take_over.unwrap_or_default()),
        ];
        let key = self.key(name);
        let call = Call::new(&ACQUIRE, &key, arguments);
        let (fence, left, sealed, cooldown_left, cooldown, granted, held_by, held_for) =
            self.ask::<Acquired>(&call).await?;
        if granted > 0 {
            self.grants.begin(acquire.owner);
        }
        Ok(Found {
            record: (fence > 0).then(|| Record { fence, sealed, left: Duration::from_millis(left) }),
            cooldown: (cooldown_left > 0)
                .then(|| Cooldown { sealed: cooldown, left: Duration::from_millis(cooldown_left) }),
            lease: (granted > 0).then_some(Lease { owner: acquire.owner, fence: granted }),
            held_by: (held_by > 0).then_some(held_by),
            held_for: Duration::from_millis(held_for),
        })
    }

    async fn extend(&self, name: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        let arguments =
            vec![Argument::Bytes(&lease.owner), Argument::Number(lease.fence), Argument::Number(millis(span))];
        self.ask(&Call::new(&EXTEND, &self.key(name), arguments)).await
    }

    async fn publish(&self, name: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        let arguments = vec![
            Argument::Bytes(&lease.owner),
            Argument::Number(exact(lease.fence)?),
            Argument::Number(millis(lifetime)),
            Argument::Bytes(sealed),
            self.grants.end(&lease.owner).map_or(Argument::Bytes(b""), |age| Argument::Number(millis(age))),
        ];
        self.ask(&Call::new(&PUBLISH, &self.key(name), arguments)).await
    }

    async fn release(&self, name: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
        self.grants.end(&lease.owner);
        let (left, sealed) =
            cooldown.as_ref().map_or((0, &[][..]), |cooldown| (millis(cooldown.left), &cooldown.sealed));
        let arguments = vec![
            Argument::Bytes(&lease.owner),
            Argument::Number(lease.fence),
            Argument::Number(left),
            Argument::Bytes(sealed),
        ];
        let _done: bool = self.ask(&Call::new(&RELEASE, &self.key(name), arguments)).await?;
        Ok(())
    }

    async fn remove(&self, name: &CacheKey, fence: u64) -> Result<bool> {
        let arguments = vec![Argument::Number(fence)];
        self.ask(&Call::new(&REMOVE, &self.key(name), arguments)).await
    }

    async fn take_permits(&self, name: &CacheKey, take: &Take) -> Result<Option<Taken>> {
        let (ended, observed) = (take.ended.as_ref(), take.observed.as_ref());
        let mut numbers = vec![
            take.process.into(),
            take.want.into(),
            take.least.into(),
            millis(take.wait),
            millis(take.line),
            millis(take.hold),
            millis(take.knows),
            millis(take.pause),
            ended.map_or(0, |ended| ended.lease),
            ended.map_or(0, |ended| ended.unused.into()),
            ended.map_or(0, |ended| ended.used.into()),
            ended.map_or(0, |ended| millis(ended.early)),
            observed.map_or(0, |observed| millis(observed.per)),
            observed.map_or(0, |observed| observed.used.into()),
            observed.map_or(0, |observed| millis(observed.reset)),
            take.windows.len() as u64,
        ];
        for window in &take.windows {
            numbers.extend([window.requests.into(), window.cap.into(), millis(window.per)]);
        }
        for spent in &take.spent {
            numbers.extend([spent.count.into(), millis(spent.left)]);
        }
        let arguments = numbers.into_iter().map(Argument::Number).collect();
        let key = self.key(name);
        let call = Call::new(&TAKE_PERMITS, &key, arguments);
        let (count, lease, starts_in, retry_in, left, processes, kept_for, incomplete_for) =
            self.ask::<Granted>(&call).await?;
        let [starts_in, retry_in, kept_for, incomplete_for] =
            [starts_in, retry_in, kept_for, incomplete_for].map(Duration::from_millis);
        Ok(Some(Taken { count, lease, starts_in, retry_in, left, processes, kept_for, incomplete_for }))
    }

    /// Waits for a publish/subscribe message. Without a subscription it returns after `within`. It can be dropped at
    /// any time.
    async fn wait_for_change(&self, name: &CacheKey, within: Duration) {
        self.listener.wait(&self.key(name), within).await;
    }

    /// Returns true while the subscription is open.
    fn notifies(&self) -> bool {
        self.listener.is_told()
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("server", &self.server).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// Returns the duration in milliseconds, which the server counts in, capped at a century.
fn millis(span: Duration) -> u64 {
    const CENTURY: u64 = 100 * 366 * 24 * 60 * 60 * 1000;
    u64::try_from(span.as_millis()).unwrap_or(CENTURY).min(CENTURY)
}

/// Returns the fence, or an error if a script cannot represent it: Lua numbers are exact up to 2⁵³.
fn exact(fence: u64) -> Result<u64> {
    if fence < 1 << 53 {
        Ok(fence)
    } else {
        Err(Error::new(ErrorKind::Unavailable, "this fence is beyond 2⁵³: no fence of Redis is"))
    }
}
