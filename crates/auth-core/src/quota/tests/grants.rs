//! Tests of the ledger.

use std::time::Duration;

use proptest::prelude::*;

use super::super::exchange::{Ended, Observed, Spent, Take, Window, millis};
use super::super::ledger::Ledger;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const NOON: u64 = 1_780_000_000_000;

fn take(want: u32) -> Take {
    Take { want, ..Take::new(vec![Window::new(50, MINUTE), Window::new(500, HOUR)]) }
}

fn secs(span: Duration) -> u64 {
    millis(span) / 1000
}

#[test]
fn permits_that_are_given_back_are_granted_to_others() {
    let mut ledger = Ledger::default();
    let lease = ledger.take(NOON, &Take { hold: Duration::from_secs(1), ..take(50) }).lease;
    assert_eq!(ledger.take(NOON + 1_000, &take(1)).count, 0);
    let ended = Some(Ended { lease, unused: 30, used: 20, early: Duration::ZERO });
    assert_eq!(ledger.take(NOON + 1_000, &Take { ended, ..take(50) }).count, 30);
    assert_eq!(ledger.take(NOON + 1_000, &take(1)).count, 0);
}

#[test]
fn a_wait_gets_permits_that_begin_later_and_no_other_gets_them() {
    let mut ledger = Ledger::default();
    ledger.take(NOON, &take(50));
    let patient = Take { wait: MINUTE + MINUTE, ..take(10) };
    let first = ledger.take(NOON, &patient);
    assert_eq!((first.count, secs(first.starts_in)), (10, 60));
    assert_eq!(ledger.take(NOON + 60_300, &take(50)).count, 40);
    assert_eq!(secs(ledger.take(NOON + 60_300, &take(1)).retry_in), 59, "the first ten begin to end");
}

#[test]
fn what_a_class_may_not_use_is_left_to_the_others() {
    let mut ledger = Ledger::default();
    let mut background = take(50);
    background.windows[0].cap = 40;
    assert_eq!(ledger.take(NOON, &background).count, 40);
    assert_eq!(ledger.take(NOON, &background).count, 0);
    assert_eq!(ledger.take(NOON, &take(50)).count, 10);
}

#[test]
fn requests_of_others_count_until_the_providers_window_ends() {
    let mut ledger = Ledger::default();
    assert_eq!(ledger.take(NOON, &take(20)).count, 20);
    let reset = Duration::from_secs(900);
    let observed = |used| Take { observed: Some(Observed { per: HOUR, used, reset }), ..take(0) };
    assert_eq!(ledger.take(NOON + 5_000, &observed(20)).left, 30, "these are its own");
    assert_eq!(ledger.take(NOON + 5_000, &observed(490)).left, 10);
    assert_eq!(ledger.take(NOON + 5_000, &observed(490)).left, 10, "they are counted once");
    assert_eq!(ledger.take(NOON + 70_000, &take(50)).count, 10);
    assert_eq!(ledger.take(NOON + 890_000, &take(1)).count, 0);
    assert_eq!(ledger.take(NOON + 930_000, &take(50)).count, 50);
}

#[test]
fn a_pause_of_the_provider_holds_for_all_requests() {
    let mut ledger = Ledger::default();
    ledger.take(NOON, &Take { pause: Duration::from_secs(7), ..take(0) });
    ledger.take(NOON, &Take { pause: Duration::from_secs(3), ..take(0) });
    assert_eq!(secs(ledger.take(NOON, &take(1)).retry_in), 7);
    assert_eq!(ledger.take(NOON + 7_000, &take(1)).count, 1);
    assert_eq!(ledger.take(NOON, &Take { pause: HOUR * 2, ..take(0) }).kept_for, HOUR * 3);
}

#[test]
fn a_clock_that_is_set_back_blocks_nothing_for_longer_than_a_day() {
    let mut ledger = Ledger::default();
    ledger.take(NOON, &take(50));
    let back = NOON - 2 * 24 * 3600 * 1000;
    assert_eq!(ledger.take(back, &take(50)).count, 50);
}

#[test]
fn more_processes_than_are_remembered_are_estimated() {
    let mut ledger = Ledger::default();
    let mut processes = 0;
    for process in 0..12_000_u32 {
        let now = NOON + u64::from(process) * 900;
        processes = ledger.take(now, &Take { process, ..take(0) }).processes;
    }
    assert!((8_900..=9_100).contains(&processes), "{processes}");
    assert!(ledger.processes.len() <= 256);
}

#[test]
fn permits_that_a_process_granted_itself_count_for_as_long_as_it_says() {
    let mut ledger = Ledger::default();
    let spent = vec![Spent { count: 450, left: HOUR / 2 }, Spent { count: 20, left: HOUR }];
    assert_eq!(ledger.take(NOON, &Take { spent, ..take(0) }).left, 30);
    assert_eq!(ledger.take(NOON + 1_000, &take(50)).count, 30);
    assert_eq!(ledger.take(NOON + 30 * 60_000 + 18_000, &take(50)).count, 50, "the 450 no longer count");
}

#[test]
fn a_ledger_that_is_younger_than_an_answer_grants_nothing_for_a_time() {
    let mut ledger = Ledger::default();
    assert_eq!(ledger.take(NOON, &take(1)).count, 1, "a new process cannot know");
    let knows = Take { knows: MINUTE, ..take(1) };
    let taken = ledger.take(NOON + 1_000, &knows);
    assert_eq!((taken.count, secs(taken.incomplete_for)), (0, 9 * 900 - 1));
    assert_eq!(ledger.take(NOON + 2_000, &take(1)).count, 0, "not to a new process either");
    assert_eq!(ledger.take(NOON + 9 * 900_000, &knows).count, 1);
}

#[test]
fn a_few_permits_are_left_to_those_that_want_few() {
    let mut ledger = Ledger::default();
    ledger.take(NOON, &take(45));
    assert_eq!(ledger.clone().take(NOON, &Take { least: 9, ..take(12) }).count, 5, "all that are left now");
    let lot = Take { least: 9, line: HOUR, ..take(12) };
    let lot = ledger.take(NOON, &lot);
    assert_eq!((lot.count, secs(lot.starts_in)), (12, 60));
    assert_eq!(ledger.take(NOON, &take(1)).count, 0, "places in line come first");
    let impatient = Take { least: 9, ..take(12) };
    assert_eq!(ledger.take(NOON + 60_300, &impatient).count, 12);
}

/// One thing that happens to a ledger.
#[derive(Clone, Debug)]
struct Event {
    pause: u64,
    want: u32,
    wait: u64,
    hold: u64,
    /// The part of the hold after which the permits are used.
    late: f64,
    gives_back: bool,
    window: u32,
}

fn event() -> impl Strategy<Value = Event> {
    let flags = (0.0..=1.0, any::<bool>(), 1..=10_u32);
    (0..20_000_u64, 0..20_u32, 0..90_000_u64, 0..9_000_u64, flags).prop_map(
        |(pause, want, wait, hold, (late, gives_back, window))| Event {
            pause,
            want,
            wait,
            hold,
            late,
            gives_back,
            window,
        },
    )
}

proptest! {
    #[test]
    fn q1_no_window_of_any_length_or_phase_has_more_requests_than_the_quota(
        events in prop::collection::vec(event(), 1..150),
    ) {
        let (mut ledger, mut now, mut used) = (Ledger::default(), NOON, Vec::new());
        let windows = [(12, 10_000), (30, 60_000)];
        for event in &events {
            now += event.pause;
            let mut take = Take::new(windows.map(|(requests, per)| Window::new(requests, Duration::from_millis(per))).into());
            take.windows[0].cap = event.window;
            (take.want, take.wait, take.hold) =
                (event.want, Duration::from_millis(event.wait), Duration::from_millis(event.hold));
            let taken = ledger.take(now, &take);
            let begin = now + millis(taken.starts_in);
            prop_assert!(taken.count <= take.want && millis(taken.starts_in) <= event.wait);
            let kept = if event.gives_back && begin == now { taken.count / 2 } else { taken.count };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let late = (event.hold as f64 * event.late) as u64;
            used.extend((0..kept).map(|_| begin + late));
            if kept < taken.count {
                now = begin + late;
                let unused = taken.count - kept;
                take.want = 0;
                let early = Duration::from_millis(event.hold - late);
                take.ended = Some(Ended { lease: taken.lease, unused, used: kept, early });
                ledger.take(now, &take);
            }
        }
        for (requests, per) in windows {
            for begin in &used {
                let inside = used.iter().filter(|at| (*begin..begin + per).contains(at)).count();
                prop_assert!(inside <= requests as usize, "{inside} in {per} ms");
            }
        }
    }

    #[test]
    fn a_queue_of_patient_takers_uses_more_than_95_hundredths_of_the_quota(want in 1..20_u32) {
        let mut ledger = Ledger::default();
        let (mut count, mut last) = (0, 0);
        let hold = MINUTE / 100;
        while last < 100 * millis(MINUTE) {
            let wait = Duration::from_secs(1_000_000);
            let mut take = Take { wait, hold, ..take(want) };
            take.windows.truncate(1);
            let taken = ledger.take(NOON, &take);
            prop_assert!(taken.count > 0);
            count += taken.count;
            last = millis(taken.starts_in);
        }
        prop_assert!(count >= 95 * 50, "{count}");
    }
}
