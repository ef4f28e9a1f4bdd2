//! Stores that lie. Each login costs bounded work, one warning, and a login without the store.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::Result;
use auth_core::store::{Acquire, CacheKey, Cooldown, Found, KeyRing, Lease, Record, SharedStore, Store};

use super::account::{HOUR, KEY, Provider, lives};
use super::memory::Memory;
use super::observed::degraded;

/// Returns the store's answer to an acquire with this number, from 1.
type Lie = Box<dyn Fn(u64, &Acquire) -> Found + Send + Sync>;

struct Liar {
    lie: Lie,
    requests: AtomicU64,
}

impl std::fmt::Debug for Liar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Liar")
    }
}

#[async_trait]
impl Store for Liar {
    async fn acquire(&self, _: &CacheKey, acquire: &Acquire) -> Result<Found> {
        let number = self.requests.fetch_add(1, SeqCst) + 1;
        // In paused time an endless loop must fail instead of hanging.
        assert!(number < 10_000, "requests without end");
        Ok((self.lie)(number, acquire))
    }

    async fn extend(&self, _: &CacheKey, _: &Lease, _: Duration) -> Result<bool> {
        Ok(false)
    }

    async fn publish(&self, _: &CacheKey, _: &Lease, _: &[u8], _: Duration) -> Result<bool> {
        Ok(false)
    }

    async fn release(&self, _: &CacheKey, _: &Lease, _: Option<Cooldown>) -> Result<()> {
        Ok(())
    }

    async fn remove(&self, _: &CacheKey, _: u64) -> Result<bool> {
        Ok(false)
    }

    /// Never returns, although the store reports notifications.
    async fn wait_for_change(&self, _: &CacheKey, _: Duration) {
        pending::<()>().await;
    }

    fn notifies(&self) -> bool {
        true
    }
}

fn garbage() -> Vec<u8> {
    vec![7; 64]
}

fn record(fence: u64) -> Found {
    Found { record: Some(Record { fence, sealed: garbage(), left: HOUR }), ..Found::default() }
}

fn cooldown() -> Found {
    Found { cooldown: Some(Cooldown { sealed: garbage(), left: HOUR }), ..Found::default() }
}

fn held_by(fence: u64) -> Found {
    Found { held_by: Some(fence), ..Found::default() }
}

/// Logs in three times, with at most `most` acquires each.
async fn costs(what: &str, keys: KeyRing, most: u64, lie: impl Fn(u64, &Acquire) -> Found + Send + Sync + 'static) {
    let provider = Provider::new(async |number| lives(number, HOUR));
    let store = Arc::new(Liar { lie: Box::new(lie), requests: AtomicU64::new(0) });
    let client = provider.account().shared_store(&SharedStore::new(Arc::clone(&store), keys));
    for login in 1..=3 {
        let before = store.requests.load(SeqCst);
        let warnings = degraded(async {
            assert_eq!(client.credential().await.unwrap().number, login, "{what}");
        })
        .await;
        let requests = store.requests.load(SeqCst) - before;
        assert!(requests <= most, "{what}: {requests} requests");
        assert!(warnings.len() <= 1, "{what}: {warnings:?}");
        assert_eq!(provider.logins(), login, "{what}");
        client.forget(&client.cached().unwrap());
    }
}

fn ring() -> KeyRing {
    KeyRing::new(KEY).unwrap()
}

#[tokio::test(start_paused = true)]
async fn endless_unreadable_records_cost_two_acquires_and_one_warning() {
    costs("one after the other", ring(), 2, |number, _| record(number)).await;
    costs("just above what is known", ring(), 2, |_, acquire| record(acquire.min_fence.saturating_add(1))).await;
    costs("at the end of all fences", ring(), 200, |_, _| record(u64::MAX)).await;
    costs("the same, and its lease", ring(), 2, |_, acquire| {
        let lease = (acquire.min_fence == u64::MAX).then_some(Lease { owner: acquire.owner, fence: u64::MAX });
        Found { lease, ..record(u64::MAX) }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn endless_expired_records_cost_no_more() {
    let memory = Memory::new();
    let provider = Provider::new(async |number| lives(number, HOUR));
    let plain = SharedStore::new(memory.clone(), KeyRing::dangerous_plaintext());
    provider.account().shared_store(&plain).credential().await.unwrap();
    let sealed = memory.only().record.unwrap().1;
    costs("dead", KeyRing::dangerous_plaintext(), 2, move |_, acquire| {
        let record = Record { fence: acquire.min_fence + 1, sealed: sealed.clone(), left: Duration::ZERO };
        Found { record: Some(record), ..Found::default() }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn unreadable_cooldowns_are_waited_for_as_others_and_reported_once() {
    costs("for ever", ring(), 200, |_, _| cooldown()).await;
    costs(
        "with a record that does not open",
        ring(),
        200,
        |_, acquire| {
            if acquire.min_fence == 0 { record(1) } else { cooldown() }
        },
    )
    .await;
    costs("in turn with records", ring(), 10, |number, _| if number % 2 == 0 { record(number) } else { cooldown() })
        .await;
}

#[tokio::test(start_paused = true)]
async fn endless_or_invented_holders_are_waited_for_as_long_as_real_ones() {
    costs("always the same", ring(), 200, |_, _| held_by(7)).await;
    costs("always another", ring(), 200, |number, _| held_by(number)).await;
    costs("two in turn", ring(), 200, |number, _| held_by(number % 2)).await;
    costs("the last there can be", ring(), 200, |_, _| held_by(u64::MAX)).await;
    costs("nothing at all", ring(), 200, |_, _| Found::default()).await;
}

/// The lease is granted, but neither extended nor accepted for publishing.
#[tokio::test(start_paused = true)]
async fn a_lease_that_is_granted_and_lost_at_once_costs_one_login() {
    costs("at once", ring(), 1, |number, acquire| Found {
        lease: Some(Lease { owner: acquire.owner, fence: number }),
        ..Found::default()
    })
    .await;
    costs("after a while", ring(), 200, |_, acquire| match acquire.take_over {
        Some(7) => Found { lease: Some(Lease { owner: acquire.owner, fence: 8 }), ..Found::default() },
        _ => held_by(7),
    })
    .await;
}
