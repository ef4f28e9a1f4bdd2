//! One connection: its requests, and its end.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use http::{HeaderValue, Version, header};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy, sink},
    net::TcpStream,
    sync::watch,
    time::{sleep, timeout},
};

use crate::{route, server::Shared};

/// The longest time that a closed connection waits for the client.
const LINGER: Duration = Duration::from_secs(1);

/// Serves HTTP/1.1 or HTTP/2, whichever the client speaks, after the handshake if TLS is enabled.
pub(crate) async fn serve(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>) {
    // Without this, some answers wait for the client's acknowledgement of others.
    let _ = stream.set_nodelay(true);
    let Ok((stream, rest)) = doubled(stream) else { return };
    #[cfg(feature = "tls")]
    if let Some(authority) = &shared.tls {
        if let Ok(stream) = authority.acceptor.accept(stream).await {
            exchange(stream, peer, shared.clone()).await;
        }
        return linger(rest).await;
    }
    exchange(stream, peer, shared).await;
    linger(rest).await;
}

/// Returns two handles on one socket.
fn doubled(stream: TcpStream) -> io::Result<(TcpStream, TcpStream)> {
    let stream = stream.into_std()?;
    let other = stream.try_clone()?;
    Ok((stream.try_into()?, other.try_into()?))
}

/// Closes a connection after the client has closed it too, as nginx does.
///
/// A socket that is closed with unread bytes is reset, and the client may not read the last answers or the GOAWAY.
async fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let _ = timeout(LINGER, copy(&mut stream, &mut sink())).await;
}

/// The number of requests of a connection, and of those that are not answered yet.
#[derive(Clone, Copy, Default)]
struct Requests {
    all: u32,
    open: u32,
}

async fn exchange(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, peer: SocketAddr, shared: Arc<Shared>) {
    let (requests, mut changed) = watch::channel(Requests::default());
    let service = service_fn(|request| {
        requests.send_modify(|Requests { all, open }| (*all, *open) = (all.saturating_add(1), *open + 1));
        let (open, shared) = (Open(requests.clone()), shared.clone());
        async move {
            let is_last = is_last(&shared, *open.0.borrow()) && request.version() < Version::HTTP_2;
            let mut response = route::answer(&shared, peer, request).await?;
            if is_last {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            drop(open);
            Ok::<_, io::Error>(response)
        }
    });
    let builder = Builder::new(TokioExecutor::new());
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut is_ending = false;
    loop {
        let now = *changed.borrow_and_update();
        is_ending |= is_last(&shared, now);
        if is_ending {
            // HTTP/2 sends GOAWAY. HTTP/1.1 closes the connection when its answer is sent.
            connection.as_mut().graceful_shutdown();
        }
        let keep_alive = shared.quirks.borrow().keep_alive.filter(|_| now.all > 0 && now.open == 0);
        tokio::select! {
            // The order matters: a request that has arrived is served.
            biased;
            _ended = connection.as_mut() => return,
            _ = changed.changed() => {}
            () = sleep(keep_alive.unwrap_or_default()), if keep_alive.is_some() && !is_ending => is_ending = true,
        }
    }
}

fn is_last(shared: &Shared, requests: Requests) -> bool {
    shared.quirks.borrow().requests_per_connection.is_some_and(|most| requests.all >= most)
}

/// A request that is not answered yet.
struct Open(watch::Sender<Requests>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|requests| requests.open -= 1);
    }
}
