//! The parts that the accounts of a set share: totals, and the limit on concurrent logins.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::turns::{Place, Turns};
use crate::stats::Totals;

#[derive(Debug, Default)]
pub(crate) struct Common {
    pub(crate) totals: Totals,
    turns: ArcSwapOption<Turns>,
}

impl Common {
    pub(crate) fn limit_logins(&self, at_once: usize) {
        self.turns.store(Some(Arc::new(Turns::new(at_once))));
    }

    /// Returns a place for a login that has not joined the line yet, or `None` if there is no limit.
    pub(crate) fn place(&self) -> Option<Place> {
        self.turns.load_full().map(Place::new)
    }
}
