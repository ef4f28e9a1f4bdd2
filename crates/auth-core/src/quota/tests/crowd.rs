//! Fifty processes that want more than a quota allows, or nearly as much, in paused time.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::super::ledger::Ledger;
use super::super::{Priority, Quota};
use super::{Counted, store, with};
use crate::random;

const HOUR: Duration = Duration::from_secs(3600);
const PROCESSES: u32 = 50;
const REQUESTS: u32 = 500;

/// A fleet of busy processes.
struct Fleet {
    store: Arc<Counted>,
    /// The process and the time of each request.
    used: Arc<Mutex<Vec<(u32, Duration)>>>,
    refused: Arc<Mutex<Vec<(u32, Duration)>>>,
    processes: Vec<JoinSet<()>>,
}

impl Fleet {
    fn new(quota: &Quota, tasks: u32) -> Self {
        let (store, used) = (store(), Arc::new(Mutex::new(Vec::new())));
        for number in 0..PROCESSES {
            let process = with(&store, quota.clone());
            for task in 0..tasks {
                let (process, used) = (Arc::clone(&process), Arc::clone(&used));
                tokio::spawn(async move {
                    sleep(Duration::from_millis(u64::from(number) * 7) + HOUR / 100 * task).await;
                    loop {
                        match process.permit(Priority::Interactive, None).await {
                            Ok(()) => {
                                sleep(Duration::from_millis(20)).await;
                                used.lock().unwrap().push((number, process.clock.now().mono));
                            }
                            Err(error) => sleep(error.retry_after().unwrap().min(HOUR / 10)).await,
                        }
                    }
                });
            }
        }
        Self { store, used, refused: Arc::default(), processes: Vec::new() }
    }

    /// Creates a fleet with ten callers a process, which together want so many requests an hour at a time.
    fn wanting(quota: &Quota, hourly: impl Fn(Duration) -> u32 + Copy + Send + Sync + 'static) -> Self {
        let mut fleet = Self::new(quota, 0);
        fleet.processes = (0..PROCESSES).map(|number| fleet.start(number, quota, hourly)).collect();
        fleet
    }

    /// Starts a process of such a fleet. Each caller calls at its own pace, even if it is refused.
    fn start(
        &self,
        number: u32,
        quota: &Quota,
        hourly: impl Fn(Duration) -> u32 + Copy + Send + Sync + 'static,
    ) -> JoinSet<()> {
        const CALLERS: u32 = 10;
        let process = with(&self.store, quota.clone());
        let caller = |_| {
            let (store, process) = (Arc::clone(&self.store), Arc::clone(&process));
            let (used, refused) = (Arc::clone(&self.used), Arc::clone(&self.refused));
            async move {
                let now = || store.clock.now().mono;
                let pause = |from, to| {
                    let part = f64::from(from) + f64::from(to - from) * random::jitter();
                    HOUR.mul_f64(f64::from(PROCESSES * CALLERS) / f64::from(hourly(now())) * part / 3.0)
                };
                sleep(pause(0_u8, 3)).await;
                loop {
                    let begun = now();
                    let is_granted = process.permit(Priority::Interactive, None).await.is_ok();
                    if is_granted { &used } else { &refused }.lock().unwrap().push((number, now()));
                    sleep((begun + pause(1, 5)).saturating_sub(now())).await;
                }
            }
        };
        (0..CALLERS).map(caller).collect()
    }

    /// Lets time pass until this hour.
    async fn until(&self, hours: f64) {
        let now = self.store.clock.now().mono;
        sleep(HOUR.mul_f64(hours).saturating_sub(now)).await;
    }

    /// Returns the number of requests between two hours.
    fn between(&self, from: f64, to: f64) -> u32 {
        let used = self.used.lock().unwrap();
        let before = |hours: f64| used.partition_point(|(_, at)| *at < HOUR.mul_f64(hours));
        u32::try_from(before(to) - before(from)).unwrap()
    }

    /// Returns the most requests in any window of this length.
    fn most(&self, per: Duration) -> usize {
        let used = self.used.lock().unwrap();
        let inside = |begin: usize| used.partition_point(|(_, at)| *at < used[begin].1 + per) - begin;
        (0..used.len()).map(inside).max().unwrap()
    }

    /// Returns the fewest requests of a process.
    fn fewest(&self) -> usize {
        let used = self.used.lock().unwrap();
        (0..PROCESSES).map(|number| used.iter().filter(|(process, _)| *process == number).count()).min().unwrap()
    }

    /// Empties the store.
    fn flush(&self) {
        *self.store.ledger.lock().unwrap() = Ledger::default();
    }
}

fn hourly() -> Quota {
    Quota::new(REQUESTS, HOUR).wait(HOUR / 2).processes(PROCESSES)
}

fn hourly_and_by_minute() -> Quota {
    Quota::new(REQUESTS, HOUR).and(50, HOUR / 60).wait(HOUR / 2)
}

#[tokio::test(start_paused = true)]
async fn q10_fifty_processes_use_95_hundredths_of_a_quota_with_an_operation_for_ten() {
    let fleet = Fleet::new(&hourly(), 100);
    fleet.until(2.0).await;
    let (operations, used) = (fleet.store.operations.load(Relaxed), fleet.between(0.0, 2.0));
    fleet.until(12.0).await;
    assert!(fleet.most(HOUR) <= REQUESTS as usize && fleet.fewest() > 0);
    let hours: Vec<u32> = (0..12_u32).map(|hour| fleet.between(hour.into(), f64::from(hour) + 1.0)).collect();
    let (operations, later) = (fleet.store.operations.load(Relaxed) - operations, fleet.between(2.0, 12.0));
    println!("{used} and {later} requests, by hour {hours:?}; {operations} operations for the later ones");
    assert!(used + later >= 12 * REQUESTS * 95 / 100 && operations <= later / 10);
}

#[tokio::test(start_paused = true)]
async fn q10_a_minute_and_an_hour_are_kept_together_by_fifty_processes() {
    let fleet = Fleet::new(&Quota::new(REQUESTS, HOUR).and(50, HOUR / 60).wait(HOUR / 120), 20);
    fleet.until(6.0).await;
    println!("{} requests, {} operations", fleet.between(0.0, 6.0), fleet.store.operations.load(Relaxed));
    assert!(fleet.most(HOUR) <= REQUESTS as usize && fleet.most(HOUR / 60) <= 50);
    assert!(fleet.between(0.0, 6.0) >= 6 * REQUESTS * 95 / 100 && fleet.fewest() > 0);
}

#[tokio::test(start_paused = true)]
async fn q10_fifty_processes_that_want_nine_tenths_of_a_quota_get_all_of_it() {
    let fleet = Fleet::wanting(&hourly_and_by_minute(), |_| REQUESTS * 9 / 10);
    fleet.until(12.0).await;
    let (used, operations) = (fleet.between(0.0, 12.0), fleet.store.operations.load(Relaxed));
    println!("{used} requests, {operations} operations");
    assert!(fleet.refused.lock().unwrap().is_empty());
    assert!(used >= 12 * REQUESTS * 85 / 100 && operations <= used * 11 / 10);
}

#[tokio::test(start_paused = true)]
async fn q10_a_fleet_that_wanted_too_much_gets_all_it_wants_again_within_four_hours() {
    let fleet =
        Fleet::wanting(&hourly_and_by_minute(), |now| if now < HOUR * 2 { REQUESTS * 10 } else { REQUESTS * 9 / 10 });
    fleet.until(12.0).await;
    let refused = fleet.refused.lock().unwrap();
    println!("{} refused, the last at {:?}", refused.len(), refused.last());
    assert!(fleet.between(1.0, 2.0) >= REQUESTS * 95 / 100 && refused.iter().all(|(_, at)| *at < HOUR * 6));
}

#[tokio::test(start_paused = true)]
async fn q10_ten_callers_a_process_that_are_refused_share_an_operation_for_nine_requests() {
    let fleet = Fleet::wanting(&hourly_and_by_minute(), |_| REQUESTS * 10);
    fleet.until(2.0).await;
    let operations = fleet.store.operations.load(Relaxed);
    fleet.until(8.0).await;
    let (used, operations) = (fleet.between(2.0, 8.0), fleet.store.operations.load(Relaxed) - operations);
    println!("{used} requests, {operations} operations");
    assert!(used >= 6 * REQUESTS * 95 / 100 && operations <= used / 9);
}

#[tokio::test(start_paused = true)]
async fn q10_fifty_busy_processes_that_are_replaced_leave_no_hour_of_the_quota_unused() {
    let (quota, wanted) = (hourly_and_by_minute(), |_| REQUESTS * 10);
    let mut fleet = Fleet::wanting(&quota, wanted);
    fleet.until(4.0).await;
    for number in 0..PROCESSES {
        fleet.processes[number as usize] = fleet.start(number, &quota, wanted);
        sleep(HOUR / 6 / PROCESSES).await;
    }
    fleet.until(8.0).await;
    let hours: Vec<u32> = (2..8_u32).map(|hour| fleet.between(hour.into(), f64::from(hour) + 1.0)).collect();
    println!("{hours:?}");
    assert!(fleet.most(HOUR) <= REQUESTS as usize && hours.iter().all(|used| *used >= REQUESTS * 9 / 10));
}

#[tokio::test(start_paused = true)]
async fn q7_a_store_that_is_emptied_grants_nothing_that_was_used() {
    let fleet = Fleet::new(&hourly(), 100);
    fleet.until(2.3).await;
    fleet.flush();
    fleet.until(8.0).await;
    assert!(fleet.most(HOUR) <= REQUESTS as usize, "{}", fleet.most(HOUR));
    assert!(fleet.between(0.0, 8.0) >= 8 * REQUESTS * 9 / 10 && fleet.fewest() > 0);
    assert!(fleet.between(6.0, 8.0) >= 2 * REQUESTS * 95 / 100, "it counts for all again");
}

#[tokio::test(start_paused = true)]
async fn q7_a_store_that_returns_after_an_hour_keeps_the_quota_with_or_without_its_record() {
    for is_empty in [false, true] {
        let fleet = Fleet::new(&hourly(), 100);
        fleet.until(1.5).await;
        fleet.store.is_down.store(true, Relaxed);
        fleet.until(2.5).await;
        if is_empty {
            fleet.flush();
        }
        fleet.store.is_down.store(false, Relaxed);
        fleet.until(8.0).await;
        assert!(fleet.most(HOUR) <= REQUESTS as usize, "{}", fleet.most(HOUR));
        assert!(fleet.between(0.0, 8.0) >= 8 * REQUESTS * 85 / 100, "{}", fleet.between(0.0, 8.0));
    }
}

#[tokio::test(start_paused = true)]
async fn q7_a_store_that_fails_for_some_processes_is_asked_again_before_they_go_alone() {
    let fleet = Fleet::new(&hourly(), 100);
    fleet.store.fails.store(20, Relaxed);
    fleet.until(3.0).await;
    assert!(fleet.most(HOUR) <= REQUESTS as usize, "{}", fleet.most(HOUR));
}
