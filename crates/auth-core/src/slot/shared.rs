//! A login that others share: whose turn it is, and what becomes known to all.
//!
//! Of the processes that need a login at once, one gets the lease and logs in. The others look again every tenth of a second, and
//! take what it published. A holder that dies is replaced when its lease ends, one that is slow after 5 s, each by one other. All
//! that fails in the store leads to a login.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;

use super::answers::Reason;
use super::landing::{Ended, Landing, Minted};
use super::life::Life;
use super::{Origin, Slot, Snapshot};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::login::Login;
use crate::stats::Stats;
use crate::store::{Claim, Gate, Lease, Record, Shared};
use crate::sync::{roll, sleep};

/// How long a lease is good for, and how often it is extended while the login lasts.
const LEASE: Duration = Duration::from_secs(4);
const EXTENDED_EVERY: Duration = Duration::from_secs(1);
/// How long others wait for the same holder, at the least and with the jitter.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long they wait at the most, whoever holds it: then there is still time for a login of their own.
const LONGEST_WAIT: Duration = Duration::from_secs(12);
/// How often they look, at the least and with the jitter.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Under which right a login ended.
pub(super) enum Turn {
    /// The store had no say.
    Alone,
    /// Nobody else was to log in.
    Leased(Lease),
    /// Another process had logged in.
    Adopted,
    /// Another process was refused; no login is to be sent for so long.
    HeldBack(Duration),
}

impl<L: Login> Landing<L> {
    pub(super) async fn obtain_shared(&self, shared: &Shared<L::Credential>) -> Ended<L::Credential> {
        if let Some(fence) = shared.to_remove() {
            shared.ask(shared.store().remove(shared.name(), fence)).await;
        }
        match self.turn(shared).await {
            Ok(Some(lease)) => {
                let result = self.attempts_under(shared, lease).await;
                Ended { result, turn: Turn::Leased(lease) }
            }
            Ok(None) => Ended { result: self.attempts().await, turn: Turn::Alone },
            Err(ended) => *ended,
        }
    }

    /// The lease, or `None` where the store does not work; how it ended where no login is needed.
    async fn turn(&self, shared: &Shared<L::Credential>) -> Result<Option<Lease>, Box<Ended<L::Credential>>> {
        let slot = &*self.slot;
        let heeds_no_gate = shared.past_gate();
        let mut claim = Claim::by(Shared::<L::Credential>::owner());
        claim.span = LEASE;
        claim.past_gate = heeds_no_gate;
        claim.newer_than = slot.published.load().as_ref().map_or(0, |snapshot| snapshot.origin.fence);
        let mut waits = Waits::default();
        loop {
            claim.newer_than = claim.newer_than.max(shared.refused());
            let asked = slot.now();
            let Some(found) = shared.ask(shared.store().claim(shared.name(), &claim)).await else { return Ok(None) };
            if let Some(record) = found.record.filter(|record| record.fence > claim.newer_than) {
                if let Some(minted) = self.adopt(shared, &record, asked) {
                    return Err(Box::new(Ended { result: Ok(minted), turn: Turn::Adopted }));
                }
                claim.newer_than = record.fence;
                continue;
            }
            if let Some(gate) = found.gate.filter(|_| !heeds_no_gate) {
                if let Some((error, pause)) = Self::heed(shared, &gate) {
                    if let Some(lease) = found.lease {
                        shared.ask(shared.store().release(shared.name(), &lease, None)).await;
                    }
                    return Err(Box::new(Ended { result: Err(error), turn: Turn::HeldBack(pause) }));
                }
                if !std::mem::replace(&mut claim.past_gate, true) {
                    continue;
                }
            }
            if found.lease.is_some() {
                return Ok(found.lease);
            }
            if waits.are_too_long(slot.now()) {
                return Ok(None);
            }
            // Asked at once, but once: a store may refuse that as well.
            let late = found.held_by.filter(|holder| waits.are_over(*holder, slot.now()));
            claim.instead_of = late.filter(|_| claim.instead_of != late);
            if claim.instead_of.is_none() {
                shared.store().changed(shared.name(), LOOK_EVERY.mul_f64(1.0 + roll())).await;
            }
        }
    }

    /// The credential of a record that is of use here.
    fn adopt(&self, shared: &Shared<L::Credential>, record: &Record, asked: Moment) -> Option<Minted<L::Credential>> {
        let slot = &*self.slot;
        let Some(kept) = shared.open(record) else {
            shared.useless("a record in the store cannot be opened");
            return None;
        };
        let (now, lead) = (slot.now(), slot.http.pool().options.lead);
        let life = Life::shared(kept.lifetime, record.left, lead, asked, now, roll())?;
        // A renewal must not end with less than there was.
        let left = slot.machine().left(now).filter(|_| self.ticket.reason == Reason::Proactive);
        if life.left(now).is_some_and(|is_left| left.is_some_and(|left| is_left <= left)) {
            return None;
        }
        shared.adopted.count();
        let origin = Origin { fence: record.fence, adopted: true };
        Some(Minted { credential: kept.credential, life, lifetime: kept.lifetime, origin })
    }

    /// What a closed gate says, and for how long; `None` where it is only remembered, or makes no sense.
    fn heed(shared: &Shared<L::Credential>, gate: &Gate) -> Option<(Error, Duration)> {
        let Some(refusal) = shared.open_gate(gate) else {
            shared.useless("a refusal in the store cannot be opened");
            return None;
        };
        shared.refusals().fetch_max(refusal.refusals, Relaxed);
        let pause = refusal.pause(gate.left)?;
        Some((refusal.error(), pause))
    }

    /// The attempts, while which the lease is extended.
    async fn attempts_under(&self, shared: &Shared<L::Credential>, lease: Lease) -> Result<Minted<L::Credential>> {
        let mut attempts = pin!(self.attempts());
        let mut extends = pin!(extend(shared, lease));
        let mut is_held = true;
        poll_fn(|context| {
            if is_held && extends.as_mut().poll(context).is_ready() {
                // Lost: what this login gets is published nevertheless, unless there is something newer.
                is_held = false;
            }
            match attempts.as_mut().poll(context) {
                Poll::Ready(result) => Poll::Ready(result),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}

/// How long the holder of a lease has been waited for.
#[derive(Default)]
struct Waits {
    holder: Option<u64>,
    until: Moment,
    /// When it is too late to wait for anybody.
    end: Option<Moment>,
}

impl Waits {
    fn are_over(&mut self, holder: u64, now: Moment) -> bool {
        if self.holder != Some(holder) {
            self.holder = Some(holder);
            self.until = now.plus(PATIENCE.mul_f64(1.0 + roll() / 2.0));
        }
        now.mono >= self.until.mono
    }

    fn are_too_long(&mut self, now: Moment) -> bool {
        let end = self.end.get_or_insert_with(|| now.plus(LONGEST_WAIT.mul_f64(1.0 + roll() / 4.0)));
        now.mono >= end.mono
    }
}

/// Extends the lease until it is lost.
async fn extend<C>(shared: &Shared<C>, lease: Lease) {
    loop {
        sleep(EXTENDED_EVERY).await;
        if shared.ask(shared.store().extend(shared.name(), &lease, LEASE)).await == Some(false) {
            return;
        }
    }
}

impl<L: Login> Slot<L> {
    /// With others, by a store.
    pub(crate) fn sharing(self, shared: Shared<L::Credential>) -> Self {
        Self { shared: Some(Box::new(shared)), ..self }
    }

    pub(crate) fn stats(&self) -> Stats {
        let counts = self.counters.read();
        match &self.shared {
            Some(shared) => Stats { adopted: shared.adopted.get(), store_failures: shared.failures.get(), ..counts },
            None => counts,
        }
    }

    pub(super) fn reset_shared(&self) {
        if let Some(shared) = &self.shared {
            shared.reset();
        }
    }

    /// What is thrown away here is of no use elsewhere: the next login says so to the store.
    pub(super) fn refuse(&self, thrown_away: Option<&Snapshot<L::Credential>>) {
        if let (Some(shared), Some(snapshot)) = (&self.shared, thrown_away) {
            shared.refuse(snapshot.origin.fence);
        }
    }

    /// Whether it was adopted while the provider refused that very credential.
    pub(super) fn was_refused(&self, origin: Origin) -> bool {
        origin.adopted && self.shared.as_ref().is_some_and(|shared| origin.fence <= shared.refused())
    }
}
