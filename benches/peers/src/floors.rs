//! Four lower bounds for the cost of a credential. None of them logs in.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Acquire};
use std::time::Instant;

use arc_swap::ArcSwap;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::peer::{Authorize, Unserved, Value};
use crate::provider::HOUR;

static STATIC: HeaderValue =
    HeaderValue::from_static("Bearer token-1-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");

fn ready() -> HeaderValue {
    let mut value = HeaderValue::from_bytes(STATIC.as_bytes()).expect("a header");
    value.set_sensitive(true);
    value
}

trait Lend {
    fn lend<R>(&self, read: impl FnOnce(&HeaderValue) -> R) -> Result<R, Unserved>;
}

/// The clone of a static header value.
#[derive(Debug)]
pub struct Static;

impl Lend for Static {
    fn lend<R>(&self, read: impl FnOnce(&HeaderValue) -> R) -> Result<R, Unserved> {
        Ok(read(std::hint::black_box(&STATIC)))
    }
}

/// The floor: a coarse read of the clock, an atomic load, and the clone of a ready value.
#[derive(Debug)]
pub struct Floor(ArcSwap<(HeaderValue, coarsetime::Instant)>);

impl Default for Floor {
    fn default() -> Self {
        Self(ArcSwap::from_pointee((ready(), coarsetime::Instant::now() + HOUR.into())))
    }
}

impl Lend for Floor {
    fn lend<R>(&self, read: impl FnOnce(&HeaderValue) -> R) -> Result<R, Unserved> {
        let held = self.0.load();
        let (value, ends) = &**held;
        if coarsetime::Instant::now_without_cache_update() < *ends { Ok(read(value)) } else { Err(Unserved) }
    }
}

/// The same with the exact clock.
#[derive(Debug)]
pub struct Exact(ArcSwap<(HeaderValue, Instant)>);

impl Default for Exact {
    fn default() -> Self {
        Self(ArcSwap::from_pointee((ready(), Instant::now() + HOUR)))
    }
}

impl Lend for Exact {
    fn lend<R>(&self, read: impl FnOnce(&HeaderValue) -> R) -> Result<R, Unserved> {
        let held = self.0.load();
        let (value, ends) = &**held;
        if Instant::now() < *ends { Ok(read(value)) } else { Err(Unserved) }
    }
}

/// The floor with a copy of the value for each thread, so that no two threads share a reference count.
#[derive(Debug, Default)]
pub struct PerThread {
    floor: Arc<Floor>,
    generation: AtomicU64,
}

struct Copy {
    generation: u64,
    value: HeaderValue,
    ends: coarsetime::Instant,
}

thread_local! {
    static COPY: RefCell<Option<Copy>> = const { RefCell::new(None) };
}

impl Lend for PerThread {
    fn lend<R>(&self, read: impl FnOnce(&HeaderValue) -> R) -> Result<R, Unserved> {
        COPY.with_borrow_mut(|copy| {
            let generation = self.generation.load(Acquire);
            if copy.as_ref().is_none_or(|copy| copy.generation != generation) {
                let held = self.floor.0.load();
                let value = HeaderValue::from_bytes(held.0.as_bytes())?;
                *copy = Some(Copy { generation, value, ends: held.1 });
            }
            match copy {
                Some(Copy { value, ends, .. }) if coarsetime::Instant::now_without_cache_update() < *ends => {
                    Ok(read(value))
                }
                _ => Err(Unserved),
            }
        })
    }
}

macro_rules! candidate {
    ($($floor:ty),*) => {$(
        impl Authorize for $floor {
            type Request = HeaderMap;

            async fn authorize(&self, request: &mut HeaderMap) -> Result<(), Unserved> {
                self.lend(|value| drop(request.insert(AUTHORIZATION, value.clone())))
            }
        }

        impl Value for $floor {
            async fn value(&self) -> Result<HeaderValue, Unserved> {
                self.lend(HeaderValue::clone)
            }
        }
    )*};
}

candidate!(Static, Floor, Exact, PerThread);
