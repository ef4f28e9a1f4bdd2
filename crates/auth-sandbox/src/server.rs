//! The socket, and what happens to each request before its provider sees it.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener},
    sync::Arc,
    thread,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::Response,
    serve::ListenerExt,
};
use tokio::{runtime, sync::oneshot};

use crate::{
    fault::{Fault, On},
    provider::Provider,
    recorded::{Call, Recorded},
    reply::{Reply, closed},
};

/// The largest body that is read.
const LIMIT: usize = 16 << 20;

/// A server on a thread of its own; it stops when dropped.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// A port, not yet served.
pub(crate) fn bind(host: IpAddr, port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((host, port))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

impl Server {
    /// Its own thread makes it independent of the caller's runtime, which may end or stand still.
    pub(crate) async fn start(listener: TcpListener, providers: Vec<Provider>) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = oneshot::channel();
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("auth-sandbox".into()).spawn(move || {
            runtime.block_on(async {
                match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => {
                        drop(ready.send(Ok(())));
                        serve(listener, providers, stopped).await;
                    }
                    Err(error) => drop(ready.send(Err(error))),
                }
            });
        })?;
        started.await.map_err(io::Error::other)??;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Only a panic of the server is lost here, and a panic has printed itself.
            drop(thread.join());
        }
    }
}

async fn serve(listener: tokio::net::TcpListener, providers: Vec<Provider>, stopped: oneshot::Receiver<()>) {
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let router = Router::new().fallback(answer).with_state(Arc::from(providers));
    tokio::select! {
        _ = axum::serve(listener, router).into_future() => {}
        _ = stopped => {}
    }
}

async fn answer(State(providers): State<Arc<[Provider]>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LIMIT).await else {
        return Reply::new(413, "text/plain", "the body is too long, or broke off").whole();
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let request = Recorded { method: parts.method, path, headers: parts.headers, body: body.into() };
    for provider in providers.iter() {
        if let Some(call) = Call::below(provider.base_path(), &request) {
            return meet(provider, &call).await;
        }
    }
    Reply::new(404, "text/plain", "no provider has this path").whole()
}

async fn meet(provider: &Provider, call: &Call<'_>) -> Response<Body> {
    let api = provider.api();
    let on = if api.is_login(call) { On::Login } else { On::Resource };
    provider.arrived(on, call.request.clone());
    if on == On::Resource && provider.next_fault_is_a_body() {
        let reply = api.answer(provider, call);
        if reply.status == 401 {
            // The fault waits for a request with a live token.
            provider.answered(call.request, &reply);
            return reply.whole();
        }
    }
    let reply = match provider.next_fault(on) {
        Some(Fault::Truncated { .. }) => return api.answer(provider, call).truncated(),
        Some(Fault::Close { .. }) => return closed(),
        None => api.answer(provider, call),
        Some(Fault::Status { status, .. }) => api.error(provider, status, None),
        Some(Fault::Unauthorized { .. }) => api.error(provider, 401, None),
        Some(Fault::TooManyRequests { retry_after, .. }) => {
            let seconds = retry_after.as_deref().and_then(|value| value.parse().ok());
            let reply = api.error(provider, 429, seconds);
            match retry_after {
                Some(value) => reply.header("retry-after", value),
                None => reply,
            }
        }
        Some(Fault::Delay { delay, .. }) => {
            tokio::time::sleep(delay).await;
            api.answer(provider, call)
        }
        Some(Fault::Body { status, content_type, body, .. }) => Reply::new(status, &content_type, body),
    };
    provider.answered(call.request, &reply);
    reply.whole()
}
