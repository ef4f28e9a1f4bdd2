//! Tests of the panel's operations: each request is sent once, and none logs in by itself.

use mockito::{Matcher, Mock, Server, ServerGuard};
use serde_json::{Value, json};
use signed_api_auth::auth_core::ErrorKind;
use signed_api_auth::{Client, Language, Panel};

const CAPTCHA: &str = "03AGdBq25-o-token-do-captcha";
const PASSWORD: &str = "a senha de hoje";

fn panel(server: &ServerGuard) -> Panel {
    Client::builder().base_url(server.url()).panel().unwrap()
}

/// A post without a credential, and with exactly this body.
fn post(server: &mut ServerGuard, path: &str, body: Value) -> Mock {
    let mock = server.mock("POST", path).match_header("content-type", "application/json");
    let mock = mock.match_header("authorization", Matcher::Missing).match_header("x-signed-request", Matcher::Missing);
    mock.match_body(Matcher::Json(body)).expect(1)
}

fn done() -> String {
    json!({"status": "success", "messages": ["Done"]}).to_string()
}

#[tokio::test]
async fn a_panel_login_is_one_attempt_whose_client_never_logs_in() {
    let mut server = Server::new_async().await;
    let pair = json!({"status": "success", "data": {"accessToken": "token-1", "signatureToken": "a1b2c3"}});
    let login = post(
        &mut server,
        "/v1/auth/panel-login",
        json!({"email": "maria@example.com", "password": PASSWORD, "captcha": CAPTCHA}),
    );
    let login = login.with_body(pair.to_string()).create_async().await;
    let profile = server.mock("GET", "/v1/profile").match_header("authorization", "Bearer token-1");
    let profile = profile.with_status(401).expect(1).create_async().await;
    let client = panel(&server).login("maria@example.com", PASSWORD, CAPTCHA).await.unwrap();
    assert!(client.account().is_none());
    assert_eq!(client.profile().await.unwrap_err().status(), Some(401));
    profile.assert_async().await;
    login.assert_async().await;
}

#[tokio::test]
async fn a_panel_login_that_fails_is_not_repeated() {
    for (status, body, kind) in [
        (500, "", ErrorKind::Unavailable),
        (401, r#"{"status":"error","messages":["Invalid email or password"]}"#, ErrorKind::LoginRefused),
        (200, r#"{"status":"error","messages":["Invalid captcha"]}"#, ErrorKind::LoginRefused),
        (200, r#"{"status":"success","data":{"accessToken":"t"}}"#, ErrorKind::Unavailable),
    ] {
        let mut server = Server::new_async().await;
        let login = server.mock("POST", "/v1/auth/panel-login").with_status(status).with_body(body);
        let login = login.expect(1).create_async().await;
        let error = panel(&server).login("maria@example.com", PASSWORD, CAPTCHA).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {body}");
        login.assert_async().await;
    }
}

#[tokio::test]
async fn a_panel_client_whose_credential_is_dead_requires_a_login() {
    let mut server = Server::new_async().await;
    let data = json!({"accessToken": "t", "signatureToken": "s", "expireAt": "2026-02-17T12:25:20.611Z"});
    let login = server.mock("POST", "/v1/auth/panel-login").with_header("date", "Tue, 17 Feb 2026 12:25:21 GMT");
    let login = login.with_body(json!({"data": data}).to_string()).expect(1).create_async().await;
    let client = panel(&server).login("maria@example.com", PASSWORD, CAPTCHA).await.unwrap();
    assert_eq!(client.profile().await.unwrap_err().kind(), ErrorKind::LoginRequired);
    login.assert_async().await;
}

#[tokio::test]
async fn a_forgotten_password_tells_the_language_in_the_header_and_in_the_body() {
    for (language, word) in [(Language::Pt, "pt"), (Language::En, "en"), (Language::Es, "es")] {
        let mut server = Server::new_async().await;
        let body = json!({"email": "maria@example.com", "captcha": CAPTCHA, "lang": word});
        let forgot = post(&mut server, "/v1/auth/forgot-password", body).match_header("x-user-language", word);
        let forgot = forgot.with_body(done()).create_async().await;
        panel(&server).forgot_password("maria@example.com", CAPTCHA, language).await.unwrap();
        forgot.assert_async().await;
    }
}

#[tokio::test]
async fn without_a_language_neither_header_nor_body_has_one() {
    let mut server = Server::new_async().await;
    let forgot = post(&mut server, "/v1/auth/forgot-password", json!({"email": "m@example.com", "captcha": CAPTCHA}));
    let forgot = forgot.match_header("x-user-language", Matcher::Missing).with_body(done()).create_async().await;
    panel(&server).forgot_password("m@example.com", CAPTCHA, None).await.unwrap();
    forgot.assert_async().await;
}

#[tokio::test]
async fn a_reset_posts_the_recovery_token_and_the_new_password() {
    let mut server = Server::new_async().await;
    let body = json!({"token": "recovery", "newPassword": "a senha nova"});
    let reset = post(&mut server, "/v1/auth/reset-password", body).with_body(done()).create_async().await;
    panel(&server).reset_password("recovery", "a senha nova").await.unwrap();
    reset.assert_async().await;
}

#[tokio::test]
async fn an_error_of_the_panels_is_told_in_the_providers_words_and_sent_once() {
    for (status, kind) in [
        (400, ErrorKind::Status),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Unavailable),
        (200, ErrorKind::Status),
    ] {
        let mut server = Server::new_async().await;
        let body = json!({"status": "error", "messages": ["Not now"]}).to_string();
        let answer = |mock: Mock| mock.with_status(status).with_body(&body).expect(1);
        let forgot = answer(server.mock("POST", "/v1/auth/forgot-password")).create_async().await;
        let reset = answer(server.mock("POST", "/v1/auth/reset-password")).create_async().await;
        let panel = panel(&server);
        for result in [
            panel.forgot_password("maria@example.com", CAPTCHA, None).await,
            panel.reset_password("recovery", "a senha nova").await,
        ] {
            let error = result.unwrap_err();
            assert_eq!((error.kind(), error.provider_message()), (kind, Some("Not now")), "{status}");
        }
        forgot.assert_async().await;
        reset.assert_async().await;
    }
}

#[tokio::test]
async fn a_change_posts_both_passwords_with_the_token_and_follows_no_redirect() {
    let mut server = Server::new_async().await;
    let pair = json!({"status": "success", "data": {"accessToken": "token-1", "signatureToken": "a1b2c3"}});
    let login = server.mock("POST", "/v1/auth/login").with_body(pair.to_string()).expect(1).create_async().await;
    let elsewhere = server.mock("GET", "/elsewhere").expect(0).create_async().await;
    let change = server
        .mock("POST", "/v1/auth/change-password")
        .match_header("authorization", "Bearer token-1")
        .match_header("content-type", "application/json")
        .match_header("x-signed-request", Matcher::Missing)
        .match_body(Matcher::Json(json!({"currentPassword": PASSWORD, "newPassword": "a senha nova"})))
        .with_status(301)
        .with_header("location", "/elsewhere")
        .expect(1)
        .create_async()
        .await;
    let client = Client::builder().api_key("key").base_url(server.url()).build().unwrap();
    let error = client.change_password(PASSWORD, "a senha nova").await.unwrap_err();
    assert_eq!(error.status(), Some(301));
    for mock in [login, elsewhere, change] {
        mock.assert_async().await;
    }
}

/// A failure with status 200 repeats both passwords. The error shows neither, nor any other secret of the
/// request.
#[tokio::test]
async fn no_operation_shows_what_it_sent_whatever_the_status() {
    const NEW: &str = "n0va senha de amanhã";
    for status in [200, 400, 401, 403, 500] {
        let mut server = Server::new_async().await;
        let pair = json!({"status": "success", "data": {"accessToken": "t0ken:1", "signatureToken": "a1b2c3"}});
        server.mock("POST", "/v1/auth/login").with_body(pair.to_string()).create_async().await;
        let echo = Matcher::Regex("/v1/auth/(change|forgot|reset|panel).*".to_owned());
        let said = [PASSWORD, NEW, "recovery-7", CAPTCHA, "maria@example.com", "t0ken:1", "a1b2c3"];
        let body = json!({"status": "error", "messages": said}).to_string();
        let echo = server.mock("POST", echo).with_status(status).with_body(body).expect(4).create_async().await;
        let client = Client::builder().api_key("key").base_url(server.url()).build().unwrap();
        let panel = panel(&server);
        for (error, sent) in [
            (client.change_password(PASSWORD, NEW).await.unwrap_err(), &[PASSWORD, NEW, "t0ken:1", "a1b2c3"][..]),
            (panel.reset_password("recovery-7", NEW).await.unwrap_err(), &["recovery-7", NEW]),
            (panel.forgot_password("maria@example.com", CAPTCHA, None).await.unwrap_err(), &["maria", CAPTCHA]),
            (panel.login("maria@example.com", PASSWORD, CAPTCHA).await.unwrap_err(), &["maria", PASSWORD, CAPTCHA]),
        ] {
            let shown = format!("{error} {error:?} {:?} {:?}", error.provider_message(), error.provider_code());
            assert!(sent.iter().all(|secret| !shown.contains(secret)), "{status}: {shown}");
            assert!(shown.contains("[redacted"), "{status}: {shown}");
        }
        echo.assert_async().await;
    }
}

#[tokio::test]
async fn a_new_password_that_is_too_short_is_refused_before_anything_is_sent() {
    let mut server = Server::new_async().await;
    let anything = server.mock("POST", Matcher::Any).expect(0).create_async().await;
    let client = Client::builder().api_key("key").base_url(server.url()).build().unwrap();
    for result in
        [panel(&server).reset_password("recovery", "1234567").await, client.change_password(PASSWORD, "1234567").await]
    {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.to_string().contains("8 characters") && !error.to_string().contains("1234567"), "{error}");
    }
    anything.assert_async().await;
}

#[tokio::test]
async fn p26_nothing_shows_the_captcha_or_the_password_that_reached_the_wire() {
    let mut server = Server::new_async().await;
    let echo = json!({"status": "error", "messages": [format!("{CAPTCHA} does not go with {PASSWORD}")]}).to_string();
    let sent = [Matcher::Regex(CAPTCHA.to_owned()), Matcher::Regex(PASSWORD.to_owned())];
    let login = server.mock("POST", "/v1/auth/panel-login").match_body(Matcher::AllOf(sent.to_vec()));
    let login = login.with_status(400).with_body(echo).expect(1).create_async().await;
    let panel = panel(&server);
    let error = panel.login("maria@example.com", PASSWORD, CAPTCHA).await.unwrap_err();
    login.assert_async().await;
    let shown = format!("{panel:?} {error} {error:?}");
    assert!(!shown.contains(CAPTCHA) && !shown.contains(PASSWORD), "{shown}");
}
