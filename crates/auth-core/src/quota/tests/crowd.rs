//! Fifty processes that want more than a quota allows, in paused time.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::super::ledger::Ledger;
use super::super::{Priority, Quota};
use super::{Counted, store, with};

const HOUR: Duration = Duration::from_secs(3600);
const PROCESSES: u32 = 50;
const REQUESTS: u32 = 500;

/// A fleet of busy processes.
struct Fleet {
    store: Arc<Counted>,
    /// The process and the time of each request.
    used: Arc<Mutex<Vec<(u32, Duration)>>>,
}

impl Fleet {
    fn new(quota: &Quota, tasks: u32) -> Self {
        let (store, used) = (store(), Arc::new(Mutex::new(Vec::new())));
        for number in 0..PROCESSES {
            let process = with(&store, quota.clone());
            for task in 0..tasks {
                let (process, used) = (Arc::clone(&process), Arc::clone(&used));
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(u64::from(number) * 7) + HOUR / 100 * task).await;
                    loop {
                        match process.permit(Priority::Interactive, None).await {
                            Ok(()) => {
                                tokio::time::sleep(Duration::from_millis(20)).await;
                                used.lock().unwrap().push((number, process.clock.now().mono));
                            }
                            Err(error) => tokio::time::sleep(error.retry_after().unwrap().min(HOUR / 10)).await,
                        }
                    }
                });
            }
        }
        Self { store, used }
    }

    /// Lets time pass until this hour.
    async fn until(&self, hours: f64) {
        let now = self.store.clock.now().mono;
        tokio::time::sleep(HOUR.mul_f64(hours).saturating_sub(now)).await;
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
