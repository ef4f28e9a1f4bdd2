//! The socket, and the path of a request to its provider.

use std::{io, net::TcpListener, sync::Arc, thread};

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
    provider::{Api, Provider},
    recorded::{Call, Recorded},
    reply::{Reply, closed},
};

/// The largest body that the server reads, in bytes.
const LIMIT: usize = 16 << 20;

/// A server on a thread of its own. It stops when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Starts a thread with its own runtime, so the server does not depend on the caller's runtime.
    pub(crate) fn start(listener: TcpListener, providers: Vec<Provider>) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _entered = runtime.enter();
            listener.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("auth-sandbox".into());
        let thread = thread.spawn(move || runtime.block_on(serve(listener, providers, stopped)))?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
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

async fn serve(listener: tokio::net::TcpListener, providers: Vec<Provider>, stopped: oneshot::Receiver<()>) {
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let router = Router::new().fallback(route).with_state(Arc::from(providers));
    tokio::select! {
        _ = axum::serve(listener, router).into_future() => {}
        _ = stopped => {}
    }
}

async fn route(State(providers): State<Arc<[Provider]>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LIMIT).await else {
        return Reply::new(413, "text/plain", "the body is too long, or broke off").whole();
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let request = Recorded { method: parts.method, path, headers: parts.headers, body: body.into() };
    for provider in providers.iter() {
        if let Some(call) = Call::below(provider.api().base_path, &request) {
            return meet(provider, &call).await;
        }
    }
    Reply::new(404, "text/plain", "no provider has this path").whole()
}

async fn meet(provider: &Provider, call: &Call<'_>) -> Response<Body> {
    let Api { login_paths, answer, error, .. } = provider.api();
    let is_login = call.method() == "POST" && login_paths.contains(&call.path);
    let on = if is_login { On::Login } else { On::Resource };
    provider.arrived(on, call.request.clone());
    if on == On::Resource && provider.next_fault_is_a_body(on) {
        let reply = answer(provider, call);
        if reply.status == 401 {
            // The fault stays queued for a request with a live token.
            provider.answered(call.request, &reply);
            return reply.whole();
        }
    }
    let reply = match provider.next_fault(on) {
        Some(Fault::Truncated { .. }) => return answer(provider, call).truncated(),
        Some(Fault::Close { .. }) => return closed(),
        None => answer(provider, call),
        Some(Fault::Status { status, .. }) => error(status, None),
        Some(Fault::Unauthorized { .. }) => error(401, None),
        Some(Fault::TooManyRequests { retry_after, .. }) => {
            let seconds = retry_after.as_deref().and_then(|value| value.parse().ok());
            error(429, seconds).header_if("retry-after", retry_after)
        }
        Some(Fault::Delay { delay, .. }) => {
            tokio::time::sleep(delay).await;
            answer(provider, call)
        }
        Some(Fault::Body { status, content_type, body, .. }) => Reply::new(status, &content_type, body),
    };
    provider.answered(call.request, &reply);
    reply.whole()
}
