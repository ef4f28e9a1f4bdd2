//! Tests of whole flows with the sandbox, which verifies signatures as a Node.js server does.

use std::time::Duration;

use auth_sandbox::{Fault, On, Provider, Sandbox};
use serde_json::{Value, json};
use signed_api_auth::auth_core::{CachedCredential, ErrorKind, error_for_status};
use signed_api_auth::signing::{SignedBody, verify};
use signed_api_auth::{Client, Language, Method, Panel};

async fn sandbox() -> Sandbox {
    Sandbox::start().await.unwrap()
}

fn client(api: &Provider) -> Client {
    Client::builder().api_key(api.api_key()).base_url(api.base_url()).build().unwrap()
}

fn panel(api: &Provider) -> Panel {
    Client::builder().base_url(api.base_url()).panel().unwrap()
}

async fn panel_client(api: &Provider) -> Client {
    panel(api).login(api.username(), api.password(), "captcha").await.unwrap()
}

/// The required members of `POST v1/profile`, and others, which the documents allow.
fn profile() -> Value {
    with(json!({"email": "ana@casa.example", "description": "Casa da Ana", "profileType": "demo"}))
}

/// Adds members that are hard to sign.
fn with(mut members: Value) -> Value {
    let hard = json!({"amount": 10.50, "10": {"b": [1, {"d": 1e21, "c": "é\u{1}"}]}, "9": null});
    members.as_object_mut().unwrap().extend(hard.as_object().unwrap().clone());
    members
}

#[tokio::test]
async fn one_login_serves_any_number_of_requests() {
    let sandbox = sandbox().await;
    let api = sandbox.signed_api();
    let client = client(api);
    for _ in 0..3 {
        assert_eq!(client.profile().await.unwrap()["status"], "success");
    }
    assert_eq!((api.logins(), api.requests()), (1, 3));
    let lifetime = client.cached().unwrap().lifetime().unwrap();
    assert!(lifetime >= Duration::from_secs(7199) && lifetime <= Duration::from_secs(7201), "{lifetime:?}");
}

#[tokio::test]
async fn a_signed_write_is_verified_by_the_server_whatever_is_in_it() {
    let sandbox = sandbox().await;
    let api = sandbox.signed_api();
    let client = client(api);
    let user = json!({"profileId": "p", "credential": "ana", "credentialType": "username"});
    let hook = json!({"url": "https://casa.example", "eventTriggers": ["open-round"], "signatureToken": "uuid"});
    let mut last = Value::Null;
    for (method, path, value, status) in [
        (Method::POST, "v1/profile", profile(), 201),
        (Method::PUT, "v1/profile/507f1f77bcf86cd799439011", with(json!({})), 200),
        (Method::POST, "v1/user/auth", with(user), 200),
        (Method::POST, "v1/game/session", with(json!({"userToken": "t", "gameId": "g"})), 201),
        (Method::POST, "v1/webhook", with(hook), 201),
    ] {
        let response = client.send_signed(method, path, &value).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        last = value;
    }
    assert_eq!(api.verified_signatures(), 5);

    let sent = api.last_request().unwrap();
    assert_eq!(sent.body, SignedBody::value(&last).canonical().unwrap().as_bytes());
    let key = client.credential().await.unwrap();
    assert!(verify(&sent.body, sent.header("x-signed-request").unwrap(), key.signing_key()));
}

#[tokio::test]
async fn p29_a_signed_write_after_a_revocation_is_signed_again_and_verified() {
    let sandbox = sandbox().await;
    let api = sandbox.signed_api();
    let client = client(api);
    let first = client.credential().await.unwrap();
    api.revoke_all();
    let response = client.send_signed(Method::POST, "v1/profile", &profile()).await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!((api.logins(), api.requests(), api.verified_signatures()), (2, 2, 1));
    let sent = api.last_request().unwrap();
    let signature = sent.header("x-signed-request").unwrap();
    assert!(!verify(&sent.body, signature, first.signing_key()));
    assert!(verify(&sent.body, signature, client.cached().unwrap().signing_key()));
}

#[tokio::test]
async fn a_wrong_signature_costs_one_login_and_reaches_the_caller() {
    let sandbox = sandbox().await;
    let api = sandbox.signed_api();
    let client = client(api);
    for _ in 0..3 {
        let unsigned = client.post("v1/profile").json(&profile()).send().await.unwrap();
        assert_eq!(unsigned.status(), 401);
    }
    assert_eq!(api.logins(), 2, "no storm of logins");
    assert_eq!(api.verified_signatures(), 0);
}

#[tokio::test]
async fn a_changed_password_is_believed_by_the_panel_and_ends_the_credential() {
    let sandbox = sandbox().await;
    let api = sandbox.signed_api();
    let client = client(api);
    let before = client.credential().await.unwrap();
    client.change_password(api.password(), "a senha nova").await.unwrap();
    assert!(client.cached().is_none());
    client.profile().await.unwrap();
    assert_eq!(api.logins(), 2);
    assert!(!CachedCredential::ptr_eq(&before, &client.cached().unwrap()));

    assert!(panel(api).login(api.username(), "a senha nova", "captcha").await.is_ok());
    let error = panel(api).login(api.username(), api.password(), "captcha").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRefused);
}

#[tokio::test]
async fn a_wrong_current_password_is_a_401_that_is_not_replayed_and_keeps_the_credential() {
    let sandbox = sandbox().await;
    let api = sandbox.signed_api();
    let client = client(api);
    let before = client.credential().await.unwrap();
    let error = client.change_password("errada", "a senha nova").await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(401)));
    assert_eq!(error.provider_message(), Some("Current password is incorrect"));
    assert_eq!((api.logins(), api.requests()), (1, 1));
    assert!(CachedCredential::ptr_eq(&before, &client.cached().unwrap()));
}

#[tokio::test]
async fn a_change_that_fails_in_a_2xx_keeps_the_credential() {
    let sandbox = sandbox().await;
    let api = sandbox.signed_api();
    let client = client(api);
    let before = client.credential().await.unwrap();
    let (content_type, body) = ("application/json".to_owned(), br#"{"status":"error"}"#.to_vec());
    api.fault(On::Resource, Fault::Body { status: 200, content_type, body, times: 1 });
    let error = client.change_password(api.password(), "a senha nova").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Status);
    assert!(CachedCredential::ptr_eq(&before, &client.cached().unwrap()));
}

#[tokio::test]
async fn a_panel_client_signs_too_and_never_logs_in() {
    let sandbox = sandbox().await;
    let api = sandbox.signed_api();
    let client = panel_client(api).await;
    error_for_status(client.send_signed(Method::POST, "v1/profile", &profile()).await.unwrap()).await.unwrap();
    assert_eq!((api.logins(), api.verified_signatures()), (1, 1));

    api.revoke_all();
    assert_eq!(client.profile().await.unwrap_err().status(), Some(401), "it reaches the caller");
    assert_eq!((api.logins(), api.requests()), (1, 2));
}

#[tokio::test]
async fn a_panel_client_that_changed_its_password_requires_a_login() {
    let sandbox = sandbox().await;
    let api = sandbox.signed_api();
    let client = panel_client(api).await;
    client.change_password(api.password(), "a senha nova").await.unwrap();
    assert_eq!(client.profile().await.unwrap_err().kind(), ErrorKind::LoginRequired);
    assert_eq!(api.logins(), 1);
}

#[tokio::test]
async fn a_password_is_recovered_without_any_login_and_sessions_end() {
    let sandbox = sandbox().await;
    let api = sandbox.signed_api();
    let panel = panel(api);
    panel.forgot_password(api.username(), "captcha", Language::Pt).await.unwrap();
    assert_eq!(api.last_request().unwrap().header("x-user-language"), Some("pt"));
    let error = panel.reset_password("wrong", "a senha nova").await.unwrap_err();
    assert_eq!(error.provider_message(), Some("Invalid or expired recovery token"));
    assert_eq!((api.logins(), api.requests()), (0, 2));

    let before = panel_client(api).await;
    panel.reset_password(api.recovery_token(), "a senha nova").await.unwrap();
    assert_eq!(before.profile().await.unwrap_err().status(), Some(401));
    assert!(panel.login(api.username(), "a senha nova", "captcha").await.is_ok());
}
