//! The coordinator of one account's logins: acquires the lease, waits for other processes, takes over, publishes.
//!
//! Of the processes that need a login at once, one gets the lease and logs in. The others poll the store, or are
//! notified, and adopt the published credential. A holder that dies is replaced when its lease ends, and a slow one
//! after 5 s, each by one other process. With `single_session` a slow holder is never taken over.
//!
//! Every failure of the store leads to a login. A failed renewal defers the renewals of other processes. A login that
//! callers wait for is deferred by an outage only if it was seen from two machines: see [`outage`](super::outage).

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;

use super::account_store::AccountStore;
use super::contract::{Acquire, Cooldown, Lease, Record};
use super::key::Identify;
use super::lender::Lender;
use super::outage::{Report, max_deferral};
use super::seal::random_owner;
use super::shared_store::SharedStore;
use super::stored::{Persist, StoredFailure};
use super::waits::Waits;
use crate::cache::decision::Reason;
use crate::cache::expiry::{Deadlines, MAX_LIFETIME, usable};
use crate::cache::obtain::{BoxFuture, Coordinate, Fail, Issued, LoggedIn, RecordedFailure, TimeLeft};
use crate::clock::Moment;
use crate::error::{Error, ErrorKind, Result};
use crate::quota::Lend;
use crate::stats::{Stats, StoreCounters};
use crate::sync::{jitter, sleep};
use crate::transport::Http;

/// The length of a lease. The next constant is the interval at which it is extended during a login.
const LEASE: Duration = Duration::from_secs(4);
const EXTEND_EVERY: Duration = Duration::from_secs(1);
/// The pause, before jitter, of a caller that may not take over a slow holder.
const SLOW_HOLDER_PAUSE: Duration = Duration::from_secs(1);
/// The pause of a renewal that can wait if another process's login does not end.
const RENEWAL_PAUSE: Duration = Duration::from_secs(60);

/// The result of asking the store for a login.
enum LeaseOutcome<C> {
    /// This process logs in, and others wait for it. The store has this report of an outage.
    Leased(Lease, Report),
    /// The store cannot decide: this process logs in without it, or a look has found nothing.
    Bypassed,
    /// Another process has logged in, and its credential is used.
    Adopted(Issued<C>),
    /// Another process was refused or saw an outage, or must not be interrupted. No login is sent for this long.
    Deferred(Error, Duration),
}

/// Coordinates the logins of one account with other processes, under the key that its current secrets have.
///
/// An account's key is a keyed hash of its secrets, too. Processes that have the old and the new secret therefore share
/// neither credentials nor cooldowns.
#[derive(Debug)]
pub(super) struct Coordinator {
    counters: Arc<StoreCounters>,
    current: Arc<ArcSwap<AccountStore>>,
}

impl Coordinator {
    pub(super) fn new(account: &impl Identify, shared: SharedStore, http: Http) -> Result<Self> {
        let counters = Arc::default();
        let key = shared.key(account, &http)?;
        let current = ArcSwap::from_pointee(AccountStore::new(shared, key, http, Arc::clone(&counters)));
        Ok(Self { counters, current: Arc::new(current) })
    }

    /// Returns the store under the key that the secrets of this account have.
    async fn under(&self, account: &impl Identify) -> Result<Arc<AccountStore>> {
        let current = self.current.load_full();
        let key = current.shared.key(account, &current.http)?;
        if current.key == key {
            return Ok(current);
        }
        current.remove_invalidated().await;
        let next = AccountStore::new(current.shared.clone(), key, current.http.clone(), Arc::clone(&self.counters));
        if current.take_ignore_cooldown() {
            next.clear_cooldown();
        }
        let next = Arc::new(next);
        self.current.store(Arc::clone(&next));
        Ok(next)
    }
}

#[async_trait]
impl<L: Identify<Credential: Persist>> Coordinate<L> for Coordinator {
    async fn obtain(
        &self,
        account: &L,
        reason: Reason,
        known_fence: u64,
        time_left: TimeLeft<'_>,
        may_repeat: &AtomicBool,
        log_in: BoxFuture<'_, Result<LoggedIn<L::Credential>>>,
        fail: Fail<'_>,
    ) -> Option<Result<Issued<L::Credential>>> {
        match self.under(account).await {
            Ok(account) => {
                account.remove_invalidated().await;
                let known_fence = account.known(known_fence);
                SharedRefresh { account: &account, reason, known_fence, time_left, may_repeat, fail }
                    .obtain(log_in)
                    .await
            }
            Err(error) => {
                let (cooldown, _) = fail(&error, (0, 0), None)?;
                Some(Err(error.with_retry_after(cooldown)))
            }
        }
    }

    fn invalidate(&self, fence: u64) {
        self.current.load().invalidate(fence);
    }

    fn removal(&self) -> Option<BoxFuture<'static, ()>> {
        let account = self.current.load_full();
        account.has_removal().then(|| Box::pin(async move { account.remove_invalidated().await }) as _)
    }

    fn clear_cooldown(&self) {
        self.current.load().clear_cooldown();
    }

    fn lender(&self) -> Arc<dyn Lend> {
        Arc::new(Lender::new(Arc::clone(&self.current)))
    }

    fn add_to(&self, stats: Stats) -> Stats {
        self.counters.add_to(stats)
    }
}

/// A refresh of an account that may share its login: see [`Coordinate::obtain`].
struct SharedRefresh<'a> {
    account: &'a AccountStore,
    reason: Reason,
    known_fence: u64,
    time_left: TimeLeft<'a>,
    may_repeat: &'a AtomicBool,
    fail: Fail<'a>,
}

impl SharedRefresh<'_> {
    async fn obtain<C: Persist>(&self, log_in: BoxFuture<'_, Result<LoggedIn<C>>>) -> Option<Result<Issued<C>>> {
        let lease = match self.lease().await {
            LeaseOutcome::Adopted(issued) => {
                self.account.issues(issued.fence);
                return Some(Ok(issued));
            }
            LeaseOutcome::Leased(lease, _) if self.only_looks() => {
                // A look requests no lease. If one is granted anyway, it is released.
                self.account.release(&lease, None).await;
                return None;
            }
            _ if self.only_looks() => return None,
            LeaseOutcome::Leased(lease, report) => Some((lease, report)),
            LeaseOutcome::Bypassed => None,
            LeaseOutcome::Deferred(error, pause) => {
                let (cooldown, _) = (self.fail)(&error, (0, 0), Some(pause))?;
                self.account.count(|counters| &counters.deferred);
                return Some(Err(error.with_retry_after(cooldown)));
            }
        };
        let begun = self.account.now();
        let result = match &lease {
            Some((lease, _)) => self.log_in_under(lease, log_in).await,
            None => self.log_in_alone(log_in).await,
        };
        match result {
            Ok(logged_in) => Some(Ok(self.publish(logged_in, lease.as_ref().map(|(lease, _)| lease)).await)),
            Err(error) => {
                let passed = self.account.now().mono.saturating_sub(begun.mono);
                let Some((lease, report)) = lease else {
                    return self
                        .fails(&error, &Report::default())
                        .map(|(cooldown, _)| Err(error.with_retry_after(cooldown)));
                };
                let report = report.after(passed).seen_from(self.account.shared.machine_id());
                let failure = self.fails(&error, &report);
                self.release(&lease, &error, failure, &report).await;
                failure.map(|(cooldown, _)| Err(error.with_retry_after(cooldown)))
            }
        }
    }

    /// Records a failed login of this process.
    fn fails(&self, error: &Error, report: &Report) -> Option<RecordedFailure> {
        let (refused, failed) = self.account.failures();
        let failed = if self.reason == Reason::Proactive { failed } else { report.shared_failures() };
        (self.fail)(error, (refused, failed), None)
    }

    /// Asks the store until it answers, or until other processes have taken too long.
    async fn lease<C: Persist>(&self) -> LeaseOutcome<C> {
        let account = self.account;
        // A look does not consume the flag, so the next login still ignores the cooldown.
        let ignores_cooldown = !self.only_looks() && account.take_ignore_cooldown();
        // The lease of an earlier login of this client, whose runtime has ended or stalled.
        let left_behind = account.held().filter(|_| !self.only_looks());
        let mut acquire = Acquire {
            owner: random_owner(),
            span: if self.only_looks() { Duration::ZERO } else { LEASE },
            min_fence: self.known_fence,
            ignore_cooldown: ignores_cooldown,
            take_over: left_behind,
        };
        let mut waits = Waits::default();
        let (mut was_unusable, mut is_reported) = (false, self.only_looks());
        let mut report = Report::default();
        loop {
            acquire.min_fence = acquire.min_fence.max(account.invalidated());
            let asked = account.now();
            let Some(found) = account.ask(account.store().acquire(&account.key, &acquire)).await else {
                return LeaseOutcome::Bypassed;
            };
            if let Some(record) = found.record.filter(|record| record.fence > acquire.min_fence) {
                if let Some(issued) = self.adopt(&record, asked, &mut is_reported) {
                    return LeaseOutcome::Adopted(issued);
                }
                // A store that returns two unusable records in a row is not trusted.
                if std::mem::replace(&mut was_unusable, true) {
                    account.unusable("the store has one unusable record after the other", &mut is_reported);
                    return LeaseOutcome::Bypassed;
                }
                acquire.min_fence = record.fence;
                continue;
            }
            if let Some(cooldown) = found.cooldown.filter(|_| !ignores_cooldown) {
                let deferral;
                (deferral, report) = self.honor_cooldown(&cooldown, found.held_by.is_some(), &mut is_reported);
                if let Some((error, pause)) = deferral {
                    if let Some(lease) = found.lease {
                        account.release(&lease, None).await;
                    }
                    return LeaseOutcome::Deferred(error, pause);
                }
                if !std::mem::replace(&mut acquire.ignore_cooldown, true) {
                    continue;
                }
            }
            if let Some(lease) = found.lease {
                if acquire.take_over != left_behind {
                    account.count(|counters| &counters.takeovers);
                    let (host, account) = (account.http.host(), account.http.label());
                    tracing::info!(
                        name: "auth.login_taken_over", %account, server.address = host,
                        "another process's login takes too long and is taken over"
                    );
                }
                return LeaseOutcome::Leased(lease, report);
            }
            if self.only_looks() && found.held_by.is_none() {
                return LeaseOutcome::Bypassed;
            }
            let now = account.now();
            if waits.begin(now) {
                account.count(|counters| &counters.waits);
                let (host, account) = (account.http.host(), account.http.label());
                tracing::debug!(
                    name: "auth.login_waits", %account, server.address = host, "waits for another process's login"
                );
            }
            let slow_holder = found.held_by.filter(|holder| waits.are_over(*holder, now));
            let too_long = waits.are_too_long(now);
            if too_long || slow_holder.is_some() {
                if self.only_looks() {
                    return LeaseOutcome::Bypassed;
                }
                if account.shared.single_session {
                    let message =
                        "another process has been logging in for long, and a second login would end its session";
                    let pause = SLOW_HOLDER_PAUSE.mul_f64(1.0 + jitter());
                    return LeaseOutcome::Deferred(Error::new(ErrorKind::Unavailable, message), pause);
                }
            }
            if too_long {
                if !is_reported {
                    account.degraded("no process gives the lease back", None);
                }
                let Some(pause) = max_deferral(RENEWAL_PAUSE, (self.time_left)()) else {
                    return LeaseOutcome::Bypassed;
                };
                let error = Error::new(ErrorKind::Unavailable, "another process's login has not ended");
                return LeaseOutcome::Deferred(error, pause);
            }
            // Taken over at once, but only once, because the store may refuse this too.
            acquire.take_over = slow_holder.filter(|_| acquire.take_over != slow_holder);
            if acquire.take_over.is_none() {
                waits.pass(account.store(), &account.key, found.held_for, || account.now()).await;
            }
        }
    }

    /// Returns the credential of a record, if it is usable here.
    fn adopt<C: Persist>(&self, record: &Record, asked: Moment, is_reported: &mut bool) -> Option<Issued<C>> {
        let account = self.account;
        let Some(stored) = account.open(record) else {
            account.unusable("a record in the store cannot be opened", is_reported);
            return None;
        };
        let (now, renew_before) = (account.now(), account.http.pool().options.renew_before);
        let deadlines = Deadlines::with_time_left(stored.lifetime, record.left, renew_before, asked, now, jitter())?;
        // A renewal must not return a credential that expires earlier than the current one.
        if deadlines.left(now).is_some_and(|left| (self.time_left)().is_some_and(|current| left <= current)) {
            return None;
        }
        account.count(|counters| &counters.adopted);
        // Its publisher counted for the store's time-out, too.
        let age = usable(stored.lifetime).saturating_sub(record.left);
        let sent_at = asked.mono.saturating_sub(age);
        let age = age.saturating_sub(account.shared.timeout);
        Some(Issued {
            credential: stored.credential,
            deadlines,
            sent_at,
            fence: record.fence,
            adopted: Some((age, stored.forced)),
        })
    }

    /// Returns the failure of a cooldown with the time for which it defers this login, and the outage that it reports.
    ///
    /// The failure is `None` if its pause is over and it is only remembered, if it cannot be opened, or if it may be
    /// local to another machine and this is no renewal that can wait.
    fn honor_cooldown(
        &self,
        cooldown: &Cooldown,
        is_held: bool,
        is_reported: &mut bool,
    ) -> (Option<(Error, Duration)>, Report) {
        let Some(failure) = self.account.open_cooldown(cooldown) else {
            self.account.unusable("a cooldown in the store cannot be opened", is_reported);
            return (None, Report::default());
        };
        self.account.raise_failures(&failure);
        let report = self.account.report(&failure, cooldown.left);
        let pause = if failure.is_passing() {
            report.deferral((self.time_left)(), is_held)
        } else {
            failure.pause(cooldown.left)
        };
        (pause.map(|pause| (failure.error().cooling_down(), pause)), report)
    }

    /// Logs in while the lease is extended.
    async fn log_in_under<C>(
        &self,
        lease: &Lease,
        mut log_in: BoxFuture<'_, Result<LoggedIn<C>>>,
    ) -> Result<LoggedIn<C>> {
        self.account.hold(lease.fence);
        let mut extend = pin!(self.extend_until_lost(lease));
        let mut is_held = true;
        poll_fn(|context| {
            if is_held && extend.as_mut().poll(context).is_ready() {
                // The result of this login is still published, unless there is a newer record.
                is_held = false;
                self.may_repeat.store(!self.account.shared.single_session, Relaxed);
            }
            log_in.as_mut().poll(context)
        })
        .await
    }

    async fn extend_until_lost(&self, lease: &Lease) {
        let account = self.account;
        loop {
            sleep(EXTEND_EVERY).await;
            if account.ask(account.store().extend(&account.key, lease, LEASE)).await == Some(false) {
                return;
            }
        }
    }

    /// Logs in without the store.
    async fn log_in_alone<C>(&self, log_in: BoxFuture<'_, Result<LoggedIn<C>>>) -> Result<LoggedIn<C>> {
        self.account.count(|counters| &counters.bypassed);
        let result = log_in.await;
        if result.is_ok() && self.account.shared.single_session {
            // This login ended the session that is in the store.
            self.account.invalidate(self.known_fence);
        }
        result
    }

    /// Publishes a credential before any caller here uses it, because a short-lived process may end right after.
    async fn publish<C: Persist>(&self, logged_in: LoggedIn<C>, lease: Option<&Lease>) -> Issued<C> {
        let account = self.account;
        let (issued, lifetime) = logged_in;
        account.set_failures((0, 0));
        let Some(lease) = lease else { return issued };
        account.hold(0);
        let left = issued.deadlines.left(account.now()).unwrap_or(MAX_LIFETIME);
        // The store counts from when it receives the message, which may be this much later.
        let left = left.saturating_sub(account.shared.timeout);
        let sealed = account.seal(&issued.credential, lifetime, self.reason == Reason::Forced, lease.fence);
        let sealed = sealed.inspect_err(|error| {
            account.unusable("the credential cannot be sealed", &mut false);
            let (host, label) = (account.http.host(), account.http.label());
            tracing::debug!(
                name: "auth.credential_not_shared", account = %label, server.address = host, %error,
                "the credential is not shared"
            );
        });
        match sealed {
            Ok(sealed) if !left.is_zero() => {
                account.ask(account.store().publish(&account.key, lease, &sealed, left)).await;
            }
            _ => account.release(lease, None).await,
        }
        account.issues(lease.fence);
        Issued { fence: lease.fence, ..issued }
    }

    /// Releases the lease, with a cooldown if the failure concerns other processes.
    async fn release(&self, lease: &Lease, error: &Error, failure: Option<RecordedFailure>, report: &Report) {
        let account = self.account;
        account.hold(0);
        let failure = failure.and_then(|(cooldown, counts)| {
            account.set_failures(counts);
            let renews = self.reason == Reason::Proactive;
            StoredFailure::of(error, cooldown, counts, renews, report, lease.fence)
        });
        let cooldown = failure.and_then(|failure| account.seal_cooldown(&failure).ok());
        account.release(lease, cooldown).await;
    }

    fn only_looks(&self) -> bool {
        self.reason == Reason::Look
    }
}
