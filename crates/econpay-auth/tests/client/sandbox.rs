//! Whole flows against the sandbox, which behaves like EconPay.
//!
//! Rules P, F and S: docs/semantics.md.

use std::time::Duration;

use auth_sandbox::{Fault, On, Provider, Sandbox};
use econpay_auth::Client;
use econpay_auth::auth_core::ErrorKind;

fn client(econpay: &Provider, password: &str) -> Client {
    let client = Client::builder().email(econpay.username()).password(password).base_url(econpay.base_url());
    client.build().expect("a client")
}

#[tokio::test]
async fn one_login_returns_the_user_and_lists_the_customers() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    let client = client(econpay, econpay.password());
    let me = client.me().await.unwrap();
    assert_eq!((me.email.as_deref(), me.role.as_deref()), (Some(econpay.username()), Some("admin")));
    client.get("customers").query(&[("page", "1"), ("limit", "10")]).error_for_status().await.unwrap();
    assert_eq!(econpay.logins(), 1);
    let session = client.cached().expect("a login was made");
    assert_eq!(session.user.as_ref().and_then(|user| user.email.as_deref()), Some(econpay.username()));
}

#[tokio::test]
async fn the_lifetime_is_read_from_a_signed_token() {
    let sandbox = Sandbox::builder().lifetime(Duration::from_secs(1800)).start().await.unwrap();
    let econpay = sandbox.econpay();
    let client = client(econpay, econpay.password());
    let me = client.me().await.unwrap();
    let told = me.expires_at.unwrap().duration_since(me.issued_at.unwrap()).unwrap();
    let session = client.cached().expect("a login was made");
    assert_eq!(told, Duration::from_secs(1800));
    let lifetime = session.lifetime().expect("it expires");
    assert!(lifetime <= told && lifetime >= Duration::from_secs(1799), "a second may pass meanwhile: {lifetime:?}");
}

#[tokio::test]
async fn a_revoked_token_is_replaced_by_exactly_one_login() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    let client = client(econpay, econpay.password());
    client.me().await.unwrap();
    econpay.revoke_all();
    client.me().await.unwrap();
    assert_eq!((econpay.logins(), econpay.requests(), client.stats().replays), (2, 3, 1));
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_and_not_again_until_it_is_corrected() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    let client = client(econpay, "errada");
    for _ in 0..3 {
        let error = client.me().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::LoginRefused, Some(401)));
        assert_eq!(error.provider_message(), Some("Email ou senha inválidos"));
    }
    assert_eq!((econpay.logins(), econpay.requests(), client.stats().cooldown_errors), (1, 0, 2));
    econpay.set_password("errada");
    client.clear_cooldown();
    client.me().await.unwrap();
}

#[tokio::test]
async fn f10_a_403_for_a_wrong_establishment_reaches_the_caller_without_a_login() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    let client = client(econpay, econpay.password());
    econpay.fault(On::Resource, Fault::Status { status: 403, times: 1 });
    let error = client.get("customers").error_for_status().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(403)));
    client.me().await.unwrap();
    assert_eq!(econpay.logins(), 1);
}

#[tokio::test]
async fn a_login_whose_connection_broke_is_retried() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    econpay.fault(On::Login, Fault::Truncated { times: 1 });
    client(econpay, econpay.password()).me().await.unwrap();
    assert_eq!(econpay.logins(), 2);
}
