//! Times at which leases were granted to this store, until their credentials are published.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::link::now;

/// Longer than any login takes.
const MAX_LOGIN_TIME: Duration = Duration::from_secs(120);

type Owner = [u8; 16];

#[derive(Default)]
pub(crate) struct Grants(Mutex<HashMap<Owner, Instant>>);

impl Grants {
    /// Records that the lease of this owner was granted now.
    pub(crate) fn begin(&self, owner: Owner) {
        let now = now();
        let mut grants = self.lock();
        grants.retain(|_, at| now < *at + MAX_LOGIN_TIME);
        grants.insert(owner, now);
    }

    /// Removes the grant and returns the time since it, if it is known.
    pub(crate) fn end(&self, owner: &Owner) -> Option<Duration> {
        self.lock().remove(owner).map(|at| now().duration_since(at))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Owner, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_never_published_is_forgotten() {
        let grants = Grants::default();
        grants.begin([1; 16]);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(grants.end(&[1; 16]), Some(Duration::from_secs(5)));
        assert_eq!(grants.end(&[1; 16]), None);
        grants.begin([2; 16]);
        tokio::time::advance(MAX_LOGIN_TIME).await;
        grants.begin([3; 16]);
        assert_eq!(grants.end(&[2; 16]), None);
    }
}
