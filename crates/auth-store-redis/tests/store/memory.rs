//! A server's memory, and servers whose memory is full.

use std::time::Duration;

use auth_core::store::{Acquire, Cooldown, Store};
use auth_store_redis::RedisStore;

use crate::names::{fresh, leased, looked_up};
use crate::server::Server;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn s8_after_a_flush_fences_are_still_greater_than_all_before() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let name = fresh().await;
    let old = leased(&store, &name).await;
    assert!(store.publish(&name, &old, b"old", HOUR).await.unwrap());
    let _: () = server.ask("FLUSHALL");
    let new = leased(&store, &name).await;
    assert!(new.fence > old.fence, "without a hint that there was one");
    assert!(store.publish(&name, &new, b"new", HOUR).await.unwrap());
    assert!(!store.publish(&name, &old, b"old", HOUR).await.unwrap());
    assert!(!store.remove(&name, old.fence).await.unwrap());
}

#[tokio::test]
async fn only_the_last_fence_outlives_a_removed_record_until_its_end() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let name = fresh().await;
    let lease = leased(&store, &name).await;
    let left = |key: &str| server.ask::<i64>(&format!("PTTL {key}"));
    assert!((50_000..=60_100).contains(&left(name.as_str())), "{}", left(name.as_str()));
    store.publish(&name, &lease, b"sealed", HOUR).await.unwrap();
    assert!((3_500_000..=3_600_000).contains(&left(name.as_str())), "{}", left(name.as_str()));
    let size = || server.ask::<u64>(&format!("STRLEN {}", name.as_str()));
    let with_record = size();
    store.remove(&name, lease.fence).await.unwrap();
    assert!((3_500_000..=3_600_000).contains(&left(name.as_str())), "{}", left(name.as_str()));
    assert!(size() <= with_record - 6, "the record is gone");
    assert!(!store.publish(&name, &lease, b"sealed", HOUR).await.unwrap(), "S24: a copy is not published again");
    let keys: Vec<String> = server.ask("KEYS *");
    assert_eq!(keys, [name.as_str()], "one key for each account");
}

#[tokio::test]
async fn a_server_with_full_memory_still_answers_and_removes_records() {
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
    assert!(store.remove(&one, lease.fence).await.unwrap(), "invalidated records are removed even then");
    store.release(&other, &held, None).await.unwrap();
    let _: () = server.ask("CONFIG SET maxmemory 0");
    assert!(looked_up(&store, &one).await.unwrap().record.is_none());
    assert!(leased(&store, &other).await.fence > held.fence);
}

#[tokio::test]
async fn a_server_that_evicts_loses_records_but_fails_no_operation() {
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
    // The server chooses which ones.
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
async fn foreign_values_count_as_missing_and_are_replaced() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let far = u64::MAX.to_be_bytes();
    // A list whose numbers are all u64::MAX, and whose texts have three bytes.
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
async fn a_fence_that_no_script_can_increment_is_an_error() {
    let Some(server) = Server::start(&[]) else { return };
    let store = RedisStore::new(&server.url()).unwrap();
    let mut acquire = Acquire::by([7; 16]);
    acquire.min_fence = 1 << 53;
    store.acquire(&fresh().await, &acquire).await.unwrap_err();
    acquire.min_fence -= 2;
    let lease = store.acquire(&fresh().await, &acquire).await.unwrap().lease.unwrap();
    assert_eq!(lease.fence, (1 << 53) - 1);
}
