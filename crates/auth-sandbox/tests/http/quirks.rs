//! Tests of the habits of real servers.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, UNIX_EPOCH},
};

use crate::common::control::{delete, read, send};
use crate::common::{all, claims, client, logged_in, protected, status, with};
use auth_sandbox::{Charset, Fault, Method, On, Provider, Quirks, Sandbox};
use serde_json::{Value, json};

async fn with_quirks(quirks: Quirks) -> Sandbox {
    Sandbox::builder().quirks(quirks).start().await.unwrap()
}

fn connected(sandbox: &Sandbox) -> TcpStream {
    let address = sandbox.control_url().trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let stream = TcpStream::connect(address.parse::<SocketAddr>().unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Sends a request and returns the answer as far as it arrives at once.
fn asked(stream: &mut TcpStream) -> String {
    stream.write_all(b"GET /econpay/auth HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn an_idle_connection_ends_without_an_announcement() {
    let sandbox = with_quirks(Quirks { keep_alive: Some(Duration::from_millis(50)), ..Quirks::NONE }).await;
    let mut stream = connected(&sandbox);
    for _ in 0..2 {
        let answer = asked(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 401") && !answer.contains("connection: close"), "{answer}");
    }
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[tokio::test]
async fn a_connection_that_waits_for_its_answer_is_not_idle() {
    let sandbox = with_quirks(Quirks { keep_alive: Some(Duration::from_millis(500)), ..Quirks::NONE }).await;
    let mut stream = connected(&sandbox);
    asked(&mut stream);
    sandbox.econpay().fault(On::Resource, Fault::Delay { delay: Duration::from_secs(1), times: 1 });
    assert!(asked(&mut stream).starts_with("HTTP/1.1 401"));
}

#[tokio::test]
async fn a_connection_above_the_limit_waits_until_another_ends() {
    let sandbox = with_quirks(Quirks { connections: Some(2), ..Quirks::NONE }).await;
    let (mut first, mut second, mut third) = (connected(&sandbox), connected(&sandbox), connected(&sandbox));
    asked(&mut first);
    asked(&mut second);
    third.write_all(b"GET /econpay/auth HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    third.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    third.read(&mut [0]).unwrap_err();
    drop(first);
    third.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(third.read(&mut [0]).unwrap(), 1);
}

#[tokio::test]
async fn a_higher_limit_lets_the_waiting_connection_in() {
    let sandbox = with_quirks(Quirks { connections: Some(1), ..Quirks::NONE }).await;
    let mut first = connected(&sandbox);
    asked(&mut first);
    let mut second = connected(&sandbox);
    sandbox.set_quirks(Quirks::NONE);
    assert!(asked(&mut second).starts_with("HTTP/1.1 401"));
}

#[tokio::test]
async fn http_2_says_goaway_with_the_last_request_of_a_connection() {
    let sandbox = with_quirks(Quirks { requests_per_connection: Some(3), ..Quirks::NONE }).await;
    let stream = connected(&sandbox);
    stream.set_nonblocking(true).unwrap();
    let stream = tokio::net::TcpStream::from_std(stream).unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut client = client;
    for _ in 0..3 {
        client = client.ready().await.unwrap();
        let request = http::Request::get(format!("{}/auth", sandbox.econpay().base_url())).body(()).unwrap();
        let answer = client.send_request(request, true).unwrap().0.await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (401, http::Version::HTTP_2));
    }
    let refused = client.ready().await.err().unwrap();
    assert!(refused.is_go_away() && refused.is_remote(), "{refused:?}");
    assert_eq!(refused.reason(), Some(h2::Reason::NO_ERROR));
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn http_1_announces_the_end_with_the_last_request_of_a_connection() {
    let sandbox = with_quirks(Quirks { requests_per_connection: Some(3), ..Quirks::NONE }).await;
    let mut stream = connected(&sandbox);
    for is_last in [false, false, true] {
        let answer = asked(&mut stream);
        assert_eq!(answer.contains("\r\nconnection: close\r\n"), is_last, "{answer}");
    }
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[tokio::test]
async fn an_http_2_connection_ends_only_when_no_request_is_open() {
    let sandbox = with_quirks(Quirks { keep_alive: Some(Duration::from_millis(200)), ..Quirks::NONE }).await;
    let econpay = sandbox.econpay();
    econpay.fault("auth", Fault::Delay { delay: Duration::from_millis(600), times: 1 });
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let slow = client.get(format!("{}/auth", econpay.base_url())).send();
    let quick = client.get(econpay.base_url()).send();
    let (slow, quick) = tokio::join!(slow, quick);
    assert_eq!((slow.unwrap().status().as_u16(), quick.unwrap().status().as_u16()), (401, 404));
}

#[tokio::test]
async fn tokens_begin_and_end_on_whole_seconds() {
    let sandbox = with_quirks(Quirks { whole_seconds: true, ..Quirks::NONE }).await;
    for provider in all(&sandbox) {
        provider.set_lifetime(Duration::from_millis(7900));
        let text = logged_in(provider).await;
        let token = &provider.tokens()[0];
        let expires = token.expires.unwrap().duration_since(UNIX_EPOCH).unwrap();
        assert_eq!(expires.subsec_millis(), 0, "{}", provider.name());
        if provider.name() != "api4com" {
            assert_eq!(claims(&text)["exp"], expires.as_secs());
        }
        assert_eq!(token.expires.unwrap().duration_since(token.issued).unwrap().as_secs(), 7);
    }
}

#[tokio::test]
async fn a_login_takes_its_time_even_if_it_is_refused() {
    let sandbox = with_quirks(Quirks { login_time: Duration::from_secs(60), ..Quirks::NONE }).await;
    let econpay = sandbox.econpay();
    for secret in [econpay.password(), "errada"] {
        let login = crate::common::login(econpay, secret).timeout(Duration::from_millis(200));
        assert!(login.send().await.unwrap_err().is_timeout(), "{secret}");
    }
    assert_eq!(status(econpay, "x").await, 401);
}

async fn users_in(sandbox: &Sandbox, provider: &Provider, charset: Charset) -> (String, Vec<u8>) {
    sandbox.set_quirks(Quirks::NONE);
    let token = logged_in(provider).await;
    sandbox.set_quirks(Quirks { charset, ..Quirks::NONE });
    let answer = with(provider, &token, protected(provider)).send().await.unwrap();
    let content_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (content_type, answer.bytes().await.unwrap().into())
}

#[tokio::test]
async fn json_is_written_in_another_charset() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    let (_, plain) = users_in(&sandbox, econpay, Charset::Utf8).await;
    let plain = serde_json::from_slice::<Value>(&plain).unwrap();

    let (content_type, latin1) = users_in(&sandbox, econpay, Charset::Latin1).await;
    let latin1: String = latin1.into_iter().map(char::from).collect();
    let latin1: Value = serde_json::from_str(&latin1).unwrap();
    assert_eq!((content_type.as_str(), &latin1["name"]), ("application/json; charset=iso-8859-1", &plain["name"]));

    let (content_type, utf16) = users_in(&sandbox, econpay, Charset::Utf16).await;
    let units: Vec<_> = utf16.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    let utf16: Value =
        serde_json::from_str(String::from_utf16(&units).unwrap().trim_start_matches('\u{feff}')).unwrap();
    assert_eq!((content_type.as_str(), &utf16["name"]), ("application/json; charset=utf-16", &plain["name"]));
}

#[tokio::test]
async fn an_answer_has_as_many_more_headers_as_wanted() {
    let sandbox = with_quirks(Quirks { headers: 150, ..Quirks::NONE }).await;
    let mut stream = connected(&sandbox);
    let answer = asked(&mut stream);
    assert_eq!(answer.matches("\r\nx-filler-").count(), 150);
}

#[tokio::test]
async fn the_control_api_sets_the_quirks_and_takes_them_back() {
    let sandbox = Sandbox::start().await.unwrap();
    let all = json!({
        "keep_alive_ms": 5000, "connections": 100, "requests_per_connection": 10, "whole_seconds": true, "login_ms": 250, "charset": "utf-16",
        "headers": 150,
    });
    assert_eq!(send(&sandbox, Method::PUT, "quirks", all.clone()).await, (200, all.clone()));
    assert_eq!(sandbox.quirks().login_time, Duration::from_millis(250));
    assert_eq!(read(&sandbox, "quirks").await, all);
    let (status, error) = send(&sandbox, Method::PUT, "quirks", json!({ "whole_seconds": 1 })).await;
    assert_eq!((status, &error["error"]), (400, &json!("`whole_seconds` is 1: send true or false")));
    assert_eq!(delete(&sandbox, "quirks").await, 204);
    assert_eq!(sandbox.quirks(), Quirks::NONE);
}

#[tokio::test]
async fn an_http_client_copes_with_what_unkind_switches_on() {
    let sandbox = with_quirks(Quirks::UNKIND).await;
    let econpay = sandbox.econpay();
    let token = logged_in(econpay).await;
    assert_eq!(status(econpay, &token).await, 200);
    let head = client().get(econpay.base_url()).send().await.unwrap();
    assert!(head.headers().len() > 60);
}
