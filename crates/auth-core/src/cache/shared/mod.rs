//! A login that others share: whose turn it is, and what becomes known to all.
//!
//! Of the processes that need a login at once, one gets the lease and logs in. The others look again, or are told, and
//! take what it published. A holder that dies is replaced when its lease ends, one that is slow after 5 s, each by one other; where
//! a login ends the session of the one before, nobody takes a slow one's place. All that fails in the store leads to a login.
//! Only renewals, which nobody waits for, heed that the last one failed.

mod waits;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;

use self::waits::Waits;
use super::Source;
use super::answers::Reason;
use super::expiry::{self, Deadlines};
use super::landing::{CompletionGuard, Ended, Issued};
use crate::clock::Moment;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::store::{Acquire, Cooldown, Lease, Record, Shared};
use crate::sync::{jitter, sleep};

/// How long a lease is good for, and how often it is extended while the login lasts.
const LEASE: Duration = Duration::from_secs(4);
const EXTENDED_EVERY: Duration = Duration::from_secs(1);
/// When a holder that is not to be taken over is waited for again, at the least and with the jitter.
const WAITED_FOR_AGAIN: Duration = Duration::from_secs(1);
/// How long a renewal that has time is put off where the login of others does not end, and the least that is worth it.
const RENEWAL_PAUSE: Duration = Duration::from_secs(60);
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// Under which right a login ended.
pub(super) enum LeaseOutcome {
    /// The store had no say.
    Alone,
    /// Nobody else was to log in.
    Leased(Lease),
    /// Another process had logged in.
    Adopted,
    /// Another process was refused, or is not to be disturbed: no login is to be sent for so long.
    Deferred(Duration),
}

impl<L: Login> CompletionGuard<L> {
    /// Waits for others, and logs in until `end`: the store is told also of what was not done in time. `None` where no login is to
    /// be made, and the store has nothing.
    pub(super) async fn obtain_shared(
        &self,
        shared: &Shared<L::Credential>,
        end: Moment,
    ) -> Option<Ended<L::Credential>> {
        shared.remove_refused().await;
        match self.turn(shared).await {
            Err(ended) if self.only_looks() => Some(*ended).filter(|ended| matches!(ended.turn, LeaseOutcome::Adopted)),
            Ok(lease) if self.only_looks() => {
                if let Some(lease) = lease {
                    shared.ask(shared.store().release(shared.name(), &lease, None)).await;
                }
                None
            }
            Ok(Some(lease)) => {
                shared.holds(lease.fence);
                let result = self.attempts_under(shared, lease, end).await;
                Some(Ended { result, turn: LeaseOutcome::Leased(lease) })
            }
            Ok(None) => Some(Ended { result: self.attempts_alone(shared, end).await, turn: LeaseOutcome::Alone }),
            Err(ended) => Some(*ended),
        }
    }

    fn only_looks(&self) -> bool {
        self.ticket.reason == Reason::Look
    }

    async fn attempts_alone(&self, shared: &Shared<L::Credential>, end: Moment) -> Result<Issued<L::Credential>> {
        shared.count(|counts| &counts.alone);
        let known = self.cache.newest_fence();
        let result = self.attempts(self.until(end), || true).await;
        if result.is_ok() && shared.is_single_session() {
            // It ended the session that is in the store.
            shared.refuse(known);
        }
        result
    }

    /// The lease, or `None` where the store does not work; how it ended where no login is needed.
    async fn turn(&self, shared: &Shared<L::Credential>) -> Result<Option<Lease>, Box<Ended<L::Credential>>> {
        let cache = &*self.cache;
        let heeds_no_gate = !self.only_looks() && shared.ignore_cooldown();
        let mut claim = Acquire::by(Shared::<L::Credential>::owner());
        claim.span = if self.only_looks() { Duration::ZERO } else { LEASE };
        // That of a login before this one, whose runtime ended or stands still.
        let left_behind = shared.held().filter(|_| !self.only_looks());
        claim.take_over = left_behind;
        claim.ignore_cooldown = heeds_no_gate;
        claim.min_fence = self.cache.newest_fence();
        let mut waits = Waits::default();
        // A store that has one thing after the other that is of no use is not to be trusted.
        let (mut is_useless, mut is_reported) = (false, self.only_looks());
        loop {
            claim.min_fence = claim.min_fence.max(shared.refused());
            let asked = cache.now();
            let Some(found) = shared.ask(shared.store().acquire(shared.name(), &claim)).await else { return Ok(None) };
            if let Some(record) = found.record.filter(|record| record.fence > claim.min_fence) {
                if let Some(minted) = self.adopt(shared, &record, asked, &mut is_reported) {
                    return Err(Box::new(Ended { result: Ok(minted), turn: LeaseOutcome::Adopted }));
                }
                if std::mem::replace(&mut is_useless, true) {
                    shared.useless("the store has one record after the other that is of no use", &mut is_reported);
                    return Ok(None);
                }
                claim.min_fence = record.fence;
                continue;
            }
            if let Some(cooldown) = found.cooldown.filter(|_| !heeds_no_gate) {
                if let Some((error, pause)) = self.heed(shared, &cooldown, &mut is_reported) {
                    if let Some(lease) = found.lease {
                        shared.ask(shared.store().release(shared.name(), &lease, None)).await;
                    }
                    return Err(Box::new(Ended { result: Err(error), turn: LeaseOutcome::Deferred(pause) }));
                }
                if !std::mem::replace(&mut claim.ignore_cooldown, true) {
                    continue;
                }
            }
            if found.lease.is_some() || self.only_looks() && found.held_by.is_none() {
                if claim.take_over != left_behind {
                    shared.count(|counts| &counts.takeovers);
                    let (host, account) = (cache.http.host(), cache.http.label());
                    tracing::info!(host, %account, "another process's login takes too long: it is taken over");
                }
                return Ok(found.lease);
            }
            let now = cache.now();
            if waits.begin(now) {
                shared.count(|counts| &counts.waits);
                let (host, account) = (cache.http.host(), cache.http.label());
                tracing::debug!(host, %account, "another process logs in: it is waited for");
            }
            let late = found.held_by.filter(|holder| waits.are_over(*holder, now));
            let too_long = waits.are_too_long(now);
            if self.only_looks() && (too_long || late.is_some()) {
                return Ok(None);
            }
            if shared.is_single_session() && (too_long || late.is_some()) {
                let message = "another process has been logging in for long, and a second login would end its session";
                let turn = LeaseOutcome::Deferred(WAITED_FOR_AGAIN.mul_f64(1.0 + jitter()));
                return Err(Box::new(Ended { result: Err(Error::new(ErrorKind::Unavailable, message)), turn }));
            }
            if too_long {
                if !is_reported {
                    shared.degraded("nobody gives the lease back", None);
                }
                let Some(pause) = self.spare(RENEWAL_PAUSE) else { return Ok(None) };
                let error = Error::new(ErrorKind::Unavailable, "another process's login has not ended");
                return Err(Box::new(Ended { result: Err(error), turn: LeaseOutcome::Deferred(pause) }));
            }
            // Asked at once, but once: a store may refuse that as well.
            claim.take_over = late.filter(|_| claim.take_over != late);
            if claim.take_over.is_none() {
                waits.pass(shared.store(), shared.name(), found.held_for, || cache.now()).await;
            }
        }
    }

    /// The credential of a record that is of use here.
    fn adopt(
        &self,
        shared: &Shared<L::Credential>,
        record: &Record,
        asked: Moment,
        is_reported: &mut bool,
    ) -> Option<Issued<L::Credential>> {
        let cache = &*self.cache;
        let Some(kept) = shared.open(record) else {
            shared.useless("a record in the store cannot be opened", is_reported);
            return None;
        };
        let (now, renew_before) = (cache.now(), cache.http.pool().options.renew_before);
        let life = Deadlines::shared(kept.lifetime, record.left, renew_before, asked, now, jitter())?;
        // A renewal must not end with less than there was.
        let left = cache.machine().left(now).filter(|_| self.ticket.reason == Reason::Proactive);
        if life.left(now).is_some_and(|is_left| left.is_some_and(|left| is_left <= left)) {
            return None;
        }
        shared.count(|counts| &counts.adopted);
        let origin = Source { fence: record.fence, adopted: true };
        let age = expiry::published_for(kept.lifetime).saturating_sub(record.left);
        Some(Issued {
            credential: kept.credential,
            life,
            lifetime: kept.lifetime,
            others: Some((age, kept.forced)),
            origin,
        })
    }

    /// What a closed cooldown says, and for how long; `None` where it is only remembered, makes no sense, or is between renewals
    /// and this is none.
    fn heed(
        &self,
        shared: &Shared<L::Credential>,
        cooldown: &Cooldown,
        is_reported: &mut bool,
    ) -> Option<(Error, Duration)> {
        let Some(refusal) = shared.open_cooldown(cooldown) else {
            shared.useless("a refusal in the store cannot be opened", is_reported);
            return None;
        };
        shared.recall(&refusal);
        let pause = refusal.pause(cooldown.left)?;
        let pause = if refusal.is_passing() { self.spare(pause)? } else { pause };
        Some((refusal.error().cooling_down(), pause))
    }

    /// So much of a pause as a renewal can wait; `None` where callers wait, or soon would.
    fn spare(&self, pause: Duration) -> Option<Duration> {
        let left = self.cache.machine().left(self.cache.now()).filter(|_| self.ticket.reason == Reason::Proactive)?;
        Some(pause.min(left / 4)).filter(|pause| *pause >= SHORTEST_PAUSE)
    }

    fn until(&self, end: Moment) -> Duration {
        end.mono.saturating_sub(self.cache.now().mono)
    }

    /// The attempts, while which the lease is extended.
    async fn attempts_under(
        &self,
        shared: &Shared<L::Credential>,
        lease: Lease,
        end: Moment,
    ) -> Result<Issued<L::Credential>> {
        let is_held = AtomicBool::new(true);
        let may_repeat = || is_held.load(Relaxed) || !shared.is_single_session();
        let mut attempts = pin!(self.attempts(self.until(end), may_repeat));
        let mut extends = pin!(extend(shared, lease));
        poll_fn(|context| {
            if is_held.load(Relaxed) && extends.as_mut().poll(context).is_ready() {
                // Lost: what this login gets is published nevertheless, unless there is something newer.
                is_held.store(false, Relaxed);
            }
            match attempts.as_mut().poll(context) {
                Poll::Ready(result) => Poll::Ready(result),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
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
