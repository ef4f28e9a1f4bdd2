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
use super::acquisition::{Cause, Circumstances, Doubt, LEASE, Step, adopted, kept_for};
use super::contract::{Cooldown, Lease, Record};
use super::key::{CacheKey, Identify};
use super::lender::Lender;
use super::outage::Report;
use super::seal::random_owner;
use super::shared_store::SharedStore;
use super::stored_credential::Persist;
use super::stored_failure::StoredFailure;
use crate::cache::decision::Reason;
use crate::cache::expiry::usable;
use crate::cache::obtain::{BoxFuture, Coordinate, Fail, Issued, LoggedIn, RecordedFailure, TimeLeft};
use crate::clock::Moment;
use crate::error::{Error, ErrorKind, Result};
use crate::quota::Lend;
use crate::stats::{Stats, StoreCounters};
use crate::sync::{jitter, sleep};
use crate::transport::Http;

/// The interval at which a lease is extended during a login.
const EXTEND_EVERY: Duration = Duration::from_secs(1);

/// Coordinates the logins of one account with other processes, under the key that its current secrets have.
///
/// An account's key is a keyed hash of its secrets, too. Processes that have the old and the new secret therefore share
/// neither credentials nor cooldowns.
#[derive(Debug)]
pub(super) struct Coordinator {
    counters: Arc<StoreCounters>,
    current: Arc<ArcSwap<AccountStore>>,
    /// The provider counts the requests of an account, whichever secret it has.
    permits_key: CacheKey,
}

impl Coordinator {
    pub(super) fn new(account: &impl Identify, shared: SharedStore, http: Http) -> Result<Self> {
        let counters = Arc::default();
        let (key, permits_key) = (shared.key(account, &http)?, shared.permits_key(account, &http)?);
        let current = ArcSwap::from_pointee(AccountStore::new(shared, key, http, Arc::clone(&counters)));
        Ok(Self { counters, current: Arc::new(current), permits_key })
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
        if current.knowledge().take_ignore_cooldown() {
            next.knowledge().clear_cooldown();
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
                SharedRefresh { account: &account, reason, known_fence, time_left, may_repeat, fail }
                    .obtain(log_in)
                    .await
            }
            Err(error) => {
                let (cooldown, _) = fail(&error, Some((0, 0)), None)?;
                Some(Err(error.with_retry_after(cooldown)))
            }
        }
    }

    fn invalidate(&self, fence: u64) {
        self.current.load().knowledge().invalidate(fence);
    }

    fn removal(&self) -> Option<BoxFuture<'static, ()>> {
        let account = self.current.load_full();
        let has_removal = account.knowledge().has_removal();
        has_removal.then(|| Box::pin(async move { account.remove_invalidated().await }) as _)
    }

    fn clear_cooldown(&self) {
        self.current.load().knowledge().clear_cooldown();
    }

    fn lender(&self) -> Arc<dyn Lend> {
        Arc::new(Lender::new(Arc::clone(&self.current), self.permits_key.clone()))
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
        let lease = match self.acquire().await {
            Step::Adopt(issued) => {
                self.account.knowledge().issues(issued.fence);
                return Some(Ok(issued));
            }
            Step::FoundNothing { granted } => {
                if let Some(lease) = granted {
                    self.account.release(&lease, None).await;
                }
                return None;
            }
            Step::Defer { cause, pause, granted } => {
                if let Some(lease) = granted {
                    self.account.release(&lease, None).await;
                }
                let error = deferred(cause);
                let (cooldown, _) = (self.fail)(&error, None, Some(pause))?;
                self.account.count(|counters| &counters.deferred);
                return Some(Err(error.with_retry_after(cooldown)));
            }
            Step::LogIn { lease, report, .. } => Some((lease, report)),
            Step::LogInAlone(_) | Step::Ask | Step::Wait { .. } => None,
        };
        let is_shared = lease.as_ref().is_some_and(|(_, report)| report.witnesses.agree());
        if is_shared && self.reason != Reason::Proactive {
            // The pause between two processes' tries replaces that between the attempts of one.
            self.may_repeat.store(false, Relaxed);
        }
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

    /// Records a failed login of this process. In a shared outage it asks the store again soon, because another process
    /// may have succeeded.
    fn fails(&self, error: &Error, report: &Report) -> Option<RecordedFailure> {
        let before = self.account.knowledge().failures_before(self.reason);
        let is_probe = error.kind() == ErrorKind::Unavailable && self.reason != Reason::Proactive;
        let pause = report.probe_pause(jitter()).filter(|_| is_probe);
        (self.fail)(error, Some(before), pause)
    }

    /// Asks the store until this process logs in, adopts a credential or gives up, and returns that last step.
    async fn acquire<C: Persist>(&self) -> Step<Issued<C>, Error> {
        let (account, owner) = (self.account, random_owner());
        let single_session = account.shared.single_session;
        let mut acquisition = account.knowledge().acquire(owner, self.known_fence, self.reason, single_session);
        let is_reported = AtomicBool::new(self.reason == Reason::Look);
        loop {
            let request = acquisition.request(account.knowledge().invalidated());
            let asked = account.now();
            let found = account.ask(account.store().acquire(&account.key, request)).await;
            let at = Circumstances { now: account.now(), time_left: (self.time_left)(), jitter: jitter() };
            let adopt = |record: &Record| self.adopt(record, asked, at, &is_reported);
            let honor = |cooldown: &Cooldown, is_held| self.honor(cooldown, is_held, at, &is_reported);
            let step = acquisition.next(found, at, adopt, honor);
            self.report(&step, &is_reported);
            match step {
                Step::Ask => {}
                Step::Wait { lease_left, .. } => {
                    acquisition.waits.pass(account.store(), &account.key, lease_left, || account.now()).await;
                }
                last => return last,
            }
        }
    }

    fn report<C>(&self, step: &Step<C, Error>, is_reported: &AtomicBool) {
        let account = self.account;
        let (host, label) = (account.http.host(), account.http.label());
        match step {
            Step::Wait { is_first: true, .. } => {
                account.count(|counters| &counters.waits);
                tracing::debug!(
                    name: "auth.login_waits", account = %label, server.address = host,
                    "waits for another process's login"
                );
            }
            Step::LogIn { takes_over: true, .. } => {
                account.count(|counters| &counters.takeovers);
                tracing::info!(
                    name: "auth.login_taken_over", account = %label, server.address = host,
                    "another process's login takes too long and is taken over"
                );
            }
            Step::Adopt(_) => account.count(|counters| &counters.adopted),
            Step::LogInAlone(Doubt::UnusableRecords) => {
                account.unusable("the store has one unusable record after the other", is_reported);
            }
            Step::LogInAlone(Doubt::EndlessHolder) | Step::Defer { cause: Cause::EndlessHolder, .. }
                if !is_reported.load(Relaxed) =>
            {
                account.degraded("no process gives the lease back", None);
            }
            _ => {}
        }
    }

    /// Returns the credential of a record, if it is usable here.
    fn adopt<C: Persist>(
        &self,
        record: &Record,
        asked: Moment,
        at: Circumstances,
        is_reported: &AtomicBool,
    ) -> Option<Issued<C>> {
        let account = self.account;
        let Some(stored) = account.open(record) else {
            account.unusable("a record in the store cannot be opened", is_reported);
            return None;
        };
        let renew_before = account.http.pool().options.renew_before;
        let deadlines = adopted(stored.lifetime, record.left, renew_before, asked, at)?;
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

    /// Returns the failure of a cooldown with the pause that it asks this process for, if any, and the outage that it
    /// reports.
    fn honor(
        &self,
        cooldown: &Cooldown,
        is_held: bool,
        at: Circumstances,
        is_reported: &AtomicBool,
    ) -> (Option<(Error, Duration)>, Report) {
        let Some(failure) = self.account.open_cooldown(cooldown) else {
            self.account.unusable("a cooldown in the store cannot be opened", is_reported);
            return (None, Report::default());
        };
        let (pause, report) = self.account.knowledge().honor(&failure, cooldown.left, is_held, at);
        (pause.map(|pause| (failure.error().cooling_down(), pause)), report)
    }

    /// Logs in while the lease is extended.
    async fn log_in_under<C>(
        &self,
        lease: &Lease,
        mut log_in: BoxFuture<'_, Result<LoggedIn<C>>>,
    ) -> Result<LoggedIn<C>> {
        self.account.knowledge().hold(lease.fence);
        let mut extend = pin!(self.extend_until_lost(lease));
        let mut is_held = true;
        poll_fn(|context| {
            if is_held && extend.as_mut().poll(context).is_ready() {
                // The result of this login is still published, unless there is a newer record.
                is_held = false;
                self.may_repeat.fetch_and(!self.account.shared.single_session, Relaxed);
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
            self.account.knowledge().invalidate(self.known_fence);
        }
        result
    }

    /// Publishes a credential before any caller here uses it, because a short-lived process may end right after.
    async fn publish<C: Persist>(&self, logged_in: LoggedIn<C>, lease: Option<&Lease>) -> Issued<C> {
        let account = self.account;
        let (issued, lifetime) = logged_in;
        account.knowledge().set_failures((0, 0));
        let Some(lease) = lease else { return issued };
        let kept_for = kept_for(&issued.deadlines, account.now(), account.shared.timeout);
        let sealed = account.seal(&issued.credential, lifetime, self.reason == Reason::Forced, lease.fence);
        let sealed = sealed.inspect_err(|error| {
            account.unusable("the credential cannot be sealed", &AtomicBool::new(false));
            let (host, label) = (account.http.host(), account.http.label());
            tracing::debug!(
                name: "auth.credential_not_shared", account = %label, server.address = host, %error,
                "the credential is not shared"
            );
        });
        match (sealed, kept_for) {
            (Ok(sealed), Some(kept_for)) => {
                account.ask(account.store().publish(&account.key, lease, &sealed, kept_for)).await;
            }
            _ => account.release(lease, None).await,
        }
        account.knowledge().hold(0);
        account.knowledge().issues(lease.fence);
        Issued { fence: lease.fence, ..issued }
    }

    /// Releases the lease, with a cooldown if the failure concerns other processes.
    async fn release(&self, lease: &Lease, error: &Error, failure: Option<RecordedFailure>, report: &Report) {
        let account = self.account;
        let failure = failure.and_then(|(cooldown, counts)| {
            account.knowledge().set_failures(counts);
            let renews = self.reason == Reason::Proactive;
            StoredFailure::of(error, cooldown, counts, renews, report, lease.fence)
        });
        let cooldown = failure.and_then(|failure| account.seal_cooldown(&failure).ok());
        account.release(lease, cooldown).await;
        account.knowledge().hold(0);
    }
}

/// Returns the error of callers whose login waits for another process.
fn deferred(cause: Cause<Error>) -> Error {
    let message = match cause {
        Cause::Cooldown(error) => return error,
        Cause::SlowHolder => "another process has been logging in for long, and a second login would end its session",
        Cause::EndlessHolder => "another process's login has not ended",
    };
    Error::new(ErrorKind::Unavailable, message)
}
