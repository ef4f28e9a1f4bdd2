//! Whole flows against the sandbox, which behaves like Sopague's two APIs.
//!
//! Rules P, F and S: docs/semantics.md.

use std::time::Duration;

use auth_sandbox::{Fault, On, Provider, Sandbox};
use sopague_auth::auth_core::{ErrorKind, Result};
use sopague_auth::{Api, Client};

fn client(sopague: &Provider, api: Api, password: &str) -> Client {
    let client = Client::builder().username(sopague.username()).password(password).api(api);
    client.base_url(sopague.base_url()).build().expect("a client")
}

fn apis(sandbox: &Sandbox) -> [(&Provider, Api); 2] {
    [(sandbox.sopague(), Api::Integration), (sandbox.sopague_gateway(), Api::Gateway)]
}

async fn fetch(client: &Client, sopague: &Provider) -> Result<()> {
    client.request(sopague.protected_method(), sopague.protected_path()).error_for_status().await.map(drop)
}

#[tokio::test]
async fn one_login_at_each_api_serves_its_requests() {
    let sandbox = Sandbox::start().await.unwrap();
    for (sopague, api) in apis(&sandbox) {
        let client = client(sopague, api, sopague.password());
        fetch(&client, sopague).await.unwrap();
        fetch(&client, sopague).await.unwrap();
        assert_eq!((sopague.logins(), sopague.requests()), (1, 2), "{api:?}");
        assert_eq!(client.cached().and_then(|session| session.message.clone()).as_deref(), Some("OK"));
    }
}

#[tokio::test]
async fn the_lifetime_is_right_although_the_dates_have_no_zone() {
    let sandbox = Sandbox::builder().lifetime(Duration::from_millis(1_800_500)).start().await.unwrap();
    for (sopague, api) in apis(&sandbox) {
        let session = client(sopague, api, sopague.password()).credential().await.unwrap();
        assert!(!session.expiration.as_deref().unwrap().contains('Z'));
        let lifetime = session.lifetime().unwrap().as_secs();
        assert!(lifetime == 1800 || lifetime == 1799, "not in another zone: {lifetime} s");
    }
}

#[tokio::test]
async fn a_revoked_token_is_replaced_by_exactly_one_login() {
    let sandbox = Sandbox::start().await.unwrap();
    for (sopague, api) in apis(&sandbox) {
        let client = client(sopague, api, sopague.password());
        fetch(&client, sopague).await.unwrap();
        sopague.revoke_all();
        fetch(&client, sopague).await.unwrap();
        assert_eq!((sopague.logins(), sopague.requests(), client.stats().replays), (2, 3, 1), "{api:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_and_not_again_until_it_is_corrected() {
    let sandbox = Sandbox::start().await.unwrap();
    let sopague = sandbox.sopague();
    let client = client(sopague, Api::Integration, "errada");
    for _ in 0..3 {
        let error = fetch(&client, sopague).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::LoginRefused, Some(200)));
        assert_eq!(error.provider_message(), Some("Falha ao autenticar"));
    }
    assert_eq!((sopague.logins(), sopague.requests(), client.stats().cooldown_errors), (1, 0, 2));
    sopague.set_password("errada");
    client.clear_cooldown();
    fetch(&client, sopague).await.unwrap();
}

#[tokio::test]
async fn f10_a_403_reaches_the_caller_without_a_login() {
    let sandbox = Sandbox::start().await.unwrap();
    let sopague = sandbox.sopague();
    let client = client(sopague, Api::Integration, sopague.password());
    sopague.fault(On::Resource, Fault::Status { status: 403, times: 1 });
    let error = fetch(&client, sopague).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(403)));
    fetch(&client, sopague).await.unwrap();
    assert_eq!(sopague.logins(), 1);
}

#[tokio::test]
async fn a_login_whose_connection_broke_is_retried() {
    let sandbox = Sandbox::start().await.unwrap();
    let sopague = sandbox.sopague();
    sopague.fault(On::Login, Fault::Truncated { times: 1 });
    fetch(&client(sopague, Api::Integration, sopague.password()), sopague).await.unwrap();
    assert_eq!(sopague.logins(), 2);
}
