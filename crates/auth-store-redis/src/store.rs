//! The store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::store::{Acquire, CacheKey, Cooldown, Found, Lease, Record, Store};
use auth_core::{Error, ErrorKind, Result};
use redis::aio::ConnectionLike;
use redis::{Client, FromRedisValue, Value};

use crate::error::{check, senseless, unusable};
use crate::grants::Grants;
use crate::link::Link;
use crate::listener::Listener;
use crate::script::{Argument, CLAIM, Call, EXTEND, PUBLISH, RELEASE, REMOVE};
use crate::server::Server;

/// A Redis or Valkey that any number of processes and machines share their logins by.
///
/// Nothing is connected to before it is needed, and no runtime is needed to build it. A connection that breaks is made again by
/// the operation that notices; after an attempt that failed there is no other for 0.1 s, then for twice as long each time, up to
/// 5 s, in which operations fail at once. An operation takes at most 5 s for its connection and 5 s for its answer, and
/// [`SharedStore`](auth_core::store::SharedStore) gives it up after 250 ms. An operation that is dropped before its end may have been
/// done or not, and takes its connection with it.
///
/// Clones share the connection. `Debug` shows addresses, and no user or password.
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
    /// At this URL: `redis://USER:PASSWORD@HOST:PORT/DATABASE`, `rediss://` for TLS, or `unix:///PATH`.
    ///
    /// Characters that have a meaning in a URL are encoded in a password: `%40` for `@`, `%2F` for `/`, `%23` for `#`,
    /// `%25` for `%`.
    ///
    /// Valkey's `valkey://` and `valkeys://` are the same. The `redis` crate keeps the password in memory, and does not wipe it.
    ///
    /// ```
    /// let store = auth_store_redis::RedisStore::new("redis://127.0.0.1:6379")?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the URL cannot be used: it says what can, and repeats nothing of it. That nobody is
    /// there is no error here.
    pub fn new(url: &str) -> Result<Self> {
        check(url)?;
        Ok(Self::with_client(Client::open(url).map_err(|error| unusable(&error))?))
    }

    /// By a client of the `redis` crate, such as one with a certificate of its own.
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

    /// On a connection that is there: the `redis` crate's `MultiplexedConnection`, `ConnectionManager` or cluster's connection, or
    /// one of your own. That it comes back when it has broken is its own affair.
    ///
    /// Nobody is told of changes over it: who waits looks each 0.1 to 0.2 s, unless [`listening_with`](Self::listening_with) says
    /// how to be told.
    ///
    /// ```no_run
    /// use auth_store_redis::{RedisStore, redis};
    ///
    /// # async fn run() -> redis::RedisResult<()> {
    /// let client = redis::Client::open("redis://127.0.0.1:6379")?;
    /// let store = RedisStore::with_connection(client.get_multiplexed_async_connection().await?).listening_with(client);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_connection(connection: impl ConnectionLike + Clone + Send + Sync + 'static) -> Self {
        Self::of(Server::Given { line: Arc::new(connection), listens: None })
    }

    /// Tells who waits over connections of this client, where the store has a given connection: one, while somebody waits.
    ///
    /// It says nothing new to any other store.
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

    /// On a cluster, of which these are some nodes, as URLs. The others are found.
    ///
    /// ```
    /// # use auth_store_redis::RedisStore;
    /// let store = RedisStore::cluster(["redis://10.0.0.1:6379", "redis://10.0.0.2:6379"])?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if a URL cannot be used, or is missing.
    #[cfg(feature = "cluster")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cluster")))]
    pub fn cluster<'u>(urls: impl IntoIterator<Item = &'u str>) -> Result<Self> {
        let open = |url| {
            check(url)?;
            Client::open(url).map_err(|error| unusable(&error))
        };
        let nodes = urls.into_iter().map(open).collect::<Result<Vec<_>>>()?;
        let infos = nodes.iter().map(|node| node.get_connection_info().clone());
        let builder = redis::cluster::ClusterClient::builder(infos)
            .connection_timeout(crate::server::LIMIT)
            .response_timeout(crate::server::LIMIT);
        let client = builder.build().map_err(|error| unusable(&error))?;
        Ok(Self::of(Server::Cluster { client: Box::new(client), nodes }))
    }

    /// At the master that sentinels name, each time that it is connected to.
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

    /// Puts this before each key, and before each channel: nothing by default, as each begins with `auth:v1:`.
    ///
    /// Those who share a login have the same prefix. With a part in braces all keys are in one slot of a cluster.
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

/// Of the record its fence, what is left of it, and itself; of the cooldown the same without a fence; the fence of the lease that was
/// granted, and of the one that is held; what is left of that.
type Claimed = (u64, u64, Vec<u8>, u64, Vec<u8>, u64, u64, u64);

#[async_trait]
impl Store for RedisStore {
    async fn acquire(&self, name: &CacheKey, claim: &Acquire) -> Result<Found> {
        let arguments = vec![
            Argument::Bytes(&claim.owner),
            Argument::Number(millis(claim.span)),
            Argument::Number(exact(claim.min_fence)?),
            Argument::Number(claim.ignore_cooldown.into()),
            Argument::Number(claim.take_over.unwrap_or_default()),
        ];
        let call = Call { script: &CLAIM, key: &self.key(name), arguments };
        let (fence, left, sealed, gate_left, cooldown, granted, held_by, held_for) = self.ask::<Claimed>(&call).await?;
        if granted > 0 {
            self.grants.begin(claim.owner);
        }
        Ok(Found {
            record: (fence > 0).then(|| Record { fence, sealed, left: Duration::from_millis(left) }),
            cooldown: (gate_left > 0).then(|| Cooldown { sealed: cooldown, left: Duration::from_millis(gate_left) }),
            lease: (granted > 0).then_some(Lease { owner: claim.owner, fence: granted }),
            held_by: (held_by > 0).then_some(held_by),
            held_for: Duration::from_millis(held_for),
        })
    }

    async fn extend(&self, name: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        let arguments =
            vec![Argument::Bytes(&lease.owner), Argument::Number(lease.fence), Argument::Number(millis(span))];
        self.ask(&Call { script: &EXTEND, key: &self.key(name), arguments }).await
    }

    async fn publish(&self, name: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        let arguments = vec![
            Argument::Bytes(&lease.owner),
            Argument::Number(exact(lease.fence)?),
            Argument::Number(millis(lifetime)),
            Argument::Bytes(sealed),
            self.grants.end(&lease.owner).map_or(Argument::Bytes(b""), |age| Argument::Number(millis(age))),
        ];
        self.ask(&Call { script: &PUBLISH, key: &self.key(name), arguments }).await
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
        let _done: bool = self.ask(&Call { script: &RELEASE, key: &self.key(name), arguments }).await?;
        Ok(())
    }

    async fn remove(&self, name: &CacheKey, fence: u64) -> Result<bool> {
        let arguments = vec![Argument::Number(fence)];
        self.ask(&Call { script: &REMOVE, key: &self.key(name), arguments }).await
    }

    /// Told by publish/subscribe; where that is lost, by itself after `within`. Dropping it leaves nothing behind.
    async fn wait_for_change(&self, name: &CacheKey, within: Duration) {
        self.listener.wait(&self.key(name), within).await;
    }

    /// While the subscription stands.
    fn notifies(&self) -> bool {
        self.listener.is_told()
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("server", &self.server).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// As the server counts; a century is the most.
fn millis(span: Duration) -> u64 {
    const CENTURY: u64 = 100 * 366 * 24 * 60 * 60 * 1000;
    u64::try_from(span.as_millis()).unwrap_or(CENTURY).min(CENTURY)
}

/// A fence that a script can count on from: its numbers are exact up to 2⁵³.
fn exact(fence: u64) -> Result<u64> {
    if fence < 1 << 53 {
        Ok(fence)
    } else {
        Err(Error::new(ErrorKind::Unavailable, "this fence is beyond 2⁵³: no fence of Redis is"))
    }
}
