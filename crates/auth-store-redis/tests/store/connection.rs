//! Connections that are refused, break, or hang.

use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use auth_core::ErrorKind;
use auth_core::store::{Acquire, KeyRing, SharedStore, Store, conformance};
use auth_store_redis::RedisStore;
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use crate::names::{fresh, leased, looked_up};
use crate::proxy;
use crate::server::{Server, free_port};

#[tokio::test]
async fn an_unreachable_server_fails_each_operation_and_not_the_start() {
    let store = RedisStore::new(&format!("redis://:s3gredo@127.0.0.1:{}", free_port())).unwrap();
    let error = looked_up(&store, &fresh().await).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().starts_with("Redis at 127.0.0.1:"), "{error}");
    assert!(error.to_string().contains(" cannot be reached: "), "{error}");
    assert!(!format!("{store:?} {error:?}").contains("s3gredo"));
}

#[tokio::test]
async fn a_server_that_starts_late_is_used() {
    let Some(mut server) = Server::start(&[]) else { return };
    server.kill();
    let store = RedisStore::new(&server.url()).unwrap();
    let name = fresh().await;
    looked_up(&store, &name).await.unwrap_err();
    server.start_again();
    sleep(Duration::from_millis(200)).await;
    leased(&store, &name).await;
}

#[tokio::test]
async fn s3_a_record_that_a_server_publishes_late_expires_no_later() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    // The server knows the script after this.
    let other = fresh().await;
    store.publish(&other, &leased(&store, &other).await, b"sealed", Duration::from_secs(20)).await.unwrap();
    let name = fresh().await;
    let lease = leased(&store, &name).await;
    server.signal("STOP");
    let publishes = store.publish(&name, &lease, b"sealed", Duration::from_secs(20));
    timeout(Duration::from_millis(300), publishes).await.unwrap_err();
    sleep(Duration::from_millis(1_500)).await;
    server.signal("CONT");
    // On a new connection, because the old one was abandoned.
    let found = store.acquire(&name, &Acquire::by([9; 16])).await.unwrap();
    let left = found.record.expect("it was published, if late").left;
    assert!(left <= Duration::from_millis(18_300), "{left:?}");
}

#[tokio::test]
async fn a_restart_between_operations_fails_none() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let name = fresh().await;
    let before = leased(&store, &name).await;
    server.kill();
    server.start_again();
    let after = leased(&store, &name).await;
    assert!(after.fence > before.fence, "S8: even though the server lost everything");
}

#[tokio::test]
async fn a_server_that_refuses_connections_is_not_flooded_with_attempts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = RedisStore::new(&format!("redis://{}", listener.local_addr().unwrap())).unwrap();
    let attempts = tokio::spawn(async move {
        let mut attempts = 0;
        while let Ok(Ok(_)) = timeout(Duration::from_millis(1_500), listener.accept()).await {
            attempts += 1;
        }
        attempts
    });
    let name = fresh().await;
    let begun = Instant::now();
    let mut asked = 0;
    while begun.elapsed() < Duration::from_secs(1) {
        assert!(join_all((0..10).map(|_| looked_up(&store, &name))).await.iter().all(Result::is_err));
        asked += 10;
        sleep(Duration::from_millis(2)).await;
    }
    let attempts = attempts.await.unwrap();
    // Attempts start after 0, 0.1, 0.3 and 0.7 s, and may take some time.
    assert!((2..=4).contains(&attempts), "{attempts} attempts for {asked} operations");
}

#[tokio::test]
async fn a_dead_connection_is_replaced_when_its_operation_times_out() {
    let Some(server) = Server::start(&[]) else { return };
    let (url, faults) = proxy::start(server.port).await;
    let store = RedisStore::new(&url).unwrap();
    let name = fresh().await;
    looked_up(&store, &name).await.unwrap();
    faults.is_cut.store(true, SeqCst);
    let limit = Duration::from_millis(250);
    assert!(timeout(limit, looked_up(&store, &name)).await.is_err(), "nothing reports that it is dead");
    faults.is_cut.store(false, SeqCst);
    timeout(Duration::from_secs(5), looked_up(&store, &name)).await.unwrap().unwrap();
    assert_eq!(faults.connections.load(SeqCst), 2);
}

#[tokio::test]
async fn all_operations_of_a_store_go_over_one_connection() {
    let Some(server) = Server::start(&[]) else { return };
    let (url, faults) = proxy::start(server.port).await;
    let store = RedisStore::new(&url).unwrap();
    let name = fresh().await;
    let all = join_all((0..200).map(|_| looked_up(&store, &name))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(faults.connections.load(SeqCst), 1);
}

#[test]
fn a_store_outlives_the_runtime_that_it_connected_in() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { looked_up(&store, &fresh().await).await.unwrap() });
    }
}

#[test]
fn an_operation_outside_a_runtime_is_an_error_that_says_so() {
    let store = RedisStore::new("redis://127.0.0.1").unwrap();
    let name = fresh().now_or_never().unwrap();
    let error = store.acquire(&name, &Acquire::by([7; 16])).now_or_never().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let no_io = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let error = no_io.block_on(store.acquire(&name, &Acquire::by([7; 16]))).unwrap_err();
    assert!(error.to_string().contains("I/O enabled"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_and_a_replica_are_errors_with_a_remedy() {
    let Some(server) = Server::start(&["--requirepass", "s3gredo"]) else { return };
    let name = fresh().await;
    for url in [server.url(), format!("redis://:wr0ng@127.0.0.1:{}", server.port)] {
        let error = looked_up(&RedisStore::new(&url).unwrap(), &name).await.unwrap_err();
        assert!(error.to_string().contains("give a user and password that it knows"), "{error}");
        assert!(!format!("{error:?}").contains("wr0ng"));
    }
    let right = RedisStore::new(&format!("redis://:s3gredo@127.0.0.1:{}", server.port)).unwrap();
    looked_up(&right, &name).await.unwrap();

    let Some(replica) = Server::start(&["--replicaof", "127.0.0.1", "1"]) else { return };
    let error = looked_up(&RedisStore::new(&replica.url()).unwrap(), &name).await.unwrap_err();
    assert!(error.to_string().contains("give the address of the master"), "{error}");
}

fn shared_store(store: RedisStore) -> SharedStore {
    SharedStore::new(store, KeyRing::dangerous_plaintext()).timeout(Duration::from_secs(5))
}

/// Returns the line of the README that gives a user its rights.
fn rights() -> &'static str {
    include_str!("../../README.md").lines().find(|line| line.starts_with("ACL SETUSER fleet")).unwrap()
}

/// With the line of the README as it is, in any database, and with notifications.
#[tokio::test]
async fn the_rights_in_the_readme_suffice_in_any_database() {
    let Some(server) = Server::start(&[]) else { return };
    let _: () = server.ask(rights());
    join_all(["", "/0", "/1", "/15?protocol=resp3"].map(async |database| {
        let url = format!("redis://fleet:PASSWORD@127.0.0.1:{}{database}", server.port);
        let store = RedisStore::new(&url).unwrap();
        shared_store(store.clone()).check().await.unwrap();
        conformance::check(&store).await.unwrap();
        let name = fresh().await;
        let lease = leased(&store, &name).await;
        let publish = async {
            while !store.notifies() {
                sleep(Duration::from_millis(5)).await;
            }
            sleep(Duration::from_millis(100)).await;
            store.publish(&name, &lease, b"sealed", Duration::from_secs(60)).await
        };
        let told = timeout(Duration::from_secs(20), store.wait_for_change(&name, Duration::from_secs(600)));
        let (told, published) = tokio::join!(told, publish);
        assert!(told.is_ok() && published.unwrap(), "{database}");
    }))
    .await;
}

/// Each right in the README is needed, and a missing one is named.
#[tokio::test]
async fn a_missing_right_is_named_at_the_start() {
    let Some(server) = Server::start(&[]) else { return };
    let script = "+get, +set, +del, +time or +publish";
    for missing in ["+evalsha", "+eval", "+select", "+get", "+set", "+del", "+time", "~auth:v1:*"] {
        let _: () = server.ask("ACL DELUSER fleet");
        let _: () = server.ask("SCRIPT FLUSH");
        let _: () = server.ask(format!("{} ", rights()).replace(&format!(" {missing} "), " ").trim_end());
        let url = format!("redis://fleet:PASSWORD@127.0.0.1:{}/1", server.port);
        let error = shared_store(RedisStore::new(&url).unwrap()).check().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{missing}: {error}");
        let text = error.to_string();
        assert!(text.contains(&format!("Redis at 127.0.0.1:{} refused: ", server.port)), "{text}");
        // Redis 7.0 does not say which command of a script it was.
        let named = if script.contains(missing) && text.contains(script) { script } else { missing };
        assert!(text.contains(&format!("lacks the right {named} (NOPERM); the README")), "{missing}: {text}");
    }
    let _: () = server.ask(rights());
    let store = RedisStore::new(&format!("redis://fleet:PASSWORD@127.0.0.1:{}", server.port)).unwrap();
    let error = shared_store(store.prefix("billing:")).check().await.unwrap_err();
    assert!(error.to_string().contains("lacks the right ~billing:auth:v1:* (NOPERM)"), "{error}");
}

/// Another program's list under a cache key.
#[tokio::test]
async fn a_key_of_another_type_and_a_missing_database_are_named() {
    let Some(server) = Server::start(&[]) else { return };
    let (store, name) = (RedisStore::new(&server.url()).unwrap(), fresh().await);
    let _: u64 = server.ask(&format!("LPUSH {} theirs", name.as_str()));
    let error = looked_up(&store, &name).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.to_string().contains(&format!("another program uses the key {} (WRONGTYPE)", name.as_str())),
        "{error}"
    );
    let error = looked_up(&RedisStore::new(&format!("{}/99", server.url())).unwrap(), &name).await.unwrap_err();
    assert!(error.to_string().contains("it has no database of this number"), "{error}");
}

/// Before the first login.
#[tokio::test]
async fn a_wrong_password_or_host_is_found_at_the_start() {
    let Some(server) = Server::start(&["--requirepass", "s3gredo"]) else { return };
    for (url, kind) in [
        (format!("redis://:wr0ng@127.0.0.1:{}", server.port), ErrorKind::Config),
        (format!("redis://127.0.0.1:{}", server.port), ErrorKind::Config),
        (format!("redis://:s3gredo@127.0.0.1:{}", free_port()), ErrorKind::Unavailable),
    ] {
        let error = shared_store(RedisStore::new(&url).unwrap()).check().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains("Redis at 127.0.0.1:"), "{error}");
        assert!(!format!("{error:?}").contains("wr0ng") && !format!("{error:?}").contains("s3gredo"));
    }
    shared_store(RedisStore::new(&format!("redis://:s3gredo@127.0.0.1:{}", server.port)).unwrap())
        .check()
        .await
        .unwrap();
}
