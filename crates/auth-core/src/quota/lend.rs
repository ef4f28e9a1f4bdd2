//! The interface between the permits of a process and the store that counts them for all.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::exchange::{Take, Taken};

/// Counts the permits of all processes together.
///
/// The cache knows this trait instead of the store, so that the feature `store` gates the store's module alone.
#[async_trait]
pub(crate) trait Lend: fmt::Debug + Send + Sync {
    /// Takes permits. Returns `None` if the store fails, or does not support quotas.
    async fn take(&self, take: &Take) -> Option<Taken>;

    /// Takes permits from the machine's part while the store is gone, or records the store's answer. Returns `None`
    /// without such a part.
    async fn take_part(&self, take: &Take) -> Option<Taken>;

    /// Returns the time for which the store is not used, because it failed.
    fn rest(&self) -> Duration;
}
