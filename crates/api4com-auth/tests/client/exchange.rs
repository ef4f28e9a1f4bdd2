//! The exact requests, and the meaning of each documented response.
//!
//! Rules P, F and S: docs/semantics.md.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use api4com_auth::auth_core::{Authorize, CachedCredential, ErrorKind};
use api4com_auth::{Client, Ttl};
use mockito::{Matcher, Mock, Server, ServerGuard};
use serde_json::json;

const TOKEN: &str = "rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3t1YuGAY0JJd3zveeFY8Y";
const PASSWORD: &str = "s3gr3do-da-maria";

fn client(server: &ServerGuard) -> Client {
    let base_url = format!("{}/api/v1", server.url());
    let client = Client::builder().email("maria@example.com").password(PASSWORD).base_url(base_url);
    client.options(|options| options.login_attempts(1)).build().unwrap()
}

fn issued() -> String {
    json!({"id": TOKEN, "ttl": "1209600", "created": "2025-01-01T00:00:00.000Z", "userId": 7}).to_string()
}

async fn login(server: &mut ServerGuard, status: usize, body: &str) -> Mock {
    let mock = server.mock("POST", "/api/v1/users/login").with_status(status).with_body(body);
    mock.with_header("content-type", "application/json").expect(1).create_async().await
}

#[tokio::test]
async fn a_login_posts_email_and_password_and_nothing_else() {
    let mut server = Server::new_async().await;
    let login = server
        .mock("POST", "/api/v1/users/login")
        .match_header("content-type", "application/json")
        .match_header("accept", "application/json")
        .match_header("authorization", Matcher::Missing)
        .match_body(Matcher::Json(json!({"email": "maria@example.com", "password": PASSWORD})))
        .with_body(issued())
        .expect(1)
        .create_async()
        .await;
    let session = client(&server).credential().await.unwrap();
    login.assert_async().await;
    assert_eq!(session.token().expose_secret(), TOKEN);
    assert_eq!(session.lifetime(), Some(Duration::from_secs(14 * 24 * 3600)));
    assert_eq!(session.created, Some(UNIX_EPOCH + Duration::from_secs(1_735_689_600)));
    assert_eq!(session.user_id.as_deref(), Some("7"));
}

#[tokio::test]
async fn a_login_asks_for_a_ttl_only_if_one_was_set_and_as_a_number() {
    for (ttl, written) in [(Ttl::days(30), json!(2_592_000)), (Ttl::NEVER, json!(-1))] {
        let mut server = Server::new_async().await;
        let login = server
            .mock("POST", "/users/login")
            .match_body(Matcher::Json(json!({"email": "m", "password": "p", "ttl": written})))
            .with_body(json!({"id": TOKEN, "ttl": 60}).to_string())
            .expect(1)
            .create_async()
            .await;
        let client = Client::builder().email("m").password("p").base_url(server.url()).ttl(ttl).build().unwrap();
        assert_eq!(client.account().and_then(api4com_auth::Account::ttl), Some(ttl));
        let session = client.credential().await.unwrap();
        login.assert_async().await;
        assert_eq!(session.lifetime(), Some(Duration::from_secs(60)), "the granted TTL counts");
    }
}

/// The provider returns a token again that it issued before.
#[tokio::test]
async fn an_old_token_lives_for_the_rest_of_its_ttl() {
    for (date, created, ttl, seconds) in [
        ("Wed, 01 Jan 2025 00:59:56 GMT", "2025-01-01T00:00:00.000Z", json!(3600), 4),
        ("Wed, 01 Jan 2025 00:59:56 GMT", "2025-01-01T00:00:00.000", json!("3600"), 4),
        ("Wed, 01 Jan 2025 00:00:01 GMT", "2025-01-01T00:00:00.000Z", json!(3600), 3599),
        ("Wed, 01 Jan 2025 00:00:00 GMT", "2025-01-01T00:00:00.913Z", json!(3600), 3600),
        ("Wed, 01 Jan 2025 01:00:00 GMT", "2025-01-01T00:00:00.000Z", json!(3600), 3600),
        ("Wed, 01 Jan 2025 00:59:56 GMT", "yesterday", json!(3600), 3600),
    ] {
        let mut server = Server::new_async().await;
        let body = json!({"id": TOKEN, "ttl": ttl, "created": created}).to_string();
        let mock = server.mock("POST", "/api/v1/users/login").with_header("date", date).with_body(body);
        let _login = mock.create_async().await;
        let session = client(&server).credential().await.unwrap();
        assert_eq!(session.lifetime(), Some(Duration::from_secs(seconds)), "{date}: {created}");
    }
}

#[tokio::test]
async fn a_request_carries_the_token_without_a_scheme() {
    let mut server = Server::new_async().await;
    let login = login(&mut server, 200, &issued()).await;
    let me = server
        .mock("GET", "/api/v1/users/me")
        .match_header("authorization", TOKEN)
        .match_header("accept", "application/json");
    let answer = json!({
        "uuid": "356b20ce-143f-4847-8cf1-a79959f4b390", "name": "User Name", "email": "user@domain.com",
        "phone": "4833328530", "role": "ADMIN", "emailVerified": true, "createdAt": "2025-01-01T00:00:00.000Z",
        "updatedAt": "2025-01-01T00:00:01.000Z", "lastLoginAt": "2025-01-01T00:00:02.000Z", "new": [1]
    });
    let me = me.with_body(answer.to_string()).expect(1).create_async().await;
    let user = client(&server).me().await.unwrap();
    login.assert_async().await;
    me.assert_async().await;
    assert_eq!(user.uuid.as_deref(), Some("356b20ce-143f-4847-8cf1-a79959f4b390"));
    assert_eq!((user.name.as_deref(), user.email.as_deref()), (Some("User Name"), Some("user@domain.com")));
    assert_eq!((user.phone.as_deref(), user.role.as_deref()), (Some("4833328530"), Some("ADMIN")));
    assert_eq!(user.email_verified, Some(true));
    let dates = [user.created_at, user.updated_at, user.last_login_at];
    assert_eq!(dates, [0, 1, 2].map(|n| Some(UNIX_EPOCH + Duration::from_secs(1_735_689_600 + n))));
}

#[tokio::test]
async fn each_documented_login_response_tells_the_caller_what_to_do() {
    let failed = |status: u16, code: &str| {
        json!({"error": {"statusCode": status, "name": "Error", "message": "login failed", "code": code}}).to_string()
    };
    for (status, body, kind, code) in [
        (401, failed(401, "LOGIN_FAILED"), ErrorKind::LoginRefused, Some("LOGIN_FAILED")),
        (
            401,
            failed(401, "LOGIN_FAILED_EMAIL_NOT_VERIFIED"),
            ErrorKind::LoginRefused,
            Some("LOGIN_FAILED_EMAIL_NOT_VERIFIED"),
        ),
        (400, failed(400, "USERNAME_EMAIL_REQUIRED"), ErrorKind::LoginRefused, Some("USERNAME_EMAIL_REQUIRED")),
        (429, json!({"error": {"statusCode": 429, "name": "TooMany"}}).to_string(), ErrorKind::RateLimited, None),
        (500, json!({"error": {"statusCode": 500}}).to_string(), ErrorKind::Unavailable, None),
        (404, "<html>nginx</html>".to_owned(), ErrorKind::Config, None),
        (200, "<html>maintenance</html>".to_owned(), ErrorKind::Unavailable, None),
        (200, json!({"ttl": 1}).to_string(), ErrorKind::Unavailable, None),
        (200, json!({"id": null, "ttl": 1}).to_string(), ErrorKind::Unavailable, None),
        (200, json!({"id": "usuário ou senha inválidos"}).to_string(), ErrorKind::LoginRefused, None),
    ] {
        let mut server = Server::new_async().await;
        let login = login(&mut server, status, &body).await;
        let error = client(&server).credential().await.unwrap_err();
        login.assert_async().await;
        assert_eq!((error.kind(), error.provider_code()), (kind, code), "{status} {body}");
    }
}

#[tokio::test]
async fn a_created_token_has_the_granted_ttl_and_not_the_requested_one() {
    let mut server = Server::new_async().await;
    let login = login(&mut server, 200, &issued()).await;
    let other = TOKEN.to_lowercase();
    let create = server
        .mock("POST", "/api/v1/users/accessTokens")
        .match_header("authorization", TOKEN)
        .match_body(Matcher::Json(json!({"ttl": -1})))
        .with_body(json!({"id": other, "ttl": 31_556_926, "created": "2025-01-01T00:00:00.000"}).to_string())
        .expect(1)
        .create_async()
        .await;
    let client = client(&server);
    let own = client.credential().await.unwrap();
    let session = client.create_token(Ttl::NEVER).await.unwrap();
    create.assert_async().await;
    assert_eq!(session.token().expose_secret(), other);
    assert_eq!(session.lifetime(), Some(Duration::from_secs(31_556_926)));
    assert!(session.created.is_some(), "without a zone, as one page shows it");
    assert!(CachedCredential::ptr_eq(&own, &client.cached().unwrap()), "the client's own token stays");
    login.assert_async().await;
}

#[tokio::test]
async fn p26_no_error_or_debug_output_shows_a_secret_that_reached_the_wire() {
    let mut server = Server::new_async().await;
    let echo = json!({"error": {"message": format!("{PASSWORD} is wrong"), "code": "LOGIN_FAILED"}}).to_string();
    let sent = server.mock("POST", "/api/v1/users/login").match_body(Matcher::Regex(PASSWORD.to_owned()));
    let refused = sent.with_status(401).with_body(echo).expect(1).create_async().await;
    let client = client(&server);
    let error = client.credential().await.unwrap_err();
    refused.assert_async().await;
    let builder = Client::builder().password(PASSWORD).token(TOKEN);
    let refusal = format!("{client:?} {:?} {error} {error:?} {builder:?}", client.account());

    let sent = server.mock("GET", "/users/me").match_header("authorization", TOKEN);
    let answered = sent.with_body("{}").expect(1).create_async().await;
    let client = with_token(&server);
    client.me().await.unwrap();
    answered.assert_async().await;
    let headers = client.headers().await.unwrap();
    assert!(headers["authorization"].is_sensitive());
    let (session, request) = (client.cached(), client.get("users/me"));
    let shown = format!("{refusal} {client:?} {session:?} {headers:?} {request:?}");
    assert!(!shown.contains(PASSWORD) && !shown.contains(TOKEN), "{shown}");
}

#[tokio::test]
async fn an_application_can_hold_the_client_without_naming_the_provider() {
    let mut server = Server::new_async().await;
    let me = server.mock("GET", "/users/me").match_header("authorization", TOKEN).expect(1).create_async().await;
    let api: Arc<dyn Authorize> = Arc::new(with_token(&server));
    let url = format!("{}/users/me", server.url());
    let request = api4com_auth::auth_core::reqwest::Client::new().get(url);
    assert_eq!(api.send(request).await.unwrap().status(), 200);
    me.assert_async().await;
    assert_eq!(api.headers().await.unwrap()["authorization"], TOKEN);
}

fn with_token(server: &ServerGuard) -> Client {
    Client::builder().token(TOKEN).base_url(server.url()).build().unwrap()
}
