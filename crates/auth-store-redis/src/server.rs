//! The address of Redis, and the connection to it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, PubSub};
use redis::{AsyncConnectionConfig, Client, Cmd, RedisResult, Value};

/// The longest that a connection takes to be made, and that an operation waits for its answer.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

pub(crate) enum Server {
    One(Client),
    #[cfg(feature = "cluster")]
    Cluster {
        client: Box<redis::cluster::ClusterClient>,
        nodes: Vec<Client>,
    },
    #[cfg(feature = "sentinel")]
    Sentinel(tokio::sync::Mutex<redis::sentinel::SentinelClient>),
    /// A connection that somebody else makes and mends, and who tells of changes.
    Given {
        line: Arc<dyn Line>,
        listens: Option<Client>,
    },
}

/// A connection on which any number of commands may be under way at once.
pub(crate) trait Line: Send + Sync {
    fn send<'c>(&self, command: &'c Cmd) -> Pin<Box<dyn Future<Output = RedisResult<Value>> + Send + 'c>>;
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> Line for C {
    fn send<'c>(&self, command: &'c Cmd) -> Pin<Box<dyn Future<Output = RedisResult<Value>> + Send + 'c>> {
        let mut connection = self.clone();
        // An error of the server is an answer like any other, until it is asked for.
        Box::pin(async move { connection.req_packed_command(command).await?.extract_error() })
    }
}

impl Server {
    /// A connection for commands. It takes at most [`LIMIT`] for each address.
    pub(crate) async fn connect(&self) -> RedisResult<Arc<dyn Line>> {
        match self {
            Self::One(client) => connect_to(client).await,
            #[cfg(feature = "cluster")]
            Self::Cluster { client, .. } => {
                with_tls();
                Ok(Arc::new(client.get_async_connection().await?))
            }
            #[cfg(feature = "sentinel")]
            Self::Sentinel(sentinel) => connect_to(&master(sentinel).await?).await,
            Self::Given { line, .. } => Ok(Arc::clone(line)),
        }
    }

    /// Returns true if it can notify of changes.
    pub(crate) fn listens(&self) -> bool {
        !matches!(self, Self::Given { listens: None, .. })
    }

    /// A connection that is told of changes; `None` if it is missing.
    pub(crate) async fn listen(&self) -> RedisResult<Option<PubSub>> {
        with_tls();
        match self {
            Self::One(client) | Self::Given { listens: Some(client), .. } => Ok(Some(client.get_async_pubsub().await?)),
            // What is published at one node is told at all.
            #[cfg(feature = "cluster")]
            Self::Cluster { nodes, .. } => {
                let mut outcome = Ok(None);
                for node in nodes {
                    outcome = node.get_async_pubsub().await.map(Some);
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

async fn connect_to(client: &Client) -> RedisResult<Arc<dyn Line>> {
    with_tls();
    let settings = AsyncConnectionConfig::new().set_connection_timeout(Some(LIMIT)).set_response_timeout(Some(LIMIT));
    Ok(Arc::new(client.get_multiplexed_async_connection_with_config(&settings).await?))
}

#[cfg(feature = "sentinel")]
async fn master(sentinel: &tokio::sync::Mutex<redis::sentinel::SentinelClient>) -> RedisResult<Client> {
    with_tls();
    sentinel.lock().await.async_get_client().await
}

/// rustls panics where it is not told its cryptography and cannot tell: it is told what HTTP uses, unless the program has chosen.
fn with_tls() {
    #[cfg(feature = "rustls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // It fails where another thread was faster.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
}

/// Addresses alone: no user, no password.
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
