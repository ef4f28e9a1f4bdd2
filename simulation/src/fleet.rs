//! The processes of one scenario: their starts and ends, and the events that they meet.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auth_core::store::{KeyRing, SharedStore};
use auth_core::url::Url;
use auth_core::{Client, Options, Quota, Stats};
use fastrand::Rng;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::account::{Account, RIGHT};
use crate::clock::Clock;
use crate::log::Log;
use crate::process;
use crate::provider::{Counts, Mood, Provider};
use crate::scenario::{Event, Scenario, Shares};
use crate::settings::Settings;
use crate::store::{Fault, Load, Virtual};

const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";
/// The time after which a killed process is started again.
const AGAIN: Duration = Duration::from_secs(5);
/// The time for which a caller waits for a permit.
const PATIENCE: Duration = Duration::from_secs(1800);

/// Counts of the processes' calls, and of their results.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Calls for a credential.
    pub(crate) calls: u64,
    /// Calls that got no credential.
    pub(crate) failed: Log,
    /// The time for which failed calls waited, all together.
    pub(crate) waited_in_vain: Duration,
    /// Calls that had no permit in time, and the longest wait of one that had.
    pub(crate) denied: u64,
    pub(crate) longest_for_permit: Duration,
    /// Calls that had to wait, and the longest wait.
    pub(crate) waited: u64,
    pub(crate) longest: Duration,
    /// Calls that got a 401 because their credential had been revoked.
    pub(crate) unauthorized: u64,
    /// Calls that got a second 401 with the replacement.
    pub(crate) again: u64,
    /// Calls whose last answer was a 401.
    pub(crate) unhealed: Log,
    /// Expired credentials that were served.
    pub(crate) dead: u64,
    /// The clients' own counts.
    pub(crate) logins: u64,
    pub(crate) adopted: u64,
    pub(crate) store_failures: u64,
}

impl Tally {
    pub(crate) fn has_permit_after(&mut self, waited: Duration) {
        self.longest_for_permit = self.longest_for_permit.max(waited);
    }

    pub(crate) fn add(&mut self, stats: Stats) {
        self.logins += stats.logins;
        self.adopted += stats.adopted;
        self.store_failures += stats.store_failures;
    }
}

/// The result of one scenario.
#[derive(Debug)]
pub struct Outcome {
    pub(crate) provider: Counts,
    pub(crate) load: Load,
    pub(crate) tally: Tally,
    /// The time of the fault.
    pub(crate) trouble: Option<Range<Duration>>,
}

/// The processes, and their surroundings.
#[derive(Debug)]
pub struct Fleet {
    pub(crate) clock: Clock,
    pub(crate) every: Duration,
    callers: u32,
    pub(crate) patience: Duration,
    quota: Option<Quota>,
    per_machine: usize,
    pub(crate) provider: Arc<Provider>,
    store: Option<Arc<Virtual>>,
    /// The files of each machine, which are used while the store fails.
    files: Option<Vec<Arc<Virtual>>>,
    base_url: Url,
    tally: Mutex<Tally>,
    running: Mutex<Vec<Option<AbortHandle>>>,
    rng: Mutex<Rng>,
}

/// Runs a scenario, in virtual time from its first second to its last.
///
/// # Panics
///
/// Panics if the clients and the provider count different numbers of logins.
#[must_use]
pub fn run(scenario: &Scenario, settings: &Settings, seed: u64) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O cannot fail").block_on(simulate(scenario, settings, seed))
}

async fn simulate(scenario: &Scenario, settings: &Settings, seed: u64) -> Outcome {
    let clock = Clock::start();
    let (killed, victims) = unbounded_channel();
    let store = Arc::new(Virtual::network(clock, seed ^ 1));
    let files =
        || (0..scenario.machines(settings)).map(|machine| Arc::new(Virtual::files(clock, seed ^ machine as u64)));
    let fleet = Arc::new(Fleet {
        clock,
        every: scenario.every,
        callers: scenario.callers,
        patience: scenario.patience,
        quota: quota(scenario),
        per_machine: settings.per_machine,
        provider: Arc::new(Provider::new(clock, scenario, killed, seed ^ 2)),
        store: (scenario.shares != Shares::Nothing).then(|| Arc::clone(&store)),
        files: (scenario.shares == Shares::Both).then(|| files().collect()),
        base_url: Url::parse("http://127.0.0.1/").expect("it is a URL"),
        tally: Mutex::default(),
        running: Mutex::new((0..scenario.processes).map(|_| None).collect()),
        rng: Mutex::new(Rng::with_seed(seed ^ 3)),
    });
    let starts = tokio::spawn(start(Arc::clone(&fleet), scenario.starts(seed ^ 4)));
    let revives = tokio::spawn(revive(Arc::clone(&fleet), victims));
    let trouble = happen(&fleet, &store, scenario).await;
    clock.until(scenario.span()).await;
    starts.abort();
    revives.abort();
    for running in fleet.running().iter().flatten() {
        running.abort();
    }
    sleep(Duration::from_millis(1)).await;
    let tally = fleet.tally().clone();
    let outcome = Outcome { provider: fleet.provider.counts(), load: store.load(), tally, trouble };
    let requests = outcome.provider.requests.len() as u64;
    assert_eq!(outcome.tally.logins, requests, "the clients and the provider count the same");
    outcome
}

/// Returns the quota of each process, with the time for which a caller waits for its turn.
fn quota(scenario: &Scenario) -> Option<Quota> {
    let mut windows = scenario.windows.iter();
    let (requests, per) = windows.next()?;
    let quota = windows.fold(Quota::new(*requests, *per), |quota, (requests, per)| quota.and(*requests, *per));
    Some(quota.wait(PATIENCE))
}

/// Starts each process at its time, and kills it before if it runs.
async fn start(fleet: Arc<Fleet>, starts: Vec<(Duration, usize, &'static str)>) {
    for (at, process, password) in starts {
        fleet.clock.until(at).await;
        fleet.start(process, password);
    }
}

/// Kills, as `kill -9` does, each process that is chosen during its login.
async fn revive(fleet: Arc<Fleet>, mut victims: UnboundedReceiver<usize>) {
    while let Some(victim) = victims.recv().await {
        fleet.kill(victim);
        let fleet = Arc::clone(&fleet);
        tokio::spawn(async move {
            sleep(AGAIN).await;
            fleet.start(victim, RIGHT);
        });
    }
}

/// Runs the scenario's events, and returns the time of the fault.
async fn happen(fleet: &Fleet, store: &Virtual, scenario: &Scenario) -> Option<Range<Duration>> {
    let mut begun = None;
    let mut ended = None;
    for (at, event) in &scenario.events {
        fleet.clock.until(*at).await;
        match event {
            Event::Revoke => fleet.provider.revoke(),
            Event::RevokeAtRenewal => {
                // Renewals are spread over a sixteenth of the lifetime.
                fleet.clock.until(fleet.provider.renewal_is_due() + scenario.lifetime / 32).await;
                fleet.provider.revoke();
            }
            Event::Flush => store.flush(),
            Event::Empty => {
                store.flush();
                fleet.files.iter().flatten().for_each(|files| files.flush());
            }
            Event::Store(fault) => store.break_with(*fault),
            Event::Provider(mood) => fleet.provider.set(*mood),
            Event::Mark => {}
            Event::OutAtRenewal(mood, span) => {
                fleet.clock.until(fleet.provider.renewal_is_due()).await;
                begun = Some(fleet.clock.now());
                fleet.provider.set(*mood);
                sleep(*span).await;
                fleet.provider.set(Mood::Well);
            }
        }
        match event {
            Event::Revoke | Event::RevokeAtRenewal => {}
            Event::Store(Fault::None) | Event::OutAtRenewal(..) => ended = Some(fleet.clock.now()),
            _ if begun.is_some() => ended = Some(fleet.clock.now()),
            _ => begun = Some(fleet.clock.now()),
        }
    }
    begun.map(|begun| begun..ended.unwrap_or(begun))
}

impl Fleet {
    /// Returns a client as a process has it, with a [`SharedStore`] of its own that notices faults of the store for
    /// itself.
    pub(crate) fn client(&self, process: usize, password: &'static str) -> Client<Account> {
        let provider = Arc::clone(&self.provider);
        let machine = self.machine_of(process);
        let account = Account { provider, base_url: self.base_url.clone(), password, process, machine };
        let client = match &self.store {
            Some(store) => {
                let keys = KeyRing::new(KEY).expect("it is a key");
                let store = SharedStore::new(Arc::clone(store), keys).machine(machine.to_string());
                let files = self.files.as_ref().map(|files| Arc::clone(&files[machine]));
                let store = match files {
                    Some(files) => store.fallback(files),
                    None => store,
                };
                let options = self.quota.clone().map_or_else(Options::default, |quota| Options::default().quota(quota));
                Client::shared(account, options, &store)
            }
            None => Client::new(account),
        };
        client.expect("plain HTTP is allowed on loopback")
    }

    /// Returns the machine on which a process runs, from 0.
    fn machine_of(&self, process: usize) -> usize {
        process / self.per_machine
    }

    pub(crate) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> MutexGuard<'_, Vec<Option<AbortHandle>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kill(&self, process: usize) {
        if let Some(running) = self.running()[process].take() {
            running.abort();
        }
    }

    fn start(self: &Arc<Self>, process: usize, password: &'static str) {
        self.kill(process);
        let seed = self.rng.lock().unwrap_or_else(PoisonError::into_inner).u64(..);
        let task = tokio::spawn(process::run(Arc::clone(self), process, password, self.callers, seed));
        self.running()[process] = Some(task.abort_handle());
    }
}
