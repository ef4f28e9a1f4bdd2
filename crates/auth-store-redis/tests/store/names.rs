//! Names, which auth-core alone makes: one is taken from its conformance suite.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::store::{Claim, Found, Gate, Lease, Name, Store, conformance};
use auth_core::{Error, ErrorKind, Result};
use auth_store_redis::RedisStore;

#[derive(Debug, Default)]
struct Spy(Mutex<Option<Name>>);

fn nothing() -> Error {
    Error::new(ErrorKind::Unavailable, "a spy keeps nothing")
}

#[async_trait]
impl Store for Spy {
    async fn claim(&self, name: &Name, _: &Claim) -> Result<Found> {
        *self.0.lock().unwrap() = Some(name.clone());
        Err(nothing())
    }

    async fn extend(&self, _: &Name, _: &Lease, _: Duration) -> Result<bool> {
        Err(nothing())
    }

    async fn publish(&self, _: &Name, _: &Lease, _: &[u8], _: Duration) -> Result<bool> {
        Err(nothing())
    }

    async fn release(&self, _: &Name, _: &Lease, _: Option<Gate>) -> Result<()> {
        Err(nothing())
    }

    async fn remove(&self, _: &Name, _: u64) -> Result<bool> {
        Err(nothing())
    }
}

/// A name that nobody else has.
pub(crate) async fn fresh() -> Name {
    let spy = Spy::default();
    conformance::check(&spy).await.unwrap_err();
    spy.0.into_inner().unwrap().unwrap()
}

/// A lease of 4 s that is there to be had.
pub(crate) async fn leased(store: &RedisStore, name: &Name) -> Lease {
    store.claim(name, &Claim::by([7; 16])).await.unwrap().lease.unwrap()
}

/// What is found by somebody who wants no lease.
pub(crate) async fn looked_up(store: &RedisStore, name: &Name) -> Result<Found> {
    let mut look = Claim::by([8; 16]);
    look.span = Duration::from_millis(1);
    store.claim(name, &look).await
}
