//! Tests of a server's memory, and of a full one.

use std::time::Duration;

use auth_core::store::{Acquire, Cooldown, Store};
use auth_store_redis::RedisStore;

use crate::names::{fresh, leased, looked_up};
use crate::server::Server;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn s8_after_everything_was_flushed_fences_go_on_above_all_that_there_were() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let name = fresh().await;
    let old = leased(&store, &name).await;
    assert!(store.publish(&name, &old, b"old", HOUR).await.unwrap());
    let _: () = server.ask("FLUSHALL");
    let new = leased(&store, &name).await;
    assert!(new.fence > old.fence, "though nobody said that there was one");
    assert!(store.publish(&name, &new, b"new", HOUR).await.unwrap());
    assert!(!store.publish(&name, &old, b"old", HOUR).await.unwrap());
    assert!(!store.remove(&name, old.fence).await.unwrap());
}

#[tokio::test]
async fn of_what_has_ended_nothing_is_left_but_the_last_fence_for_a_minute() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let name = fresh().await;
    let lease = leased(&store, &name).await;
    let left = |key: &str| server.ask::<i64>(&format!("PTTL {key}"));
    assert!((50_000..=60_100).contains(&left(name.as_str())), "{}", left(name.as_str()));
    store.publish(&name, &lease, b"sealed", HOUR).await.unwrap();
    assert!((3_500_000..=3_600_000).contains(&left(name.as_str())), "{}", left(name.as_str()));
    store.remove(&name, lease.fence).await.unwrap();
    assert!((40_000..=60_100).contains(&left(name.as_str())), "{}", left(name.as_str()));
    let keys: Vec<String> = server.ask("KEYS *");
    assert_eq!(keys, [name.as_str()], "one key for each account");
}

#[tokio::test]
async fn a_server_whose_memory_is_full_still_answers_and_removes_records() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let (one, other) = (fresh().await, fresh().await);
    let lease = leased(&store, &one).await;
    store.publish(&one, &lease, &[7; 1_000], HOUR).await.unwrap();
    let held = leased(&store, &other).await;
    let _: () = server.ask("CONFIG SET maxmemory 1");
    assert!(looked_up(&store, &one).await.unwrap().record.is_some());
    let error = looked_up(&store, &fresh().await).await.unwrap_err();
    assert!(error.to_string().ends_with(" refused: its memory is full (OOM)"), "{error}");
    store.publish(&other, &held, b"sealed", HOUR).await.unwrap_err();
    store.release(&other, &held, Some(Cooldown { sealed: vec![7], left: HOUR })).await.unwrap_err();
    assert!(store.remove(&one, lease.fence).await.unwrap(), "what is refused is nobody's, however full it is");
    store.release(&other, &held, None).await.unwrap();
    let _: () = server.ask("CONFIG SET maxmemory 0");
    assert!(looked_up(&store, &one).await.unwrap().record.is_none());
    assert!(leased(&store, &other).await.fence > held.fence);
}

#[tokio::test]
async fn a_server_that_evicts_costs_records_and_no_operation() {
    let Some(server) = Server::start(&["--maxmemory", "3mb", "--maxmemory-policy", "volatile-lru"]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let mut published = Vec::new();
    for _ in 0..2_000 {
        let name = fresh().await;
        let lease = leased(&store, &name).await;
        assert!(store.publish(&name, &lease, &[7; 1_000], HOUR).await.unwrap());
        published.push((name, lease.fence));
    }
    assert!(server.info("evicted_keys") > 0);
    // Which ones, the server draws.
    let mut evicted = 0;
    for (name, fence) in &published[..200] {
        let found = looked_up(&store, name).await.unwrap();
        if found.record.is_none() {
            evicted += 1;
            assert!(found.lease.is_some_and(|lease| lease.fence > *fence), "{found:?}");
        }
    }
    assert!(evicted > 0);
}

#[tokio::test]
async fn what_others_put_there_counts_as_nothing_and_is_replaced() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let far = u64::MAX.to_be_bytes();
    // A list of which all that is a number is u64::MAX, and texts are three bytes.
    let mut huge = vec![0x9a, 0x01];
    for field in 0..9 {
        if [3, 5, 8].contains(&field) {
            huge.extend([0xa3, 1, 2, 3]);
        } else {
            huge.push(0xcf);
            huge.extend(far);
        }
    }
    let texts: [&[u8]; 6] = [b"", b"garbage", &[0xff; 100], &[0x9a, 1, 2], &[0x9a; 40], &huge];
    for text in texts {
        let name = fresh().await;
        let _: () = redis::cmd("SET").arg(name.as_str()).arg(text).query(&mut server.connection()).unwrap();
        let lease = leased(&store, &name).await;
        assert!(store.publish(&name, &lease, b"sealed", HOUR).await.unwrap());
        assert_eq!(looked_up(&store, &name).await.unwrap().record.unwrap().sealed, b"sealed");
    }
    let name = fresh().await;
    let _: () = server.ask(&format!("LPUSH {} 1", name.as_str()));
    let error = looked_up(&store, &name).await.unwrap_err();
    assert!(error.to_string().contains("(WRONGTYPE)"), "{error}");
}

#[tokio::test]
async fn a_fence_that_no_script_can_count_on_from_is_an_error() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let mut claim = Acquire::by([7; 16]);
    claim.min_fence = 1 << 53;
    store.acquire(&fresh().await, &claim).await.unwrap_err();
    claim.min_fence -= 2;
    let lease = store.acquire(&fresh().await, &claim).await.unwrap().lease.unwrap();
    assert_eq!(lease.fence, (1 << 53) - 1);
}
