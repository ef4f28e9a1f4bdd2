//! The exact login request, and the meaning of each response.
//!
//! Rules P, F and S: docs/semantics.md.

use std::time::Duration;

use mockito::{Matcher, Mock, Server, ServerGuard};
use pontotel_auth::auth_core::{CachedCredential, ErrorKind, Result};
use pontotel_auth::{Client, Session};

const MINUTE: Duration = Duration::from_secs(60);
/// `{"iat":1640123456,"exp":1640125256}`: half an hour.
const JWT: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpYXQiOjE2NDAxMjM0NTYsImV4cCI6MTY0MDEyNTI1Nn0.c2ln";

fn client(server: &ServerGuard) -> Client {
    let client = Client::builder().username("maria").password("segredo").base_url(server.url());
    client.options(|options| options.login_attempts(1)).build().expect("a client")
}

async fn answer(server: &mut ServerGuard, status: usize, headers: &[(&str, &str)], body: &str) -> Mock {
    let mock = server.mock("POST", "/login/").with_status(status).with_body(body);
    headers.iter().fold(mock, |mock, (name, value)| mock.with_header(*name, value)).create_async().await
}

async fn login(status: usize, headers: &[(&str, &str)], body: &str) -> Result<CachedCredential<Session>> {
    let mut server = Server::new_async().await;
    let _mock = answer(&mut server, status, headers, body).await;
    client(&server).credential().await
}

#[tokio::test]
async fn the_login_is_one_post_of_name_and_password_without_authorization() {
    let mut server = Server::new_async().await;
    let login = server
        .mock("POST", "/pontotel/api/v4/login/")
        .match_header("content-type", "application/json")
        .match_header("accept", "application/json")
        .match_header("authorization", Matcher::Missing)
        .match_body(Matcher::Exact(r#"{"username":"maria","password":"se\"gredo"}"#.to_owned()))
        .with_body(r#"{"access_token":"abc.def"}"#)
        .expect(1)
        .create_async()
        .await;
    let users = server
        .mock("GET", "/pontotel/api/v4/usuarios/?page_size=100")
        .match_header("authorization", "Bearer abc.def")
        .with_body(r#"{"count":1,"next":null,"previous":null,"results":[{"id":123,"username":"maria"}]}"#)
        .expect(1)
        .create_async()
        .await;
    let base_url = format!("{}/pontotel/api/v4", server.url());
    let client = Client::builder().username("maria").password("se\"gredo").base_url(base_url).build().unwrap();
    let mut all = client.users();
    assert_eq!(all.next().await.unwrap().unwrap().username.as_deref(), Some("maria"));
    assert!(all.next().await.is_none());
    login.assert_async().await;
    users.assert_async().await;
}

#[tokio::test]
async fn the_documented_response_is_kept_whole() {
    let body = r#"{"access_token": "abc.def", "token_type": "Bearer", "expires_in": 60,
        "user": {"id": 123, "username": "maria", "email": "maria@example.com"}}"#;
    let session = login(200, &[], body).await.unwrap();
    assert_eq!((session.token().expose_secret(), session.lifetime()), ("abc.def", Some(MINUTE)));
    assert_eq!(session.token_type.as_deref(), Some("Bearer"));
    let user = session.user.as_ref().expect("the response has a user");
    assert_eq!(
        (user.id.as_deref(), user.username.as_deref(), user.email.as_deref()),
        (Some("123"), Some("maria"), Some("maria@example.com"))
    );
}

#[tokio::test]
async fn the_lifetime_is_expires_in_the_tokens_own_or_the_documented_hour() {
    let with = |token: &str, rest: &str| format!(r#"{{"access_token":"{token}"{rest}}}"#);
    for (body, lifetime) in [
        (with(JWT, r#","expires_in":60"#), MINUTE),
        (with(JWT, r#","expires_in":"60""#), MINUTE),
        (with(JWT, ""), 30 * MINUTE),
        (with(JWT, r#","expires_in":null"#), 30 * MINUTE),
        (with(JWT, r#","expires_in":0"#), 30 * MINUTE),
        (with(JWT, r#","expires_in":-1"#), 30 * MINUTE),
        (with("abc.def", r#","expires_in":"soon""#), 60 * MINUTE),
        (with("abc.def", ""), 60 * MINUTE),
    ] {
        assert_eq!(login(200, &[], &body).await.unwrap().lifetime(), Some(lifetime), "{body}");
    }
}

/// The provider returns a token again that it issued before.
#[tokio::test]
async fn an_old_token_lives_as_long_as_the_responses_date_says() {
    let old = |rest: &str| format!(r#"{{"access_token":"{JWT}"{rest}}}"#);
    for (date, rest, seconds) in [
        ("Tue, 21 Dec 2021 22:20:52 GMT", "", 4),
        ("Tue, 21 Dec 2021 22:20:52 GMT", r#","expires_in":3600"#, 4),
        ("Tue, 21 Dec 2021 22:20:52 GMT", r#","expires_in":2"#, 2),
        ("Tue, 21 Dec 2021 21:50:56 GMT", "", 1800),
        ("Tue, 21 Dec 2021 21:50:56 GMT", r#","expires_in":3600"#, 1800),
        // By these clocks the token is not issued yet, or expired long ago, so the clocks are wrong.
        ("Tue, 21 Dec 2021 19:50:56 GMT", "", 1800),
        ("Wed, 22 Dec 2021 00:50:56 GMT", "", 1800),
    ] {
        let session = login(200, &[("date", date)], &old(rest)).await.unwrap();
        assert_eq!(session.lifetime(), Some(Duration::from_secs(seconds)), "{date} {rest}");
    }
    let cached = [("date", "Tue, 21 Dec 2021 21:50:56 GMT"), ("age", "1700")];
    assert_eq!(login(200, &cached, &old("")).await.unwrap().lifetime(), Some(Duration::from_secs(100)));
}

#[tokio::test]
async fn a_missing_or_unexpected_user_does_not_fail_the_login() {
    for (rest, id) in [
        ("", None),
        (r#","user":null"#, None),
        (r#","user":"maria""#, None),
        (r#","user":{"id":"a7"}"#, Some("a7")),
        (r#","token_type":null,"user":{"id":7,"email":{}}"#, Some("7")),
    ] {
        let body = format!(r#"{{"access_token":"abc.def"{rest}}}"#);
        let session = login(200, &[], &body).await.unwrap();
        assert_eq!(session.user.as_ref().and_then(|user| user.id.as_deref()), id, "{body}");
    }
}

#[tokio::test]
async fn each_refusal_is_login_refused_with_the_providers_own_words() {
    for (status, body, code, message) in [
        (
            401,
            r#"{"error":"authentication_failed","message":"Usuário ou senha inválidos.","details":{}}"#,
            Some("authentication_failed"),
            Some("Usuário ou senha inválidos."),
        ),
        (401, r#"{"detail":"No active account found"}"#, None, Some("No active account found")),
        (401, "<html><h1>401</h1></html>", None, None),
        (403, r#"{"error":"permission_denied","message":"Sem acesso"}"#, Some("permission_denied"), Some("Sem acesso")),
        (
            400,
            r#"{"error":"validation_error","message":"Dados","details":{"password":["curta"]}}"#,
            Some("validation_error"),
            Some("Dados"),
        ),
    ] {
        let error = login(status, &[], body).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LoginRefused, "{body}");
        assert_eq!(error.status().map(usize::from), Some(status), "{body}");
        assert_eq!((error.provider_code(), error.provider_message()), (code, message), "{body}");
        assert!(error.retry_after() >= Some(MINUTE), "the login is not repeated: {error}");
    }
}

#[tokio::test]
async fn an_error_text_in_place_of_the_token_of_a_200_is_login_refused() {
    for text in ["inválido", "Usuário ou senha inválidos"] {
        let error = login(200, &[], &format!(r#"{{"access_token":"{text}"}}"#)).await.unwrap_err();
        assert_eq!((error.kind(), error.provider_message()), (ErrorKind::LoginRefused, Some(text)));
    }
}

#[tokio::test]
async fn a_response_without_a_token_is_unexpected_and_may_be_retried() {
    for body in ["{}", r#"{"access_token":null}"#, r#"{"access_token":""}"#, "[]", "", "<html>200</html>"] {
        let error = login(200, &[], body).await.unwrap_err();
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Unavailable, true), "{body:?}");
    }
}

#[tokio::test]
async fn the_cooldown_of_a_429_is_read_from_header_body_and_reset() {
    let body = r#"{"error":"rate_limit_exceeded","message":"Limite","limit":500,"remaining":0,"retry_after":1800}"#;
    let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    for (headers, body, seconds) in [
        (&[("retry-after", "2700")][..], body, 2700),
        (&[], body, 1800),
        (&[date, ("x-ratelimit-reset", "784111837")], "{}", 60),
    ] {
        let mut server = Server::new_async().await;
        let mock = answer(&mut server, 429, headers, body).await.expect(1);
        let client = client(&server);
        let error = client.users().next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Some(429)));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
        assert_eq!(client.users().next().await.unwrap().unwrap_err().kind(), ErrorKind::RateLimited);
        mock.assert_async().await;
    }
}

#[tokio::test]
async fn maintenance_is_unavailable_and_with_a_time_it_is_a_limit() {
    let body = r#"{"error":"service_unavailable","message":"Sistema em manutenção programada."}"#;
    let error = login(503, &[], body).await.unwrap_err();
    assert_eq!((error.kind(), error.provider_code()), (ErrorKind::Unavailable, Some("service_unavailable")));
    let error = login(503, &[("retry-after", "120")], body).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(2 * MINUTE)));
}

#[tokio::test]
async fn f18_a_redirected_login_is_a_wrong_address_and_is_not_followed() {
    let mut server = Server::new_async().await;
    let _redirect = answer(&mut server, 301, &[("location", "/elsewhere/")], "").await;
    let elsewhere = server.mock("GET", "/elsewhere/").expect(0).create_async().await;
    let error = client(&server).users().next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Config, Some(301)));
    assert!(error.to_string().contains("check the base URL"), "{error}");
    elsewhere.assert_async().await;
}
