//! Machines whose processes have their part of a quota together while the store is gone, in paused time.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use http::{HeaderMap, StatusCode};

use super::super::ledger::Ledger;
use super::super::{Permits, Priority, Quota};
use super::{Counted, Machine, on, store};
use crate::env::environment;
use crate::error::Error;

const HOUR: Duration = Duration::from_secs(3600);
const NOW: Priority = Priority::Interactive;

/// Machines of processes with one store.
struct Fleet {
    store: Arc<Counted>,
    machines: Vec<Arc<Machine>>,
    /// By machine.
    processes: Vec<Vec<Arc<Permits>>>,
    cuts: Vec<Vec<Arc<AtomicBool>>>,
    /// The time of each request.
    used: Mutex<Vec<Duration>>,
}

impl Fleet {
    fn new(quota: &Quota, sizes: &[usize]) -> Self {
        let store = store();
        let machines: Vec<Arc<Machine>> = sizes.iter().map(|_| Arc::default()).collect();
        let of = |(machine, size): (&Arc<Machine>, &usize)| {
            (0..*size).map(|_| on(Some(machine), &store, quota.clone())).unzip::<_, _, Vec<_>, Vec<_>>()
        };
        let (processes, cuts) = machines.iter().zip(sizes).map(of).unzip();
        Self { store, machines, processes, cuts, used: Mutex::default() }
    }

    /// Lets each process send one request, so that all are counted.
    async fn begin(&self) {
        for _ in 0..2 {
            for process in self.processes.iter().flatten() {
                self.request(process).await.unwrap();
            }
        }
    }

    /// Sends a request, and notes when.
    async fn request(&self, process: &Permits) -> Result<(), Error> {
        process.permit(NOW, None).await?;
        self.used.lock().unwrap().push(process.clock.now().mono);
        Ok(())
    }

    /// Sends as many requests of a process as it may in this time, and returns how many.
    async fn send_for(&self, span: Duration, process: &Permits) -> usize {
        let (begun, before) = (process.clock.now().mono, self.used.lock().unwrap().len());
        while process.clock.now().mono < begun + span {
            join_all((0..20).map(|_| self.request(process))).await;
            tokio::time::sleep(span / 60).await;
        }
        self.used.lock().unwrap().len() - before
    }

    /// Returns the most requests in any window of this length, and when it begins.
    fn most(&self, per: Duration) -> (usize, Duration) {
        let used = self.used.lock().unwrap();
        let inside = |begin: usize| used.partition_point(|at| *at < used[begin] + per) - begin;
        (0..used.len()).map(|begin| (inside(begin), used[begin])).max_by_key(|(inside, _)| *inside).unwrap()
    }

    fn break_store(&self, is_down: bool) {
        self.store.is_down.store(is_down, Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn q11_in_an_outage_one_process_gets_what_its_machines_others_do_not_use() {
    let fleet = Fleet::new(&Quota::new(1_000, HOUR), &[10, 10]);
    fleet.begin().await;
    fleet.break_store(true);
    let sent = fleet.send_for(HOUR / 6, &fleet.processes[0][0]).await;
    assert!((430..=470).contains(&sent), "{sent}: fifteen sixteenths of what is left to its machine, not a tenth");
    assert!(fleet.send_for(HOUR / 6, &fleet.processes[1][1]).await > 430, "the other machine has its own");
    tokio::time::advance(HOUR * 3 / 2).await;
    let sent = fleet.send_for(HOUR / 6, &fleet.processes[0][2]).await;
    assert!((490..500).contains(&sent), "{sent}: the 500 of its machine, of which some are left to logins");
}

#[tokio::test(start_paused = true)]
async fn q11_if_a_machines_files_fail_each_process_has_its_part_a_window_later() {
    let fleet = Fleet::new(&Quota::new(1_000, HOUR), &[10, 10]);
    fleet.begin().await;
    fleet.break_store(true);
    tokio::time::advance(HOUR * 2).await;
    let [first, second] = [0, 1].map(|process| &fleet.processes[0][process]);
    assert!(fleet.send_for(HOUR / 60, first).await > 430);
    fleet.machines[0].are_gone.store(true, Relaxed);
    assert_eq!(fleet.send_for(HOUR / 60, second).await, 0, "the first may have used its part");
    tokio::time::advance(HOUR * 5 / 4).await;
    let part = fleet.send_for(HOUR / 60, second).await;
    assert!((40..50).contains(&part), "{part}");
}

#[tokio::test(start_paused = true)]
async fn q11_a_process_that_starts_in_an_outage_adds_nothing_to_the_machines_part() {
    let fleet = Fleet::new(&Quota::new(1_000, HOUR), &[10, 10]);
    fleet.begin().await;
    fleet.break_store(true);
    let mut sent = fleet.send_for(HOUR / 60, &fleet.processes[0][0]).await;
    for _ in 0..5 {
        let new = on(Some(&fleet.machines[0]), &fleet.store, Quota::new(1_000, HOUR)).0;
        sent += fleet.send_for(HOUR / 60, &new).await;
    }
    assert!((430..=470).contains(&sent), "{sent}");
}

/// A caller sends. Those that wait with it give up before they use the permits that they were granted.
async fn one_sends(process: &Permits, others: u32) {
    let wait = join_all((0..others).map(|_| process.permit(NOW, None)));
    tokio::select! {
        biased;
        sent = process.permit(NOW, None) => sent.unwrap(),
        _ = wait, if others > 0 => {}
    }
}

#[tokio::test(start_paused = true)]
async fn q11_permits_that_a_process_did_not_use_are_granted_to_its_machines_others() {
    let mut sent = Vec::new();
    for others in [0, 19] {
        let fleet = Fleet::new(&Quota::new(100, HOUR), &[2, 2]);
        fleet.begin().await;
        fleet.break_store(true);
        tokio::time::advance(HOUR * 3 / 4).await;
        let [first, second] = [0, 1].map(|process| &fleet.processes[0][process]);
        one_sends(first, others).await;
        tokio::time::advance(HOUR / 8).await;
        fleet.request(first).await.unwrap();
        sent.push(fleet.send_for(HOUR / 60, second).await);
    }
    assert!(sent[0] > 30 && sent[0] == sent[1], "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn q7_permits_that_a_process_did_not_use_return_to_its_part() {
    let mut sent = Vec::new();
    for others in [0, 19] {
        let fleet = Fleet::new(&Quota::new(100, HOUR), &[]);
        let process = on(None, &fleet.store, Quota::new(100, HOUR).processes(2)).0;
        process.permit(NOW, None).await.unwrap();
        fleet.break_store(true);
        tokio::time::advance(HOUR * 3 / 4).await;
        one_sends(&process, others).await;
        tokio::time::advance(HOUR / 8).await;
        sent.push(fleet.send_for(HOUR / 60, &process).await);
    }
    assert!(sent[0] > 30 && sent[0] == sent[1], "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn q6_a_429_in_an_outage_stops_all_processes_of_the_machine_for_its_pause() {
    let fleet = Fleet::new(&Quota::new(1_000, HOUR), &[2]);
    fleet.begin().await;
    fleet.break_store(true);
    tokio::time::advance(HOUR * 2).await;
    for process in &fleet.processes[0] {
        fleet.request(process).await.unwrap();
    }
    fleet.processes[0][0].observe(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new()).await;
    let error = fleet.request(&fleet.processes[0][1]).await.unwrap_err();
    assert!(error.retry_after().is_some_and(|left| left.as_secs() == 4), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn q11_a_process_that_has_lost_the_store_alone_gets_nothing_while_nothing_is_left() {
    let fleet = Fleet::new(&Quota::new(1_000, HOUR), &[2, 1]);
    fleet.begin().await;
    let [cut, fellow] = [0, 1].map(|process| &fleet.processes[0][process]);
    fleet.cuts[0][0].store(true, Relaxed);
    while fleet.send_for(HOUR / 60, fellow).await > 0 {}
    let sent = fleet.send_for(HOUR / 6, cut).await;
    assert!(sent <= 3, "{sent}: its machine knows from the other process that nothing is left");
}

#[tokio::test(start_paused = true)]
async fn q4_logins_of_an_outage_count_in_the_machines_part() {
    let fleet = Fleet::new(&Quota::new(1_000, HOUR), &[10, 10]);
    fleet.begin().await;
    fleet.break_store(true);
    let [first, second] = [0, 1].map(|process| &fleet.processes[0][process]);
    // After the rest of its lease.
    for _ in 0..40 {
        fleet.request(first).await.unwrap();
    }
    (0..300).for_each(|_| first.login());
    let sent = fleet.send_for(HOUR / 60, first).await + fleet.send_for(HOUR / 60, second).await;
    assert!(sent < 160, "{sent}");
}

/// A generator of numbers below a bound, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Callers of changing processes want more or less than there is, while the store fails and returns.
async fn random(seed: u64) -> usize {
    let mut dice = Dice(seed);
    let per = Duration::from_secs(600);
    let sizes = [(); 3].map(|()| usize::try_from(1 + dice.roll(6)).unwrap());
    // Some are counted late.
    let processes = u32::try_from(sizes.iter().sum::<usize>()).unwrap();
    let quota = Quota::new(300, per).wait(per / 3).processes(processes);
    let fleet = Arc::new(Fleet::new(&quota, &sizes));
    for process in fleet.processes.iter().flatten() {
        let (fleet, process, mut dice) = (Arc::clone(&fleet), Arc::clone(process), Dice(dice.roll(u64::MAX)));
        tokio::spawn(async move {
            loop {
                let (calls, pause) = (dice.roll(40), Duration::from_millis(100 + dice.roll(120_000)));
                for _ in 0..calls {
                    let sent = join_all((0..=dice.roll(3)).map(|_| fleet.request(&process))).await;
                    let retry = sent.into_iter().filter_map(|sent| sent.err()?.retry_after()).max();
                    tokio::time::sleep(retry.unwrap_or(Duration::from_millis(dice.roll(1_000))).min(per / 5)).await;
                }
                tokio::time::sleep(pause * u32::try_from(dice.roll(4)).unwrap()).await;
            }
        });
    }
    let (begin, outage) = (per + Duration::from_secs(dice.roll(1_200)), Duration::from_secs(dice.roll(2_400)));
    tokio::time::sleep(begin).await;
    fleet.break_store(true);
    tokio::time::sleep(outage).await;
    let is_empty = dice.roll(2) == 0;
    if is_empty {
        *fleet.store.ledger.lock().unwrap() = Ledger::default();
    }
    fleet.break_store(false);
    tokio::time::sleep(per * 3).await;
    let most = fleet.most(per);
    let ends = begin + outage;
    let during = fleet.used.lock().unwrap().iter().filter(|at| (begin..ends).contains(*at)).count();
    println!("seed {seed}: {sizes:?}, gone from {begin:?} to {ends:?}, empty {is_empty}, {during} sent; most {most:?}");
    most.0
}

#[tokio::test(start_paused = true)]
async fn q1_no_window_has_more_than_the_quota_when_an_outage_begins_and_ends_at_random() {
    let outages = environment("OUTAGES").and_then(|number| number.parse().ok()).unwrap_or(8);
    let mut worst = 0;
    for seed in 0..outages {
        worst = worst.max(random(seed).await);
    }
    println!("worst {worst}");
    assert!(worst <= 300, "{worst}");
}
