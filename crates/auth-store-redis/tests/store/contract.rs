//! Conformance of the store with every kind of server.

use std::time::Duration;

use auth_core::store::conformance;
use auth_store_redis::RedisStore;

use crate::server::Server;

#[tokio::test]
async fn the_store_conforms_to_the_contract() {
    let Some(server) = Server::start(&[]) else { return };
    conformance::check(&RedisStore::new(&server.url()).unwrap()).await.unwrap();
}

#[tokio::test]
async fn the_store_conforms_while_its_scripts_are_flushed() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let flushes = tokio::spawn(async move {
        loop {
            let _: () = redis::cmd("SCRIPT").arg("FLUSH").query_async(&mut connection).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    conformance::check(&store).await.unwrap();
    flushes.abort();
    let text: String = server.ask("INFO commandstats");
    assert!(text.contains("cmdstat_eval:"), "scripts were sent again: {text}");
}

#[tokio::test]
async fn an_operation_is_one_command_that_does_not_contain_its_script() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let name = crate::names::fresh().await;
    crate::names::looked_up(&store, &name).await.unwrap();
    let _: () = server.ask("CONFIG RESETSTAT");
    for _ in 0..10 {
        crate::names::looked_up(&store, &name).await.unwrap();
    }
    let text: String = server.ask("INFO commandstats");
    assert!(text.contains("cmdstat_evalsha:calls=10,") && !text.contains("cmdstat_eval:"), "{text}");
}

#[tokio::test]
async fn the_store_conforms_under_a_prefix_and_over_a_socket() {
    let socket = std::env::temp_dir().join(format!("auth-store-redis-{}.sock", std::process::id()));
    let Some(server) = Server::start(&["--unixsocket", socket.to_str().unwrap()]) else { return };
    let store = RedisStore::new(&format!("unix://{}", socket.display())).unwrap().prefix("billing:");
    conformance::check(&store).await.unwrap();
    let keys: Vec<String> = server.ask("KEYS *");
    assert!(!keys.is_empty());
    assert!(keys.iter().all(|key| key.starts_with("billing:auth:v1:conformance:")), "{keys:?}");
}

#[tokio::test]
async fn the_rights_named_in_the_readme_are_enough() {
    let Some(server) = Server::start(&[]) else { return };
    let readme = include_str!("../../README.md");
    let rule = readme.lines().find(|line| line.starts_with("ACL SETUSER")).unwrap();
    let _: () = server.ask(&rule.replace("PASSWORD", "s3gredo"));
    let store = RedisStore::new(&format!("redis://fleet:s3gredo@127.0.0.1:{}", server.port)).unwrap();
    conformance::check(&store).await.unwrap();
    let waits = tokio::spawn({
        let (store, name) = (store.clone(), crate::names::fresh().await);
        async move { auth_core::store::Store::wait_for_change(&store, &name, Duration::from_secs(600)).await }
    });
    let begun = std::time::Instant::now();
    while server.ask::<String>("CLIENT LIST TYPE pubsub").is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it may not subscribe");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    waits.abort();
}
