//! The provider, in virtual time: it answers logins and calls, and counts both.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auth_core::{Error, ErrorKind, Result};
use fastrand::Rng;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::sleep;

use crate::account::{RIGHT, Session};
use crate::clock::Clock;
use crate::log::Log;
use crate::scenario::Scenario;

/// The time until a refusal.
const REFUSAL: Duration = Duration::from_millis(20);

const FOR_EVER: Duration = Duration::from_secs(24 * 3600);

/// The provider's response to a call with a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The credential is valid.
    Fine,
    /// 401: the credential was revoked before its expiry.
    Revoked,
    /// 401: the credential has expired, which the client should have known.
    Ended,
}

/// The provider's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It answers logins.
    Well,
    /// It refuses connections.
    Down,
    /// It accepts logins, and never answers.
    Silent,
}

/// The provider's side of the account.
#[derive(Debug)]
pub struct Provider {
    clock: Clock,
    lifetime: Duration,
    login: RangeInclusive<u64>,
    failures: f64,
    crashes: f64,
    limit: Option<usize>,
    windows: Vec<(u32, Duration)>,
    /// Receives each process that is to be killed during its login.
    killed: UnboundedSender<usize>,
    state: Mutex<CacheState>,
}

#[derive(Debug)]
struct CacheState {
    rng: Rng,
    mood: Mood,
    /// The expiry of each credential, by its number from 1.
    ends: Vec<Duration>,
    /// The newest revoked number. All before it are revoked too.
    revoked: u32,
    span_ends: Option<Duration>,
    counts: Counts,
}

/// Counts of the requests that reached the provider.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Login requests.
    pub(crate) requests: Log,
    /// The machines that sent them.
    pub(crate) machines: HashSet<usize>,
    /// Logins that returned a credential.
    pub(crate) logins: Log,
    /// Login requests with the wrong password.
    pub(crate) wrong: Log,
    /// The number of logins that were needed, because a credential was due for renewal or was revoked.
    pub(crate) spans: u64,
    /// Revocations of all credentials.
    pub(crate) revocations: u64,
    /// Processes that were killed during their login.
    pub(crate) killed: u64,
    /// Requests and logins under a limit that were answered, and those that got a 429.
    pub(crate) allowed: Log,
    pub(crate) limited: Log,
    /// The last request of each process under a limit, and the longest time without one.
    last: HashMap<usize, Duration>,
    pub(crate) longest_pause: Duration,
}

impl Provider {
    pub(crate) fn new(clock: Clock, scenario: &Scenario, killed: UnboundedSender<usize>, seed: u64) -> Self {
        let state = CacheState {
            rng: Rng::with_seed(seed),
            mood: Mood::Well,
            ends: Vec::new(),
            revoked: 0,
            span_ends: None,
            counts: Counts::default(),
        };
        Self {
            clock,
            lifetime: scenario.lifetime,
            login: scenario.login.clone(),
            failures: scenario.failures,
            crashes: scenario.crashes,
            limit: scenario.limit,
            windows: scenario.windows.clone(),
            killed,
            state: Mutex::new(state),
        }
    }

    pub(crate) async fn login(&self, process: usize, machine: usize, password: &str) -> Result<Session> {
        let started = self.clock.now();
        self.state().counts.machines.insert(machine);
        if let Some(error) = self.refused_at_once(started) {
            sleep(REFUSAL).await;
            return Err(error);
        }
        let takes = {
            let CacheState { rng, mood, .. } = &mut *self.state();
            if *mood == Mood::Silent { FOR_EVER } else { Duration::from_millis(rng.u64(self.login.clone())) }
        };
        sleep(takes).await;
        if password != RIGHT {
            self.state().counts.wrong.add(started);
            return Err(Error::new(ErrorKind::LoginRefused, "401").with_provider_message("Token inválido"));
        }
        if self.happens(self.failures) {
            return Err(Error::new(ErrorKind::Unavailable, "502"));
        }
        if self.happens(self.crashes) {
            self.state().counts.killed += 1;
            // There is no receiver once the week is over.
            let _over = self.killed.send(process);
            std::future::pending::<()>().await;
        }
        Ok(self.issue(started))
    }

    fn refused_at_once(&self, now: Duration) -> Option<Error> {
        let mut state = self.state();
        let hour = Duration::from_secs(now.as_secs() / 3600 * 3600);
        let before = state.counts.requests.since(hour);
        state.counts.requests.add(now);
        if !self.windows.is_empty() {
            state.counts.allowed.add(now);
        }
        if state.mood == Mood::Down {
            return Some(Error::new(ErrorKind::Unavailable, "connection refused"));
        }
        self.limit.filter(|limit| before >= *limit).map(|_| {
            let left = (hour + Duration::from_secs(3600)).saturating_sub(now);
            Error::new(ErrorKind::RateLimited, "429").with_retry_after(left)
        })
    }

    fn happens(&self, chance: f64) -> bool {
        chance > 0.0 && self.state().rng.f64() < chance
    }

    fn issue(&self, started: Duration) -> Session {
        let mut state = self.state();
        let now = self.clock.now();
        state.ends.push(now + self.lifetime);
        state.counts.logins.add(now);
        if state.span_ends.is_none_or(|ends| started >= ends) {
            state.counts.spans += 1;
            state.span_ends = Some(started + earliest_renewal(self.lifetime));
        }
        let number = u32::try_from(state.ends.len()).unwrap_or(u32::MAX);
        Session { number, lifetime: self.lifetime }
    }

    /// Answers a call with a credential.
    pub(crate) fn answer(&self, session: &Session) -> Answer {
        let state = self.state();
        let ends = state.ends[session.number as usize - 1];
        match session.number {
            _ if self.clock.now() >= ends => Answer::Ended,
            number if number <= state.revoked => Answer::Revoked,
            _ => Answer::Fine,
        }
    }

    /// Answers a request under a limit. Returns false for a 429: a window that ends now, of any length, is full.
    pub(crate) fn allows(&self, process: usize) -> bool {
        let now = self.clock.now();
        let counts = &mut self.state().counts;
        let pause = now.saturating_sub(counts.last.insert(process, now).unwrap_or(now));
        counts.longest_pause = counts.longest_pause.max(pause);
        let begin = |per: Duration| (now + Duration::from_millis(1)).saturating_sub(per);
        let is_full = |(requests, per): &(u32, Duration)| counts.allowed.since(begin(*per)) >= *requests as usize;
        let is_limited = self.windows.iter().any(is_full);
        let log = if is_limited { &mut counts.limited } else { &mut counts.allowed };
        log.add(now);
        !is_limited
    }

    /// Revokes each credential issued so far.
    pub(crate) fn revoke(&self) {
        let mut state = self.state();
        state.revoked = u32::try_from(state.ends.len()).unwrap_or(u32::MAX);
        state.span_ends = None;
        state.counts.revocations += 1;
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// Returns the end of the newest span.
    pub(crate) fn renewal_is_due(&self) -> Duration {
        self.state().span_ends.unwrap_or_default()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.state().counts.clone()
    }

    fn state(&self) -> MutexGuard<'_, CacheState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the earliest age at which a credential is renewed. The jitter puts that between 13/16 and 14/16 of its
/// lifetime. An adopted credential is renewed up to a second sooner, because the time to the store and back is taken
/// off its lifetime.
fn earliest_renewal(lifetime: Duration) -> Duration {
    (lifetime * 13 / 16).saturating_sub(Duration::from_secs(1))
}
