//! One login for several processes.
//!
//! Rules P, F and S: docs/semantics.md.

use api4com_auth::auth_core::store::{FileStore, KeyRing, SharedStore};
use api4com_auth::{Builder, Client, Ttl};
use auth_sandbox::{Provider, Sandbox};
use tempfile::TempDir;

const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";

/// Returns the builder of a process whose store is this folder.
fn builder(api: &Provider, folder: &TempDir) -> Builder {
    let store = SharedStore::new(FileStore::at(folder.path()).unwrap(), KeyRing::new(KEY).unwrap());
    Client::builder().email(api.username()).password(api.password()).base_url(api.base_url()).shared_store(store)
}

#[tokio::test]
async fn f22_a_logout_applies_to_all_processes_when_it_returns() {
    let (sandbox, folder) = (Sandbox::start().await.unwrap(), TempDir::new().unwrap());
    let api = sandbox.api4com();
    let [first, second] = [(), ()].map(|()| builder(api, &folder).build().unwrap());
    first.credential().await.unwrap();
    second.credential().await.unwrap();
    first.logout().await.unwrap();
    let newcomer = builder(api, &folder).build().unwrap();
    newcomer.me().await.unwrap();
    assert_eq!((newcomer.stats().adopted, newcomer.stats().invalidated), (0, 0), "it did not adopt the ended token");
    second.me().await.unwrap();
    assert_eq!(second.stats().invalidated, 1, "its holder gets a 401 and adopts the newcomer's token");
    assert_eq!(api.logins(), 2);
}

#[tokio::test]
async fn a_process_that_asks_for_another_lifetime_shares_nothing() {
    let (sandbox, folder) = (Sandbox::start().await.unwrap(), TempDir::new().unwrap());
    let api = sandbox.api4com();
    for (builder, logins) in [
        (builder(api, &folder), 1),
        (builder(api, &folder).ttl(Ttl::days(30)), 2),
        (builder(api, &folder).ttl(Ttl::NEVER), 3),
        (builder(api, &folder), 3),
    ] {
        builder.build().unwrap().credential().await.unwrap();
        assert_eq!(api.logins(), logins);
    }
}
