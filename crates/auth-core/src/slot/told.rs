//! What a store is told when a login has ended.

use std::time::Duration;

use super::answers::Reason;
use super::landing::{Landing, Minted};
use super::shared::Turn;
use super::{life, millis};
use crate::error::Error;
use crate::login::Login;
use crate::store::Refusal;

impl<L: Login> Landing<L> {
    /// Tells the store what a login got, before anybody here uses it: a short-lived process may end right after.
    pub(super) async fn share(&self, mut minted: Minted<L::Credential>, turn: &Turn) -> Minted<L::Credential> {
        let Some(shared) = &self.slot.shared else { return minted };
        shared.forget_failures();
        let Turn::Leased(lease) = turn else { return minted };
        shared.holds(0);
        let left = minted.life.left(self.slot.now()).unwrap_or(life::LONGEST);
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
                let (host, account) = (self.slot.http.host(), self.slot.http.label());
                tracing::debug!(host, %account, %error, "it is not shared");
                shared.ask(shared.store().release(shared.name(), lease, None)).await;
            }
        }
        minted
    }

    /// Tells the machine that it failed, and the store if that concerns all; answers like [`fail`](Self::fail).
    pub(super) async fn fail_shared(&self, error: &Error, turn: &Turn) -> Option<Duration> {
        let slot = &*self.slot;
        let Some(shared) = &slot.shared else { return self.fail(error) };
        if let Turn::HeldBack(pause) = turn {
            let pause = slot.machine().held_back(self.ticket, slot.now(), *pause, error.clone());
            let pause = pause.filter(|pause| !pause.is_zero())?;
            shared.count(|counts| &counts.held_back);
            let (host, account, retry_in_ms) = (slot.http.host(), slot.http.label(), millis(pause));
            tracing::warn!(host, %account, retry_in_ms, %error, "held back by another process's login");
            return Some(pause);
        }
        let renews = self.ticket.reason == Reason::Proactive;
        let (refused, failed) = shared.failures_in_a_row();
        // Where callers wait, what others failed with does not make the pause longer.
        slot.machine().recall_failures(refused, if renews { failed } else { 0 });
        let pause = self.fail(error);
        let Turn::Leased(lease) = turn else { return pause };
        shared.holds(0);
        let refusal = pause.and_then(|pause| {
            let in_a_row = slot.machine().failures_in_a_row();
            shared.set_failures_in_a_row(in_a_row);
            Refusal::of(error, pause, in_a_row).filter(|refusal| renews || !refusal.is_passing())
        });
        let gate = refusal.and_then(|refusal| shared.seal_gate(&refusal).ok());
        shared.ask(shared.store().release(shared.name(), lease, gate)).await;
        pause
    }
}
