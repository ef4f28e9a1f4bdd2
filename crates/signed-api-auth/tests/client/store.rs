//! Tests of one login for several processes: the second one's credential works like the first one's.

use auth_sandbox::{Provider, Sandbox};
use signed_api_auth::auth_core::secrecy::ExposeSecret;
use signed_api_auth::auth_core::store::{FileStore, KeyRing, SharedStore};
use signed_api_auth::{Builder, Client, Method};

const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";

/// A folder that is removed after the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        Self(std::env::temp_dir().join(format!("signed-api-store-{}-{test}", std::process::id())))
    }

    /// Returns a client as in another process.
    fn shared_store(&self) -> SharedStore {
        SharedStore::new(FileStore::at(&self.0).unwrap(), KeyRing::new(KEY).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The folder may not exist.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn builder(api: &Provider, folder: &Folder) -> Builder {
    Client::builder().api_key(api.api_key()).base_url(api.base_url()).shared_store(folder.shared_store())
}

#[tokio::test]
async fn a_second_process_uses_the_first_ones_login_and_knows_all_that_it_returned() {
    let (sandbox, folder) = (Sandbox::start().await.unwrap(), Folder::new("whole"));
    let api = sandbox.signed_api();
    let [first, second] = [(), ()].map(|()| builder(api, &folder).build().unwrap());
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

#[tokio::test]
async fn a_token_that_one_process_meets_revoked_is_replaced_for_all() {
    let (sandbox, folder) = (Sandbox::start().await.unwrap(), Folder::new("revoked"));
    let api = sandbox.signed_api();
    let [first, second] = [(), ()].map(|()| builder(api, &folder).build().unwrap());
    first.credential().await.unwrap();
    second.credential().await.unwrap();
    api.revoke_all();
    for client in [&first, &second] {
        let response = client.request(api.protected_method(), api.protected_path()).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
    }
    assert_eq!(api.logins(), 2);
}

#[tokio::test]
async fn accounts_that_differ_share_nothing() {
    let (sandbox, folder) = (Sandbox::start().await.unwrap(), Folder::new("apart"));
    let api = sandbox.signed_api();
    builder(api, &folder).build().unwrap().credential().await.unwrap();
    for other in [builder(api, &folder).api_key("another")] {
        let before = api.logins();
        // Valid or not, another API key is another account, whose credential comes from its own login.
        let _ = other.build().unwrap().credential().await;
        assert_eq!(api.logins(), before + 1);
    }
}
