//! Tests of permits in paused time, with a ledger that stands for a store.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::super::exchange::{Ended, Take, Taken};
use super::super::lease::{Grantor, Inner, Sleeper};
use super::super::{Permits, Priority, Quota};
use super::{store, with};
use crate::clock::Clock;
use crate::error::ErrorKind;

const MINUTE: Duration = Duration::from_secs(60);
const NOW: Priority = Priority::Interactive;
const LATER: Priority = Priority::Background;

fn alone(quota: Quota) -> Arc<Permits> {
    Permits::new(quota, Clock::new(), None)
}

async fn granted(permits: &Permits, priority: Priority, calls: u32) -> u32 {
    let calls = join_all((0..calls).map(|_| permits.permit(priority, None))).await;
    u32::try_from(calls.iter().filter(|call| call.is_ok()).count()).unwrap()
}

fn limit(pairs: &[(&'static str, u32)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from(*value))).collect()
}

#[tokio::test(start_paused = true)]
async fn q2_a_request_above_the_quota_fails_at_once_with_the_time_of_the_next() {
    let permits = alone(Quota::new(10, MINUTE));
    assert_eq!(granted(&permits, NOW, 20).await, 9, "one is left to a login");
    let error = permits.permit(NOW, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    let left = error.retry_after().unwrap();
    assert!(left > MINUTE && left < MINUTE * 105 / 100, "{left:?}");
    tokio::time::advance(left).await;
    assert!(permits.permit(NOW, None).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn q3_a_request_waits_for_a_permit_for_as_long_as_it_may() {
    let permits = alone(Quota::new(10, MINUTE).wait(Duration::from_secs(63)));
    assert_eq!(granted(&permits, NOW, 9).await, 9);
    assert_eq!(permits.clock.now().mono, Duration::ZERO);
    assert!(permits.permit(NOW, Some(Duration::from_secs(59))).await.is_err());
    assert!(permits.permit(NOW, None).await.is_ok());
    assert!(permits.clock.now().mono >= MINUTE);
}

#[tokio::test(start_paused = true)]
async fn q4_a_login_and_a_person_find_a_permit_when_a_batch_has_used_its_part() {
    let permits = alone(Quota::new(100, MINUTE));
    assert_eq!(granted(&alone(Quota::new(100, MINUTE).background(30)), LATER, 500).await, 30);
    assert_eq!(granted(&permits, LATER, 500).await, 80);
    assert_eq!(granted(&permits, NOW, 500).await, 19);
    permits.login();
    tokio::time::advance(MINUTE * 105 / 100).await;
    assert_eq!(granted(&permits, NOW, 500).await, 99);
}

#[tokio::test(start_paused = true)]
async fn q4_logins_are_never_refused_and_count_for_all_processes() {
    let store = store();
    let [first, second] = [(); 2].map(|()| with(&store, Quota::new(100, MINUTE)));
    (0..30).for_each(|_| first.login());
    assert_eq!(granted(&first, NOW, 100).await, 69);
    assert_eq!(granted(&second, NOW, 100).await, 0);
    (0..5).for_each(|_| first.login());
}

#[tokio::test(start_paused = true)]
async fn q4_a_batch_that_waits_leaves_room_for_a_person() {
    let store = store();
    let permits = with(&store, Quota::new(100, MINUTE));
    let batch = join_all((0..200).map(|_| permits.permit(LATER, Some(MINUTE * 10))));
    let person = async {
        tokio::time::sleep(MINUTE / 2).await;
        permits.permit(NOW, None).await
    };
    let (batch, person) = tokio::join!(batch, person);
    assert!(person.is_ok() && batch.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn q6_a_429_stops_requests_for_its_pause() {
    let permits = alone(Quota::new(10, MINUTE));
    permits.observe(StatusCode::TOO_MANY_REQUESTS, &limit(&[("retry-after", 7)])).await;
    assert_eq!(permits.permit(NOW, None).await.unwrap_err().retry_after(), Some(Duration::from_secs(7)));
    tokio::time::advance(Duration::from_secs(7)).await;
    assert!(permits.permit(NOW, None).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn q6_a_429_stops_all_processes_for_its_pause_and_takes_what_they_hold() {
    let store = store();
    let [first, second] = [(); 2].map(|()| with(&store, Quota::new(100, MINUTE)));
    for _ in 0..4 {
        first.permit(NOW, None).await.unwrap();
    }
    first.observe(StatusCode::TOO_MANY_REQUESTS, &limit(&[("retry-after", 7)])).await;
    assert_eq!(first.left(), (0, 100));
    for process in [first, second] {
        let error = process.permit(NOW, None).await.unwrap_err();
        assert!(error.retry_after().is_some_and(|left| left.as_secs() == 6), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn q3_a_request_that_a_stalled_process_sends_too_late_takes_another_permit() {
    let store = store();
    let permits = with(&store, Quota::new(10, MINUTE).wait(MINUTE * 2));
    assert_eq!(granted(&permits, NOW, 9).await, 9);
    let late = {
        let permits = Arc::clone(&permits);
        tokio::spawn(async move { permits.permit(NOW, None).await })
    };
    tokio::time::sleep(MINUTE / 2).await;
    let before = store.operations.load(Relaxed);
    tokio::time::advance(MINUTE * 2).await;
    late.await.unwrap().unwrap();
    assert_eq!(store.operations.load(Relaxed), before + 1);
}

#[tokio::test(start_paused = true)]
async fn q5_the_headers_of_an_answer_count_until_the_end_of_their_window() {
    let permits = with(&store(), Quota::new(100, MINUTE));
    let headers = limit(&[("x-ratelimit-limit", 100), ("x-ratelimit-remaining", 0), ("x-ratelimit-reset", 30)]);
    permits.observe(StatusCode::OK, &headers).await;
    assert_eq!(granted(&permits, NOW, 1).await, 0);
    tokio::time::advance(Duration::from_secs(31)).await;
    permits.observe(StatusCode::OK, &headers).await;
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!(granted(&permits, NOW, 99).await, 99);
}

#[tokio::test(start_paused = true)]
async fn q5_requests_that_others_sent_are_noticed_from_the_headers_of_an_answer() {
    let permits = alone(Quota::new(100, MINUTE));
    let headers = limit(&[("x-ratelimit-limit", 100), ("x-ratelimit-remaining", 30), ("x-ratelimit-reset", 50)]);
    assert_eq!(granted(&permits, NOW, 1).await, 1);
    permits.observe(StatusCode::OK, &headers).await;
    assert_eq!(granted(&permits, NOW, 100).await, 29);
    assert_eq!(permits.left(), (1, 100));
}

#[tokio::test(start_paused = true)]
async fn callers_of_some_processes_stay_within_the_quota_with_few_operations() {
    let store = store();
    let quota = || Quota::new(200, MINUTE).wait(MINUTE * 10);
    let processes: Vec<Arc<Permits>> = (0..5).map(|_| with(&store, quota())).collect();
    let counts = processes.iter().map(|process| granted(process, NOW, 200));
    let counts = join_all(counts).await;
    assert_eq!(counts, [200; 5], "nobody starves");
    let took = processes[0].clock.now().mono;
    assert!(took >= MINUTE * 4 && took <= MINUTE * 26 / 5, "{took:?}");
    assert!(store.operations.load(Relaxed) <= 100, "{} operations", store.operations.load(Relaxed));
}

#[tokio::test(start_paused = true)]
async fn one_caller_after_the_other_takes_ever_larger_leases() {
    let store = store();
    let permits = with(&store, Quota::new(2_000, MINUTE));
    for _ in 0..200 {
        permits.permit(NOW, None).await.unwrap();
    }
    let operations = store.operations.load(Relaxed);
    assert!(operations <= 20, "{operations} operations");
}

#[tokio::test(start_paused = true)]
async fn a_process_of_a_known_number_begins_with_its_whole_lot() {
    let store = store();
    let permits = with(&store, Quota::new(100, MINUTE).processes(5));
    for _ in 0..20 {
        permits.permit(NOW, None).await.unwrap();
    }
    assert_eq!(store.operations.load(Relaxed), 1);
}

#[test]
fn a_lease_ends_with_its_last_use_unless_a_caller_still_sleeps_until_it_begins() {
    let (mut inner, second) = (Inner::default(), Duration::from_secs(1));
    let taken = Taken { count: 2, starts_in: second, ..Taken::default() };
    let serial = inner.receive(NOW, (Duration::ZERO, second), &taken, (Grantor::Store, 0), second * 10);
    let inner = Mutex::new(inner);
    let lease = || inner.lock().unwrap().leases[0].unwrap();
    assert_eq!((lease().from, lease().until), (second * 2, second * 11), "it began when it was asked for, or later");
    let sleeper = |used| Sleeper { inner: &inner, priority: NOW, serial, used };
    if let Some(lease) = &mut inner.lock().unwrap().leases[0] {
        (lease.left, lease.sleeping) = (0, 2);
    }
    drop(sleeper(Some(second * 4)));
    assert_eq!(lease().ended().1.early, Duration::ZERO);
    drop(sleeper(None));
    assert_eq!(lease().ended().1, Ended { lease: 0, unused: 1, used: 1, early: second * 7 });
}

#[tokio::test(start_paused = true)]
async fn q8_unused_permits_are_given_back_in_time_and_when_the_client_is_dropped() {
    let store = store();
    let left = || {
        let take = Take::new(Quota::new(100, MINUTE).whole());
        store.ledger.lock().unwrap().take(1_000_000_000 + 31_000, &take).left
    };
    let first = with(&store, Quota::new(100, MINUTE));
    for _ in 0..4 {
        first.permit(NOW, None).await.unwrap();
    }
    assert_eq!(left(), 93, "leases of one, two and four");
    tokio::time::sleep(MINUTE / 2 + Duration::from_secs(1)).await;
    assert_eq!(left(), 96);

    let second = with(&store, Quota::new(100, MINUTE));
    for _ in 0..4 {
        second.permit(NOW, None).await.unwrap();
    }
    drop(second);
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(left(), 92);
}

#[test]
fn a_lease_lasts_longer_if_there_is_room_or_the_store_is_slow() {
    let (quota, latency) = (Quota::new(100, MINUTE), Duration::from_secs(20));
    assert_eq!(quota.hold(Duration::ZERO, true, false), MINUTE / 40);
    assert_eq!(quota.hold(Duration::ZERO, false, false), MINUTE / 10);
    assert_eq!(quota.hold(Duration::ZERO, false, true), MINUTE / 2);
    assert_eq!(quota.hold(latency, false, true), latency * 2);
    assert_eq!((quota.least(4), Quota::new(5_000, MINUTE).least(40)), (2, 30), "three quarters, or a fiftieth of all");
}

#[tokio::test(start_paused = true)]
async fn q7_an_outage_divides_the_quota_by_the_number_of_processes_that_is_known() {
    let store = store();
    let permits = with(&store, Quota::new(100, MINUTE).processes(10));
    permits.permit(NOW, None).await.unwrap();
    store.is_down.store(true, Relaxed);
    tokio::time::advance(MINUTE * 2).await;
    assert_eq!(granted(&permits, NOW, 100).await, 8, "a tenth of the 89 that were left to requests");
}

#[tokio::test(start_paused = true)]
async fn q7_while_the_store_is_down_each_process_has_its_part() {
    let store = store();
    let quota = || Quota::new(100, MINUTE);
    let processes: Vec<Arc<Permits>> = (0..4).map(|_| with(&store, quota())).collect();
    for _ in 0..2 {
        join_all(processes.iter().map(|process| granted(process, NOW, 1))).await;
    }
    store.is_down.store(true, Relaxed);
    tokio::time::advance(MINUTE * 2).await;
    let counts = join_all(processes.iter().map(|process| granted(process, NOW, 100))).await;
    assert!(counts.iter().all(|count| (20..=24).contains(count)), "{counts:?}");

    store.is_down.store(false, Relaxed);
    for _ in 0..2 {
        let counts = join_all(processes.iter().map(|process| granted(process, NOW, 100))).await;
        assert!(counts.iter().sum::<u32>() <= 3, "the store learns of them: {counts:?}");
        tokio::time::advance(Duration::from_secs(6)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn q7_a_store_that_goes_under_load_causes_no_stampede() {
    let store = store();
    let quota = || Quota::new(100, MINUTE).wait(MINUTE / 4);
    let processes: Vec<Arc<Permits>> = (0..10).map(|_| with(&store, quota())).collect();
    let used = Mutex::new(Vec::new());
    let busy = |process, pause: u64| {
        let used = &used;
        async move {
            let process: &Permits = process;
            while process.clock.now().mono < MINUTE * 10 {
                let tasks = (0..30).map(|_| process.permit(NOW, None));
                let granted = join_all(tasks.map(|permit| async {
                    permit.await.is_ok() && {
                        used.lock().unwrap().push(process.clock.now().mono);
                        true
                    }
                }));
                granted.await;
                tokio::time::sleep(Duration::from_secs(pause)).await;
            }
        }
    };
    let outage = async {
        tokio::time::sleep(MINUTE * 5 / 2).await;
        store.is_down.store(true, Relaxed);
    };
    // The first half uses nearly all of the quota, and the second half asks while the store is down.
    let load =
        join_all(processes.iter().zip([1, 1, 1, 1, 1, 7, 11, 13, 17, 20]).map(|(process, pause)| busy(process, pause)));
    tokio::join!(outage, load);
    let used = used.into_inner().unwrap();
    let most = used.iter().map(|begin| used.iter().filter(|at| (*begin..*begin + MINUTE).contains(*at)).count()).max();
    // The parts change from those that the store gave to equal ones.
    assert!(most <= Some(125), "{most:?}");
    assert!(used.len() > 8 * 100, "{}", used.len());
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_leaves_its_permit_to_the_next() {
    let store = store();
    let permits = with(&store, Quota::new(10, MINUTE));
    assert_eq!(granted(&permits, NOW, 9).await, 9);
    let patient = permits.permit(NOW, Some(MINUTE * 2));
    assert!(tokio::time::timeout(MINUTE / 2, patient).await.is_err());
    assert!(permits.permit(NOW, Some(MINUTE)).await.is_ok());
}
