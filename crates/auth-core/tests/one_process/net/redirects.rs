//! Redirects: reads follow one below the base URL, writes keep method and body or fail, and no credential leaves it.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;

use auth_core::http::Method;
use auth_core::reqwest::{Body, Client as Bare};
use auth_core::{ErrorKind, Options};
use auth_sandbox::Sandbox;
use bytes::Bytes;
use http_body::Frame;

use super::account::Account;
use super::wire::{Act, Asked, Wire, answer};

/// Starts a provider that redirects `/api/old` to `location` and answers 200 elsewhere.
async fn moved(status: u16, location: &str) -> Wire {
    let location = format!("location: {location}\r\n");
    Wire::start(move |asked| moving(asked, status, &location)).await
}

fn moving(asked: &Asked, status: u16, headers: &str) -> Act {
    if asked.line().ends_with("/api/old") { answer(status, headers, "") } else { answer(200, "", "[7]") }
}

/// The sandbox's Pontotel answers 301 to a path without its slash, as Django does.
#[tokio::test]
async fn a_post_whose_path_lacks_its_slash_is_an_error_that_says_so() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    let post = || client.post("empregados").json(&serde_json::json!({"nome": "Maria"}));
    for error in [post().error_for_status().await.unwrap_err(), post().send().await.unwrap_err()] {
        assert_eq!((error.kind(), error.status(), error.is_transient()), (ErrorKind::Status, Some(301), false));
        let base = client.base_url().path();
        let begins = format!("the POST of {base}empregados was redirected to {base}empregados/ and not followed; ");
        assert!(error.to_string().starts_with(&begins), "{error}");
        assert!(error.to_string().contains("lacks its slash"), "{error}");
    }
    assert_eq!(provider.requests(), 2);
}

/// A redirected write never becomes a read, whichever way it is sent.
#[tokio::test]
async fn a_write_follows_307_and_308_with_its_body_and_no_other_redirect() {
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
        for status in [301, 302, 303, 307, 308] {
            let wire = moved(status, "/api/new?token=s3cret").await;
            let client = wire.client();
            let result = match status % 2 {
                0 => client.request(method.clone(), "old").body("{}").send().await,
                _ => client.send(Bare::new().request(method.clone(), format!("{}/old", wire.url)).body("{}")).await,
            };
            let asked = wire.asked();
            if status < 307 {
                let error = result.unwrap_err();
                assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(status)));
                let text = error.to_string();
                assert!(text.contains(&format!("{method} of /api/old was redirected to /api/new?… and")), "{text}");
                assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
                assert_eq!(asked.len(), 1);
            } else {
                assert_eq!(result.unwrap().status(), 200);
                assert_eq!(asked[1].line(), format!("{method} /api/new?token=s3cret"));
                assert!(asked[1].text.ends_with("\r\n\r\n{}"), "{}", asked[1].text);
                assert!(asked[1].has("authorization"));
            }
        }
    }
}

/// 300 and 304 to 306 are not followed. A redirect that the caller asks to see is returned.
#[tokio::test]
async fn other_statuses_and_requested_redirects_reach_the_caller_of_any_method() {
    for (status, no_redirect) in [(300, false), (304, false), (305, false), (306, false), (301, true), (307, true)] {
        for method in [Method::GET, Method::POST] {
            let wire = moved(status, "/api/new").await;
            let request = wire.client().request(method, "old");
            let request = if no_redirect { request.no_redirect() } else { request };
            assert_eq!(request.send().await.unwrap().status(), status);
            assert_eq!(wire.asked().len(), 1);
        }
    }
}

/// No `Referer` is sent. Each hop has the credential once and keeps the method, the target's query and the
/// headers.
#[tokio::test]
async fn a_read_follows_each_redirect_below_the_base_url_without_a_referer() {
    for status in [301, 302, 303, 307, 308] {
        for method in [Method::GET, Method::HEAD] {
            let wire = moved(status, "new?page=2#part").await;
            let request = wire.client().request(method.clone(), "old").query(&[("page", "1")]).query(&[("x", "")]);
            let request = request.header("x-request-id", "42");
            let wrong = request.send().await.unwrap();
            assert_eq!(wrong.status(), 200, "its query makes it another path");
            let request = wire.client().request(method.clone(), "old").header("x-request-id", "42");
            let response = request.send().await.unwrap();
            assert!(response.url().as_str().ends_with("/api/new?page=2"), "{}", response.url());
            let asked = wire.asked().pop().unwrap();
            assert_eq!(asked.line(), format!("{method} /api/new?page=2"));
            assert!(asked.has("x-request-id") && asked.has("authorization") && !asked.has("referer"), "{}", asked.text);
        }
    }
}

/// A redirect follows the rule of `next` URLs: below the base URL, or not at all.
#[tokio::test]
async fn a_redirect_out_of_the_base_path_or_origin_carries_nothing() {
    let other = Wire::start(|_| answer(200, "", "")).await;
    let elsewhere = other.url.replace("http://", "");
    for location in [
        "/admin".to_owned(),
        "/apis".to_owned(),
        "../admin".to_owned(),
        "/api/..%2fadmin".to_owned(),
        "/api/a%5c..%5c..%5cadmin".to_owned(),
        "//evil.test/api/x".to_owned(),
        r"/\evil.test/api/x".to_owned(),
        format!("http://{elsewhere}/x"),
        format!("//{elsewhere}/x"),
        "http://maria:s3nha@SELF/api/x".to_owned(),
        "http://:s3nha@SELF/api/x".to_owned(),
        "https://SELF/api/x".to_owned(),
        "http://[".to_owned(),
        "ftp://SELF/api/x".to_owned(),
        String::new(),
    ] {
        let wire = Wire::start(move |asked| {
            let host = asked.text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
            moving(asked, 302, &format!("location: {}\r\n", location.replace("SELF", host)))
        })
        .await;
        assert_eq!(wire.client().get("old").send().await.unwrap().status(), 302);
        let error = wire.client().put("old").body("{}").send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Status);
        assert!(!error.to_string().contains("s3nha"), "{error}");
        assert!(wire.lines().iter().all(|line| line.ends_with("/api/old")));
    }
    assert_eq!(other.connections(), 0);
}

/// The error of a redirected write names its target.
#[tokio::test]
async fn a_write_redirected_out_of_the_base_url_names_both_addresses() {
    for (location, named) in [
        ("https://u:s3nha@evil.test/x?t=s3cret", "to https://evil.test/x?… "),
        ("", "to an unreadable location "),
        ("mailto:maria", "to mailto:maria "),
    ] {
        let wire = moved(308, location).await;
        let error = wire.client().post("old").body("{}").send().await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(named) && text.contains(&format!("base URL {}/", wire.url)), "{text}");
        assert!(!text.contains("s3"), "{text}");
    }
}

/// A server may put what it received into the path of a redirect.
#[tokio::test]
async fn the_error_of_a_redirect_repeats_nothing_that_was_sent() {
    for path in ["/api/granted-token", "/api/s3nha-nova", "/api/s3nha%2Dnova/x", "/granted-token/login"] {
        let wire = moved(302, path).await;
        let error = wire.client().post("old").json(&serde_json::json!({"password": "s3nha-nova"})).send().await;
        let text = format!("{:?}", error.unwrap_err());
        assert!(text.contains("redacted") && !text.contains("nova") && !text.contains("granted"), "{text}");
    }
}

/// A redirect loop is not an outage.
#[tokio::test]
async fn a_redirect_loop_ends_after_ten_hops_and_is_not_transient() {
    for (method, status) in [(Method::GET, 302), (Method::POST, 307)] {
        let wire = moved(status, "/api/old").await;
        let error = wire.client().request(method, "old").send().await.unwrap_err();
        assert_eq!((error.kind(), error.status(), error.is_transient()), (ErrorKind::Status, Some(status), false));
        assert!(error.to_string().contains("/api/old was redirected more than 10 times"), "{error}");
        assert_eq!(wire.asked().len(), 11);
    }
}

/// A stream can be sent only once.
#[tokio::test]
async fn a_redirected_stream_is_an_error_that_names_the_target() {
    let wire = moved(307, "/api/new").await;
    let error = wire.client().post("old").body(Body::wrap(Once::of("{}"))).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Status);
    assert!(error.to_string().contains("redirected to /api/new; its body is a stream"), "{error}");
    assert_eq!(wire.asked().len(), 1);
}

/// A body that can be sent only once.
pub(crate) struct Once(Option<Bytes>);

impl Once {
    pub(crate) fn of(text: &'static str) -> Self {
        Self(Some(Bytes::from_static(text.as_bytes())))
    }
}

impl http_body::Body for Once {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}

#[tokio::test]
async fn a_401_behind_a_redirect_is_replayed_once_at_its_target() {
    let refused = AtomicUsize::new(0);
    let wire = Wire::start(move |asked| match asked.line().as_str() {
        "GET /api/old" => answer(302, "location: /api/new\r\n", ""),
        _ if refused.fetch_add(1, SeqCst) == 0 => answer(401, "", ""),
        _ => answer(200, "", ""),
    })
    .await;
    let client = wire.client();
    assert_eq!(client.get("old").send().await.unwrap().status(), 200);
    assert_eq!(wire.lines(), ["GET /api/old", "GET /api/new", "GET /api/new"]);
    assert_eq!((client.stats().replays, client.stats().logins), (1, 2));
}

#[tokio::test]
async fn the_hops_of_a_redirect_share_one_timeout() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client_with(Options::default().timeout(Duration::from_millis(600)));
    client.credential().await.unwrap();
    let delay = |millis| auth_sandbox::Fault::Delay { delay: Duration::from_millis(millis), times: 1 };
    // The missing slash causes one redirect.
    provider.fault(auth_sandbox::On::Resource, delay(400));
    provider.fault(auth_sandbox::On::Resource, delay(400));
    let error = client.get("usuarios").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("in time"), "{error}");
}

/// The login before the first hop has its own timeout.
#[tokio::test]
async fn a_slow_login_takes_no_time_from_a_redirected_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client_with(Options::default().timeout(Duration::from_millis(600)));
    let delay = |millis, times| auth_sandbox::Fault::Delay { delay: Duration::from_millis(millis), times };
    provider.fault(auth_sandbox::On::Login, delay(700, 1));
    provider.fault(auth_sandbox::On::Resource, delay(50, 2));
    let users: serde_json::Value = client.get("usuarios").fetch().await.unwrap();
    assert!(users["count"].is_number(), "{users}");
}

/// The login's connection carries the request after it.
#[tokio::test]
async fn a_login_its_request_and_the_redirect_share_one_connection() {
    let wire = moved(302, "/api/new").await;
    assert_eq!(wire.client().get("old").fetch::<Vec<u8>>().await.unwrap(), [7]);
    assert_eq!(wire.connections(), 1);
}
