//! Whole flows against the sandbox, which behaves like LoopBack 3.
//!
//! Rules P, F and S: docs/semantics.md.

use std::time::Duration;

use api4com_auth::Client;
use api4com_auth::auth_core::{CachedCredential, ErrorKind, http::StatusCode};
use auth_sandbox::{Fault, On, Provider, Sandbox};

async fn sandbox() -> Sandbox {
    Sandbox::start().await.unwrap()
}

fn client(api: &Provider) -> Client {
    Client::builder().email(api.username()).password(api.password()).base_url(api.base_url()).build().unwrap()
}

fn with_token(api: &Provider, token: &str) -> Client {
    Client::builder().token(token).base_url(api.base_url()).build().unwrap()
}

#[tokio::test]
async fn one_login_serves_any_number_of_requests() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let client = client(api);
    for _ in 0..3 {
        assert_eq!(client.me().await.unwrap().email.as_deref(), Some(api.username()));
    }
    assert_eq!((api.logins(), api.requests()), (1, 3));
    assert_eq!(client.cached().unwrap().lifetime(), Some(Duration::from_secs(14 * 86_400)));
}

#[tokio::test]
async fn a_revoked_token_is_replaced_by_one_login() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let client = client(api);
    client.me().await.unwrap();
    api.revoke_all();
    assert_eq!(client.me().await.unwrap().role.as_deref(), Some("ADMIN"));
    assert_eq!((api.logins(), client.stats().replays), (2, 1));
}

#[tokio::test]
async fn a_401_for_lack_of_permission_makes_one_login_and_reaches_the_caller() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let client = client(api);
    client.me().await.unwrap();
    for _ in 0..3 {
        let response = client.get("integrations").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(api.logins(), 2, "one login, then the new token is trusted");
    client.me().await.unwrap();
    assert_eq!(api.logins(), 2, "the second 401 left the new token unchanged");
}

#[tokio::test]
async fn f22_a_logout_ends_the_token_and_the_next_request_logs_in_again() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let client = client(api);
    client.me().await.unwrap();
    let ended = client.cached().unwrap();
    client.logout().await.unwrap();
    assert!(client.cached().is_none());
    let requests = api.requests();
    client.logout().await.unwrap();
    assert_eq!((api.requests(), api.logins()), (requests, 1), "there is no token left to end");

    let stranger = with_token(api, ended.token().expose_secret());
    let error = stranger.me().await.unwrap_err();
    assert_eq!((error.status(), error.provider_code()), (Some(401), Some("AUTHORIZATION_REQUIRED")));
    client.me().await.unwrap();
    assert_eq!(api.logins(), 2);
    assert_ne!(client.cached().unwrap().token().expose_secret(), ended.token().expose_secret());
}

#[tokio::test]
async fn a_logout_without_a_credential_sends_nothing() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    client(api).logout().await.unwrap();
    assert_eq!((api.logins(), api.requests()), (0, 0));
}

#[tokio::test]
async fn a_logout_of_an_invalid_token_is_a_success_and_never_logs_in() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let client = client(api);
    client.me().await.unwrap();
    api.revoke_all();
    client.logout().await.unwrap();
    assert!(client.cached().is_none());
    assert_eq!((api.logins(), api.requests()), (1, 2));
}

#[tokio::test]
async fn a_logout_without_a_response_keeps_the_token_for_the_next_logout() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let client = client(api);
    let session = client.credential().await.unwrap();
    api.fault(On::Resource, Fault::Close { times: 2 });
    let error = client.logout().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(CachedCredential::ptr_eq(&client.cached().unwrap(), &session));
    api.clear_faults();
    client.logout().await.unwrap();
    assert!(client.cached().is_none());
    assert_eq!(with_token(api, session.token().expose_secret()).me().await.unwrap_err().status(), Some(401));
}

#[tokio::test]
async fn a_changed_password_ends_all_tokens_and_the_new_one_is_needed() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let client = client(api);
    client.me().await.unwrap();
    api.set_password("outra-senha");
    // The caller of the request that got the 401 gets the error of the login that should have replaced the token.
    let error = client.me().await.unwrap_err();
    assert_eq!((error.kind(), error.provider_code()), (ErrorKind::LoginRefused, Some("LOGIN_FAILED")));
    let refused = api.logins();
    assert_eq!(client.me().await.unwrap_err().kind(), ErrorKind::LoginRefused);
    assert_eq!(api.logins(), refused, "the login is not repeated");
}
