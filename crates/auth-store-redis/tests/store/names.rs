//! Cache keys. Only auth-core creates them, so one is taken from its conformance suite.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::store::{Acquire, CacheKey, Cooldown, Found, Lease, Store, conformance};
use auth_core::{Error, ErrorKind, Result};
use auth_store_redis::RedisStore;

#[derive(Debug, Default)]
struct Spy(Mutex<Option<CacheKey>>);

fn nothing() -> Error {
    Error::new(ErrorKind::Unavailable, "a spy keeps nothing")
}

#[async_trait]
impl Store for Spy {
    async fn acquire(&self, name: &CacheKey, _: &Acquire) -> Result<Found> {
        *self.0.lock().unwrap() = Some(name.clone());
        Err(nothing())
    }

    async fn extend(&self, _: &CacheKey, _: &Lease, _: Duration) -> Result<bool> {
        Err(nothing())
    }

    async fn publish(&self, _: &CacheKey, _: &Lease, _: &[u8], _: Duration) -> Result<bool> {
        Err(nothing())
    }

    async fn release(&self, _: &CacheKey, _: &Lease, _: Option<Cooldown>) -> Result<()> {
        Err(nothing())
    }

    async fn remove(&self, _: &CacheKey, _: u64) -> Result<bool> {
        Err(nothing())
    }
}

/// Returns a cache key that no other test uses.
pub(crate) async fn fresh() -> CacheKey {
    let spy = Spy::default();
    conformance::check(&spy).await.unwrap_err();
    spy.0.into_inner().unwrap().unwrap()
}

/// Acquires a lease of 4 s.
pub(crate) async fn leased(store: &RedisStore, name: &CacheKey) -> Lease {
    store.acquire(name, &Acquire::by([7; 16])).await.unwrap().lease.unwrap()
}

/// Reads the entry without acquiring a lease.
pub(crate) async fn looked_up(store: &RedisStore, name: &CacheKey) -> Result<Found> {
    let mut look = Acquire::by([8; 16]);
    look.span = Duration::from_millis(1);
    store.acquire(name, &look).await
}
