//! The server's thread, and the connections that it accepts.

use std::{
    io,
    net::TcpListener,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use tokio::{
    runtime,
    sync::{oneshot, watch},
    task::JoinSet,
    time::sleep,
};

use crate::{clock::Clock, connection, guard::Guard, log::Log, provider::Provider, quirks::Quirks};

/// The state of a running server.
pub(crate) struct Shared {
    pub(crate) providers: Vec<Provider>,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
    pub(crate) guard: Guard,
    pub(crate) quirks: watch::Sender<Quirks>,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::tls::Authority>,
}

/// A server on a thread of its own. It stops when dropped.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Starts a thread with its own runtime, so the server does not depend on the caller's runtime.
    pub(crate) fn start(listener: TcpListener, shared: Arc<Shared>) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (started, outcome) = mpsc::channel();
        let thread = thread::Builder::new().name("auth-sandbox".into());
        // The thread makes the runtime: one that is dropped inside the caller's runtime, on an error, would panic.
        let thread = thread.spawn(move || match listening(listener) {
            Ok((runtime, listener)) => {
                drop(started.send(Ok(())));
                runtime.block_on(async {
                    tokio::select! {
                        () = serve(listener, shared) => {}
                        _ = stopped => {}
                    }
                });
            }
            Err(error) => drop(started.send(Err(error))),
        })?;
        let server = Self { stop: Some(stop), thread: Some(thread) };
        outcome.recv().unwrap_or_else(|_panicked| Err(io::Error::other("the server's thread ended")))?;
        Ok(server)
    }
}

fn listening(listener: TcpListener) -> io::Result<(runtime::Runtime, tokio::net::TcpListener)> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    listener.set_nonblocking(true)?;
    let listener = {
        let _entered = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    Ok((runtime, listener))
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The only possible error is a panic of the server, which was printed.
            drop(thread.join());
        }
    }
}

/// Accepts connections until it is dropped, which ends them all.
async fn serve(listener: tokio::net::TcpListener, shared: Arc<Shared>) {
    let mut quirks = shared.quirks.subscribe();
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let is_full = quirks.borrow_and_update().connections.is_some_and(|most| connections.len() >= most);
        tokio::select! {
            accepted = listener.accept(), if !is_full => match accepted {
                Ok((stream, peer)) => drop(connections.spawn(connection::serve(stream, peer, shared.clone()))),
                // The client has gone, or the process has too many open files.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_ended) = connections.join_next(), if is_full => {}
            _ = quirks.changed() => {}
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{fs::File, os::fd::OwnedFd};

    use super::*;

    #[tokio::test]
    async fn a_socket_that_cannot_be_registered_is_an_error_and_no_panic() {
        let file = File::open(env!("CARGO_MANIFEST_DIR").to_owned() + "/Cargo.toml").expect("a file");
        let (clock, log, guard, quirks): (_, _, _, watch::Sender<_>) = Default::default();
        let shared = Shared {
            providers: Vec::new(),
            clock,
            log,
            guard,
            quirks,
            #[cfg(feature = "tls")]
            tls: None,
        };
        // A file takes the place of the socket, because epoll refuses files.
        let error = Server::start(TcpListener::from(OwnedFd::from(file)), Arc::new(shared)).map(drop).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
    }
}
