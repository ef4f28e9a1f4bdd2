//! What a slot has where its logins are shared; `alone.rs` is the same without a store.

use std::sync::Arc;

use tokio::sync::watch;

use super::unsettled::{FLIGHT_DEADLINE, LOOK_EVERY};
use super::{CachedCredential, CredentialCache, Invalidation, Outcome, Source};
use crate::login::Login;
use crate::stats::Stats;
use crate::store::Shared;
use crate::sync::{Handle, timeout};

impl<L: Login> CredentialCache<L> {
    /// With others, by a store.
    pub(crate) fn shared_store(self, shared: Shared<L::Credential>) -> Self {
        Self { shared: Some(Box::new(shared)), ..self }
    }

    pub(crate) fn stats(&self) -> Stats {
        let counts = self.counters.read();
        self.shared.as_ref().map_or(counts, |shared| shared.add_to(counts))
    }

    pub(super) fn reset_shared(&self) {
        if let Some(shared) = &self.shared {
            shared.clear_cooldown();
        }
    }

    /// What is thrown away here is of no use elsewhere: the store is to be told.
    pub(super) fn refuse(&self, thrown_away: Option<&CachedCredential<L::Credential>>) {
        if let (Some(shared), Some(snapshot)) = (&self.shared, thrown_away) {
            shared.refuse(snapshot.origin.fence);
        }
    }

    /// [`invalidate`](Self::invalidate), and where no login may be made, waits until the store was asked for something newer: another
    /// process may have logged in.
    pub(crate) async fn invalidate_or_adopt(self: &Arc<Self>, generation: u64) -> Invalidation {
        let verdict = self.invalidate(generation);
        if verdict != Invalidation::Kept || self.shared.is_none() {
            return verdict;
        }
        let looks = async {
            while let Some(mut looked) = self.look(generation) {
                // Its runtime may stand still, and whoever looks next may take its place.
                if timeout(LOOK_EVERY, looked.wait_for(Option::is_some)).await.is_ok() {
                    break;
                }
            }
        };
        // Where it takes so long, the machine tells what there is.
        let _ = timeout(FLIGHT_DEADLINE, looks).await;
        if self.machine().is_current(generation) { Invalidation::Kept } else { Invalidation::Replaced }
    }

    /// Begins to ask the store for something newer than this generation, unless somebody does: what to wait on, if it is current.
    pub(crate) fn look(self: &Arc<Self>, generation: u64) -> Option<watch::Receiver<Outcome>> {
        self.shared.as_ref()?;
        let mut outcome = None;
        let waiting = || outcome.insert(watch::Sender::new(None)).subscribe();
        let look = self.machine().look(self.now(), generation, waiting);
        let (waiting, ticket) = look?;
        if let Some(ticket) = ticket {
            self.launch(ticket, outcome.unwrap_or_default()).ok()?;
        }
        Some(waiting)
    }

    /// Tells the store behind the caller, in a task that ends with the operation. Where there is no runtime, the next login
    /// tells it. Called without the machine's lock, as whatever spawns.
    pub(crate) fn tell_of_refused(self: &Arc<Self>) {
        let untold = self.shared.as_ref().is_some_and(|shared| shared.has_refused());
        if let (true, Ok(runtime)) = (untold, Handle::try_current()) {
            let cache = Arc::clone(self);
            runtime.spawn(async move { cache.told_of_refused().await });
        }
    }

    /// Tells the store now.
    pub(crate) async fn told_of_refused(&self) {
        if let Some(shared) = &self.shared {
            shared.remove_refused().await;
        }
    }

    /// The fence of what this client has from the store, or put there.
    pub(super) fn newest_fence(&self) -> u64 {
        self.published.load().as_ref().map_or(0, |snapshot| snapshot.origin.fence)
    }

    /// Whether it was adopted while the provider refused that very credential.
    pub(super) fn was_refused(&self, origin: Source) -> bool {
        origin.adopted && self.shared.as_ref().is_some_and(|shared| origin.fence <= shared.refused())
    }
}
