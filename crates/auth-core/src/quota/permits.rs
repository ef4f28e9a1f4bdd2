//! The permits of one account in this process: leases from the store, or this process's part of the quota.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::sync::watch;

use super::exchange::{Ended, Observed, Take, Taken};
use super::lease::{Grantor, Inner, Lease, Sleeper, Waiting};
use super::lend::Lend;
use super::terms::{Priority, Quota};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::random;
use crate::stats::{Counter, Stats};
use crate::sync::{Handle, sleep, timeout};
use crate::transport::retry_after;

/// The pause after a 429 that states none.
const PAUSE: Duration = Duration::from_secs(5);
/// The time after an outage of the store in which all processes report: each leaves it alone for 5 s.
const RECOVERY: Duration = Duration::from_secs(8);
/// The time over which processes come back to a store that failed.
const SPREAD: Duration = Duration::from_secs(1);
/// The pause between attempts to report to a store that failed.
const REPORT: Duration = Duration::from_secs(5);

/// The permits of one account in this process.
#[derive(Debug)]
pub(crate) struct Permits {
    quota: Quota,
    pub(super) clock: Clock,
    lender: Option<Arc<dyn Lend>>,
    /// Held by the caller that asks for permits, for all others too.
    asking: tokio::sync::Mutex<()>,
    inner: Mutex<Inner>,
    process: u32,
    /// The number of requests that are left, by the last count.
    left: AtomicU32,
    waits: Counter,
    errors: Counter,
    operations: Counter,
    /// For the tasks that give permits back or report, which end when it is dropped.
    this: Weak<Self>,
    alive: watch::Sender<()>,
}

enum Step {
    Go,
    /// A permit is reserved: it begins and ends at these times.
    At(Duration, Duration, u64),
    /// This process asks again at this time.
    Later(Duration),
    Denied(Duration),
    Ask,
}

impl Permits {
    pub(crate) fn new(quota: Quota, clock: Clock, lender: Option<Arc<dyn Lend>>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            left: AtomicU32::new(quota.limit()),
            quota,
            clock,
            lender,
            asking: tokio::sync::Mutex::default(),
            inner: Mutex::default(),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a random number below 2³²")]
            process: (random::jitter() * 2_f64.powi(32)) as u32,
            waits: Counter::default(),
            errors: Counter::default(),
            operations: Counter::default(),
            this: Weak::clone(this),
            alive: watch::Sender::default(),
        })
    }

    pub(crate) fn add_to(&self, stats: Stats) -> Stats {
        let (left, limit) = self.left();
        Stats {
            quota_waits: self.waits.get(),
            quota_errors: self.errors.get(),
            quota_operations: self.operations.get(),
            quota_left: left.into(),
            quota_limit: limit.into(),
            ..stats
        }
    }

    /// Returns the number of requests that were left when this process counted last, and that of the quota.
    pub(super) fn left(&self) -> (u32, u32) {
        let limit = self.quota.limit();
        (self.left.load(Relaxed).min(limit), limit)
    }

    /// Counts a login. It needs no permit: only the provider refuses it.
    pub(crate) fn login(&self) {
        let now = self.now();
        self.lock().own.login(&self.quota, now, self.lender.is_some());
    }

    /// Takes a permit, and waits for it as long as the quota says.
    pub(crate) async fn permit(&self, priority: Priority, max_wait: Option<Duration>) -> Result<()> {
        let deadline = self.now().saturating_add(max_wait.unwrap_or(self.quota.wait));
        loop {
            let mut step = self.step(priority, deadline);
            if let Step::Ask = step {
                let _waiting = Waiting::new(&self.inner, priority);
                let _turn = self.asking.lock().await;
                // Another caller may have taken permits for this one.
                step = self.step(priority, deadline);
                if let Step::Ask = step {
                    self.ask(priority, deadline).await;
                    step = self.step(priority, deadline);
                }
            }
            match step {
                Step::Go => return Ok(()),
                Step::At(from, until, serial) => {
                    self.waits.count();
                    let mut sleeper = Sleeper { inner: &self.inner, priority, serial, used: None };
                    sleep(from.saturating_sub(self.now())).await;
                    let now = self.now();
                    sleeper.used = Some(now);
                    // A stalled process must not send later than it may.
                    if now <= until {
                        return Ok(());
                    }
                }
                Step::Later(from) => {
                    let _waiting = Waiting::new(&self.inner, priority);
                    sleep(from.saturating_sub(self.now())).await;
                }
                Step::Denied(left) => {
                    self.errors.count();
                    self.lock().has_refused[priority.place()] = true;
                    return Err(self.denied(left));
                }
                // Other callers took the permits, or there are none yet.
                Step::Ask => {
                    let until = self.lock().denied[priority.place()];
                    sleep(until.saturating_sub(self.now())).await;
                }
            }
        }
    }

    fn step(&self, priority: Priority, deadline: Duration) -> Step {
        let now = self.now();
        let inner = &mut *self.lock();
        let place = priority.place();
        if let Some(lease) = &mut inner.leases[place] {
            if lease.left > 0 && lease.until >= now && lease.from <= deadline.max(now) {
                lease.left -= 1;
                if lease.from <= now {
                    lease.last_use = lease.last_use.max(now);
                    return Step::Go;
                }
                lease.sleeping += 1;
                return Step::At(lease.from, lease.until, lease.serial);
            }
            // A process has one place in line at a time.
            if lease.from > now && lease.from <= deadline {
                return Step::Later(lease.from);
            }
        }
        if inner.rests_until > now && inner.rests_until <= deadline {
            return Step::Later(inner.rests_until);
        }
        let until = inner.denied[place];
        if until > deadline {
            Step::Denied(until.saturating_sub(now))
        } else if priority == Priority::Background && until > now {
            Step::Later(until)
        } else {
            Step::Ask
        }
    }

    /// Takes permits from the store, or from a part of the quota if there is no store, or it does not know what was
    /// used.
    async fn ask(&self, priority: Priority, deadline: Duration) {
        let rest = self.lender.as_ref().map(|lender| lender.rest());
        let is_there = rest.is_some_and(|rest| rest.is_zero());
        let asks_store = is_there && !self.must_recover().await;
        // The lease that has ended, for the one that granted it, whoever grants the next.
        let last = self.finish(&mut self.lock(), priority);
        if asks_store && self.ask_store(priority, deadline, last).await {
            return;
        }
        let now = self.now();
        let is_recovering = self.lock().recovers_until > now;
        if let Some(lender) = self.lender.as_ref().filter(|_| !is_recovering) {
            let inner = &mut *self.lock();
            let (is_confirmed, rests_until) = (inner.own.fails(now), now.saturating_add(lender.rest()));
            // A caller that can wait gives the store a second chance: other processes may still use it.
            if !is_confirmed && rests_until > now && rests_until <= deadline {
                // Processes that failed together do not come back together.
                inner.rests_until = rests_until.saturating_add(SPREAD.mul_f64(random::jitter())).min(deadline);
                return;
            }
        }
        self.take_part(priority, now, deadline, last).await;
        let has_spent = self.lock().own.has_spent();
        if is_recovering && has_spent {
            // The store learns of the permits before they are used.
            self.report().await;
        } else if self.lender.is_some() && has_spent {
            self.report_later();
        }
    }

    /// Takes permits from the machine's part, or from this process's own if the machine has none.
    async fn take_part(&self, priority: Priority, asked: Duration, deadline: Duration, last: Option<Lease>) {
        let hold = self.quota.hold(Duration::ZERO, true, false);
        let (mut take, spent) = {
            let inner = &mut *self.lock();
            let patience =
                if priority == Priority::Background { Duration::ZERO } else { deadline.saturating_sub(asked) };
            let processes = inner.own.processes(&self.quota).unwrap_or(1);
            let waiting = inner.waiting[priority.place()].max(1);
            let want = if self.lender.is_some() { waiting.min(self.quota.lot(processes)) } else { 1 };
            let windows = self.quota.windows(priority);
            let take = Take {
                process: self.process,
                want,
                wait: patience,
                hold: hold + self.quota.transit(),
                ..Take::new(windows)
            };
            (take, inner.own.tell_machine(&self.quota, asked))
        };
        let taken = match &self.lender {
            Some(lender) => {
                let ended = of(Grantor::Machine, last);
                lender.take_part(&Take { ended, spent, ..take.clone() }).await
            }
            None => None,
        };
        let now = self.now();
        let inner = &mut *self.lock();
        let (grantor, taken, own) = if let Some(taken) = taken {
            let own = inner.own.learn_from_machine(&self.quota, now, take.hold, &taken);
            (Grantor::Machine, taken, own)
        } else {
            inner.own.loses_machine(&self.quota, now);
            take.ended = of(Grantor::Own, last);
            let (taken, own) = inner.own.take(&self.quota, now, take, self.lender.is_some());
            (Grantor::Own, taken, own)
        };
        self.left.store(taken.left, Relaxed);
        let asked = if grantor == Grantor::Own { now } else { asked };
        inner.receive(priority, (asked, now), &taken, (grantor, own), hold);
    }

    /// Returns true while this process has its part because the store does not know what others used.
    async fn must_recover(&self) -> bool {
        let now = self.now();
        let (until, was_alone) = {
            let inner = self.lock();
            (inner.recovers_until, inner.own.was_alone())
        };
        if until.is_zero() && was_alone {
            self.report().await;
            return true;
        }
        now < until
    }

    /// Reports the permits that the store has not counted. After an outage, a time begins in which all processes do.
    async fn report(&self) -> bool {
        let Some(lender) = &self.lender else { return false };
        let (now, (take, entries)) = (self.now(), self.next_report());
        let Some(taken) = lender.take(&take).await else { return false };
        self.operations.count();
        let inner = &mut *self.lock();
        inner.own.is_counted(entries);
        if inner.recovers_until.is_zero() && inner.own.was_alone() {
            if !taken.incomplete_for.is_zero() {
                inner.own.lost(&self.quota, now);
            }
            inner.recovers_until = now.saturating_add(RECOVERY.max(taken.incomplete_for));
        }
        true
    }

    /// Returns false if the store did not answer, or does not know what was used.
    async fn ask_store(&self, priority: Priority, deadline: Duration, last: Option<Lease>) -> bool {
        let Some(lender) = &self.lender else { return false };
        let asked = self.now();
        let (take, entries) = self.next_take(priority, asked, deadline, last);
        let Some(taken) = lender.take(&take).await else { return false };
        self.operations.count();
        let processes = {
            let (inner, now) = (&mut *self.lock(), self.now());
            inner.latency = now.saturating_sub(asked);
            inner.own.is_counted(entries);
            if !taken.incomplete_for.is_zero() {
                inner.own.lost(&self.quota, now);
                inner.recovers_until = now.saturating_add(taken.incomplete_for);
                return false;
            }
            inner.own.recovers();
            inner.recovers_until = Duration::ZERO;
            self.left.store(taken.left, Relaxed);
            let own = inner.own.learn(&self.quota, now, take.hold, &taken);
            let hold = take.hold.saturating_sub(self.quota.transit());
            let serial = inner.receive(priority, (asked, now), &taken, (Grantor::Store, own), hold);
            if taken.count > inner.waiting[priority.place()] {
                self.give_back_in_time(priority, serial, asked.saturating_add(taken.starts_in + take.hold));
            }
            inner.own.processes(&self.quota).unwrap_or(1)
        };
        // The machine's part begins with what the store said last to any of its processes.
        let fleet = Some(Taken { processes, ..taken });
        let answer = Take { process: self.process, fleet, ..Take::new(self.quota.whole()) };
        let has_machine = lender.take_part(&answer).await.is_some();
        self.lock().own.joins_machine(has_machine);
        true
    }

    fn next_take(&self, priority: Priority, now: Duration, deadline: Duration, last: Option<Lease>) -> (Take, usize) {
        let (report, entries) = self.next_report();
        let inner = self.lock();
        let waiting = inner.waiting[priority.place()].max(1);
        let processes = inner.own.processes(&self.quota).unwrap_or(1).max(1);
        let lot = self.quota.lot(processes);
        let is_heavy = last.is_some_and(|lease| lease.left == 0);
        // A caller that uses all its permits, and soon wants more, gets twice as many the next time.
        let expected = match last {
            Some(lease) if is_heavy && now <= lease.until => lease.count.saturating_mul(2),
            Some(lease) => lease.used(),
            None if self.quota.processes.is_some() && !inner.own.has_asked() => lot,
            None => 1,
        };
        let mut patience = deadline.saturating_sub(now);
        let mut line = Duration::ZERO;
        if priority == Priority::Background {
            // Its place in line would keep a person from the permits that are free now.
            patience = Duration::ZERO;
        } else if !patience.is_zero() {
            // A process whose callers wait gets its turn even if it comes too late for these: the next ones are served,
            // and need not ask again.
            line = self.quota.line();
        }
        let left = self.left.load(Relaxed);
        let is_crowded = left < lot && !line.is_zero();
        let want = if !is_crowded {
            waiting.max(expected).min(lot)
        } else if inner.has_refused[priority.place()] {
            // Its callers want more than there is, and use a whole lot.
            lot
        } else {
            // Others wait for what it does not use.
            waiting.min(lot)
        };
        // Others must not be given later places than they need because these permits may be used late.
        let is_roomy = left / 2 >= lot.saturating_mul(processes) && want > waiting;
        let hold = self.quota.hold(inner.latency, is_crowded, is_roomy);
        let take = Take {
            windows: self.quota.windows(priority),
            want,
            least: if is_heavy { self.quota.least(want) } else { 1 },
            wait: patience,
            line,
            hold: hold + self.quota.transit(),
            ended: of(Grantor::Store, last),
            ..report
        };
        (take, entries)
    }

    /// Returns what this process has to report, and the number of its own permits in it.
    fn next_report(&self) -> (Take, usize) {
        let now = self.now();
        let inner = &mut *self.lock();
        let observed = inner.observed.take().and_then(|(observed, at)| {
            let reset = observed.reset.checked_sub(now.saturating_sub(at))?;
            Some(Observed { reset, ..observed })
        });
        let (spent, entries) = inner.own.spent(&self.quota, now);
        let knows = inner.own.knows(&self.quota, now);
        (
            Take { windows: self.quota.whole(), process: self.process, spent, knows, observed, ..Take::default() },
            entries,
        )
    }

    /// Ends a lease, and returns it.
    fn finish(&self, inner: &mut Inner, priority: Priority) -> Option<Lease> {
        let lease = inner.leases[priority.place()].take()?;
        inner.own.end(&self.quota, self.now(), lease.ended().2);
        Some(lease)
    }

    /// Spawns a task that gives the unused permits of a lease back when it has ended.
    fn give_back_in_time(&self, priority: Priority, serial: u64, until: Duration) {
        self.spawn(until.saturating_sub(self.now()), async move |permits: Arc<Self>| {
            let ended = {
                let inner = &mut *permits.lock();
                let is_it =
                    inner.leases[priority.place()].is_some_and(|lease| lease.serial == serial && lease.left > 0);
                is_it.then(|| of(Grantor::Store, permits.finish(inner, priority))).flatten()
            };
            if let (Some(lender), Some(_)) = (&permits.lender, ended) {
                lender.take(&Take { process: permits.process, ended, ..Take::new(permits.quota.whole()) }).await;
            }
        });
    }

    /// Spawns a task that reports what this process granted itself as soon as the store is back.
    fn report_later(&self) {
        if std::mem::replace(&mut self.lock().reports, true) {
            return;
        }
        self.try_to_report();
    }

    fn try_to_report(&self) {
        let Some(lender) = &self.lender else { return };
        let rest = Some(lender.rest()).filter(|rest| !rest.is_zero()).unwrap_or(REPORT);
        self.spawn(rest, async |permits: Arc<Self>| {
            let _turn = permits.asking.lock().await;
            let has_spent = permits.lock().own.has_spent();
            let is_there = permits.lender.as_ref().is_some_and(|lender| lender.rest().is_zero());
            if has_spent && !(is_there && permits.report().await) {
                permits.try_to_report();
            } else {
                permits.lock().reports = false;
            }
        });
    }

    /// Spawns a task that begins after this time, unless the permits are dropped before.
    fn spawn<F: Future<Output = ()> + Send>(
        &self,
        after: Duration,
        task: impl FnOnce(Arc<Self>) -> F + Send + 'static,
    ) {
        let Ok(runtime) = Handle::try_current() else { return };
        let (this, mut alive) = (Weak::clone(&self.this), self.alive.subscribe());
        runtime.spawn(async move {
            if timeout(after, alive.changed()).await.is_err()
                && let Some(permits) = this.upgrade()
            {
                task(permits).await;
            }
        });
    }

    /// Records what an answer says about the limit.
    pub(crate) async fn observe(&self, status: StatusCode, headers: &HeaderMap) {
        let is_limited = status == StatusCode::TOO_MANY_REQUESTS;
        let pause = if is_limited { retry_after::of_limit(headers, None).unwrap_or(PAUSE) } else { Duration::ZERO };
        let observed = self.quota.observed(headers);
        if !is_limited && observed.is_none() {
            return;
        }
        let now = self.now();
        {
            let inner = &mut *self.lock();
            if is_limited {
                let until = now.saturating_add(pause);
                inner.denied = inner.denied.map(|denied| denied.max(until));
                inner.leases = [None, None];
                self.left.store(0, Relaxed);
            }
            self.notice(inner, now, pause, observed);
        }
        if let Some(lender) = self.lender.as_ref().filter(|_| is_limited) {
            // The others must not meet the limit, too.
            let _turn = self.asking.lock().await;
            if !lender.rest().is_zero() {
                let process = self.process;
                lender.take_part(&Take { process, pause, ..Take::new(self.quota.whole()) }).await;
                return;
            }
            let (report, entries) = self.next_report();
            if lender.take(&Take { pause, ..report }).await.is_some() {
                self.operations.count();
                self.lock().own.is_counted(entries);
            }
        }
    }

    /// Records the state of a window that the response to a login showed.
    pub(crate) fn observe_login(&self, observed: Observed) {
        self.notice(&mut self.lock(), self.now(), Duration::ZERO, Some(observed));
    }

    fn notice(&self, inner: &mut Inner, now: Duration, pause: Duration, observed: Option<Observed>) {
        inner.observed = observed.map(|observed| (observed, now)).or(inner.observed);
        if self.lender.is_none() || !pause.is_zero() {
            inner.own.observe(&self.quota, now, &Take { pause, observed, ..Take::default() }, self.lender.is_some());
        }
    }

    fn denied(&self, left: Duration) -> Error {
        let message = format!(
            "nothing was sent: the quota of {:?} is used up; try again later, or let requests wait by Quota::wait or \
             Request::max_wait",
            self.quota
        );
        Error::new(ErrorKind::RateLimited, message).with_retry_after(left)
    }

    fn now(&self) -> Duration {
        self.clock.now().mono
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives unused permits back, in the background.
impl Drop for Permits {
    fn drop(&mut self) {
        let (Some(lender), Ok(runtime)) = (self.lender.clone(), Handle::try_current()) else { return };
        let leases = std::mem::take(&mut self.lock().leases);
        let leases = leases.into_iter().flatten().filter(|lease| lease.left > 0);
        let ended = leases.filter_map(|lease| of(Grantor::Store, Some(lease)));
        let take = |ended| Take { process: self.process, ended: Some(ended), ..Take::new(self.quota.whole()) };
        let takes: Vec<Take> = ended.map(take).collect();
        if !takes.is_empty() {
            runtime.spawn(async move {
                for take in takes {
                    lender.take(&take).await;
                }
            });
        }
    }
}

/// Returns the report on a lease for this grantor, if the lease is its.
fn of(grantor: Grantor, lease: Option<Lease>) -> Option<Ended> {
    lease.map(|lease| lease.ended()).filter(|(by, ..)| *by == grantor).map(|(_, ended, _)| ended)
}
