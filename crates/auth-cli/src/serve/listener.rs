//! A listener: its socket, its connections, and its end.

use std::io;
#[cfg(unix)]
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use auth_core::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
#[cfg(unix)]
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::{TcpSocket, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use super::address::Address;
use super::stream::ResponseBody;

/// The answers of a listener.
pub(super) trait Answer: Send + Sync + 'static {
    /// Answers a request.
    fn answer(&self, request: Request<Incoming>) -> impl Future<Output = Response<ResponseBody>> + Send;

    /// Counts a connection until the returned guard is dropped.
    fn connection(&self) -> impl Send {}
}

/// The limits of a listener's connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectionLimits {
    /// The greatest number of open connections. Further ones wait in the system's queue.
    pub(super) connections: usize,
    /// The greatest size of a request's head, in bytes.
    pub(super) head: usize,
    /// The longest time until a request's head is complete, and until the caller takes a part of an answer.
    pub(super) patience: Duration,
}

/// A listener that accepts connections.
#[derive(Debug)]
pub(super) struct Listener {
    /// The socket, which another listener can take over.
    pub(super) socket: Arc<Socket>,
    accepting: JoinHandle<GracefulShutdown>,
    stop: oneshot::Sender<()>,
}

impl Listener {
    /// Starts to accept connections.
    pub(super) fn start(socket: Arc<Socket>, limits: ConnectionLimits, answers: Arc<impl Answer>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let accepting = tokio::spawn(accept(Arc::clone(&socket), limits, answers, stopped));
        Self { socket, accepting, stop }
    }

    /// Stops accepting connections. The returned future ends with the running requests, or after `limit`.
    pub(super) async fn stop(self, limit: Duration) -> impl Future<Output = ()> {
        let _already_gone = self.stop.send(());
        let connections = self.accepting.await;
        async move {
            let Ok(connections) = connections else { return };
            if timeout(limit, connections.shutdown()).await.is_err() {
                tracing::warn!("running requests are cut off, because the time of --drain is over");
            }
        }
    }
}

async fn accept(
    socket: Arc<Socket>,
    limits: ConnectionLimits,
    answers: Arc<impl Answer>,
    mut stopped: oneshot::Receiver<()>,
) -> GracefulShutdown {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            socket.accept().await.map(|stream| (stream, place))
        };
        let accepted = tokio::select! {
            // First, because connections that the system has accepted already would be reset.
            biased;
            accepted = next => accepted,
            _ = &mut stopped => return connections,
        };
        let watcher = connections.watcher();
        match accepted {
            Ok((Stream::Tcp(stream), place)) => {
                // Without it, small answers wait for acknowledgements.
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve(stream, limits, Arc::clone(&answers), watcher, place));
            }
            #[cfg(unix)]
            Ok((Stream::Unix(stream), place)) => {
                tokio::spawn(serve(stream, limits, Arc::clone(&answers), watcher, place));
            }
            Err(error) => {
                // Descriptors or memory are short; a pause lets running requests end.
                tracing::warn!(%error, "a connection cannot be accepted");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Send + 'static,
    limits: ConnectionLimits,
    answers: Arc<impl Answer>,
    watcher: Watcher,
    _place: OwnedSemaphorePermit,
) {
    let _counted = answers.connection();
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.patience));
    let service = service_fn(|request| {
        let answers = Arc::clone(&answers);
        // Boxed, so that a connection without a request needs no space for one.
        Box::pin(async move { Ok::<_, std::convert::Infallible>(answers.answer(request).await) })
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.patience)
        .max_buf_size(limits.head)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// A bound socket.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, SocketFile),
}

enum Stream {
    Tcp(tokio::net::TcpStream),
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
}

impl Socket {
    /// Binds an address. A unix socket can be used by this user alone, and replaces one that nobody listens on.
    ///
    /// The sockets that leave are about to be closed. They do not stand in the way: 127.0.0.1:80 can become 0.0.0.0:80.
    pub(super) async fn bind(address: &Address, leaving: &[&Self]) -> io::Result<Self> {
        #[cfg(not(unix))]
        let _ = leaving;
        match address {
            Address::Tcp(address) => match TcpListener::bind(address).await {
                #[cfg(unix)]
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && !leaving.is_empty() => {
                    bind_beside(*address, leaving).map(Self::Tcp).map_err(|_same| error)
                }
                bound => bound.map(Self::Tcp),
            },
            #[cfg(unix)]
            Address::Unix(path) => bind_file(path).await,
            #[cfg(not(unix))]
            Address::Unix(_) => Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no unix sockets")),
        }
    }

    /// Returns the address. If its port was 0, the system has chosen one.
    pub(super) fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            #[cfg(unix)]
            Self::Unix(_, file) => Ok(Address::Unix(file.path.clone())),
        }
    }

    async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => listener.accept().await.map(|(stream, _)| Stream::Tcp(stream)),
            #[cfg(unix)]
            Self::Unix(listener, _) => listener.accept().await.map(|(stream, _)| Stream::Unix(stream)),
        }
    }
}

/// Binds an address whose port may be held by sockets that leave. They share it until they are closed, so no connection
/// is refused. A program that does not ask to share it, such as a second sidecar, still finds it in use.
#[cfg(unix)]
fn bind_beside(address: SocketAddr, leaving: &[&Socket]) -> io::Result<TcpListener> {
    for socket in leaving {
        if let Socket::Tcp(listener) = socket {
            SockRef::from(listener).set_reuse_port(true)?;
        }
    }
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

/// The file of a unix socket, which is removed with it, unless another program has replaced it.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// The device and the inode.
    id: (u64, u64),
}

#[cfg(unix)]
impl Drop for SocketFile {
    fn drop(&mut self) {
        if id(&self.path).is_ok_and(|id| id == self.id) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Returns the device and the inode of a file.
#[cfg(unix)]
fn id(path: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::symlink_metadata(path).map(|file| (file.dev(), file.ino()))
}

/// Creates the socket in a folder that only this user can enter, sets its mode, and moves it to its place.
#[cfg(unix)]
async fn bind_file(path: &Path) -> io::Result<Socket> {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};

    match std::fs::symlink_metadata(path) {
        Ok(file) if !file.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file that is not a socket is in its place"));
        }
        Ok(_) => match tokio::net::UnixStream::connect(path).await {
            Ok(_) => return Err(io::Error::new(io::ErrorKind::AddrInUse, "another program listens on it")),
            Err(error) if is_dead(&error) => {}
            Err(error) => {
                let message = format!("another program may listen on it: {error}; stop it, or remove the file");
                return Err(io::Error::new(io::ErrorKind::AddrInUse, message));
            }
        },
        Err(_absent) => {}
    }
    let private = std::fs::Permissions::from_mode(0o700);
    let folder = tempfile::Builder::new().prefix(".").permissions(private).tempdir_in(path.parent().unwrap_or(path))?;
    let made = folder.path().join("s");
    let listener = UnixListener::bind(&made)?;
    std::fs::set_permissions(&made, std::fs::Permissions::from_mode(0o600))?;
    let id = id(&made)?;
    std::fs::rename(&made, path)?;
    Ok(Socket::Unix(listener, SocketFile { path: path.to_owned(), id }))
}

/// Returns true if the error of a connection means that no program listens on the socket.
#[cfg(unix)]
fn is_dead(error: &io::Error) -> bool {
    // The file may have been removed meanwhile.
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound)
}
