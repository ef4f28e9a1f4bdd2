//! Whole flows against the sandbox, which behaves like Pontotel.
//!
//! Rules P, F and S: docs/semantics.md.

use auth_sandbox::{Fault, On, Provider, Sandbox};
use pontotel_auth::auth_core::ErrorKind;
use pontotel_auth::{Client, Page, RateLimit};

fn client(pontotel: &Provider, password: &str) -> Client {
    let client = Client::builder().username(pontotel.username()).password(password).base_url(pontotel.base_url());
    client.build().expect("a client")
}

#[tokio::test]
async fn one_login_serves_all_pages_of_the_users() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let client = client(pontotel, pontotel.password());
    let first: Page = client.get("usuarios/").fetch().await.unwrap();
    let (mut all, mut users) = (client.users(), 0);
    while let Some(user) = all.next().await {
        assert!(user.unwrap().id.is_some());
        users += 1;
    }
    assert_eq!(users, first.count);
    assert_eq!(pontotel.logins(), 1);
    let session = client.cached().expect("a login was made");
    assert_eq!(session.user.as_ref().and_then(|user| user.username.as_deref()), Some(pontotel.username()));
}

#[tokio::test]
async fn a_revoked_token_is_replaced_by_exactly_one_login() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let client = client(pontotel, pontotel.password());
    client.users().next().await.unwrap().unwrap();
    pontotel.revoke_all();
    client.users().next().await.unwrap().unwrap();
    assert_eq!((pontotel.logins(), pontotel.requests(), client.stats().replays), (2, 3, 1));
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_and_not_again_until_it_is_corrected() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let client = client(pontotel, "errada");
    for _ in 0..3 {
        let error = client.users().next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::LoginRefused, Some(401)));
        assert_eq!(error.provider_code(), Some("authentication_failed"));
    }
    assert_eq!((pontotel.logins(), pontotel.requests(), client.stats().cooldown_errors), (1, 0, 2));
    pontotel.set_password("errada");
    client.clear_cooldown();
    client.users().next().await.unwrap().unwrap();
}

#[tokio::test]
async fn f10_a_403_reaches_the_caller_without_a_login() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let client = client(pontotel, pontotel.password());
    pontotel.fault(On::Resource, Fault::Status { status: 403, times: 1 });
    let error = client.users().next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.provider_code()), (ErrorKind::Status, Some("permission_denied")));
    client.users().next().await.unwrap().unwrap();
    assert_eq!(pontotel.logins(), 1);
}

#[tokio::test]
async fn a_login_whose_connection_broke_is_retried() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    pontotel.fault(On::Login, Fault::Truncated { times: 1 });
    client(pontotel, pontotel.password()).users().next().await.unwrap().unwrap();
    assert_eq!(pontotel.logins(), 2);
}

#[tokio::test]
async fn every_response_states_the_rest_of_the_hourly_limit() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let response = client(pontotel, pontotel.password()).get("usuarios/").send().await.unwrap();
    let limit = RateLimit::of(response.headers()).expect("the three headers");
    assert_eq!((limit.limit, limit.remaining), (500, 498));
}
