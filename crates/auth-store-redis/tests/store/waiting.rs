//! Notifications of waiting processes, and polls in case one is lost.

use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_core::store::{CacheKey, Cooldown, Store};
use auth_store_redis::RedisStore;
use futures_util::future::join_all;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::clock::pass;
use crate::names::{fresh, leased};
use crate::server::Server;

/// Longer than any test.
const LONG: Duration = Duration::from_secs(600);
const LIMIT: Duration = Duration::from_secs(20);

fn wait(store: &RedisStore, name: &CacheKey, within: Duration) -> JoinHandle<()> {
    let (store, name) = (store.clone(), name.clone());
    tokio::spawn(async move { store.wait_for_change(&name, within).await })
}

/// Returns the number of listening connections.
fn listeners(server: &Server) -> usize {
    let list: String = server.ask("CLIENT LIST TYPE pubsub");
    list.lines().count()
}

async fn until(what: impl Fn() -> bool) {
    timeout(LIMIT, async {
        while !what() {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
}

fn subscribed(server: &Server, name: &CacheKey) -> bool {
    let (_, count): (String, usize) = server.ask(&format!("PUBSUB NUMSUB {}", name.as_str()));
    count > 0
}

#[tokio::test]
async fn a_waiting_process_is_notified_at_once_of_a_publish_or_release() {
    let Some(server) = Server::start(&[]) else { return };
    let (one, other) = (RedisStore::new(&server.url()).unwrap(), RedisStore::new(&server.url()).unwrap());
    let name = fresh().await;
    for what in ["published", "given back", "closed"] {
        let lease = leased(&one, &name).await;
        let waits = wait(&other, &name, LONG);
        until(|| subscribed(&server, &name)).await;
        assert!(!waits.is_finished());
        match what {
            "published" => assert!(one.publish(&name, &lease, b"sealed", Duration::from_millis(1)).await.unwrap()),
            "given back" => one.release(&name, &lease, None).await.unwrap(),
            _ => {
                let cooldown = Cooldown { sealed: vec![7], left: Duration::from_millis(1) };
                one.release(&name, &lease, Some(cooldown)).await.unwrap();
            }
        }
        timeout(LIMIT, waits).await.expect(what).unwrap();
        sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn waiting_processes_share_a_connection_without_names_that_none_waits_for() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let names = join_all((0..10).map(|_| fresh())).await;
    let waits: Vec<_> = names.iter().flat_map(|name| [wait(&store, name, LONG), wait(&store, name, LONG)]).collect();
    until(|| names.iter().all(|name| subscribed(&server, name))).await;
    let late = fresh().await;
    let late_wait = wait(&store, &late, LONG);
    until(|| subscribed(&server, &late)).await;
    late_wait.abort();
    assert_eq!(listeners(&server), 1);
    let (first, others) = names.split_first().unwrap();
    for name in others {
        let _: () = server.ask(&format!("PUBLISH {} x", name.as_str()));
    }
    until(|| others.iter().all(|name| !subscribed(&server, name))).await;
    assert!(subscribed(&server, first), "a process waits for one of them");
    waits.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn the_connection_of_waiting_processes_closes_after_the_last_or_with_the_store() {
    let Some(server) = Server::start(&[]) else { return };
    let (store, name) = (RedisStore::new(&server.url()).unwrap(), fresh().await);
    let waits = [wait(&store, &name, LONG), wait(&store, &name, LONG)];
    until(|| subscribed(&server, &name)).await;
    waits.iter().for_each(JoinHandle::abort);
    // The one connection is this test's own.
    until(|| server.info("connected_clients") == 1).await;
    let again = wait(&store, &name, LONG);
    until(|| subscribed(&server, &name)).await;
    drop(store);
    again.abort();
    until(|| server.info("connected_clients") == 1).await;
}

#[tokio::test]
async fn a_waiting_process_recovers_from_a_lost_subscription() {
    let Some(server) = Server::start(&[]) else { return };
    let (one, other) = (RedisStore::new(&server.url()).unwrap(), RedisStore::new(&server.url()).unwrap());
    let name = fresh().await;
    let lease = leased(&one, &name).await;
    let waits = wait(&other, &name, Duration::from_secs(1));
    until(|| subscribed(&server, &name)).await;
    until(|| other.notifies()).await;
    let killed: usize = server.ask("CLIENT KILL TYPE pubsub");
    assert_eq!(killed, 1);
    until(|| !other.notifies()).await;
    assert!(one.publish(&name, &lease, b"sealed", LONG).await.unwrap());
    let begun = Instant::now();
    timeout(LIMIT, waits).await.unwrap().unwrap();
    assert!(begun.elapsed() > Duration::from_millis(300), "no notification arrived");
    timeout(LIMIT, wait(&other, &name, Duration::from_millis(1))).await.unwrap().unwrap();
    assert_eq!(listeners(&server), 0, "for some seconds there is no new subscription");
    pass(Duration::from_secs(5)).await;
    let waits = wait(&other, &name, LONG);
    until(|| subscribed(&server, &name)).await;
    waits.abort();
}

#[tokio::test]
async fn a_process_that_waits_for_an_unreachable_server_polls_in_time() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = Arc::new(RedisStore::new(&server.url()).unwrap());
    let name = fresh().await;
    server.kill();
    let waits = (0..100).map(|_| store.wait_for_change(&name, Duration::from_millis(50)));
    timeout(LIMIT, join_all(waits)).await.unwrap();
}

#[tokio::test]
async fn a_user_without_the_right_to_publish_can_do_everything_else() {
    let Some(server) = Server::start(&[]) else { return };
    let _: () = server.ask("ACL SETUSER app on >s3gredo ~auth:* resetchannels +@all");
    let store = RedisStore::new(&format!("redis://app:s3gredo@127.0.0.1:{}", server.port)).unwrap();
    let name = fresh().await;
    let lease = leased(&store, &name).await;
    assert!(store.publish(&name, &lease, b"sealed", LONG).await.unwrap());
    timeout(LIMIT, wait(&store, &name, Duration::from_millis(50))).await.unwrap().unwrap();
}
