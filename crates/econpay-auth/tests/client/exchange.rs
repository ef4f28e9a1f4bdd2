//! The exact login request, and the meaning of each response.
//!
//! Rules P, F and S: docs/semantics.md.

use std::time::{Duration, UNIX_EPOCH};

use econpay_auth::auth_core::{CachedCredential, ErrorKind, Result};
use econpay_auth::{Client, Session};
use mockito::{Matcher, Mock, Server, ServerGuard};

const MINUTE: Duration = Duration::from_secs(60);
/// The token in EconPay's documentation, which is cut off there. Its lifetime is an hour:
/// `{"id":1,"iat":1640123456,"exp":1640127056}`.
const DOCUMENTED: &str =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6MSwiaWF0IjoxNjQwMTIzNDU2LCJleHAiOjE2NDAxMjcwNTZ9.abc123def456...";
/// `{"id":1,"iat":1640123456,"exp":1640125256}`: half an hour.
const HALF_AN_HOUR: &str =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6MSwiaWF0IjoxNjQwMTIzNDU2LCJleHAiOjE2NDAxMjUyNTZ9.c2ln";

fn client(server: &ServerGuard) -> Client {
    let client = Client::builder().email("maria@loja.example").password("segredo").base_url(server.url());
    client.options(|options| options.login_attempts(1)).build().expect("a client")
}

async fn answer(server: &mut ServerGuard, status: usize, headers: &[(&str, &str)], body: &str) -> Mock {
    let mock = server.mock("POST", "/auth").with_status(status).with_body(body);
    headers.iter().fold(mock, |mock, (name, value)| mock.with_header(*name, value)).create_async().await
}

async fn login(status: usize, headers: &[(&str, &str)], body: &str) -> Result<CachedCredential<Session>> {
    let mut server = Server::new_async().await;
    let _mock = answer(&mut server, status, headers, body).await;
    client(&server).credential().await
}

fn token(token: &str) -> String {
    format!(r#"{{"response":{{"token":"{token}"}}}}"#)
}

#[tokio::test]
async fn the_login_is_one_post_of_email_and_password_without_authorization() {
    let mut server = Server::new_async().await;
    let login = server
        .mock("POST", "/auth")
        .match_header("content-type", "application/json")
        .match_header("accept", "application/json")
        .match_header("authorization", Matcher::Missing)
        .match_body(Matcher::Exact(r#"{"email":"maria@loja.example","password":"segredo"}"#.to_owned()))
        .with_body(token("abc.def"))
        .expect(1)
        .create_async()
        .await;
    let who = server
        .mock("GET", "/auth")
        .match_header("authorization", "Bearer abc.def")
        .with_body(r#"{"id":1,"name":"Maria","email":"m@x.example","role":"app","iat":1640123456,"exp":1640127056}"#)
        .expect(1)
        .create_async()
        .await;
    let me = client(&server).me().await.unwrap();
    assert_eq!(
        (me.id.as_deref(), me.name.as_deref(), me.email.as_deref(), me.role.as_deref()),
        (Some("1"), Some("Maria"), Some("m@x.example"), Some("app"))
    );
    let issued_at = UNIX_EPOCH + Duration::from_secs(1_640_123_456);
    assert_eq!((me.issued_at, me.expires_at), (Some(issued_at), Some(issued_at + 60 * MINUTE)));
    login.assert_async().await;
    who.assert_async().await;
}

#[tokio::test]
async fn the_documented_response_is_kept_whole_with_any_2xx() {
    let body = format!(
        r#"{{"response": {{"token": "{DOCUMENTED}",
            "user": {{"id": 1, "name": "João da Silva", "email": "joao@loja.example", "role": "admin"}}}}}}"#
    );
    for status in [200, 201, 202] {
        let session = login(status, &[], &body).await.unwrap();
        assert_eq!((session.token().expose_secret(), session.lifetime()), (DOCUMENTED, Some(60 * MINUTE)));
        let user = session.user.as_ref().expect("the response has a user");
        assert_eq!((user.id.as_deref(), user.name.as_deref()), (Some("1"), Some("João da Silva")));
        assert_eq!((user.email.as_deref(), user.role.as_deref()), (Some("joao@loja.example"), Some("admin")));
    }
}

#[tokio::test]
async fn the_lifetime_is_the_tokens_own_or_the_documented_hour() {
    for (body, lifetime) in [(HALF_AN_HOUR, 30 * MINUTE), ("abc.def.ghi", 60 * MINUTE), ("opaque", 60 * MINUTE)] {
        assert_eq!(login(201, &[], &token(body)).await.unwrap().lifetime(), Some(lifetime), "{body}");
    }
}

/// The provider returns a token again that it issued before.
#[tokio::test]
async fn an_old_token_lives_as_long_as_the_responses_date_says() {
    let old = [("date", "Tue, 21 Dec 2021 22:20:52 GMT")];
    let session = login(201, &old, &token(HALF_AN_HOUR)).await.unwrap();
    assert_eq!(session.lifetime(), Some(Duration::from_secs(4)));
}

#[tokio::test]
async fn a_missing_or_unexpected_user_does_not_fail_the_login() {
    for (user, id, role) in [
        ("null", None, None),
        (r#""maria""#, None, None),
        (r#"{"id":"a7","name":"Maria","email":"m@x.example"}"#, Some("a7"), None),
        (r#"{"id":7,"name":[],"role":"client"}"#, Some("7"), Some("client")),
    ] {
        let body = format!(r#"{{"success":true,"response":{{"token":"abc.def","user":{user}}}}}"#);
        let session = login(201, &[], &body).await.unwrap();
        let shown = session.user.as_ref();
        assert_eq!(
            (shown.and_then(|user| user.id.as_deref()), shown.and_then(|user| user.role.as_deref())),
            (id, role),
            "{body}"
        );
    }
}

#[tokio::test]
async fn each_refusal_is_login_refused_with_the_providers_own_words() {
    for (status, body, code, message) in [
        (401, r#"{"statusCode":401,"message":"Email ou senha inválidos"}"#, None, Some("Email ou senha inválidos")),
        (
            400,
            r#"{"statusCode":400,"message":["email must be an email","password too short"],"error":"Bad Request"}"#,
            None,
            Some("email must be an email; password too short"),
        ),
        (
            403,
            r#"{"success":false,"message":"Sem permissão","error":"FORBIDDEN"}"#,
            Some("FORBIDDEN"),
            Some("Sem permissão"),
        ),
        (200, r#"{"success":false,"message":"Bloqueado","error":"LOCKED"}"#, Some("LOCKED"), Some("Bloqueado")),
        (201, r#"{"success":false,"response":"nada"}"#, None, None),
        (200, r#"{"success":false,"message":"Bloqueado","response":{"token":"abc.def"}}"#, None, Some("Bloqueado")),
    ] {
        let error = login(status, &[], body).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LoginRefused, "{body}");
        assert_eq!(error.status().map(usize::from), Some(status), "{body}");
        assert_eq!((error.provider_code(), error.provider_message()), (code, message), "{body}");
        assert!(error.retry_after() >= Some(MINUTE), "the login is not repeated: {error}");
    }
}

#[tokio::test]
async fn an_error_text_in_place_of_the_token_is_login_refused() {
    let error = login(201, &[], &token("Email ou senha inválidos")).await.unwrap_err();
    assert_eq!((error.kind(), error.provider_message()), (ErrorKind::LoginRefused, Some("Email ou senha inválidos")));
}

#[tokio::test]
async fn a_response_without_a_token_is_unexpected_and_may_be_retried() {
    for body in [
        "{}",
        r#"{"response":null}"#,
        r#"{"response":{"token":null}}"#,
        r#"{"success":true}"#,
        &token(""),
        "[]",
        "",
        "<p>",
    ] {
        let error = login(200, &[], body).await.unwrap_err();
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Unavailable, true), "{body:?}");
    }
    let error = login(200, &[], "{}").await.unwrap_err();
    assert!(error.to_string().contains("response.token"), "{error}");
}

#[tokio::test]
async fn an_internal_error_is_unavailable_in_either_envelope() {
    for body in [
        r#"{"success":false,"message":"Erro interno do servidor","error":"INTERNAL"}"#,
        r#"{"statusCode":500,"message":"Erro interno do servidor"}"#,
    ] {
        let error = login(500, &[], body).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Unavailable, Some(500)));
        assert_eq!(error.provider_message(), Some("Erro interno do servidor"));
    }
}

#[tokio::test]
async fn an_undocumented_429_starts_a_cooldown_for_all_callers() {
    let body = r#"{"statusCode":429,"message":"ThrottlerException: Too Many Requests"}"#;
    let mut server = Server::new_async().await;
    let mock = answer(&mut server, 429, &[("retry-after", "60")], body).await.expect(1);
    let client = client(&server);
    let error = client.me().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(MINUTE)));
    assert_eq!(client.me().await.unwrap_err().kind(), ErrorKind::RateLimited);
    mock.assert_async().await;
}

#[tokio::test]
async fn f18_a_redirected_login_is_a_wrong_address_and_is_not_followed() {
    let mut server = Server::new_async().await;
    let _redirect = answer(&mut server, 301, &[("location", "/elsewhere")], "").await;
    let elsewhere = server.mock("GET", "/elsewhere").expect(0).create_async().await;
    let error = client(&server).me().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Config, Some(301)));
    elsewhere.assert_async().await;
}
