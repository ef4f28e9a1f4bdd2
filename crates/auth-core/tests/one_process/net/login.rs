//! The request of a login, and its responses.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::http::{HeaderMap, HeaderName, HeaderValue};
use auth_core::{ErrorKind, Http, LoginResponse, Options};
use auth_sandbox::{Fault, On, Sandbox};
use mockito::{Matcher, Mock, ServerGuard};

use super::GRANTED;
use super::account::{Account, PASSWORD};

fn once() -> Options {
    Options::default().login_attempts(1)
}

async fn server() -> ServerGuard {
    mockito::Server::new_async().await
}

fn login(server: &mut ServerGuard) -> Mock {
    server.mock("POST", "/api/login/")
}

fn account(server: &ServerGuard) -> Account {
    Account::at(&format!("{}/api", server.url()))
}

#[tokio::test]
async fn a_login_posts_its_json_without_authorization_and_is_not_retried() {
    let mut server = server().await;
    let mock = login(&mut server)
        .match_header("content-type", "application/json")
        .match_header("accept", "application/json")
        .match_header("authorization", Matcher::Missing)
        .match_body(Matcher::JsonString(format!(r#"{{"username":"maria","password":"{PASSWORD}"}}"#)))
        .with_body(GRANTED)
        .expect(1)
        .create_async()
        .await;
    let client = account(&server).client();
    for _ in 0..3 {
        assert_eq!(client.credential().await.unwrap().token.expose_secret(), "granted-token");
    }
    mock.assert_async().await;
}

#[tokio::test]
async fn each_response_to_a_login_is_inspected_before_it_is_read() {
    let mut server = server().await;
    login(&mut server).with_status(403).with_body("no").expect(1).create_async().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let inspected = Arc::clone(&seen);
    let inspect = move |answer: &LoginResponse| {
        inspected.lock().unwrap().push((answer.status().as_u16(), answer.body().to_vec()));
    };
    let client = account(&server).client_with(once().inspect_logins(inspect));
    client.credential().await.unwrap_err();
    assert_eq!(*seen.lock().unwrap(), [(403, b"no".to_vec())]);
}

#[tokio::test]
async fn f18_a_login_follows_no_redirect_and_reports_a_wrong_address() {
    for status in [301, 302, 303, 307, 308] {
        let mut server = server().await;
        let other = server.mock("POST", "/other/").expect(0).create_async().await;
        let mock =
            login(&mut server).with_status(status).with_header("location", "/other/").expect(1).create_async().await;
        let error = account(&server).client().credential().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Config, Some(u16::try_from(status).unwrap())));
        mock.assert_async().await;
        other.assert_async().await;
    }
}

#[tokio::test]
async fn f06_a_login_answered_with_html_or_nothing_is_transient_and_not_quoted() {
    for (body, what) in [
        ("<html>Ops</html>", "is not JSON"),
        ("", "is not JSON"),
        ("{\"access_token\": \"halb", "is not JSON"),
        ("[]", "is not the expected JSON"),
        ("{\"access_token\": 7}", "is not the expected JSON"),
    ] {
        let mut server = server().await;
        let mock =
            login(&mut server).with_header("content-type", "text/html").with_body(body).expect(3).create_async().await;
        let error = account(&server).client().credential().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains(what), "{error}");
        assert!(error.to_string().contains(&format!("{} bytes, text/html", body.len())), "{error}");
        assert!(!format!("{error:?}").contains("halb"));
        mock.assert_async().await;
    }
}

#[tokio::test]
async fn a_byte_order_mark_before_a_login_response_is_skipped() {
    let mut server = server().await;
    login(&mut server).with_body(format!("\u{feff}{GRANTED}")).create_async().await;
    account(&server).client().credential().await.unwrap();
}

#[tokio::test]
async fn a_login_response_is_read_up_to_one_mebibyte() {
    for (length, granted) in [(1024 * 1024, true), (1024 * 1024 + 1, false)] {
        let mut server = server().await;
        let body = format!("{GRANTED}{}", " ".repeat(length - GRANTED.len()));
        login(&mut server).with_chunked_body(move |to| to.write_all(body.as_bytes())).create_async().await;
        let result = account(&server).client_with(once()).credential().await;
        match result {
            Ok(_) => assert!(granted),
            Err(error) => assert!(!granted && error.to_string().contains("longer than 1024 KiB"), "{error}"),
        }
    }
}

#[tokio::test]
async fn the_retry_after_of_a_login_is_given_in_seconds_or_as_a_date() {
    for (value, seconds) in [("120", 120), ("Sun, 06 Nov 1994 08:51:37 GMT", 120), ("7200", 3600), ("soon", 5)] {
        let mut server = server().await;
        let mock = login(&mut server)
            .with_status(429)
            .with_header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
            .with_header("retry-after", value)
            .expect(1)
            .create_async()
            .await;
        let client = account(&server).client();
        let pause = client.credential().await.unwrap_err().retry_after().unwrap().as_secs();
        assert_eq!(pause, seconds, "{value}");
        let error = client.get("x").send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited, "a cooldown runs for all callers");
        mock.assert_async().await;
    }
}

#[tokio::test]
async fn p07_a_refused_login_reaches_the_server_once_whatever_the_calls() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::at(provider.base_url()).client();
    for _ in 0..100 {
        let error = client.get("usuarios/").send().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::LoginRefused, Some(401)));
        assert_eq!(error.provider_code(), Some("authentication_failed"));
    }
    assert_eq!((provider.logins(), provider.requests()), (1, 0));
}

#[tokio::test]
async fn a_login_that_exceeds_its_timeout_is_abandoned() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    provider.fault(On::Login, Fault::Delay { delay: Duration::from_secs(30), times: 1 });
    let client = Account::of(provider).client_with(once().login_timeout(Duration::from_millis(50)));
    let error = client.credential().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("in time"), "{error}");
}

#[tokio::test]
async fn a_server_that_restarts_is_reached_within_the_same_call() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    provider.fault(On::Login, Fault::Status { status: 502, times: 2 });
    Account::of(provider).client().credential().await.unwrap();
    assert_eq!(provider.logins(), 3);
}

#[tokio::test]
async fn a_failed_connection_is_an_error_that_names_what_to_check() {
    let error = Account::at("http://127.0.0.1:1/").client_with(once()).credential().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("allowed IPs"), "{error}");
}

#[test]
fn a_client_needs_https_except_on_loopback() {
    let http = |url: &str, options| Http::new(&url.parse().unwrap(), &options);
    assert_eq!(http("http://apis.test/", Options::default()).unwrap_err().kind(), ErrorKind::Config);
    http("http://apis.test/", Options::default().dangerous_plain_http()).unwrap();
    http("http://127.0.0.1:1/", Options::default()).unwrap();
}

#[tokio::test]
async fn the_timeout_of_a_request_does_not_shorten_a_login() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    provider.fault(On::Login, Fault::Delay { delay: Duration::from_millis(300), times: 1 });
    let options = once().timeout(Duration::from_millis(100)).login_timeout(Duration::from_secs(5));
    Account::of(provider).client_with(options).credential().await.unwrap();
}

#[tokio::test]
async fn additional_headers_are_sent_with_a_post() {
    let mut server = server().await;
    let mock = server.mock("POST", "/forgot").match_header("x-user-language", "pt").create_async().await;
    let http = Http::new(&server.url().parse().unwrap(), &Options::default()).unwrap();
    let request = http.post("forgot").header("x-user-language", "pt").json("body");
    request.send().await.unwrap().error_for_request_status().unwrap();
    mock.assert_async().await;
}

#[tokio::test]
async fn a_response_has_a_status_headers_a_body_and_the_providers_time() {
    let mut server = server().await;
    let mock = server.mock("POST", "/x").with_status(202).with_header("x-request-id", "7").with_body("[1]");
    mock.with_header("date", "Sun, 06 Nov 1994 08:49:37 GMT").create_async().await;
    let http = Http::new(&server.url().parse().unwrap(), &Options::default()).unwrap();
    let answer = http.post_json("x", "body").await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body()), (202, &b"[1]"[..]));
    assert_eq!(answer.headers()["x-request-id"], "7");
    assert_eq!(answer.date().unwrap().unix_timestamp(), 784_111_777);
    assert_eq!(format!("{answer:?}"), "LoginResponse { status: 202, bytes: 3, .. }");
}

#[tokio::test]
async fn the_error_of_a_post_that_is_not_a_login_is_that_of_a_request() {
    let mut server = server().await;
    server.mock("POST", "/forgot").with_status(400).with_body(r#"{"message": "no"}"#).create_async().await;
    let http = Http::new(&server.url().parse().unwrap(), &Options::default()).unwrap();
    let post = async || http.post_json("forgot", "body").await.unwrap();
    let error = post().await.error_for_request_status().unwrap_err();
    assert_eq!((error.kind(), error.provider_message()), (ErrorKind::Status, Some("no")));
    assert_eq!(post().await.login_refused().kind(), ErrorKind::LoginRefused);
    assert_eq!(post().await.failed().kind(), ErrorKind::Status);
    assert_eq!(post().await.malformed("it is odd").kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_message_in_place_of_the_token_is_reported_without_what_was_sent() {
    let mut server = server().await;
    let body = format!(r#"{{"access_token": "Usuário inválido: maria ({PASSWORD})", "expires_in": 1}}"#);
    login(&mut server).with_body(body).create_async().await;
    let error = account(&server).client().credential().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRefused);
    assert_eq!(error.provider_message(), Some("Usuário inválido: [redacted] [redacted]"));
}

#[test]
fn debug_output_shows_no_default_header() {
    let options = Options::default().configure(|client| {
        client.default_headers(HeaderMap::from_iter([(
            HeaderName::from_static("x-key"),
            HeaderValue::from_static("k3y"),
        )]))
    });
    let http = Http::new(&"https://apis.test".parse().unwrap(), &options).unwrap();
    assert!(!format!("{http:?} {options:?}").contains("k3y"));
}
