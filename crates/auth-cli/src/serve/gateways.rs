//! The gateways that are open, by the names of their profiles.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use auth_core::Stats;

use super::gateway::Gateway;
use super::upstream::stats;

/// The gateways that are open.
#[derive(Debug, Default)]
pub(super) struct Gateways(RwLock<BTreeMap<String, Arc<Gateway>>>);

impl Gateways {
    /// Replaces the gateways.
    pub(super) fn set(&self, gateways: BTreeMap<String, Arc<Gateway>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = gateways;
    }

    /// Returns each profile's counters.
    pub(super) fn stats(&self) -> Vec<(String, Stats)> {
        let gateways = self.0.read().unwrap_or_else(PoisonError::into_inner);
        gateways.iter().map(|(profile, gateway)| (profile.clone(), stats(&gateway.client()))).collect()
    }
}
