//! The layer over real clients and a real server.

use std::time::Duration;

use auth_tower::auth_core::{Client, reqwest};
use auth_tower::{AuthLayer, BoxError, Recorded, RecordedBody};
use axum::body::Body;
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use http::{Request, Response, StatusCode, Uri, Version};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper_util::client::legacy::{Client as Hyper, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tower::{Layer, Service, ServiceBuilder, ServiceExt};

use crate::account::Account;
use crate::server::Server;

/// Longer than any test needs.
const LIMIT: Duration = Duration::from_secs(20);

fn hyper<B>(http2: bool) -> Hyper<HttpConnector, B>
where
    B: http_body::Body<Data: Send> + Send,
{
    Hyper::builder(TokioExecutor::new()).http2_only(http2).build_http()
}

/// Returns a server, and the client of an account there.
async fn setup() -> (Server, Client<Account>) {
    let server = Server::start().await;
    let client = Account::of(&server.url("/"));
    (server, client)
}

fn post<B>(server: &Server, path: &str, body: B) -> Request<B> {
    Request::post(server.url(path)).body(body).unwrap()
}

/// Sends a request, and returns the status and the body of its response. A body that does not end is cut off.
async fn send<S, B, T>(service: S, request: Request<B>) -> Result<(StatusCode, String), BoxError>
where
    S: Service<Request<B>, Response = Response<T>, Error = BoxError>,
    T: http_body::Body<Data = Bytes, Error: std::fmt::Debug>,
{
    let response = timeout(LIMIT, service.oneshot(request)).await??;
    let status = response.status();
    let body = timeout(LIMIT, response.into_body().collect()).await?.unwrap().to_bytes();
    Ok((status, String::from_utf8(body.to_vec())?))
}

fn ok(body: &str) -> (StatusCode, String) {
    (StatusCode::OK, body.to_owned())
}

/// A stream of these texts, whose length is not known.
fn streamed(texts: &'static [&'static str]) -> Body {
    Body::from_stream(stream::iter(texts).map(|text| Ok::<_, std::io::Error>(*text)))
}

#[tokio::test]
async fn hyper_heals_a_cloneable_body_over_http_1_and_http_2() {
    for (http2, version) in [(false, Version::HTTP_11), (true, Version::HTTP_2)] {
        let (server, client) = setup().await;
        let service = AuthLayer::new(&client).layer(hyper::<Full<Bytes>>(http2));
        server.accept_from(2);
        let answer = send(service, post(&server, "/", "nome=Maria".into())).await.unwrap();
        assert_eq!(answer, ok("nome=Maria"));
        let arrived = server.arrived();
        assert!(arrived.iter().all(|arrived| arrived.version == version), "{arrived:?}");
        assert_eq!(server.tokens(), [1, 2]);
    }
}

#[tokio::test]
async fn a_streamed_body_is_recorded_and_replayed_over_http_1_and_http_2() {
    for http2 in [false, true] {
        let (server, client) = setup().await;
        let service = AuthLayer::new(&client).replay(Recorded::up_to(10)).layer(hyper::<RecordedBody<Body>>(http2));
        server.accept_from(2);
        let answer = send(service, post(&server, "/", streamed(&["nome=", "Maria"]))).await.unwrap();
        assert_eq!(answer, ok("nome=Maria"));
        assert!(server.arrived().iter().all(|arrived| arrived.body == "nome=Maria"));
    }
}

#[tokio::test]
async fn a_stream_over_the_bound_is_sent_whole_and_its_401_reaches_the_caller() {
    let (server, client) = setup().await;
    let service = AuthLayer::new(&client).replay(Recorded::up_to(9)).layer(hyper::<RecordedBody<Body>>(false));
    server.accept_from(2);
    let request = || post(&server, "/", streamed(&["nome=", "Maria"]));
    assert_eq!(send(service.clone(), request()).await.unwrap().0, StatusCode::UNAUTHORIZED);
    assert_eq!(server.arrived()[0].body, "nome=Maria");
    assert_eq!(send(service, request()).await.unwrap(), ok("nome=Maria"), "the next one has a new credential");
    assert_eq!(server.tokens(), [1, 2]);
}

#[tokio::test]
async fn a_body_that_fails_midway_is_an_error_and_is_not_replayed() {
    let (server, client) = setup().await;
    let service = AuthLayer::new(&client).replay(Recorded::up_to(100)).layer(hyper::<RecordedBody<Body>>(false));
    let frames = [Ok("nome="), Err(std::io::Error::other("the disk is gone"))];
    let error = send(service, post(&server, "/", Body::from_stream(stream::iter(frames)))).await.unwrap_err();
    assert!(error.is::<hyper_util::client::legacy::Error>(), "{error:?}");
    assert!(server.arrived().is_empty());
    assert_eq!((client.stats().invalidated, client.stats().logins), (0, 1));
}

/// Otherwise the refused upload would never end.
#[tokio::test]
async fn a_401_before_the_body_was_sent_reaches_the_caller() {
    let (server, client) = setup().await;
    let service = AuthLayer::new(&client).replay(Recorded::up_to(100)).layer(hyper::<RecordedBody<Body>>(true));
    server.accept_from(2);
    let waiting = stream::iter([Ok::<_, std::io::Error>("nome=")]).chain(stream::pending());
    let answer = send(service, post(&server, "/early", Body::from_stream(waiting))).await.unwrap();
    assert_eq!(answer.0, StatusCode::UNAUTHORIZED);
    assert_eq!((client.stats().invalidated, client.stats().replays), (1, 0));
}

#[tokio::test]
async fn a_401_whose_body_never_ends_is_dropped_and_healed() {
    for http2 in [false, true] {
        let (server, client) = setup().await;
        let service = AuthLayer::new(&client).layer(hyper::<Full<Bytes>>(http2));
        server.accept_from(2);
        let answer = send(service, post(&server, "/endless", "nome=Maria".into())).await.unwrap();
        assert_eq!(answer, ok("nome=Maria"));
    }
}

#[tokio::test]
async fn a_request_that_expects_100_continue_is_healed() {
    let (server, client) = setup().await;
    let service = AuthLayer::new(&client).layer(hyper::<Full<Bytes>>(false));
    server.accept_from(2);
    let mut request = post(&server, "/", "nome=Maria".into());
    request.headers_mut().insert("expect", "100-continue".parse().unwrap());
    assert_eq!(send(service, request).await.unwrap(), ok("nome=Maria"));
}

#[tokio::test]
async fn twenty_401s_on_one_http_2_connection_heal_with_one_login() {
    let (server, client) = setup().await;
    let service = AuthLayer::new(&client).layer(hyper::<Full<Bytes>>(true));
    server.accept_from(2);
    let request = || post(&server, "/", "nome=Maria".into());
    let answers = join_all((0..20).map(|_| send(service.clone(), request()))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == &ok("nome=Maria")), "{answers:?}");
    assert_eq!((client.stats().logins, client.stats().invalidated), (2, 1));
}

#[tokio::test]
async fn reqwest_is_an_inner_service_like_any_other() {
    let (server, client) = setup().await;
    let bare = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let service = ServiceBuilder::new()
        .layer(AuthLayer::new(&client))
        .map_response(Response::<reqwest::Body>::from)
        .filter(reqwest::Request::try_from)
        .service(bare);
    server.accept_from(2);
    let answer = send(service, post(&server, "/", Bytes::from("nome=Maria"))).await.unwrap();
    assert_eq!((answer, server.tokens()), (ok("nome=Maria"), vec![1, 2]));
}

#[tokio::test]
async fn reqwest_sends_recorded_streams_again() {
    let (server, client) = setup().await;
    let service = ServiceBuilder::new()
        .layer(AuthLayer::new(&client).replay(Recorded::up_to(100)))
        .map_response(Response::<reqwest::Body>::from)
        .map_request(|request: Request<RecordedBody<reqwest::Body>>| request.map(reqwest::Body::wrap))
        .filter(reqwest::Request::try_from)
        .service(reqwest::Client::new());
    server.accept_from(2);
    let frames = ["nome=", "Maria"].map(|text| Ok::<_, std::io::Error>(Frame::data(Bytes::from(text))));
    let body = reqwest::Body::wrap(StreamBody::new(stream::iter(frames)));
    let answer = send(service, post(&server, "/", body)).await.unwrap();
    assert_eq!((answer, server.tokens()), (ok("nome=Maria"), vec![1, 2]));
}

/// Starts a proxy that forwards each request to the server, with the credential of the account.
async fn proxy(server: &Server, client: &Client<Account>) -> String {
    let upstream = AuthLayer::new(client).replay(Recorded::up_to(1024)).layer(hyper::<RecordedBody<Body>>(false));
    let target = server.clone();
    let forward = move |mut request: Request<Body>| {
        let upstream = upstream.clone();
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = Uri::try_from(target.url(path)).unwrap();
        request.headers_mut().remove("host");
        async move { upstream.oneshot(request).await.map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string())) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(forward)).await });
    address
}

#[tokio::test]
async fn an_axum_proxy_heals_the_requests_that_pass_through_it() {
    let (server, client) = setup().await;
    let address = proxy(&server, &client).await;
    server.accept_from(2);
    let request = Request::post(format!("{address}/users?page=2"));
    // The visitor's own credential goes no further.
    let request = request.header("authorization", "Bearer token-99").body(streamed(&["nome=", "Maria"])).unwrap();
    let visitor = hyper::<Body>(false).map_err(BoxError::from);
    assert_eq!(send(visitor, request).await.unwrap(), ok("nome=Maria"));
    assert_eq!(server.tokens(), [1, 2]);
}
