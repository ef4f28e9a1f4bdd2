//! A real server that speaks HTTP/1 and HTTP/2, and accepts the tokens that were not revoked.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{StatusCode, Version};
use http_body_util::BodyExt;
use tokio::net::TcpListener;

use crate::account::number;

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) token: u64,
    pub(crate) version: Version,
    pub(crate) body: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Server {
    address: String,
    first_valid: Arc<AtomicU64>,
    outages: Arc<AtomicU64>,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let app = axum::Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub(crate) fn accept_from(&self, number: u64) {
        self.first_valid.store(number, SeqCst);
    }

    /// Answers this number of requests with 503.
    #[cfg(feature = "reqwest-middleware")]
    pub(crate) fn fail_next(&self, outages: u64) {
        self.outages.store(outages, SeqCst);
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    pub(crate) fn tokens(&self) -> Vec<u64> {
        self.arrived().iter().map(|arrived| arrived.token).collect()
    }
}

/// Answers with the request's body. `/early` refuses a token without reading the body, and `/endless` refuses it with a
/// body that never ends.
async fn answer(State(server): State<Server>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let token = number(&parts.headers);
    let accepted = token >= server.first_valid.load(SeqCst);
    let push = |body| server.arrived.lock().unwrap().push(Arrived { token, version: parts.version, body });
    if !accepted && parts.uri.path() == "/early" {
        push(String::new());
        return StatusCode::UNAUTHORIZED.into_response();
    }
    // A request whose body breaks off is not counted.
    let Ok(body) = body.collect().await else { return StatusCode::BAD_REQUEST.into_response() };
    let body = String::from_utf8(body.to_bytes().to_vec()).unwrap();
    push(body.clone());
    if server.outages.fetch_update(SeqCst, SeqCst, |outages| outages.checked_sub(1)).is_ok() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match (accepted, parts.uri.path()) {
        (true, _) => body.into_response(),
        (false, "/endless") => {
            let beginning = futures_util::stream::iter([Ok::<_, std::io::Error>("never ")]);
            let body = Body::from_stream(beginning.chain(futures_util::stream::pending()));
            (StatusCode::UNAUTHORIZED, body).into_response()
        }
        (false, _) => StatusCode::UNAUTHORIZED.into_response(),
    }
}
