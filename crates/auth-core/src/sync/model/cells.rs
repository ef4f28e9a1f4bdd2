//! The mutex and the atomic cells.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LockResult, PoisonError};

pub(crate) use shuttle::sync::atomic::{AtomicU32, AtomicU64};

use super::point;

/// Shuttle's mutex with an additional scheduling point, after it is unlocked and before its last owner continues.
#[derive(Debug)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let guard = |guard| MutexGuard(Some(guard));
        self.0.lock().map(guard).map_err(|poisoned| PoisonError::new(guard(poisoned.into_inner())))
    }
}

#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T>(Option<shuttle::sync::MutexGuard<'a, T>>);

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("taken by the drop alone")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("taken by the drop alone")
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.0 = None;
        point();
    }
}

/// The value that was loaded.
#[derive(Debug)]
pub(crate) struct Loaded<T>(Option<Arc<T>>);

impl<T> Deref for Loaded<T> {
    type Target = Option<Arc<T>>;

    fn deref(&self) -> &Option<Arc<T>> {
        &self.0
    }
}

/// The few methods of `arc-swap` that the cache uses, each as one step.
#[derive(Debug)]
pub(crate) struct ArcSwapOption<T>(std::sync::Mutex<Option<Arc<T>>>);

impl<T> ArcSwapOption<T> {
    pub(crate) fn new(value: Option<Arc<T>>) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn load(&self) -> Loaded<T> {
        Loaded(self.load_full())
    }

    pub(crate) fn load_full(&self) -> Option<Arc<T>> {
        point();
        self.0.lock().expect("one step").clone()
    }

    pub(crate) fn swap(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        point();
        std::mem::replace(&mut *self.0.lock().expect("one step"), value)
    }
}
