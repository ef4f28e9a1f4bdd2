//! Connections that the application opened itself.

use auth_core::store::{Store, conformance};
use auth_store_redis::RedisStore;
use redis::Client;
use redis::aio::ConnectionManager;
use std::time::Duration;
use tokio::time::{sleep, timeout};

use crate::names::{fresh, leased};
use crate::server::Server;

#[tokio::test]
async fn the_store_conforms_on_a_given_connection() {
    let Some(server) = Server::start(&[]) else { return };
    let client = Client::open(server.url()).unwrap();
    let manager = ConnectionManager::new(client).await.unwrap();
    conformance::check(&RedisStore::with_connection(manager)).await.unwrap();
}

#[tokio::test]
async fn with_a_given_connection_a_listening_client_notifies_waiting_ones() {
    let Some(server) = Server::start(&[]) else { return };
    let client = Client::open(server.url()).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let silent = RedisStore::with_connection(connection).prefix("x:");
    let told = silent.clone().listening_with(client);
    let name = fresh().await;
    let lease = leased(&silent, &name).await;
    let publish = async {
        sleep(Duration::from_millis(500)).await;
        assert!(silent.publish(&name, &lease, b"sealed", Duration::from_secs(60)).await.unwrap());
    };
    let waits = timeout(Duration::from_secs(20), told.wait_for_change(&name, Duration::from_secs(600)));
    let (told, ()) = tokio::join!(waits, publish);
    told.unwrap();
    silent.wait_for_change(&name, Duration::from_millis(50)).await;
}
