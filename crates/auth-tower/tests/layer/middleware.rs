//! The layer as a middleware of reqwest-middleware, with reqwest-retry and reqwest-tracing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_tower::AuthLayer;
use auth_tower::auth_core::reqwest::{Body, Request, Response};
use auth_tower::auth_core::{self, Client, ErrorKind};
use bytes::Bytes;
use futures_util::stream;
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next};
use reqwest_retry::{RetryError, RetryTransientMiddleware, policies::ExponentialBackoff};
use reqwest_tracing::TracingMiddleware;
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::account::{Account, Session};
use crate::server::Server;

async fn setup() -> (Server, Client<Account>) {
    let server = Server::start().await;
    let client = Account::of(&server.url("/"));
    (server, client)
}

fn builder() -> ClientBuilder {
    ClientBuilder::new(auth_core::reqwest::Client::new())
}

/// Retries twice, at once.
fn retries() -> RetryTransientMiddleware<ExponentialBackoff> {
    let policy = ExponentialBackoff::builder().retry_bounds(Duration::ZERO, Duration::from_millis(1));
    RetryTransientMiddleware::new_with_policy(policy.build_with_max_retries(2))
}

async fn post(http: &ClientWithMiddleware, server: &Server) -> Result<Response, Error> {
    http.post(server.url("/")).body("nome=Maria").send().await
}

/// Returns the error of the core. reqwest-retry wraps each error.
fn core_error(error: &Error) -> &auth_core::Error {
    let Error::Middleware(error) = error else { panic!("{error:?}") };
    match error.downcast_ref() {
        Some(RetryError::Error(error) | RetryError::WithRetries { err: error, .. }) => core_error(error),
        None => error.downcast_ref().unwrap(),
    }
}

#[tokio::test]
async fn the_middleware_authenticates_and_heals_a_401() {
    let (server, client) = setup().await;
    let http = builder().with(AuthLayer::new(&client)).build();
    server.accept_from(2);
    assert_eq!(post(&http, &server).await.unwrap().text().await.unwrap(), "nome=Maria");
    assert_eq!((server.tokens(), client.stats().replays), (vec![1, 2], 1));
    server.accept_from(9);
    assert_eq!(post(&http, &server).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(server.tokens(), [1, 2, 2], "no login may be sent so soon");
}

/// Replaces the client's credential while the first request with it is on its way.
struct Renews(Client<Account>);

#[async_trait::async_trait]
impl Middleware for Renews {
    async fn handle(&self, request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response, Error> {
        if let Some(session) = self.0.cached().filter(|session| session.number == 1) {
            assert!(self.0.forget(&session));
            self.0.credential().await.map_err(Error::middleware)?;
        }
        next.run(request, extensions).await
    }
}

#[tokio::test]
async fn p34_the_middleware_heals_a_second_401_to_a_login_sent_before_the_first() {
    for (valid, last) in [(3, StatusCode::OK), (9, StatusCode::UNAUTHORIZED)] {
        let (server, client) = setup().await;
        let http = builder().with(AuthLayer::new(&client)).with(Renews(client.clone())).build();
        server.accept_from(valid);
        assert_eq!(post(&http, &server).await.unwrap().status(), last);
        assert_eq!((server.tokens(), client.stats().replays), (vec![1, 2, 3], 2));
        assert!(server.arrived().iter().all(|arrived| arrived.body == "nome=Maria"));
    }
}

#[tokio::test]
async fn the_middleware_passes_the_401_to_a_stream_on_and_invalidates() {
    let (server, client) = setup().await;
    let http = builder().with(AuthLayer::new(&client)).build();
    server.accept_from(2);
    let frames = stream::iter([Ok::<_, std::io::Error>(Frame::data(Bytes::from("nome=Maria")))]);
    let streamed = http.post(server.url("/")).body(Body::wrap(StreamBody::new(frames)));
    assert_eq!(streamed.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(post(&http, &server).await.unwrap().status(), StatusCode::OK);
    assert_eq!(server.tokens(), [1, 2]);
}

#[tokio::test]
async fn the_middleware_refuses_other_origins_before_any_login() {
    let (server, client) = setup().await;
    let http = builder().with(AuthLayer::new(&client)).build();
    for request in [http.get("http://localhost:1/?key=secret"), http.get(server.url("/")).header("host", "evil.test")] {
        let error = request.send().await.unwrap_err();
        assert_eq!(core_error(&error).kind(), ErrorKind::InvalidRequest);
        assert!(!format!("{error:?}").contains("secret"));
    }
    assert_eq!((client.stats().logins, server.tokens().len()), (0, 0));
}

#[tokio::test]
async fn the_middleware_computes_headers_from_the_extensions_for_each_sending() {
    let (server, client) = setup().await;
    let signed = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&signed);
    let layer = AuthLayer::new(&client).headers_from(move |session: &Session, extensions, headers: &mut HeaderMap| {
        log.lock().unwrap().push((session.number, *extensions.get::<&str>().unwrap()));
        headers.insert("x-signature", HeaderValue::from(session.number));
    });
    let http = builder().with(layer).build();
    server.accept_from(2);
    http.get(server.url("/")).with_extension("nome=Maria").send().await.unwrap();
    assert_eq!(*signed.lock().unwrap(), [(1, "nome=Maria"), (2, "nome=Maria")]);
}

#[tokio::test]
async fn reqwest_retry_over_auth_takes_the_current_credential_for_each_retry() {
    let (server, client) = setup().await;
    let http = builder().with(retries()).with(AuthLayer::new(&client)).build();
    client.credential().await.unwrap();
    server.accept_from(2);
    server.fail_next(2);
    assert_eq!(post(&http, &server).await.unwrap().status(), StatusCode::OK);
    assert_eq!(server.tokens(), [1, 1, 1, 2]);
}

#[tokio::test]
async fn auth_over_reqwest_retry_retries_outages_and_never_a_401() {
    let (server, client) = setup().await;
    let http = builder().with(AuthLayer::new(&client)).with(retries()).build();
    server.accept_from(2);
    server.fail_next(1);
    assert_eq!(post(&http, &server).await.unwrap().status(), StatusCode::OK);
    assert_eq!(server.tokens(), [1, 1, 2]);
}

#[tokio::test]
async fn reqwest_retry_repeats_no_failed_login() {
    let server = Server::start().await;
    let client = Account::refused_after(0);
    let http = builder().with(retries()).with(AuthLayer::new(&client)).build();
    let error = http.get("https://api.test/v1/users").send().await.unwrap_err();
    assert_eq!(core_error(&error).kind(), ErrorKind::LoginRefused);
    assert!(!core_error(&error).is_cooling_down(), "the first error, not that of a retry");
    assert!(server.tokens().is_empty());
}

/// The fields of all spans of reqwest-tracing.
#[derive(Clone, Debug, Default)]
struct Spans(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, _id: &Id, _context: Context<'_, S>) {
        if attributes.metadata().target().starts_with("reqwest_tracing") {
            self.0.lock().unwrap().push(format!("{:?}", attributes.values()));
        }
    }
}

#[tokio::test]
async fn reqwest_tracing_has_a_span_for_each_call_over_auth_and_each_sending_under_it() {
    for (over, expected) in [(true, 1), (false, 2)] {
        let (server, client) = setup().await;
        let auth = AuthLayer::new(&client);
        let tracing = TracingMiddleware::default();
        let http = if over { builder().with(tracing).with(auth) } else { builder().with(auth).with(tracing) }.build();
        server.accept_from(2);
        let spans = Spans::default();
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(spans.clone()));
        assert_eq!(post(&http, &server).await.unwrap().status(), StatusCode::OK);
        drop(guard);
        let spans = spans.0.lock().unwrap().clone();
        assert_eq!(spans.len(), expected, "{spans:?}");
        assert!(!spans.concat().contains("token-"), "{spans:?}");
    }
}
