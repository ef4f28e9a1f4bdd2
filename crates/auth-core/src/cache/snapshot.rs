//! One credential as readers meet it, and where it came from.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crate::clock;
use crate::sync::AtomicU64;

/// One credential with all that its login returned. Never changed, only replaced.
#[derive(Debug)]
pub(crate) struct CachedCredential<C> {
    pub(crate) credential: Arc<C>,
    pub(crate) generation: u64,
    #[cfg_attr(not(feature = "store"), expect(dead_code, reason = "only a store is told"))]
    pub(crate) origin: Source,
    /// The tick of the coarse clock in which the machine last served it: in the same tick it need not be asked again.
    pub(super) served_in: AtomicU64,
}

impl<C> CachedCredential<C> {
    pub(super) fn new(credential: C, generation: u64, origin: Source) -> Arc<Self> {
        let served_in = AtomicU64::new(clock::NO_TICK);
        Arc::new(Self { credential: Arc::new(credential), generation, origin, served_in })
    }

    pub(super) fn was_served_in(&self, tick: Option<u64>) -> bool {
        tick.is_some_and(|tick| self.served_in.load(Relaxed) == tick)
    }
}

/// Where a credential came from, as far as a store matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    /// Under which it is in the store; zero where it is in none.
    #[cfg(feature = "store")]
    pub(crate) fence: u64,
    /// Whether it came from there.
    #[cfg(feature = "store")]
    pub(crate) adopted: bool,
}

impl Source {
    #[cfg(not(feature = "store"))]
    #[expect(clippy::unused_self, reason = "with a store it is asked")]
    pub(super) fn is_shared(self) -> bool {
        false
    }

    #[cfg(feature = "store")]
    pub(super) fn is_shared(self) -> bool {
        self.adopted
    }
}
