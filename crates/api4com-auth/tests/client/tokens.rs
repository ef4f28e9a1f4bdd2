//! Tokens that are created, given and deleted, against the sandbox.
//!
//! Rules P, F and S: docs/semantics.md.

use std::time::Duration;

use api4com_auth::auth_core::{CachedCredential, ErrorKind};
use api4com_auth::{Client, Ttl};
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
async fn a_created_token_works_by_itself_and_does_not_affect_the_cached_one() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let client = client(api);
    let own = client.credential().await.unwrap();
    let month = client.create_token(Ttl::days(30)).await.unwrap();
    let eternal = client.create_token(Ttl::NEVER).await.unwrap();
    assert_eq!((month.lifetime(), eternal.lifetime()), (Some(Duration::from_secs(2_592_000)), None));
    assert_eq!(month.user_id.as_deref(), Some("1"));
    assert!(month.created.is_some());
    assert!(CachedCredential::ptr_eq(&own, &client.cached().unwrap()));
    assert_eq!(api.logins(), 1);

    for session in [&month, &eternal] {
        assert_ne!(session.token().expose_secret(), own.token().expose_secret());
        with_token(api, session.token().expose_secret()).me().await.unwrap();
    }
}

#[tokio::test]
async fn the_granted_ttl_counts_and_not_the_requested_one() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let session = client(api).create_token(Ttl::days(u16::MAX)).await.unwrap();
    assert_eq!(session.lifetime(), Some(Duration::from_secs(31_556_926)), "clamped to a year");
}

#[tokio::test]
async fn deleting_another_token_ends_that_one_and_keeps_the_cached_one() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let client = client(api);
    let other = client.create_token(Ttl::days(30)).await.unwrap();
    client.delete_token(other.token()).await.unwrap();
    assert_eq!(api.last_request().unwrap().header("authorization"), Some(other.token().expose_secret()));
    assert_eq!(with_token(api, other.token().expose_secret()).me().await.unwrap_err().status(), Some(401));
    client.delete_token(other.token()).await.unwrap();
    client.me().await.unwrap();
    assert_eq!(api.logins(), 1, "neither the deletion nor its repetition logged in");
}

#[tokio::test]
async fn f22_deleting_the_cached_token_clears_the_cache() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let client = client(api);
    let own = client.credential().await.unwrap();
    client.delete_token(&own.token().clone()).await.unwrap();
    assert!(client.cached().is_none());
    client.me().await.unwrap();
    assert_eq!(client.stats().replays, 0, "no 401 was needed");
    assert_eq!(api.logins(), 2);
}

#[tokio::test]
async fn a_client_without_a_token_deletes_one_without_a_login() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let victim = client(api).create_token(Ttl::NEVER).await.unwrap();
    let logins = api.logins();
    client(api).delete_token(victim.token()).await.unwrap();
    assert_eq!(api.logins(), logins);
    assert_eq!(with_token(api, victim.token().expose_secret()).me().await.unwrap_err().status(), Some(401));
}

#[tokio::test]
async fn a_given_token_never_logs_in_and_requires_a_login_after_its_logout() {
    let sandbox = sandbox().await;
    let api = sandbox.api4com();
    let eternal = client(api).create_token(Ttl::NEVER).await.unwrap();
    let logins = api.logins();
    let client = with_token(api, eternal.token().expose_secret());
    client.me().await.unwrap();

    api.fault(On::Resource, Fault::Unauthorized { times: 1 });
    assert_eq!(client.me().await.unwrap_err().status(), Some(401), "a 401 reaches the caller");
    client.me().await.unwrap();

    client.logout().await.unwrap();
    assert_eq!(client.me().await.unwrap_err().kind(), ErrorKind::LoginRequired);
    assert_eq!(api.logins(), logins);
}
