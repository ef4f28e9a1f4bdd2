//! The address of Redis, and the connection to it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, PubSub};
use redis::{AsyncConnectionConfig, Client, Cmd, RedisError, RedisResult, Value};

/// The time limit for a connection attempt, and for the answer to an operation.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

/// The time limit for a connection attempt to one of several nodes. While it lasts, the whole cluster waits.
#[cfg(feature = "cluster")]
pub(crate) const NODE_LIMIT: Duration = Duration::from_secs(1);

pub(crate) const NO_CRYPTOGRAPHY: &str = "no cryptography is installed for TLS, which the feature rustls-no-provider leaves to the program: call \
     rustls::crypto::ring::default_provider().install_default() first, or enable the feature rustls";

pub(crate) enum Server {
    One(Client),
    #[cfg(feature = "cluster")]
    Cluster {
        client: Box<redis::cluster::ClusterClient>,
        nodes: Vec<Client>,
    },
    #[cfg(feature = "sentinel")]
    Sentinel(tokio::sync::Mutex<redis::sentinel::SentinelClient>),
    /// A connection that the caller provides and reconnects, and the client that listens for changes.
    Given {
        line: Arc<dyn Line>,
        listens: Option<Client>,
    },
}

/// A connection that any number of commands can use at once.
pub(crate) trait Line: Send + Sync {
    fn send<'c>(&self, command: &'c Cmd) -> Pin<Box<dyn Future<Output = RedisResult<Value>> + Send + 'c>>;
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> Line for C {
    fn send<'c>(&self, command: &'c Cmd) -> Pin<Box<dyn Future<Output = RedisResult<Value>> + Send + 'c>> {
        let mut connection = self.clone();
        // The connection returns a server error as a value. `extract_error` turns it into an `Err`.
        Box::pin(async move { connection.req_packed_command(command).await?.extract_error() })
    }
}

impl Server {
    /// Opens a connection for commands. Each address takes at most [`LIMIT`].
    pub(crate) async fn connect(&self) -> RedisResult<Arc<dyn Line>> {
        match self {
            Self::One(client) => connect_to(client).await,
            #[cfg(feature = "cluster")]
            Self::Cluster { client, .. } => {
                with_tls()?;
                Ok(Arc::new(client.get_async_connection().await?))
            }
            #[cfg(feature = "sentinel")]
            Self::Sentinel(sentinel) => connect_to(&master(sentinel).await?).await,
            Self::Given { line, .. } => Ok(Arc::clone(line)),
        }
    }

    /// Returns true if one connection leads to several servers, each of which may be gone alone.
    pub(crate) fn has_nodes(&self) -> bool {
        match self {
            #[cfg(feature = "cluster")]
            Self::Cluster { .. } => true,
            _ => false,
        }
    }

    /// Returns true if the server can be listened to for changes.
    pub(crate) fn listens(&self) -> bool {
        !matches!(self, Self::Given { listens: None, .. })
    }

    /// Opens a connection for change notifications. Returns `None` for a given connection without a listening client.
    pub(crate) async fn listen(&self) -> RedisResult<Option<PubSub>> {
        with_tls()?;
        match self {
            Self::One(client) | Self::Given { listens: Some(client), .. } => Ok(Some(client.get_async_pubsub().await?)),
            // A cluster forwards each message to all nodes, so any node will do.
            #[cfg(feature = "cluster")]
            Self::Cluster { nodes, .. } => {
                let mut outcome = Ok(None);
                for node in nodes {
                    let attempt = tokio::time::timeout(NODE_LIMIT, node.get_async_pubsub()).await;
                    outcome = attempt.unwrap_or_else(|_elapsed| Err(timed_out())).map(Some);
                    if outcome.is_ok() {
                        break;
                    }
                }
                outcome
            }
            #[cfg(feature = "sentinel")]
            Self::Sentinel(sentinel) => Ok(Some(master(sentinel).await?.get_async_pubsub().await?)),
            Self::Given { listens: None, .. } => Ok(None),
        }
    }
}

pub(crate) fn timed_out() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}

async fn connect_to(client: &Client) -> RedisResult<Arc<dyn Line>> {
    with_tls()?;
    let settings = AsyncConnectionConfig::new().set_connection_timeout(Some(LIMIT)).set_response_timeout(Some(LIMIT));
    Ok(Arc::new(client.get_multiplexed_async_connection_with_config(&settings).await?))
}

#[cfg(feature = "sentinel")]
async fn master(sentinel: &tokio::sync::Mutex<redis::sentinel::SentinelClient>) -> RedisResult<Client> {
    with_tls()?;
    sentinel.lock().await.async_get_client().await
}

/// Installs the crypto provider that the HTTP client uses, unless the program has installed one. rustls panics if it
/// has no provider and cannot choose one.
#[allow(clippy::unnecessary_wraps, reason = "a build with cryptography of its own always has one")]
fn with_tls() -> RedisResult<()> {
    #[cfg(feature = "rustls-no-provider")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        #[cfg(feature = "rustls")]
        // This fails if another thread has installed one meanwhile.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        #[cfg(not(feature = "rustls"))]
        return Err((redis::ErrorKind::InvalidClientConfig, NO_CRYPTOGRAPHY).into());
    }
    Ok(())
}

/// Shows addresses, but no user and no password.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(client) => write!(f, "{}", client.get_connection_info().addr()),
            #[cfg(feature = "cluster")]
            Self::Cluster { nodes, .. } => {
                f.write_str("cluster of ")?;
                f.debug_list().entries(nodes.iter().map(|node| node.get_connection_info().addr().to_string())).finish()
            }
            #[cfg(feature = "sentinel")]
            Self::Sentinel(_) => f.write_str("a master that sentinels name"),
            Self::Given { .. } => f.write_str("a given connection"),
        }
    }
}
