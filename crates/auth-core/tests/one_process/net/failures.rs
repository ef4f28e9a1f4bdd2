//! Errors of connections and bodies: which host failed, why, and what to do. The caller's own mistakes are not outages.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use auth_core::http::{Method, Response};
use auth_core::reqwest::{Body, Client as Bare, ClientBuilder, Proxy};
use auth_core::{Authorize, Client, ErrorKind, Options, RetryPolicy};
use bytes::Bytes;
use http_body::Frame;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::GRANTED;
use super::account::Account;
use super::wire::{Act, End, Wire, answer};

/// Returns the error of a login at an address without a server.
async fn error_of(base_url: &str, options: Options) -> auth_core::Error {
    let client = Account::at(base_url).client_with(options.login_attempts(1));
    let error = client.credential().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    error
}

/// The host and the cause of a failed connection. TLS is covered by `docs/faults.md`.
#[tokio::test]
async fn a_failed_connection_is_an_error_that_names_host_and_cause() {
    let nowhere = "127.0.0.1:1";
    let proxy = |address: &str| {
        let proxy = Proxy::all(format!("http://{address}")).unwrap();
        Options::default().configure(move |client| client.proxy(proxy.clone()))
    };
    for (base_url, options, named) in [
        ("http://127.0.0.1:1/api", Options::default(), ["127.0.0.1:1: ", "refused", "allowed IPs"]),
        ("http://localhost:1/api", Options::default(), ["localhost:1: ", "refused", "allowed IPs"]),
        ("https://no.such.host.invalid/api", Options::default(), ["no.such.host.invalid: ", "dns error", "DNS"]),
        ("https://apis.test/api", proxy(nowhere), ["apis.test: ", "tunnel error", "check the proxy"]),
        ("https://apis.test/api", proxy("no.such.proxy.invalid"), ["apis.test: ", "dns error", "check the proxy"]),
    ] {
        let error = error_of(base_url, options).await.to_string();
        assert!(named.iter().all(|named| error.contains(named)), "{error}");
    }
}

/// A proxy that refuses to open a tunnel.
#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_named_as_the_cause() {
    for status in [403, 407, 502] {
        let wire = Wire::start(move |_| answer(status, "", "")).await;
        let proxy = Proxy::all(wire.url.trim_end_matches("/api")).unwrap();
        let options = Options::default().configure(move |client| client.proxy(proxy.clone()));
        let error = error_of("https://apis.test/api", options).await.to_string();
        assert!(error.contains("apis.test: ") && error.contains("check the proxy"), "{error}");
    }
}

/// The part that a timeout covers, and the option that sets it.
#[tokio::test]
async fn a_timeout_error_names_what_it_covers_and_its_option() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let options = Options::default().login_timeout(Duration::from_millis(100));
    let error = error_of(&format!("http://{address}/api"), options).await.to_string();
    for named in ["127.0.0.1", "did not answer in time", "the body that is sent", "Options::login_timeout"] {
        assert!(error.contains(named), "{error}");
    }
}

/// A port that answers a TLS handshake in plain HTTP.
#[tokio::test]
async fn a_port_without_tls_is_named_as_the_cause() {
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("https://{}/api", plain.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    let error = error_of(&base_url, Options::default()).await.to_string();
    assert!(error.contains("there is no TLS at this port"), "{error}");
}

/// The error of a body that is late or cut off names its host.
#[tokio::test]
async fn an_incomplete_response_body_is_an_error_that_names_its_host() {
    for (end, named) in [(End::Keep, " did not answer in time"), (End::Close, " broke off")] {
        let wire = Wire::start(move |_| Act("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n7".to_owned(), end)).await;
        let error = wire.client().get("x").timeout(Duration::from_millis(500)).fetch::<u8>().await.unwrap_err();
        let host = wire.url.trim_start_matches("http://").trim_end_matches("/api");
        assert!(error.is_transient() && error.to_string().contains(&format!("{host}{named}")), "{error}");
    }
}

/// A response without a body, such as a 204, is not an outage.
#[tokio::test]
async fn a_response_without_a_body_is_not_transient() {
    for status in [200, 204] {
        let wire = Wire::start(move |_| answer(status, "", "")).await;
        let error = wire.client().get("x").fetch::<u8>().await.unwrap_err();
        assert_eq!((error.kind(), error.status(), error.is_transient()), (ErrorKind::Status, Some(status), false));
        assert!(error.to_string().contains("0 bytes"), "{error}");
    }
}

/// Response heads that cannot be parsed, and a reset.
#[tokio::test]
async fn an_unreadable_response_head_is_an_error_with_its_reason() {
    let many = |count: usize| "x: 1\r\n".repeat(count);
    for (act, named) in [
        (
            answer(200, &many(120), "7"),
            "more than 100 headers, or some 400 KiB); Options::configure takes http1_max_headers",
        ),
        (Act("HTTP/1.1 200 OK\r\nno header\r\n\r\n".to_owned(), End::Close), "invalid HTTP header"),
        (Act("<html>".to_owned(), End::Close), "invalid HTTP"),
        (Act(String::new(), End::Reset), "broke off before the answer; what was sent may have been processed: "),
    ] {
        let text = std::sync::Mutex::new(Some(act));
        let wire = Wire::start(move |_| text.lock().unwrap().take().unwrap()).await;
        let error = wire.client().get("x").send().await.unwrap_err();
        let host = wire.url.trim_start_matches("http://").trim_end_matches("/api");
        assert!(error.to_string().contains(named) && error.to_string().contains(host), "{error}");
    }
    let wire = Wire::start(move |_| answer(200, &many(90), "7")).await;
    assert_eq!(wire.client().get("x").fetch::<u8>().await.unwrap(), 7);
}

/// JSON of another shape is the caller's bug and is not retried. Anything else than JSON is an outage.
#[tokio::test]
async fn json_of_another_shape_is_a_permanent_error_with_serdes_reason() {
    #[derive(Debug, Deserialize)]
    struct User {
        #[serde(rename = "nome")]
        _nome: String,
    }
    for (body, reason) in [
        (r#"{"name":"Maria"}"#, "missing field `nome`"),
        (r#"{"nome":79}"#, "invalid type: integer, expected a string"),
        ("[]", "invalid length 0, expected struct User"),
        (r#""s3cret""#, "invalid type: string, expected struct User"),
    ] {
        let wire = Wire::start(move |_| answer(200, "content-type: application/json\r\n", body)).await;
        let client = wire.client_with(Options::default().retry(RetryPolicy::idempotent(2)));
        let error = client.get("x").fetch::<User>().await.unwrap_err();
        assert_eq!((error.kind(), error.status(), error.is_transient()), (ErrorKind::Status, Some(200), false));
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!format!("{error:?}").contains("s3cret") && !error.to_string().contains("79"), "{error:?}");
        assert_eq!(wire.asked().len(), 1);
    }
}

/// A response is encoded although the request did not ask for it.
#[tokio::test]
async fn an_unrequested_content_encoding_is_named_in_the_error() {
    for (encoding, named) in [
        ("gzip", Some("with gzip,")),
        ("br", Some("with br,")),
        ("s3cret", Some("with another coding,")),
        ("identity", None),
    ] {
        let header = format!("content-encoding: {encoding}\r\n");
        let wire = Wire::start(move |_| answer(200, &header, "\u{1f}\u{8b}")).await;
        let error = wire.client().get("x").fetch::<u8>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let text = error.to_string();
        assert!(text.contains(named.unwrap_or("is not JSON")), "{text}");
        assert_eq!(text.contains("was not asked for"), named.is_some(), "{text}");
    }
}

/// A body that fails after its first bytes.
struct Failing(u32);

impl http_body::Body for Failing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0 += 1;
        Poll::Ready(Some(match self.0 {
            1 => Ok(Frame::data(Bytes::from_static(b"{"))),
            _ => Err(io::Error::other("my disk failed")),
        }))
    }
}

/// A request body that fails by itself is the caller's error, over both versions of HTTP.
#[tokio::test]
async fn a_streamed_body_that_fails_by_itself_is_the_callers_error() {
    let http_1 = Wire::start(|_| answer(200, "", "7")).await;
    let http_2 = http_2(|_| Ok(())).await;
    for (client, method) in [(http_1.client(), Method::POST), (http_2, Method::POST)] {
        let send = || client.request(method.clone(), "x").body(Body::wrap(Failing(0))).send();
        let error = send().await.unwrap_err();
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::InvalidRequest, false), "{error}");
        assert!(error.to_string().contains("the request's body failed"), "{error}");
        assert!(error.to_string().ends_with("my disk failed"), "{error}");
    }
    assert_eq!(http_1.asked().len(), 0, "the body never arrived whole");
}

/// Returns a client of a server that speaks HTTP/2 and grants logins. For every other request `script` returns the
/// reason of a stream reset, or `Ok` for a 200.
async fn http_2(script: impl Fn(usize) -> Result<(), h2::Reason> + Clone + Send + 'static) -> Client<Account> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/api", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for connection in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let script = script.clone();
            tokio::spawn(async move {
                let mut h2 = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((request, mut respond))) = h2.accept().await {
                    let login = request.uri().path().ends_with("/login/");
                    let answer = Bytes::from_static(if login { GRANTED.as_bytes() } else { b"7" });
                    match if login { Ok(()) } else { script(connection) } {
                        Ok(()) if request.body().is_end_stream() || login => {
                            let mut body = respond.send_response(Response::new(()), false).unwrap();
                            body.send_data(answer, true).unwrap();
                        }
                        // Reads the whole body.
                        Ok(()) => {
                            tokio::spawn(async move {
                                let mut body = request.into_body();
                                while let Some(Ok(_)) = body.data().await {}
                                drop(respond);
                            });
                        }
                        Err(h2::Reason::NO_ERROR) => h2.abrupt_shutdown(h2::Reason::NO_ERROR),
                        Err(reason) => respond.send_reset(reason),
                    }
                }
            });
        }
    });
    let options = Options::default().configure(ClientBuilder::http2_prior_knowledge);
    Account::at(&base_url).client_with(options.retry(RetryPolicy::idempotent(2)))
}

/// HTTP/2 has more ways to fail: a stream is reset or refused, or a connection ends with GOAWAY.
#[tokio::test]
async fn an_idempotent_request_that_http_2_aborts_is_retried() {
    for reason in [h2::Reason::NO_ERROR, h2::Reason::REFUSED_STREAM, h2::Reason::INTERNAL_ERROR, h2::Reason::CANCEL] {
        let tries = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = std::sync::Arc::clone(&tries);
        let first = move |_| match count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Err(reason),
            _ => Ok(()),
        };
        let client = http_2(first).await;
        assert_eq!(client.get("x").send().await.unwrap().status(), 200, "{reason}");
        assert_eq!(tries.load(std::sync::atomic::Ordering::SeqCst), 2, "{reason}");
    }
}

/// A request outside a runtime is an error, with or without a cached credential.
#[test]
fn a_request_without_a_runtime_is_a_config_error_even_with_a_credential() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wire = runtime.block_on(Wire::start(|_| answer(200, "", "7")));
    let (cold, warm) = (wire.client(), wire.client());
    runtime.block_on(warm.credential()).unwrap();
    let built = || Bare::new().get(format!("{}/x", wire.url));
    futures_util::FutureExt::now_or_never(async {
        for client in [&cold, &warm] {
            let any: &dyn Authorize = client;
            for error in [
                client.get("x").send().await.unwrap_err(),
                client.get("x").fetch::<u8>().await.unwrap_err(),
                client.get("x").error_for_status().await.unwrap_err(),
                client.send(built()).await.unwrap_err(),
                any.send(built()).await.unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::Config);
                assert!(error.to_string().contains("Tokio runtime"), "{error}");
            }
            let error = client.http().post_json("x", &7).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
        }
        // A call that sends nothing needs no runtime.
        assert_eq!(warm.headers().await.unwrap()["authorization"], "Bearer granted-token");
        assert_eq!(cold.headers().await.unwrap_err().kind(), ErrorKind::Config);
    })
    .unwrap();
    assert_eq!(wire.asked().len(), 0);
}
