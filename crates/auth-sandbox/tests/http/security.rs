//! Tests of the requests that the server refuses, and of the header that tells it from a real service.

use crate::common::control::{ask, sent};
use crate::common::{client, get, logged_in, login};
use auth_sandbox::{Fault, Method, On, Sandbox};
use serde_json::json;

#[tokio::test]
async fn every_answer_says_that_it_is_the_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    pontotel.fault(On::Login, Fault::Truncated { times: 1 });
    let elsewhere = pontotel.base_url().replace("/pontotel/api/v4", "/nowhere");
    for request in [
        login(pontotel, pontotel.password()),
        login(pontotel, pontotel.password()),
        get(pontotel, "usuarios"),
        client().get(&elsewhere),
        client().get(&elsewhere).header("host", "evil.example"),
        client().post(&elsewhere).body(vec![0; (16 << 20) + 1]),
        ask(&sandbox, Method::GET, "clock"),
        ask(&sandbox, Method::DELETE, "providers/pontotel/tokens"),
    ] {
        let response = request.send().await.unwrap();
        let expected = concat!("auth-sandbox/", env!("CARGO_PKG_VERSION"));
        assert_eq!(response.headers()["sandbox"], expected, "{response:?}");
    }
}

#[tokio::test]
async fn a_request_for_an_unknown_host_is_refused_everywhere() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    for request in [get(pontotel, "usuarios/"), ask(&sandbox, Method::DELETE, "providers/pontotel/tokens")] {
        let (code, body) = sent(request.header("host", "evil.example")).await;
        assert_eq!(code, 421);
        assert!(body["error"].as_str().unwrap().contains("--allow-host NAME"), "{body}");
    }
    assert_eq!(pontotel.requests(), 0);
    assert_eq!(get(pontotel, "usuarios/").header("host", "localhost:1").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn an_unknown_host_is_refused_in_http_2_too() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = format!("{}/auth", sandbox.econpay().base_url());
    let address = url.split('/').nth(2).unwrap().parse().unwrap();
    let client = reqwest::Client::builder().http2_prior_knowledge().resolve("evil.example", address);
    let client = client.build().unwrap();
    assert_eq!(client.get(&url).send().await.unwrap().status(), 401);
    let answer = client.get(url.replace("127.0.0.1", "evil.example")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (421, reqwest::Version::HTTP_2));
}

#[tokio::test]
async fn an_allowed_host_is_served() {
    let sandbox = Sandbox::builder().allow_host("sandbox").allow_host("ci").start().await.unwrap();
    for host in ["sandbox:4000", "ci", "CI"] {
        assert_eq!(get(sandbox.pontotel(), "usuarios/").header("host", host).send().await.unwrap().status(), 401);
        assert_eq!(sent(ask(&sandbox, Method::GET, "clock").header("host", host)).await.0, 200);
    }
}

#[tokio::test]
async fn a_page_of_another_origin_cannot_steer_the_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = logged_in(sandbox.pontotel()).await;
    let own = sandbox.control_url().trim_end_matches("/_sandbox/v1").to_owned();
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        let revoke = ask(&sandbox, Method::DELETE, "providers/pontotel/tokens").header("origin", origin);
        assert_eq!(sent(revoke).await.0, 403, "{origin}");
    }
    assert_eq!(crate::common::status(sandbox.pontotel(), &token).await, 200);
    let revoke = ask(&sandbox, Method::DELETE, "providers/pontotel/tokens").header("origin", own);
    assert_eq!(sent(revoke).await.0, 204);
    assert_eq!(crate::common::status(sandbox.pontotel(), &token).await, 401);
}

#[tokio::test]
async fn with_a_control_token_every_control_request_needs_it() {
    let sandbox = Sandbox::builder().control_token("segredo").start().await.unwrap();
    for path in ["openapi.json", "clock", "nowhere"] {
        let (code, body) = sent(ask(&sandbox, Method::GET, path)).await;
        assert_eq!((code, body["error"].as_str().unwrap().contains("Authorization: Bearer TOKEN")), (401, true));
        assert_eq!(sent(ask(&sandbox, Method::GET, path).bearer_auth("errado")).await.0, 401);
    }
    assert_eq!(sent(ask(&sandbox, Method::GET, "clock").bearer_auth("segredo")).await.0, 200);
    assert!(!format!("{sandbox:?}").contains("segredo"));
    logged_in(sandbox.pontotel()).await;
}

#[tokio::test]
async fn without_the_control_path_only_the_handles_steer() {
    let sandbox = Sandbox::builder().no_control().start().await.unwrap();
    for path in ["openapi.json", "clock"] {
        assert_eq!(sent(ask(&sandbox, Method::GET, path)).await.0, 404);
    }
    let credentials: serde_json::Value = serde_json::from_str(&sandbox.credentials_json()).unwrap();
    assert_eq!(credentials.get("control_url"), None);
    sandbox.pontotel().fault(On::Login, Fault::Status { status: 503, times: 1 });
    assert_eq!(login(sandbox.pontotel(), "x").send().await.unwrap().status(), 503);
}

#[tokio::test]
async fn another_machine_gets_no_control_without_a_token() {
    let Some(address) = own_address() else { panic!("this machine has no address but loopback") };
    let start = async |token: Option<&str>| {
        let builder = Sandbox::builder().host([0, 0, 0, 0].into());
        token.map_or(builder.clone(), |token| builder.control_token(token)).start().await.unwrap()
    };
    // The peer of a connection to this machine's own address is that address, as for another machine.
    let url = |sandbox: &Sandbox| format!("{}/clock", sandbox.control_url().replace("127.0.0.1", &address));
    let sandbox = start(None).await;
    let (code, body) = sent(client().get(url(&sandbox))).await;
    assert_eq!((code, body["error"].as_str().unwrap().contains("--control-token-file FILE")), (403, true));
    let login = json!({ "username": sandbox.pontotel().username(), "password": sandbox.pontotel().password() });
    let base_url = sandbox.pontotel().base_url().replace("127.0.0.1", &address);
    let answer = client().post(format!("{base_url}/login/")).json(&login).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let sandbox = start(Some("segredo")).await;
    assert_eq!(sent(client().get(url(&sandbox)).bearer_auth("segredo")).await.0, 200);
}

/// Returns an address of this machine that other machines use; no packet is sent.
fn own_address() -> Option<String> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback()).then(|| address.to_string())
}
