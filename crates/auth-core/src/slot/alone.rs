//! What there is to a store where there is none.

use super::{Origin, Slot, Snapshot};
use crate::login::Login;
use crate::stats::Stats;

impl<L: Login> Slot<L> {
    pub(crate) fn stats(&self) -> Stats {
        self.counters.read()
    }

    #[expect(clippy::unused_self, reason = "with a store there is more to it")]
    pub(super) fn refuse(&self, _thrown_away: Option<&Snapshot<L::Credential>>) {}

    #[expect(clippy::unused_self, reason = "with a store there is more to it")]
    pub(super) fn was_refused(&self, _origin: Origin) -> bool {
        false
    }
}
