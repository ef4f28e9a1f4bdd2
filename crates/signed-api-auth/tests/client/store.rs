//! Tests of one login for several processes: the second one's credential works like the first one's.

use auth_sandbox::{Provider, Sandbox};
use signed_api_auth::auth_core::secrecy::ExposeSecret;
use signed_api_auth::auth_core::store::{FileStore, KeyRing, SharedStore};
use signed_api_auth::{Client, Method};
use tempfile::TempDir;

const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";

/// Returns the client of a process whose store is this folder.
fn process(api: &Provider, folder: &TempDir) -> Client {
    let store = SharedStore::new(FileStore::at(folder.path()).unwrap(), KeyRing::new(KEY).unwrap());
    Client::builder().api_key(api.api_key()).base_url(api.base_url()).shared_store(store).build().unwrap()
}

#[tokio::test]
async fn a_second_process_uses_the_first_ones_login_and_knows_all_that_it_returned() {
    let (sandbox, folder) = (Sandbox::start().await.unwrap(), TempDir::new().unwrap());
    let api = sandbox.signed_api();
    let [first, second] = [(), ()].map(|()| process(api, &folder));
    let made = first.credential().await.unwrap();
    let restored = second.credential().await.unwrap();
    assert_eq!(api.logins(), 1);
    assert_eq!(second.stats().adopted, 1);
    assert_eq!(restored.token().expose_secret(), made.token().expose_secret());
    assert_eq!(restored.lifetime(), made.lifetime());
    assert_eq!(restored.signature_token().expose_secret(), made.signature_token().expose_secret());
    assert!(made.expire_at().is_some());
    assert_eq!(restored.expire_at(), made.expire_at());
    let body = serde_json::json!({"email": "ana@casa.example", "description": "Casa da Ana", "profileType": "demo"});
    let response = second.send_signed(Method::POST, "v1/profile", &body).await.unwrap();
    assert!(response.status().is_success());
    assert_eq!(api.verified_signatures(), 1, "by the signature token of that login");
    assert_eq!(api.logins(), 1);
}
