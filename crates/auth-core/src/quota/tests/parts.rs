//! Tests of the part of a quota that a machine has in an outage.

use std::time::Duration;

use super::super::exchange::{Observed, Spent, Take, Taken, Window};
use super::super::part::Part;

const NOON: u64 = 1_780_000_000_000;
const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: u64 = 60_000;

fn take(want: u32) -> Take {
    Take { want, ..Take::new(vec![Window::new(160, HOUR)]) }
}

/// Returns a part of one in four processes, with what was left to all an hour before the last permit no longer counts.
fn part(left: u32) -> Part {
    let mut part = Part::default();
    part.take(NOON, &answer(0, left, HOUR));
    part
}

fn answer(process: u32, left: u32, kept_for: Duration) -> Take {
    Take { process, fleet: Some(Taken { processes: 4, left, kept_for, ..Taken::default() }), ..take(0) }
}

fn count(part: &mut Part, minutes: u64, take: &Take) -> u32 {
    part.take(NOON + minutes * MINUTE, take).map_or(0, |taken| taken.count)
}

#[test]
fn q11_a_part_is_at_first_what_was_left_less_a_sixteenth_and_a_window_later_equal() {
    let mut part = part(64);
    assert_eq!(count(&mut part, 50, &take(100)), 15, "of the 16 that are left to one in four");
    assert_eq!(count(&mut part, 105, &take(100)), 0, "the hour begins with the outage");
    assert_eq!(count(&mut part, 111, &take(100)), 40);
}

#[test]
fn q11_a_line_of_waiting_processes_ends_before_the_hour_of_a_part_begins() {
    let mut part = Part::default();
    part.take(NOON, &answer(0, 64, HOUR * 2));
    assert_eq!(count(&mut part, 1, &take(100)), 15);
    assert_eq!(count(&mut part, 115, &take(100)), 15);
    assert_eq!(count(&mut part, 122, &take(100)), 25);
}

#[test]
fn q11_processes_use_again_what_they_had_used_before_an_outage() {
    let mut part = part(0);
    let spent = |count, minutes: u64| vec![Spent { count, left: Duration::from_secs(minutes * 60) }];
    assert_eq!(count(&mut part, 1, &Take { spent: spent(20, 10), ..take(100) }), 0);
    assert_eq!(
        count(&mut part, 12, &Take { spent: spent(5, 5), ..take(100) }),
        14,
        "19 of 20, of which 5 are used anew"
    );
}

#[test]
fn q11_what_a_process_used_of_its_own_part_after_the_answer_does_not_come_back() {
    let mut part = part(0);
    let spent = vec![Spent { count: 20, left: Duration::from_secs(40 * 60) }];
    assert_eq!(count(&mut part, 50, &Take { spent, ..take(100) }), 0);
    assert_eq!(count(&mut part, 95, &take(100)), 0, "nothing was left, and nothing was used before the answer");
    assert_eq!(count(&mut part, 110, &take(100)), 40);
}

#[test]
fn q11_a_machine_that_had_nothing_gets_nothing_until_its_equal_part() {
    let mut part = part(0);
    let taken = part.take(NOON, &take(1)).unwrap();
    assert_eq!((taken.count, taken.retry_in), (0, HOUR));
    assert_eq!(count(&mut part, 60, &take(100)), 40);
}

#[test]
fn q11_a_caller_waits_no_longer_than_until_a_part_becomes_equal() {
    let mut part = part(100);
    assert_eq!(count(&mut part, 0, &take(1)), 1);
    count(&mut part, 30, &take(100));
    let taken = part.take(NOON + 31 * MINUTE, &take(1)).unwrap();
    assert_eq!((taken.count, taken.retry_in), (0, HOUR * 29 / 60));
}

#[test]
fn q11_only_processes_that_the_store_answered_lately_belong_to_a_part() {
    for (minutes, equal) in [(130, 80), (140, 40)] {
        let mut part = part(160);
        part.take(NOON + minutes * MINUTE, &answer(1, 160, HOUR));
        count(&mut part, minutes, &Take { process: 2, ..take(1) });
        assert_eq!(count(&mut part, minutes + 61, &take(100)), equal, "{minutes}");
    }
}

#[test]
fn q11_a_machine_that_nobody_asked_for_long_or_whose_clock_was_set_back_has_no_part() {
    for (now, is_known) in [(NOON - 1, false), (NOON + 269 * MINUTE, true), (NOON + 271 * MINUTE, false)] {
        assert_eq!(part(160).take(now, &take(1)).is_some(), is_known, "{now}");
    }
}

#[test]
fn q11_of_a_few_requests_for_many_processes_a_part_has_one_in_a_longer_time() {
    let mut part = part(2);
    let few = |want| Take { want, ..Take::new(vec![Window::new(2, HOUR)]) };
    assert_eq!(count(&mut part, 0, &few(1)), 0);
    let granted: u32 = (60..480).map(|minutes| count(&mut part, minutes, &few(1))).sum();
    assert_eq!(granted, 4, "half a request an hour in seven hours");
}

#[test]
fn q5_a_part_of_some_processes_ignores_how_much_the_provider_counted_for_all() {
    let mut part = part(160);
    let observed = Some(Observed { per: HOUR, used: 160, reset: HOUR });
    part.observe(NOON, &Take { observed, ..take(0) });
    assert!(count(&mut part, 1, &Take { observed, ..take(10) }) == 10);
}
