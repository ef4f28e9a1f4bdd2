//! One login for several processes.

use auth_sandbox::{Provider, Sandbox};
use sopague_auth::auth_core::store::{FileStore, KeyRing, SharedStore};
use sopague_auth::{Builder, Client};

const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";

/// A folder that is removed after the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        Self(std::env::temp_dir().join(format!("sopague-store-{}-{test}", std::process::id())))
    }

    /// Returns a shared store as another process has it.
    fn shared_store(&self) -> SharedStore {
        SharedStore::new(FileStore::at(&self.0).unwrap(), KeyRing::new(KEY).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The folder may never have been created.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn builder(api: &Provider, folder: &Folder) -> Builder {
    Client::builder()
        .username(api.username())
        .password(api.password())
        .base_url(api.base_url())
        .shared_store(folder.shared_store())
}

#[tokio::test]
async fn a_second_process_adopts_the_first_ones_login_and_its_whole_response() {
    let (sandbox, folder) = (Sandbox::start().await.unwrap(), Folder::new("whole"));
    let api = sandbox.sopague();
    let [first, second] = [(), ()].map(|()| builder(api, &folder).build().unwrap());
    let made = first.credential().await.unwrap();
    let restored = second.credential().await.unwrap();
    assert_eq!(api.logins(), 1);
    assert_eq!(second.stats().adopted, 1);
    assert_eq!(restored.token().expose_secret(), made.token().expose_secret());
    assert_eq!(restored.lifetime(), made.lifetime());
    assert!(made.created.as_deref().is_some() && made.expiration.as_deref().is_some());
    assert_eq!(restored.created, made.created);
    assert_eq!(restored.expiration, made.expiration);
    assert_eq!(restored.message, made.message);
    let response = second.request(api.protected_method(), api.protected_path()).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(api.logins(), 1);
}

#[tokio::test]
async fn a_revoked_token_is_replaced_for_all_processes() {
    let (sandbox, folder) = (Sandbox::start().await.unwrap(), Folder::new("revoked"));
    let api = sandbox.sopague();
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
async fn different_accounts_share_nothing() {
    let (sandbox, folder) = (Sandbox::start().await.unwrap(), Folder::new("apart"));
    let api = sandbox.sopague();
    builder(api, &folder).build().unwrap().credential().await.unwrap();
    for other in [builder(api, &folder).username("another"), builder(api, &folder).password("another")] {
        let before = api.logins();
        // Whether its secrets are right or wrong, it is another account with a login of its own.
        let _ = other.build().unwrap().credential().await;
        assert_eq!(api.logins(), before + 1);
    }
}
