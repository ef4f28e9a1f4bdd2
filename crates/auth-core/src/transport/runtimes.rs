//! An HTTP client for each runtime that sends requests, because a connection is driven by the runtime that opened it: it
//! stands still and ends with that.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock};

use reqwest::Client;
use tokio::runtime::{Handle, Id};
use tokio::task::JoinHandle;

use super::failure::no_runtime;
use crate::error::Result;

pub(super) struct Runtimes {
    first: Client,
    is_taken: AtomicBool,
    own: RwLock<Vec<Own>>,
}

/// The client of one runtime.
struct Own {
    runtime: Id,
    http: Client,
    /// A task that does nothing until its runtime ends.
    life: JoinHandle<()>,
}

impl Runtimes {
    /// `first` is the client of the first runtime that asks.
    pub(super) fn new(first: Client) -> Self {
        Self { first, is_taken: AtomicBool::new(false), own: RwLock::default() }
    }

    /// Returns a client that builds requests.
    pub(super) fn any(&self) -> &Client {
        &self.first
    }

    /// Returns the client of the current runtime, which is built if it has none.
    pub(super) fn current(&self, build: impl FnOnce() -> Result<Client>) -> Result<Client> {
        let runtime = Handle::try_current().map_err(no_runtime)?;
        let id = runtime.id();
        let of_runtime = |own: &[Own]| own.iter().find(|own| own.runtime == id).map(|own| own.http.clone());
        if let Some(http) = of_runtime(&self.own.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(http);
        }
        // This takes milliseconds, for which no other runtime waits.
        let http = if self.is_taken.swap(true, Relaxed) { build()? } else { self.first.clone() };
        let mut own = self.own.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread of the same runtime may have been faster.
        if let Some(http) = of_runtime(&own) {
            return Ok(http);
        }
        own.retain(|own| !own.life.is_finished());
        own.push(Own { runtime: id, http: http.clone(), life: runtime.spawn(pending()) });
        Ok(http)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.life.abort();
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().unwrap()
    }

    #[test]
    fn each_runtime_has_one_client_until_it_ends() {
        let (runtimes, first, second) = (Runtimes::new(Client::new()), runtime(), runtime());
        let mut built = 0;
        for runtime in [&first, &second, &first, &second] {
            let _entered = runtime.enter();
            let make = || {
                built += 1;
                Ok(Client::new())
            };
            runtimes.current(make).unwrap();
        }
        assert_eq!(built, 1, "the first one was there");
        drop(first);
        let third = runtime();
        let _entered = third.enter();
        runtimes.current(|| Ok(Client::new())).unwrap();
        let own: Vec<_> = runtimes.own.read().unwrap().iter().map(|own| own.runtime).collect();
        assert_eq!(own, [second.handle().id(), third.handle().id()]);
    }

    #[test]
    fn a_client_that_is_dropped_leaves_no_task_in_a_runtime() {
        let (runtimes, runtime) = (Runtimes::new(Client::new()), runtime());
        let _entered = runtime.enter();
        runtimes.current(|| Ok(Client::new())).unwrap();
        assert_eq!(runtime.metrics().num_alive_tasks(), 1);
        drop(runtimes);
        runtime.block_on(tokio::task::yield_now());
        assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    }
}
