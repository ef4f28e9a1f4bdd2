//! The store keeps the contract, on whatever it stands.

use std::time::Duration;

use auth_core::store::conformance;
use auth_store_redis::RedisStore;

use crate::server::{Server, is_there};

#[tokio::test]
async fn the_store_keeps_the_contract() {
    let Some(server) = Server::start(&[]) else { return };
    conformance::check(&RedisStore::new(&server.url()).unwrap()).await.unwrap();
}
