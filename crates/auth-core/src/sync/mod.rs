//! The mutex, cells, tasks and timers of the cache.
//!
//! They are those of the standard library, `arc-swap` and Tokio. Only in this crate's unit tests under `--cfg shuttle`,
//! [`model`] replaces them, and each use is a point where a model checker may run another task first.

#[cfg(all(test, shuttle))]
pub(crate) mod model;

#[cfg(not(all(test, shuttle)))]
mod shipped {
    pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64};
    pub(crate) use std::sync::{Mutex, MutexGuard};
    pub(crate) use std::thread::panicking;

    pub(crate) use arc_swap::ArcSwapOption;
    pub(crate) use tokio::runtime::Handle;
    pub(crate) use tokio::time::{sleep, timeout};

    pub(crate) use crate::random::jitter;

    pub(crate) fn has_runtime() -> bool {
        Handle::try_current().is_ok()
    }
}

#[cfg(all(test, shuttle))]
pub(crate) use self::model::{
    ArcSwapOption, AtomicU32, AtomicU64, Handle, Mutex, MutexGuard, has_runtime, jitter, panicking, sleep, timeout,
};
#[cfg(not(all(test, shuttle)))]
pub(crate) use self::shipped::*;
