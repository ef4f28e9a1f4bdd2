//! Tests of signed requests: the bytes, the headers, and the requests that are never sent.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mockito::{Matcher, Mock, Server, ServerGuard};
use serde_json::json;
use signed_api_auth::auth_core::ErrorKind;
use signed_api_auth::signing::SignError;
use signed_api_auth::{Client, Method, SignedBody};

const CANONICAL: &str = r#"{"amount":10,"name":"Ana"}"#;
/// Its HMAC-SHA512 with `a1b2c3` and with `d4e5f6`, by Python's `hmac`.
const OF_FIRST: &str = "60d7f7fd91c1f52a69db329f48ee8a09750b56a209afe400346e0cec6f6de44a\
                        d7ba5bbc970ddec7e906ac84dfb8170c1b8054e1d4d24a0a8262edadec982839";
const OF_SECOND: &str = "40402e65888c5b388e26b9028a5aed1cb4b54695b112470e5953d4cc03bdb139\
                         102287992c794fa19cd06c9891764e83a41e2d3dc31170edffa75e8fa306ca56";
/// The HMAC-SHA512 of `{}` with `a1b2c3`.
const OF_EMPTY: &str = "589c6dc383d1193195d22992e263ff93698ad6eca022c9587df1837b23aad8a1\
                        9e8bee6f3da8f5294c56f3c7e25e099709fd747fa99896bf5d1c5f7ab53c854e";

fn client(server: &ServerGuard) -> Client {
    Client::builder().api_key("key").base_url(server.url()).build().unwrap()
}

/// One login that returns the pair. The mocks of a path answer in their order, each until it has its expected count.
async fn login(server: &mut ServerGuard, token: &str, signature_token: &str) -> Mock {
    let body = json!({"status": "success", "data": {"accessToken": token, "signatureToken": signature_token}});
    server.mock("POST", "/v1/auth/login").with_body(body.to_string()).expect(1).create_async().await
}

/// A write with exactly this body, token and signature.
fn write(server: &mut ServerGuard, body: &str, token: &str, signature: &str, status: usize) -> Mock {
    let body = body.to_owned();
    let mock = server
        .mock("POST", "/v1/profile")
        .match_header("content-type", "application/json")
        .match_header("authorization", format!("Bearer {token}").as_str())
        .match_header("x-signed-request", signature)
        .match_request(move |request| request.body().is_ok_and(|sent| sent == body.as_bytes()));
    mock.with_status(status).expect(1)
}

#[tokio::test]
async fn the_bytes_that_are_sent_are_the_bytes_that_were_signed() {
    let mut server = Server::new_async().await;
    let login = login(&mut server, "token-1", "a1b2c3").await;
    let write = write(&mut server, CANONICAL, "token-1", OF_FIRST, 201).expect(3).create_async().await;
    let client = client(&server);
    let value = json!({"name": "Ana", "amount": 10.0});
    for body in
        [SignedBody::from(&value), SignedBody::from(value), SignedBody::json(r#"{ "name":"Ana", "amount":1e1 }"#)]
    {
        let response = client.send_signed(Method::POST, "v1/profile", body).await.unwrap();
        assert_eq!(response.status(), 201);
    }
    login.assert_async().await;
    write.assert_async().await;
}

#[tokio::test]
async fn p29_a_replay_is_signed_again_with_the_key_of_the_credential_that_it_carries() {
    let mut server = Server::new_async().await;
    let first = login(&mut server, "token-1", "a1b2c3").await;
    let refused = write(&mut server, CANONICAL, "token-1", OF_FIRST, 401).create_async().await;
    let second = login(&mut server, "token-2", "d4e5f6").await;
    let replayed = write(&mut server, CANONICAL, "token-2", OF_SECOND, 201).create_async().await;
    let body = json!({"name": "Ana", "amount": 10});
    let response = client(&server).send_signed(Method::POST, "v1/profile", &body).await.unwrap();
    assert_eq!(response.status(), 201);
    for mock in [first, refused, second, replayed] {
        mock.assert_async().await;
    }
}

#[tokio::test]
async fn an_empty_body_is_signed_and_sent_as_an_empty_object() {
    let mut server = Server::new_async().await;
    let _login = login(&mut server, "token-1", "a1b2c3").await;
    let write = write(&mut server, "{}", "token-1", OF_EMPTY, 200).create_async().await;
    client(&server).send_signed(Method::POST, "v1/profile", SignedBody::empty()).await.unwrap();
    write.assert_async().await;
}

#[tokio::test]
async fn a_signed_request_can_have_more_headers_and_be_read_as_json() {
    let mut server = Server::new_async().await;
    let _login = login(&mut server, "token-1", "a1b2c3").await;
    let write = write(&mut server, "{}", "token-1", OF_EMPTY, 200);
    let write = write.match_header("x-request-id", "42").with_body(r#"{"status":"success"}"#).create_async().await;
    let request = client(&server).signed(Method::POST, "v1/profile", SignedBody::empty());
    let answer: serde_json::Value = request.header("x-request-id", "42").fetch().await.unwrap();
    assert_eq!(answer["status"], "success");
    write.assert_async().await;
}

#[tokio::test]
async fn a_body_that_cannot_be_signed_is_an_error_that_says_why_before_anything_is_sent() {
    let mut server = Server::new_async().await;
    let anything = server.mock("POST", Matcher::Any).expect(0).create_async().await;
    let client = client(&server);
    for body in [json!({"items": [{"id": 9_007_199_254_740_993_u64}]}), json!("a text")] {
        let why: SignError = SignedBody::value(&body).canonical().unwrap_err();
        let error = client.send_signed(Method::POST, "v1/profile", body).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.source().unwrap().downcast_ref::<SignError>(), Some(&why));
    }
    anything.assert_async().await;
    assert_eq!(client.stats().logins, 0);
}

/// The message alone has the place and the remedy, and the source is available to branch on.
#[tokio::test]
async fn the_message_of_a_body_that_cannot_be_signed_says_where_and_what_to_do() {
    let server = Server::new_async().await;
    let body = json!({"items": [{"id": 9_007_199_254_740_993_u64}]});
    let error = client(&server).send_signed(Method::POST, "v1/profile", &body).await.unwrap_err();
    let said = "the body cannot be signed: the number 9007199254740993 at $.items[0].id would be read by the server as \
                9007199254740992; send it as a string";
    assert_eq!(error.to_string(), said);
    assert_eq!(format!("{error:?}"), format!("InvalidRequest: {said}"), "once");
}

/// JSON text in bytes is not signed as a list of numbers, in any container.
#[tokio::test]
async fn json_text_in_bytes_is_refused_with_the_way_to_send_it() {
    let mut server = Server::new_async().await;
    let anything = server.mock("POST", Matcher::Any).expect(0).create_async().await;
    let client = client(&server);
    let bytes = serde_json::to_vec(&json!({"name": "Ana"})).unwrap();
    let error = client.send_signed(Method::POST, "v1/profile", &bytes).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("JSON text in bytes goes through SignedBody::json_bytes"), "{error}");
    anything.assert_async().await;
    assert_eq!(client.stats().logins, 0);
}

/// A header that would contradict or replace the signature is refused before a login.
#[tokio::test]
async fn a_header_that_would_contradict_the_signed_body_is_refused() {
    let mut server = Server::new_async().await;
    let anything = server.mock("POST", Matcher::Any).expect(0).create_async().await;
    let client = client(&server);
    for (name, value) in
        [("X-Signed-Request", OF_EMPTY), ("content-type", "text/plain"), ("Content-Encoding", "gzip"), ("no name", "x")]
    {
        let request = client.signed(Method::POST, "v1/profile", SignedBody::empty()).header(name, value);
        let error = request.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{name}");
        assert!(error.to_string().contains(name), "{error}");
    }
    anything.assert_async().await;
    assert_eq!(client.stats().logins, 0);
}

/// The other methods of a request work on a signed request.
#[tokio::test]
async fn a_signed_request_has_a_query_a_timeout_and_a_single_attempt() {
    let mut server = Server::new_async().await;
    let _login = login(&mut server, "token-1", "a1b2c3").await;
    let write = write(&mut server, "{}", "token-1", OF_EMPTY, 401);
    let write = write.match_query(Matcher::UrlEncoded("force".into(), "true".into())).create_async().await;
    let client = client(&server);
    let request = client.signed(Method::POST, "v1/profile", SignedBody::empty()).query(&[("force", true)]).once();
    assert_eq!(request.error_for_status().await.unwrap_err().status(), Some(401));
    write.assert_async().await;
    assert!(client.cached().is_some(), "sent once: the credential was left alone");

    let slow = server.mock("POST", "/v1/slow").with_chunked_body(|answer| {
        std::thread::sleep(Duration::from_millis(500));
        answer.write_all(b"{}")
    });
    let _slow = slow.create_async().await;
    let request = client.signed(Method::POST, "v1/slow", SignedBody::empty()).timeout(Duration::from_millis(50));
    assert_eq!(request.fetch::<serde_json::Value>().await.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_get_or_head_is_an_error_that_says_so() {
    let server = Server::new_async().await;
    let client = client(&server);
    for method in [Method::GET, Method::HEAD] {
        let error = client.send_signed(method.clone(), "v1/profile", SignedBody::empty()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert_eq!(error.to_string(), format!("a {method} has no body to sign; send it without a signature"));
    }
    assert_eq!(client.stats().logins, 0);
}

#[tokio::test]
async fn f18_a_signed_request_follows_no_redirect() {
    let mut server = Server::new_async().await;
    let _login = login(&mut server, "token-1", "a1b2c3").await;
    let moved = write(&mut server, "{}", "token-1", OF_EMPTY, 307).with_header("location", "/elsewhere");
    let moved = moved.create_async().await;
    let elsewhere = server.mock("POST", "/elsewhere").expect(0).create_async().await;
    let response = client(&server).send_signed(Method::POST, "v1/profile", SignedBody::empty()).await.unwrap();
    assert_eq!(response.status(), 307);
    moved.assert_async().await;
    elsewhere.assert_async().await;
}

#[tokio::test]
async fn p26_nothing_shows_the_signature_that_reached_the_wire() {
    let mut server = Server::new_async().await;
    let _login = login(&mut server, "token-1", "a1b2c3").await;
    let write = write(&mut server, "{}", "token-1", OF_EMPTY, 200).create_async().await;
    let client = client(&server);
    let request = client.signed(Method::POST, "v1/profile", SignedBody::empty());
    let built = format!("{request:?}");
    let response = request.send().await.unwrap();
    write.assert_async().await;
    let session = client.credential().await.unwrap();
    let shown = format!("{built} {response:?} {client:?} {session:?}");
    assert!(!shown.contains(OF_EMPTY) && !shown.contains("a1b2c3"), "{shown}");
}

/// A subscriber that counts the warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
    }

    fn new_span(&self, _span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _span: &tracing::span::Id, _values: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _span: &tracing::span::Id, _follows: &tracing::span::Id) {}

    fn event(&self, _event: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _span: &tracing::span::Id) {}

    fn exit(&self, _span: &tracing::span::Id) {}
}

#[test]
fn a_body_of_more_than_100_kib_is_warned_of_and_one_of_as_much_is_not() {
    let client = Client::builder().api_key("key").base_url("https://api.provider.example").build().unwrap();
    for (length, warned) in [(1024, 0), (100 * 1024, 0), (100 * 1024 + 1, 1)] {
        let text = "x".repeat(length - r#"{"a":""}"#.len());
        let warnings = Warnings::default();
        tracing::subscriber::with_default(warnings.clone(), || {
            let _unsent = client.signed(Method::POST, "v1/profile", json!({ "a": text }));
        });
        assert_eq!(warnings.0.load(Ordering::Relaxed), warned, "{length} bytes");
    }
}
