//! Tests of the login: its request, and the result of each documented response.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use mockito::{Matcher, Mock, Server, ServerGuard};
use serde_json::json;
use signed_api_auth::auth_core::secrecy::ExposeSecret;
use signed_api_auth::auth_core::{Authorize, ErrorKind};
use signed_api_auth::signing::SigningKey;
use signed_api_auth::{Client, Method, SignedBody};

const API_KEY: &str = "a-chave-secreta-do-integrador";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjEwMDAsImV4cCI6MTA2MH0.c2lnbmF0dXJl";
const SIGNATURE_TOKEN: &str = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6";

fn client(server: &ServerGuard) -> Client {
    let client = Client::builder().api_key(API_KEY).base_url(server.url());
    client.options(|options| options.login_attempts(1)).build().unwrap()
}

fn pair() -> String {
    let data = json!({"accessToken": TOKEN, "signatureToken": SIGNATURE_TOKEN, "expireAt": "2026-02-17T12:25:20.611Z"});
    json!({"status": "success", "data": data}).to_string()
}

async fn login(server: &mut ServerGuard, status: usize, body: &str) -> Mock {
    let mock = server.mock("POST", "/v1/auth/login").with_status(status).with_body(body);
    mock.with_header("content-type", "application/json").expect(1).create_async().await
}

#[tokio::test]
async fn a_login_posts_the_api_key_and_nothing_else_and_keeps_the_pair_whole() {
    let mut server = Server::new_async().await;
    let login = server
        .mock("POST", "/v1/auth/login")
        .match_header("content-type", "application/json")
        .match_header("accept", "application/json")
        .match_header("authorization", Matcher::Missing)
        .match_header("x-signed-request", Matcher::Missing)
        .match_body(Matcher::Json(json!({"apiKey": API_KEY})))
        .with_header("date", "Tue, 17 Feb 2026 10:25:20 GMT")
        .with_body(pair())
        .expect(1)
        .create_async()
        .await;
    let session = client(&server).credential().await.unwrap();
    login.assert_async().await;
    assert_eq!(session.token().expose_secret(), TOKEN);
    assert_eq!(session.signature_token().expose_secret(), SIGNATURE_TOKEN);
    assert_eq!(session.lifetime(), Some(Duration::from_millis(7_200_611)), "less the answer's own date");
    assert_eq!(session.expire_at(), Some(UNIX_EPOCH + Duration::from_millis(1_771_331_120_611)));
}

#[tokio::test]
async fn a_request_carries_the_token_as_a_bearer_and_no_signature() {
    let mut server = Server::new_async().await;
    let login = server.mock("POST", "/v1/auth/login").with_body(pair());
    let login = login.with_header("date", "Tue, 17 Feb 2026 10:25:20 GMT").expect(1).create_async().await;
    let profile = server
        .mock("GET", "/v1/profile")
        .match_header("authorization", format!("Bearer {TOKEN}").as_str())
        .match_header("x-signed-request", Matcher::Missing)
        .match_header("content-type", Matcher::Missing)
        .with_body(r#"{"status":"success","data":[{"id":"1"}]}"#)
        .expect(1)
        .create_async()
        .await;
    assert_eq!(client(&server).profile().await.unwrap()["data"][0]["id"], "1");
    login.assert_async().await;
    profile.assert_async().await;
}

#[tokio::test]
async fn every_documented_answer_to_a_login_comes_to_what_the_caller_can_do() {
    let failure = |message: &str| json!({"status": "error", "messages": [message]}).to_string();
    let data = |data: serde_json::Value| json!({"status": "success", "data": data}).to_string();
    for (status, body, kind, message) in [
        (400, failure("apiKey is required"), ErrorKind::LoginRefused, Some("apiKey is required")),
        (401, failure("Invalid API key"), ErrorKind::LoginRefused, Some("Invalid API key")),
        (429, failure("Too many requests"), ErrorKind::RateLimited, Some("Too many requests")),
        (500, failure("Internal"), ErrorKind::Unavailable, Some("Internal")),
        (404, String::new(), ErrorKind::Config, None),
        (200, failure("Account disabled"), ErrorKind::LoginRefused, Some("Account disabled")),
        (200, json!({"status": "fail", "data": "a text"}).to_string(), ErrorKind::LoginRefused, None),
        (200, "<html>maintenance</html>".to_owned(), ErrorKind::Unavailable, None),
        (200, json!({"status": "success"}).to_string(), ErrorKind::Unavailable, None),
        (200, data(json!({"accessToken": TOKEN})), ErrorKind::Unavailable, None),
        (200, data(json!({"accessToken": TOKEN, "signatureToken": ""})), ErrorKind::Unavailable, None),
        (200, data(json!({"signatureToken": "s"})), ErrorKind::Unavailable, None),
        (200, data(json!({"accessToken": "", "signatureToken": "s"})), ErrorKind::Unavailable, None),
    ] {
        let mut server = Server::new_async().await;
        let login = login(&mut server, status, &body).await;
        let error = client(&server).credential().await.unwrap_err();
        login.assert_async().await;
        assert_eq!((error.kind(), error.provider_message()), (kind, message), "{status} {body}");
    }
}

#[tokio::test]
async fn an_answer_without_a_status_counts_by_its_tokens() {
    let mut server = Server::new_async().await;
    let body = json!({"data": {"accessToken": "opaque", "signatureToken": "s", "expireAt": 7}}).to_string();
    let login = login(&mut server, 201, &body).await;
    let session = client(&server).credential().await.unwrap();
    login.assert_async().await;
    assert_eq!((session.lifetime(), session.expire_at()), (Some(Duration::from_secs(7200)), None));
}

#[tokio::test]
async fn f07_a_pair_that_ends_with_its_own_answer_is_a_failed_login() {
    let mut server = Server::new_async().await;
    let login = server.mock("POST", "/v1/auth/login").with_body(pair());
    let login = login.with_header("date", "Tue, 17 Feb 2026 12:25:21 GMT").expect(1).create_async().await;
    assert_eq!(client(&server).credential().await.unwrap_err().kind(), ErrorKind::Unavailable);
    login.assert_async().await;
}

#[tokio::test]
async fn p26_nothing_shows_a_secret_that_reached_the_wire() {
    let mut server = Server::new_async().await;
    let sent = server.mock("POST", "/v1/auth/login").match_body(Matcher::Regex(API_KEY.to_owned()));
    let login = sent.with_header("date", "Tue, 17 Feb 2026 10:25:20 GMT").with_body(pair());
    let login = login.expect(1).create_async().await;
    let authorization = format!("Bearer {TOKEN}");
    let sent = server.mock("GET", "/v1/profile").match_header("authorization", authorization.as_str());
    let profile = sent.with_body("{}").expect(1).create_async().await;
    let client = client(&server);
    client.profile().await.unwrap();
    login.assert_async().await;
    profile.assert_async().await;

    let (session, headers) = (client.credential().await.unwrap(), client.headers().await.unwrap());
    assert_eq!(headers["authorization"], authorization);
    let builder = Client::builder().api_key(API_KEY);
    let first = format!("{client:?} {:?} {session:?} {headers:?} {builder:?}", client.account());

    let mut server = Server::new_async().await;
    let echo = json!({"status": "error", "messages": [format!("{API_KEY} is unknown")]}).to_string();
    let sent = server.mock("POST", "/v1/auth/login").match_body(Matcher::Regex(API_KEY.to_owned()));
    let refused = sent.with_status(401).with_body(echo).expect(1).create_async().await;
    let error = self::client(&server).credential().await.unwrap_err();
    refused.assert_async().await;
    let shown = format!("{first} {error} {error:?}");
    for secret in [API_KEY, TOKEN, SIGNATURE_TOKEN] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn an_application_can_hold_the_client_without_naming_the_provider() {
    let mut server = Server::new_async().await;
    let login = server.mock("POST", "/v1/auth/login").with_body(pair());
    let _login = login.with_header("date", "Tue, 17 Feb 2026 10:25:20 GMT").create_async().await;
    let authorization = format!("Bearer {TOKEN}");
    let user = server.mock("GET", "/v1/user").match_header("authorization", authorization.as_str());
    let user = user.expect(1).create_async().await;
    let api: Arc<dyn Authorize> = Arc::new(client(&server));
    let request = signed_api_auth::auth_core::reqwest::Client::new().get(format!("{}/v1/user", server.url()));
    assert_eq!(api.send(request).await.unwrap().status(), 200);
    user.assert_async().await;
    assert_eq!(api.headers().await.unwrap()["authorization"], authorization);
}

/// An existing pair needs no login and signs, and the caller receives its 401.
#[tokio::test]
async fn a_given_pair_serves_and_signs_until_it_is_refused_and_nothing_logs_in() {
    let mut server = Server::new_async().await;
    let login = server.mock("POST", "/v1/auth/login").expect(0).create_async().await;
    let signature = SigningKey::new(SIGNATURE_TOKEN).sign(&SignedBody::value(&json!({"a": 1}))).unwrap();
    let good = server.mock("PUT", "/v1/profile/1").match_header("authorization", "Bearer t0k3n-dado");
    let good = good.match_header("x-signed-request", signature.as_str()).expect(1).create_async().await;
    let refused = server.mock("GET", "/v1/profile").match_header("authorization", "Bearer t0k3n-dado");
    let refused = refused.with_status(401).expect(1).create_async().await;
    let builder = Client::builder().token("t0k3n-dado\n").signature_token(format!("{SIGNATURE_TOKEN}\r\n"));
    let client = builder.base_url(server.url()).build().unwrap();
    assert_eq!(client.send_signed(Method::PUT, "v1/profile/1", &json!({"a": 1})).await.unwrap().status(), 200);
    assert_eq!(client.get("v1/profile").send().await.unwrap().status(), 401);
    for mock in [login, good, refused] {
        mock.assert_async().await;
    }
    assert!(client.account().is_none() && client.stats().logins == 0);
    let shown = format!("{client:?} {:?}", client.cached());
    assert!(!shown.contains("t0k3n") && !shown.contains(SIGNATURE_TOKEN), "{shown}");
}

/// A JWT contains its own expiry.
#[tokio::test]
async fn a_given_jwt_is_used_until_its_own_end_and_not_once_it_is_over() {
    let given =
        |token: &str| Client::builder().token(token).signature_token(SIGNATURE_TOKEN).base_url("http://127.0.0.1:1");
    let lives = given("e30.eyJleHAiOjQxMDI0NDQ4MDB9.x").build().unwrap();
    assert!(lives.credential().await.unwrap().lifetime().is_some(), "until 2100");
    let over = given(TOKEN).build().unwrap();
    assert_eq!(over.get("v1/profile").send().await.unwrap_err().kind(), ErrorKind::LoginRequired);
    assert_eq!(given("t0k3n-dado").build().unwrap().credential().await.unwrap().lifetime(), None);
}
