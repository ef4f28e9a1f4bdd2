//! Connections that break after the server has executed a command, and before its reply arrives.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use auth_core::store::{Acquire, Store};
use auth_store_redis::RedisStore;

use crate::names::{fresh, leased, looked_up};
use crate::proxy;
use crate::server::Server;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_lease_whose_reply_was_lost_is_granted_again_without_waiting() {
    let Some(server) = Server::start(&[]) else { return };
    let (url, faults) = proxy::start(server.port).await;
    let store = RedisStore::new(&url).unwrap();
    let name = fresh().await;
    looked_up(&store, &fresh().await).await.unwrap();
    faults.loses_an_answer.store(true, SeqCst);
    let lease = leased(&store, &name).await;
    assert!(!faults.loses_an_answer.load(SeqCst), "a reply was lost");
    assert!(store.extend(&name, &lease, HOUR).await.unwrap(), "it is the lease that the server has");
    let mine = store.acquire(&name, &Acquire::by(lease.owner)).await.unwrap();
    assert_eq!((mine.lease, mine.held_by), (None, Some(lease.fence)), "the repetition granted it only once");
}

#[tokio::test]
async fn a_record_whose_reply_was_lost_counts_as_published() {
    let Some(server) = Server::start(&[]) else { return };
    let (url, faults) = proxy::start(server.port).await;
    let store = RedisStore::new(&url).unwrap();
    // The server knows the script after this.
    let other = fresh().await;
    assert!(store.publish(&other, &leased(&store, &other).await, b"before", HOUR).await.unwrap());
    let name = fresh().await;
    let lease = leased(&store, &name).await;
    faults.loses_an_answer.store(true, SeqCst);
    assert!(store.publish(&name, &lease, b"sealed", HOUR).await.unwrap());
    assert!(!faults.loses_an_answer.load(SeqCst), "a reply was lost");
    assert!(!store.publish(&name, &lease, b"sealed", HOUR).await.unwrap(), "once");
    assert!(!store.publish(&name, &lease, b"other", HOUR).await.unwrap());
}
