//! What a store is told when a login has ended.

use std::time::Duration;

use super::answers::Reason;
use super::landing::{CompletionGuard, Issued};
use super::shared::LeaseOutcome;
use super::{expiry, millis};
use crate::error::Error;
use crate::login::Login;
use crate::store::StoredFailure;

impl<L: Login> CompletionGuard<L> {
    /// Tells the store what a login got, before anybody here uses it: a short-lived process may end right after.
    pub(super) async fn share(&self, mut minted: Issued<L::Credential>, turn: &LeaseOutcome) -> Issued<L::Credential> {
        let Some(shared) = &self.cache.shared else { return minted };
        shared.forget_failures();
        let LeaseOutcome::Leased(lease) = turn else { return minted };
        shared.holds(0);
        let left = minted.life.left(self.cache.now()).unwrap_or(expiry::LONGEST);
        // The store's clock starts when it has been told, which may be that much later.
        let lifetime = left.saturating_sub(shared.timeout());
        let forced = self.ticket.reason == Reason::Forced;
        let sealed = shared.seal(&minted.credential, minted.lifetime, forced, lease.fence);
        minted.origin.fence = lease.fence;
        match sealed {
            Ok(sealed) if !lifetime.is_zero() => {
                shared.ask(shared.store().publish(shared.name(), lease, &sealed, lifetime)).await;
            }
            Ok(_ends_too_soon) => {
                shared.ask(shared.store().release(shared.name(), lease, None)).await;
            }
            Err(error) => {
                shared.useless("the credential cannot be sealed", &mut false);
                let (host, account) = (self.cache.http.host(), self.cache.http.label());
                tracing::debug!(host, %account, %error, "it is not shared");
                shared.ask(shared.store().release(shared.name(), lease, None)).await;
            }
        }
        minted
    }

    /// Tells the machine that it failed, and the store if that concerns all; answers like [`fail`](Self::fail).
    pub(super) async fn fail_shared(&self, error: &Error, turn: &LeaseOutcome) -> Option<Duration> {
        let cache = &*self.cache;
        let Some(shared) = &cache.shared else { return self.fail(error) };
        if let LeaseOutcome::Deferred(pause) = turn {
            let pause = cache.machine().defer(self.ticket, cache.now(), *pause, error.clone());
            let pause = pause.filter(|pause| !pause.is_zero())?;
            shared.count(|counts| &counts.deferred);
            let (host, account, retry_in_ms) = (cache.http.host(), cache.http.label(), millis(pause));
            tracing::warn!(host, %account, retry_in_ms, %error, "held back by another process's login");
            return Some(pause);
        }
        let renews = self.ticket.reason == Reason::Proactive;
        let (refused, failed) = shared.failures_in_a_row();
        // Where callers wait, what others failed with does not make the pause longer.
        cache.machine().recall_failures(refused, if renews { failed } else { 0 });
        let pause = self.fail(error);
        let LeaseOutcome::Leased(lease) = turn else { return pause };
        shared.holds(0);
        let refusal = pause.and_then(|pause| {
            let in_a_row = cache.machine().failures_in_a_row();
            shared.set_failures_in_a_row(in_a_row);
            StoredFailure::of(error, pause, in_a_row).filter(|refusal| renews || !refusal.is_passing())
        });
        let cooldown = refusal.and_then(|refusal| shared.seal_cooldown(&refusal).ok());
        shared.ask(shared.store().release(shared.name(), lease, cooldown)).await;
        pause
    }
}
