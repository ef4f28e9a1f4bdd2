//! The events of a scenario, and their times.

use std::ops::RangeInclusive;
use std::time::Duration;

use fastrand::Rng;

use crate::account::{RIGHT, WRONG};
use crate::provider::Mood;
use crate::settings::Settings;
use crate::store::Fault;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The mean time between two calls of one of 500 callers that want 5,000 requests an hour.
const LIMITED_EVERY: Duration = Duration::from_secs(360);

/// An event that concerns the whole fleet.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// The provider revokes every credential that it issued.
    Revoke,
    /// The same, while the newest is being renewed: some processes have it, and others the previous one.
    RevokeAtRenewal,
    /// The store loses everything.
    Flush,
    /// The store and the files of all machines lose everything.
    Empty,
    /// The store fails, or recovers.
    Store(Fault),
    /// The provider fails, or recovers.
    Provider(Mood),
    /// The provider fails for this long, from the second in which the next renewal is due at the earliest.
    OutAtRenewal(Mood, Duration),
    /// A part of the time begins or ends that is reported by itself.
    Mark,
}

/// The stores that the processes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shares {
    /// None: each process logs in for itself.
    Nothing,
    /// The store in the network.
    Network,
    /// The store in the network, and the files of each machine while that fails.
    Both,
}

/// A start or restart of all processes, spread over `over` from `at` on.
#[derive(Clone, Copy, Debug)]
struct Start {
    at: Duration,
    over: Duration,
    password: &'static str,
}

/// The course of a simulation.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The name in the table.
    pub name: &'static str,
    pub(crate) days: u32,
    pub(crate) processes: usize,
    /// The number of callers in each process.
    pub(crate) callers: u32,
    /// The mean time between two calls of one caller.
    pub(crate) every: Duration,
    /// The time for which a caller repeats a call that fails, after the pause that the error states.
    pub(crate) patience: Duration,
    /// The requests that the provider allows in any window of each length. All processes keep to them with a quota.
    pub(crate) windows: Vec<(u32, Duration)>,
    pub(crate) shares: Shares,
    pub(crate) lifetime: Duration,
    /// The shortest and the longest login, in milliseconds.
    pub(crate) login: RangeInclusive<u64>,
    /// The probability that a login fails with a 502.
    pub(crate) failures: f64,
    /// The probability that a process is killed during its login.
    pub(crate) crashes: f64,
    /// The number of login requests that the provider accepts in an hour of the clock.
    pub(crate) limit: Option<usize>,
    pub(crate) events: Vec<(Duration, Event)>,
    starts: Vec<Start>,
}

impl Scenario {
    /// Returns a scenario with jittered starts over 5 minutes, and a deployment each day that takes 10.
    fn calm(name: &'static str, days: u32, settings: &Settings) -> Self {
        let first = Start { at: Duration::ZERO, over: MINUTE * 5, password: RIGHT };
        let deployments = (0..days).map(|day| DAY * day + HOUR * 15);
        let deployments = deployments.map(|at| Start { at, over: MINUTE * 10, password: RIGHT });
        Self {
            name,
            days,
            processes: settings.processes,
            callers: 1,
            every: settings.every,
            patience: Duration::ZERO,
            windows: Vec::new(),
            shares: Shares::Both,
            lifetime: HOUR,
            login: 150..=250,
            failures: 0.0,
            crashes: 0.0,
            limit: None,
            events: Vec::new(),
            starts: std::iter::once(first).chain(deployments).collect(),
        }
    }

    fn with(self, events: impl IntoIterator<Item = (Duration, Event)>) -> Self {
        Self { events: events.into_iter().collect(), ..self }
    }

    fn started(mut self, at: Duration, over: Duration, password: &'static str) -> Self {
        self.starts.push(Start { at, over, password });
        self
    }

    /// Lets so many processes want ten times as many requests as Pontotel allows.
    fn limited(self, processes: usize) -> Self {
        let callers = 500 / u32::try_from(processes).unwrap_or(u32::MAX).clamp(1, 500);
        Self { processes, callers, every: LIMITED_EVERY, windows: vec![(500, HOUR), (50, MINUTE)], ..self }
    }

    /// Returns all scenarios. A single event is in the middle of two days.
    #[must_use]
    pub fn all(settings: &Settings) -> Vec<Self> {
        let days = settings.days.min(2);
        let middle = DAY * days / 2;
        let later = middle + HOUR;
        let calm = |name| Self::calm(name, settings.days, settings);
        let once = |name| Self::calm(name, days, settings);
        let for_an_hour = |fault| [(middle, Event::Store(fault)), (later, Event::Store(Fault::None))];
        let out = |mood| [(middle, Event::OutAtRenewal(mood, MINUTE * 10))];
        let down = [Event::Empty, Event::Provider(Mood::Down)].map(|event| (middle, event));
        let down = down.into_iter().chain([(middle + MINUTE * 10, Event::Provider(Mood::Well))]);
        let marked = [(middle, Event::Mark), (later, Event::Mark)];
        let restarted = [(middle, Event::Empty), (middle + MINUTE, Event::Mark)];
        let revocations = (1..settings.days * 4).map(|quarter| {
            let event = if quarter % 2 == 0 { Event::Revoke } else { Event::RevokeAtRenewal };
            (HOUR * 6 * quarter + MINUTE * 7, event)
        });
        let back_empty =
            [(middle, Event::Store(Fault::Away)), (later, Event::Flush), (later, Event::Store(Fault::None))];
        let limited = |name, processes: usize| once(name).limited(processes.min(settings.processes));
        vec![
            calm("calm"),
            Self { failures: 0.05, crashes: 0.05, ..calm("5 % of logins fail, 5 % are killed") },
            calm("all revoked every 6 h").with(revocations),
            once("store gone for 1 h").with(for_an_hour(Fault::Away)),
            once("store answers in 300 ms for 1 h").with(for_an_hour(Fault::Slow(Duration::from_millis(300)))),
            Self {
                limit: Some(500),
                ..once("store gone for 1 h, 500 logins/h allowed").with(for_an_hour(Fault::Away))
            },
            once("store gone for 1 h, all restart in it").with(for_an_hour(Fault::Away)).started(
                middle + MINUTE * 10,
                MINUTE * 5,
                RIGHT,
            ),
            Self { shares: Shares::Network, ..once("store gone for 1 h, no fallback").with(for_an_hour(Fault::Away)) },
            once("store flushed in a deployment").with([(middle, Event::Flush), (later, Event::Mark)]).started(
                middle.saturating_sub(MINUTE * 5),
                MINUTE * 10,
                RIGHT,
            ),
            once("provider down for 10 min at renewal").with(out(Mood::Down)),
            once("provider silent for 10 min at renewal").with(out(Mood::Silent)),
            once("provider down for 10 min, all restart in it, stores empty").with(down.clone()).started(
                middle,
                MINUTE * 5,
                RIGHT,
            ),
            Self {
                patience: SECOND * 16,
                ..once("provider down for 10 min, all restart in it, stores empty, callers try for 16 s").with(down)
            }
            .started(middle, MINUTE * 5, RIGHT),
            once("wrong password for 1 h").with(marked).started(middle, SECOND * 10, WRONG).started(
                later,
                SECOND * 10,
                RIGHT,
            ),
            once("all restart in a second, stores empty").with(restarted).started(middle, SECOND, RIGHT),
            Self {
                login: 4_900..=5_100,
                ..once("all restart in a second, stores empty, logins take 5 s").with(restarted)
            }
            .started(middle, SECOND, RIGHT),
            Self { shares: Shares::Nothing, ..once("no store, all restart in a second").with(restarted) }
                .started(middle, SECOND, RIGHT),
            Self {
                shares: Shares::Nothing,
                ..once("no store, provider down for 10 min at renewal").with(out(Mood::Down))
            },
            limited("limit, ten times as much wanted", 50),
            Self { every: LIMITED_EVERY * 11, ..limited("limit, nine tenths of it wanted", 50) },
            limited("limit, store gone for 1 h", 50).with(for_an_hour(Fault::Away)),
            limited("limit, store gone for 1 h and back empty", 50).with(back_empty),
            limited("limit, 200 processes", 200),
            limited("limit, 200 processes, store gone for 1 h", 200).with(for_an_hour(Fault::Away)),
            limited("limit, 200 processes, store gone for 1 h and back empty", 200).with(back_empty),
        ]
    }

    /// Returns the number of machines.
    #[must_use]
    pub fn machines(&self, settings: &Settings) -> usize {
        self.processes.div_ceil(settings.per_machine)
    }

    /// Returns the length of the scenario.
    #[must_use]
    pub fn span(&self) -> Duration {
        DAY * self.days
    }

    /// Returns the start of each process and its password, in the order of time.
    pub(crate) fn starts(&self, seed: u64) -> Vec<(Duration, usize, &'static str)> {
        let mut rng = Rng::with_seed(seed);
        let mut starts = Vec::with_capacity(self.starts.len() * self.processes);
        for start in &self.starts {
            for process in 0..self.processes {
                let at = start.at + start.over.mul_f64(rng.f64());
                starts.push((at, process, start.password));
            }
        }
        starts.sort_by_key(|start| start.0);
        starts
    }
}
