//! The permits of one account in this process: leases from the store, or this process's own ledger.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::sync::watch;

use super::headers::observed;
use super::lease::{Inner, Known, Sleeper, Waiting};
use super::ledger::{Observed, Take, Window};
use super::lend::Lend;
use super::terms::{Class, Priority, Quota};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::random;
use crate::stats::{Counter, Stats};
use crate::sync::{Handle, sleep, timeout};
use crate::transport::retry_after;

/// The part of the shortest window for which a permit may be used.
const HOLD: u32 = 40;
/// The part of the shortest window that is added for the way to the provider.
const TRANSIT: u32 = 100;
/// The part of the shortest window for which permits that are not yet wanted are held while most are left.
const LONG_HOLD: u32 = 2;
/// The most permits that are taken at once, those with many processes, and the part of the shortest window.
const MAX_BATCH: u32 = 20;
const MIN_BATCH: u32 = 10;
const LARGE_BATCH: u32 = 25;
const BATCH: u32 = 4;
/// The part of a window that is left to logins.
const LOGINS: u32 = 100;
/// The number of processes with a store that has not said how many there are.
const UNKNOWN_PROCESSES: u32 = 10;
/// The pause after a 429 that states none.
const PAUSE: Duration = Duration::from_secs(5);
/// The time after an outage of the store in which all processes use it again: each leaves it alone for 5 s.
const RECOVERY: Duration = Duration::from_secs(6);
/// The time for which a login waits for a permit.
const LOGIN_WAIT: Duration = Duration::from_secs(5);

/// The permits of one account in this process.
#[derive(Debug)]
pub(crate) struct Permits {
    quota: Quota,
    pub(super) clock: Clock,
    lender: Option<Arc<dyn Lend>>,
    /// Held by the caller that asks for permits, for all others too.
    asking: tokio::sync::Mutex<()>,
    inner: Arc<Mutex<Inner>>,
    process: u32,
    /// The number of requests that are left, by the last count.
    left: AtomicU32,
    waits: Counter,
    errors: Counter,
    operations: Counter,
    /// Ends the tasks that give permits back when it is dropped.
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
    pub(crate) fn new(quota: Quota, clock: Clock, lender: Option<Arc<dyn Lend>>) -> Self {
        let left = quota.windows.iter().map(|window| window.requests).min().unwrap_or(u32::MAX);
        Self {
            quota,
            clock,
            lender,
            asking: tokio::sync::Mutex::default(),
            inner: Arc::default(),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a random number below 2³²")]
            process: (random::jitter() * 2_f64.powi(32)) as u32,
            left: AtomicU32::new(left),
            waits: Counter::default(),
            errors: Counter::default(),
            operations: Counter::default(),
            alive: watch::Sender::default(),
        }
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
        let limit = self.quota.windows.iter().map(|window| window.requests).min().unwrap_or(u32::MAX);
        (self.left.load(Relaxed).min(limit), limit)
    }

    /// Takes a permit, and waits for it as long as the quota says.
    pub(crate) async fn permit(&self, class: Class, max_wait: Option<Duration>) -> Result<()> {
        let begun = self.now();
        let wait = if class == Class::Login { LOGIN_WAIT } else { max_wait.unwrap_or(self.quota.wait) };
        let deadline = begun.saturating_add(wait);
        loop {
            let mut step = self.step(class, deadline);
            if let Step::Ask = step {
                let _waiting = Waiting::new(&self.inner, class);
                let _turn = self.asking.lock().await;
                // Another caller may have taken permits for this one.
                step = self.step(class, deadline);
                if let Step::Ask = step {
                    self.ask(class, deadline).await;
                    step = self.step(class, deadline);
                }
            }
            match step {
                Step::Go => return Ok(()),
                Step::At(from, until, serial) => {
                    self.waits.count();
                    let mut sleeper = Sleeper { inner: &self.inner, class, serial, used: None };
                    sleep(from.saturating_sub(self.now())).await;
                    let now = self.now();
                    sleeper.used = Some(now);
                    // A stalled process must not send later than it may.
                    if now <= until {
                        return Ok(());
                    }
                }
                Step::Later(from) => sleep(from.saturating_sub(self.now())).await,
                Step::Denied(left) => {
                    self.errors.count();
                    return Err(self.denied(class, left));
                }
                Step::Ask => {}
            }
        }
    }

    fn step(&self, class: Class, deadline: Duration) -> Step {
        let now = self.now();
        let inner = &mut *self.lock();
        let place = class.place();
        if let Some(lease) = inner.leases.get_mut(place).and_then(Option::as_mut)
            && lease.left > 0
            && lease.until >= now
        {
            if lease.from <= now {
                lease.left -= 1;
                lease.last_use = lease.last_use.max(now);
                return Step::Go;
            }
            if lease.from <= deadline {
                lease.left -= 1;
                lease.sleeping += 1;
                return Step::At(lease.from, lease.until, lease.serial);
            }
        }
        if let Some(begin) = self.next_turn(inner, place, now).filter(|begin| *begin <= deadline) {
            return Step::Later(begin);
        }
        match inner.denied.get(place) {
            Some(until) if *until > deadline => Step::Denied(until.saturating_sub(now)),
            Some(until) if is_background(class) && *until > now => Step::Later(*until),
            _ => Step::Ask,
        }
    }

    /// Returns the time before which this process does not ask again: of several processes, each has one place in line,
    /// and takes one batch at a time.
    fn next_turn(&self, inner: &Inner, place: usize, now: Duration) -> Option<Duration> {
        let is_one_of_many = inner.known.as_ref().is_some_and(|known| known.processes > 1 && known.outage.is_none());
        let lease = inner.leases.get(place)?.as_ref().filter(|lease| is_one_of_many && lease.left == 0)?;
        let is_short = lease.until.saturating_sub(lease.from) <= self.hold(false, inner.latency);
        let begin = if lease.from > now { lease.from } else { lease.until };
        (begin > now && (is_short || lease.from > now)).then_some(begin)
    }

    /// Takes permits from the store, or from the own ledger if there is no store or it fails.
    async fn ask(&self, class: Class, deadline: Duration) {
        let asked = self.now();
        if !self.recovers(asked).await {
            let take = self.next_take(class, asked, deadline);
            if self.ask_store(class, asked, take).await {
                return;
            }
        }
        let now = self.now();
        let inner = &mut *self.lock();
        let hold = self.hold(false, Duration::ZERO);
        let (windows, closed) = self.windows_alone(class, inner, now);
        let alone = Take {
            windows,
            want: u32::from(closed.is_none()),
            wait: if is_background(class) { Duration::ZERO } else { deadline.saturating_sub(now) },
            hold: hold + self.transit(),
            ignores_pause: class == Class::Login,
            ..Take::default()
        };
        let mut taken = inner.own.take(ledger_time(now), &alone);
        taken.retry_in = taken.retry_in.max(closed.unwrap_or_default());
        if self.lender.is_some() {
            inner.unseen = inner.unseen.saturating_add(taken.count);
        }
        self.left.store(taken.left, Relaxed);
        inner.receive(class, now, now, &taken, hold);
    }

    /// Returns the windows of this process alone, and the time for which it may send nothing.
    ///
    /// The processes share the requests that were left when the store answered last, until everything that was used
    /// before no longer counts. After that each has an equal part of the whole.
    fn windows_alone(&self, class: Class, inner: &mut Inner, now: Duration) -> (Vec<Window>, Option<Duration>) {
        let mut windows = self.windows(class, self.parts(inner));
        let mut closed = None;
        if let Some(known) = inner.known.as_mut().filter(|_| class != Class::Login) {
            let (ledger, quota) = (&inner.own, &self.quota);
            let own = || quota.windows.iter().map(|window| ledger.used(ledger_time(now), window)).collect();
            let (begun, own) = known.outage.get_or_insert_with(|| (now, own()));
            for (window, own) in windows.iter_mut().zip(own) {
                let left = begun.saturating_add(window.per).saturating_sub(now);
                if !left.is_zero() {
                    window.cap = window.cap.min(own.saturating_add(known.left / known.processes.max(1)));
                    if window.cap == 0 {
                        closed = closed.max(Some(left));
                    }
                }
            }
        }
        (windows, closed)
    }

    /// Returns true for a while after the store has returned. Each process then reports the permits that it granted
    /// itself, and goes on as without the store, until the others have reported theirs.
    async fn recovers(&self, now: Duration) -> bool {
        let Some(lender) = self.lender.as_ref().filter(|lender| !lender.is_down()) else { return false };
        let take = {
            let inner = &mut *self.lock();
            if inner.known.as_ref().is_none_or(|known| known.outage.is_none()) {
                return false;
            }
            if let Some(until) = inner.recovers_until {
                return now < until;
            }
            self.report(Class::Login, inner, now)
        };
        self.operations.count();
        let has_answered = lender.take(&take).await.is_some();
        if has_answered {
            let inner = &mut *self.lock();
            inner.unseen = inner.unseen.saturating_sub(take.unseen);
            inner.recovers_until = Some(now.saturating_add(RECOVERY.min(self.quota.shortest() / 4)));
        }
        true
    }

    /// Returns false if the store did not answer.
    async fn ask_store(&self, class: Class, asked: Duration, take: Take) -> bool {
        let Some(lender) = self.lender.as_ref().filter(|lender| !lender.is_down()) else { return false };
        self.operations.count();
        let taken = lender.take(&take).await;
        self.lock().recovers_until = None;
        let Some(taken) = taken else { return false };
        let now = self.now();
        let inner = &mut *self.lock();
        inner.latency = now.saturating_sub(asked);
        inner.unseen = inner.unseen.saturating_sub(take.unseen);
        self.left.store(taken.left, Relaxed);
        let (windows, start) = (self.windows(Class::Login, 1), ledger_time(now.saturating_add(taken.starts_in)));
        inner.own.record(ledger_time(now), start, taken.count, &windows);
        inner.known = Some(Known { processes: taken.processes, left: taken.left, outage: None });
        if take.want > 0 {
            inner.receive(class, asked, now, &taken, take.hold.saturating_sub(self.transit()));
            if taken.count > inner.waiting_for(class) {
                self.give_back_in_time(class, inner.serial, asked.saturating_add(taken.starts_in + take.hold));
            }
        }
        true
    }

    /// Spawns a task that gives the unused permits of a lease back when it has ended.
    fn give_back_in_time(&self, class: Class, serial: u64, until: Duration) {
        let (Some(lender), Ok(runtime)) = (self.lender.clone(), Handle::try_current()) else { return };
        let (inner, mut alive) = (Arc::downgrade(&self.inner), self.alive.subscribe());
        let (clock, process, windows) = (self.clock.clone(), self.process, self.windows(class, 1));
        let transit = self.transit();
        runtime.spawn(async move {
            let left = until.saturating_sub(clock.now().mono);
            // It ends early only if the permits are dropped, which gives back by itself.
            if timeout(left, alive.changed()).await.is_ok() {
                return;
            }
            let ended = inner.upgrade().and_then(|inner| {
                let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
                let place = inner.leases.get_mut(class.place())?;
                place.take_if(|held| held.serial == serial && held.left > 0)?.ended(clock.now().mono, transit)
            });
            if ended.is_some() {
                lender.take(&Take { windows, process, ended, ..Take::default() }).await;
            }
        });
    }

    fn next_take(&self, class: Class, now: Duration, deadline: Duration) -> Take {
        let inner = &mut *self.lock();
        let place = class.place();
        let waiting = inner.waiting.get(place).copied().unwrap_or_default().max(1);
        // Smaller batches for many processes, or if their number is not known, so that all have a turn in a window.
        let processes = inner.known.as_ref().map_or(u32::MAX, |known| known.processes.max(1));
        let fair = |window: &Window| {
            let most = MAX_BATCH.max(window.requests / LARGE_BATCH).min(window.requests / BATCH);
            (window.requests / processes).max(MIN_BATCH).min(most)
        };
        let batch = self.quota.windows.iter().map(fair).min().unwrap_or(1).max(1);
        let last = inner.leases.get_mut(place).and_then(Option::take);
        // A caller that uses all its permits in time gets twice as many the next time.
        let expected = match last {
            _ if class == Class::Login || self.lender.is_none() => 1,
            Some(lease) if lease.left == 0 && now <= lease.until => lease.count.saturating_mul(2),
            Some(lease) => lease.used(),
            None => 1,
        };
        // A process that must wait for its turn anyway takes a whole batch, and gives back the rest.
        let is_crowded = self.lender.is_some() && self.left.load(Relaxed) < batch && deadline > now;
        let want = match class {
            Class::Login => 1,
            Class::Request(_) if is_crowded => batch,
            Class::Request(_) => waiting.max(expected).min(batch),
        };
        let mut patience = deadline.saturating_sub(now);
        if is_background(class) {
            // Its place in line would keep a person from the permits that are free now.
            patience = Duration::ZERO;
        }
        if !patience.is_zero() && class != Class::Login && self.lender.is_some() {
            // A process whose callers wait gets its turn even if it comes too late for these: the next ones are served,
            // and need not ask again.
            patience = patience.max(self.quota.longest());
        }
        let roomy = self.left.load(Relaxed) >= self.left().1 / 2;
        Take {
            want,
            wait: patience,
            hold: self.hold(roomy && want > waiting, inner.latency) + self.transit(),
            ended: last.and_then(|lease| lease.ended(now, self.transit())),
            ignores_pause: class == Class::Login,
            ..self.report(class, inner, now)
        }
    }

    /// Returns what this process has to report, and wants nothing.
    fn report(&self, class: Class, inner: &mut Inner, now: Duration) -> Take {
        let observed = inner.observed.take().and_then(|(observed, at)| {
            let reset = observed.reset.checked_sub(now.saturating_sub(at))?;
            Some(Observed { reset, ..observed })
        });
        Take {
            windows: self.windows(class, 1),
            process: self.process,
            unseen: inner.unseen,
            observed,
            ..Take::default()
        }
    }

    /// Records what an answer says about the limit.
    pub(crate) async fn observe(&self, status: StatusCode, headers: &HeaderMap) {
        let now = self.now();
        let limited = status == StatusCode::TOO_MANY_REQUESTS;
        let observed = observed(headers, &self.quota.windows);
        if !limited && observed.is_none() {
            return;
        }
        let take = {
            let inner = &mut *self.lock();
            if let Some(observed) = observed {
                inner.observed = Some((observed, now));
            }
            if !limited && self.lender.is_some() {
                return;
            }
            let mut take = self.report(Class::Login, inner, now);
            if limited {
                take.pause = retry_after::of_limit(headers, None).unwrap_or(PAUSE);
                let until = now.saturating_add(take.pause);
                for place in
                    [Class::Request(Priority::Interactive), Class::Request(Priority::Background)].map(Class::place)
                {
                    inner.denied[place] = inner.denied[place].max(until);
                    inner.leases[place] = None;
                }
                self.left.store(0, Relaxed);
            }
            if self.lender.is_none() {
                let parts = self.parts(inner);
                take.windows = self.windows(Class::Login, parts);
                if parts > 1 {
                    // Other processes use the account too, and have their own parts.
                    take.observed = None;
                }
                inner.own.take(ledger_time(now), &take);
                return;
            }
            inner.own.take(ledger_time(now), &Take { pause: take.pause, ..Take::new(self.windows(Class::Login, 1)) });
            take
        };
        // The others must not meet the limit, too.
        self.ask_store(Class::Login, now, take).await;
    }

    /// Returns the windows with the caps of a class, for one of so many parts.
    pub(super) fn windows(&self, class: Class, parts: u32) -> Vec<Window> {
        let window = |window: &Window| {
            let requests = (window.requests / parts).max(1);
            // Of a few requests for many processes, each gets one in a longer time.
            let per = if parts > window.requests { window.per * parts / window.requests } else { window.per };
            let all = requests.saturating_sub((requests / LOGINS).max(1)).max(1);
            let cap = match class {
                Class::Login => requests,
                Class::Request(Priority::Interactive) => all,
                Class::Request(Priority::Background) => percent(requests, self.quota.background).clamp(1, all),
            };
            let mut window = Window::new(requests, per);
            window.cap = cap;
            window
        };
        self.quota.windows.iter().map(window).collect()
    }

    /// Returns the number of parts into which the quota is divided without a store.
    fn parts(&self, inner: &Inner) -> u32 {
        let unknown = if self.lender.is_some() { UNKNOWN_PROCESSES } else { 1 };
        let counted = inner.known.as_ref().map(|known| known.processes);
        counted.or(self.quota.processes).unwrap_or(unknown).max(1)
    }

    /// Returns the time for which permits may be used, which is longer than a slow store takes to grant them.
    fn hold(&self, long: bool, latency: Duration) -> Duration {
        let shortest = self.quota.shortest();
        if long { shortest / LONG_HOLD } else { (shortest / HOLD).max(latency * 2) }
    }

    /// Returns the time that a request may take to the provider after its permit.
    fn transit(&self) -> Duration {
        self.quota.shortest() / TRANSIT
    }

    fn denied(&self, class: Class, left: Duration) -> Error {
        let quota = &self.quota;
        let message = match class {
            Class::Request(_) => format!(
                "nothing was sent: the quota of {quota:?} is used up; try again later, or let requests wait by \
                 Quota::wait or Request::max_wait"
            ),
            Class::Login => format!("no login was sent: the quota of {quota:?} is used up; try again later"),
        };
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
        let now = self.now();
        let (Some(lender), Ok(runtime)) = (self.lender.clone(), Handle::try_current()) else { return };
        let leases = std::mem::take(&mut self.lock().leases);
        let unused = leases.into_iter().flatten().filter(|lease| lease.left > 0);
        let takes: Vec<Take> = unused
            .map(|lease| Take {
                process: self.process,
                ended: lease.ended(now, self.transit()),
                ..Take::new(self.windows(Class::Login, 1))
            })
            .collect();
        if !takes.is_empty() {
            runtime.spawn(async move {
                for take in takes {
                    lender.take(&take).await;
                }
            });
        }
    }
}

fn is_background(class: Class) -> bool {
    class == Class::Request(Priority::Background)
}

/// Returns the time of the own ledger. It begins long before the client, because windows reach back.
fn ledger_time(now: Duration) -> u64 {
    const BEGINNING: u64 = 400 * 24 * 3600 * 1000;
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX).saturating_add(BEGINNING)
}

fn percent(of: u32, percent: u32) -> u32 {
    u32::try_from(u64::from(of) * u64::from(percent) / 100).unwrap_or(of)
}
