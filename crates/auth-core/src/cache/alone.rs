//! What there is to a store where there is none; `together.rs` is the same with one.

use std::sync::Arc;

use super::{CachedCredential, CredentialCache, Invalidation, Source};
use crate::login::Login;
use crate::stats::Stats;

impl<L: Login> CredentialCache<L> {
    pub(crate) fn stats(&self) -> Stats {
        self.counters.read()
    }

    #[expect(clippy::unused_self, reason = "with a store there is more to it")]
    pub(super) fn reset_shared(&self) {}

    #[expect(clippy::unused_self, reason = "with a store there is more to it")]
    pub(super) fn refuse(&self, _thrown_away: Option<&CachedCredential<L::Credential>>) {}

    #[expect(clippy::unused_async, reason = "with a store there is more to it")]
    pub(crate) async fn invalidate_or_adopt(self: &Arc<Self>, generation: u64) -> Invalidation {
        self.invalidate(generation)
    }

    #[expect(clippy::unused_self, reason = "with a store there is more to it")]
    pub(crate) fn look(self: &Arc<Self>, _generation: u64) {}

    #[expect(clippy::unused_self, reason = "with a store there is more to it")]
    pub(crate) fn tell_of_refused(self: &Arc<Self>) {}

    #[expect(clippy::unused_async, reason = "with a store there is more to it")]
    pub(crate) async fn told_of_refused(&self) {}

    #[expect(clippy::unused_self, reason = "with a store there is more to it")]
    pub(super) fn was_refused(&self, _origin: Source) -> bool {
        false
    }
}
