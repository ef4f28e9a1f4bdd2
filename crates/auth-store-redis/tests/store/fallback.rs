//! A store on a real Redis whose fallback are real files, while Redis works, is killed, hangs, and is back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use auth_core::store::{FileStore, KeyRing, SharedStore, conformance};
use auth_sandbox::{Provider, Sandbox};
use auth_store_redis::RedisStore;
use pontotel_auth::Client;

use crate::clock::pass;
use crate::server::Server;

/// The time after which a failed store is asked again, and one that refuses connections is connected to again.
const PAUSE: Duration = Duration::from_millis(5_500);

fn both(server: &Server, folder: &Path) -> SharedStore {
    let store = SharedStore::new(RedisStore::new(&server.url()).unwrap(), KeyRing::dangerous_plaintext());
    store.fallback(FileStore::at(folder).unwrap())
}

/// Returns a client as a process of a machine has it, with stores of its own.
fn process(provider: &Provider, server: &Server, machine: &Path) -> Client {
    let client = Client::builder().username(provider.username()).password(provider.password());
    client.base_url(provider.base_url()).shared_store(both(server, machine)).build().unwrap()
}

fn machines(server: &Server, many: usize) -> Vec<PathBuf> {
    (0..many).map(|machine| server.folder.join(format!("machine-{machine}"))).collect()
}

#[tokio::test]
async fn redis_with_files_conforms_whether_redis_runs_or_not() {
    let Some(mut server) = Server::start(&[]) else { return };
    let folders = machines(&server, 2);
    // A busy machine may take long.
    let both = |server: &Server, folder: &Path| both(server, folder).timeout(Duration::from_secs(5));
    conformance::check(&both(&server, &folders[0]).store()).await.unwrap();
    server.kill();
    conformance::check(&both(&server, &folders[1]).store()).await.unwrap();
}

#[tokio::test]
async fn s21_while_redis_is_gone_each_machine_logs_in_once_and_then_all_share_again() {
    while_redis_is_gone(false).await;
}

#[tokio::test]
async fn s21_while_redis_hangs_each_machine_logs_in_once_and_then_all_share_again() {
    while_redis_is_gone(true).await;
}

async fn while_redis_is_gone(hangs: bool) {
    let Some(mut server) = Server::start(&[]) else { return };
    let sandbox = Sandbox::start().await.unwrap();
    let (provider, machines) = (sandbox.pontotel(), machines(&server, 3));
    let fleet: Vec<Client> = machines[..2]
        .iter()
        .flat_map(|machine| (0..4).map(|_| process(provider, &server, machine)).collect::<Vec<_>>())
        .collect();
    for client in &fleet {
        client.credential().await.unwrap();
    }
    assert_eq!(provider.logins(), 1);
    if hangs {
        server.signal("STOP");
    } else {
        server.kill();
    }
    for client in &fleet {
        client.invalidate(&client.cached().unwrap());
        client.credential().await.unwrap();
    }
    assert_eq!(provider.logins(), 3, "one for each machine");
    assert!(fleet.iter().all(|client| client.stats().store_failures > 0 && client.stats().store_bypassed == 0));
    if hangs {
        server.signal("CONT");
    } else {
        server.start_again();
    }
    pass(PAUSE).await;
    for machine in &machines {
        process(provider, &server, machine).credential().await.unwrap();
    }
    assert_eq!(provider.logins(), 3, "the newest credential is in Redis, for a machine without any too");
}
