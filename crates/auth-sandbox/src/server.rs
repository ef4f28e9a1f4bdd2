//! The socket, and the path of a request to its provider.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    thread,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, Response, header},
};
use tokio::{runtime, sync::oneshot};

use crate::{
    clock::{self, Clock},
    connection::{Listener, Peer},
    control,
    fault::{Fault, On},
    guard::Guard,
    log::Log,
    page,
    provider::{Api, Provider},
    quirks::Current,
    recorded::{Call, Recorded},
    reply::{Reply, closed},
};

/// The largest body that the server reads, in bytes.
const LIMIT: usize = 16 << 20;
/// The header that tells the sandbox from a real service.
const SANDBOX: &str = concat!("auth-sandbox/", env!("CARGO_PKG_VERSION"));

/// The state of a running server.
pub(crate) struct Shared {
    pub(crate) providers: Vec<Provider>,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
    pub(crate) guard: Guard,
    pub(crate) quirks: Current,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::tls::Authority>,
}

/// Does not show the keys.
impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("providers", &self.providers)
            .field("clock", &self.clock)
            .field("log", &self.log)
            .field("guard", &self.guard)
            .field("quirks", &self.quirks)
            .finish_non_exhaustive()
    }
}

/// A server on a thread of its own. It stops when dropped.
#[derive(Debug)]
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
                runtime.block_on(serve(listener, shared, stopped));
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

async fn serve(listener: tokio::net::TcpListener, shared: Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let listener = Listener {
        inner: listener,
        quirks: shared.quirks.clone(),
        #[cfg(feature = "tls")]
        tls: shared.tls.as_ref().map(|authority| authority.acceptor.clone()),
    };
    let router = Router::new().fallback(route).with_state(shared);
    let service = router.into_make_service_with_connect_info::<Peer>();
    tokio::select! {
        _ = axum::serve(listener, service).into_future() => {}
        _ = stopped => {}
    }
}

async fn route(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    request: Request,
) -> Response<Body> {
    let mut response = answer(&shared, peer, request).await;
    let headers = response.headers_mut();
    headers.insert("sandbox", HeaderValue::from_static(SANDBOX));
    // The connection would add the machine's time.
    if let Ok(date) = clock::http(shared.clock.now()).try_into() {
        headers.insert(header::DATE, date);
    }
    response
}

async fn answer(shared: &Shared, peer: SocketAddr, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let is_control = control::is_below(parts.uri.path());
    let refused = shared.guard.host(&parts.headers);
    let refused = refused.or_else(|| is_control.then(|| shared.guard.control(peer, &parts.headers))?);
    if let Some(refused) = refused {
        return refused.whole();
    }
    let Ok(body) = to_bytes(body, LIMIT).await else {
        return Reply::new(413, "text/plain", "the body is too long, or broke off").whole();
    };
    let request = Recorded { method: parts.method, path, headers: parts.headers, body: body.into() };
    if is_control {
        return control::answer(shared, &request).whole();
    }
    if parts.uri.path() == "/" {
        return page::answer(&request).whole();
    }
    for provider in &shared.providers {
        if let Some(call) = Call::below(provider.api().base_path, &request) {
            let mut response = meet(shared, provider, &call).await;
            for number in 1..=shared.quirks.get().headers {
                if let Ok(name) = HeaderName::try_from(format!("x-filler-{number}")) {
                    response.headers_mut().insert(name, number.into());
                }
            }
            return response;
        }
    }
    Reply::new(404, "text/plain", "no provider has this path").whole()
}

/// Sends a request to its provider, and logs it with its answer.
async fn meet(shared: &Shared, provider: &Provider, call: &Call<'_>) -> Response<Body> {
    let Api { name, login_paths, .. } = provider.api();
    let is_login = call.method() == "POST" && login_paths.contains(&call.path);
    let on = if is_login { On::Login } else { On::Resource };
    provider.arrived(on, call.request.clone());
    let (end, fault) = end(shared, provider, on, call).await;
    let log = |reply| shared.log.add(shared.clock.now(), name, on, fault, call.request, reply);
    match end {
        End::Whole(reply) => {
            log(Some(&reply));
            let reply = shared.quirks.encoded(reply);
            provider.answered(call.request, &reply);
            reply.whole()
        }
        End::Truncated(reply) => {
            log(Some(&reply));
            shared.quirks.encoded(reply).truncated()
        }
        End::Closed => {
            log(None);
            closed()
        }
    }
}

enum End {
    Whole(Reply),
    Truncated(Reply),
    Closed,
}

/// Answers a request. Limits come before faults, as at a proxy. Returns the kind of the fault that it met.
async fn end(shared: &Shared, provider: &Provider, on: On, call: &Call<'_>) -> (End, Option<&'static str>) {
    if let Some(refused) = provider.over_the_limit() {
        return (End::Whole(refused), None);
    }
    if on == On::Login {
        tokio::time::sleep(shared.quirks.get().login_time).await;
    }
    let served = || provider.with_limits(provider.serve(on, call));
    if on == On::Resource && provider.next_fault_is_a_body(on, call.path) {
        let reply = served();
        if reply.status == 401 {
            // The fault stays queued for a request with a live token.
            return (End::Whole(reply), None);
        }
    }
    let Some(fault) = provider.next_fault(on, call.path) else { return (End::Whole(served()), None) };
    let kind = Some(fault.kind());
    let error = |status, wait| provider.with_limits(provider.error(status, wait));
    let reply = match fault {
        Fault::Truncated { .. } => return (End::Truncated(served()), kind),
        Fault::Close { .. } => return (End::Closed, kind),
        Fault::Status { status, .. } => error(status, None),
        Fault::Unauthorized { .. } => error(401, None),
        Fault::TooManyRequests { retry_after, .. } => {
            let seconds = retry_after.as_deref().and_then(|value| value.parse().ok());
            error(429, seconds).header_if("retry-after", retry_after)
        }
        Fault::Delay { delay, .. } => {
            tokio::time::sleep(delay).await;
            served()
        }
        Fault::Body { status, content_type, body, .. } => Reply::new(status, &content_type, body),
    };
    (End::Whole(reply), kind)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{fs::File, os::fd::OwnedFd};

    use super::*;

    #[tokio::test]
    async fn a_socket_that_cannot_be_registered_is_an_error_and_no_panic() {
        let file = File::open(env!("CARGO_MANIFEST_DIR").to_owned() + "/Cargo.toml").expect("a file");
        let (clock, log, guard, quirks) = Default::default();
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
