//! A running login: its deadline, a late outcome, and an end without an outcome.

use super::*;

#[test]
fn a_login_past_its_deadline_is_replaced_by_the_next_caller_and_not_before() {
    let mut bench = Bench::cold();
    let first = bench.start();
    bench.pass(REFRESH_DEADLINE - INSTANT);
    assert_eq!(bench.want(), Decision::Join(1));
    bench.pass(INSTANT);
    let Decision::Start(second) = bench.want() else { panic!("the first is as good as gone") };
    assert_ne!(first, second);
    assert_eq!(bench.want(), Decision::Join(3), "the others wait on the second");
}

#[test]
fn a_renewal_past_its_deadline_is_replaced_while_the_old_credential_is_served() {
    let mut bench = Bench::aged(STALE);
    let first = bench.start();
    bench.pass(REFRESH_DEADLINE);
    let Decision::ServeAndRenew(1, second) = bench.want() else { panic!("it is renewed anew") };
    assert_ne!(first, second);
}

#[test]
fn the_late_landing_of_a_replaced_login_is_ignored() {
    let mut bench = Bench::cold();
    let first = bench.start();
    bench.pass(REFRESH_DEADLINE);
    let second = bench.start();
    assert!(!bench.lands(first, HOUR));
    assert_eq!(bench.want(), Decision::Join(2), "it published nothing, and the second still runs");
    assert_eq!(bench.fails(first, REFUSED), None);
    assert_eq!(bench.want(), Decision::Join(2), "it started no cooldown, and the second still runs");
    bench.machine.vanished(first);
    assert_eq!(bench.want(), Decision::Join(2), "it did not end the second");
    assert!(bench.lands(second, HOUR));
    assert_eq!(bench.want(), Decision::Serve(1));
}

#[test]
fn a_late_landing_that_nobody_replaced_counts() {
    let mut bench = Bench::cold();
    let ticket = bench.start();
    bench.pass(REFRESH_DEADLINE * 2);
    assert!(bench.lands(ticket, HOUR));
    assert_eq!(bench.want(), Decision::Serve(1));
}

#[test]
fn a_login_lands_once() {
    let mut bench = Bench::cold();
    let ticket = bench.log_in(HOUR);
    assert!(!bench.lands(ticket, HOUR), "not a second time");
    assert_eq!(bench.fails(ticket, REFUSED), None);
    assert_eq!(bench.want(), Decision::Serve(1));

    let mut bench = Bench::cold();
    let ticket = bench.start();
    assert_eq!(bench.fails(ticket, REFUSED), Some(secs(60)));
    assert!(!bench.lands(ticket, HOUR), "what has failed cannot succeed");
    assert_eq!(bench.fails(ticket, REFUSED), None, "and fails once");
}

/// The task has sent nothing, and is told to send nothing if it runs later.
#[test]
fn a_login_whose_task_does_not_start_within_50_ms_is_replaced() {
    let mut bench = Bench::cold();
    let first = bench.start_undriven();
    bench.pass(START_WITHIN - INSTANT);
    assert_eq!(bench.want(), Decision::Join(1));
    bench.pass(INSTANT);
    let second = bench.start();
    assert!(!bench.beats(first));
    assert!(!bench.lands(first, HOUR));
    bench.pass(REFRESH_DEADLINE - INSTANT);
    assert!(bench.beats(second));
    assert!(bench.lands(second, HOUR));
}

#[test]
fn a_login_whose_task_stands_still_is_doubted_by_one_look_and_replaced_by_the_next() {
    let mut bench = Bench::cold();
    let first = bench.start();
    bench.pass(MAX_SILENCE - INSTANT);
    assert_eq!(bench.want(), Decision::Join(1), "not doubted yet");
    bench.pass(CHECK_EVERY);
    assert_eq!(bench.want(), Decision::Join(1), "doubted only now");
    bench.pass(CHECK_EVERY - INSTANT);
    assert_eq!(bench.want(), Decision::Join(1));
    bench.pass(INSTANT);
    assert_ne!(bench.start(), first);
    assert!(!bench.beats(first));
}

/// A task that runs again before the second check is not replaced, however long the machine was suspended.
#[test]
fn a_machine_that_stood_still_as_a_whole_costs_no_second_login() {
    let mut bench = Bench::cold();
    let ticket = bench.start();
    for _ in 0..10 {
        bench.pass(secs(2));
        assert_eq!(bench.want(), Decision::Join(1));
        assert!(bench.beats(ticket));
        bench.pass(CHECK_EVERY);
        assert_eq!(bench.want(), Decision::Join(1));
    }
    assert!(bench.lands(ticket, HOUR));
}

/// No caller waits for the renewal, as long as some call before the credential's expiry.
#[test]
fn a_renewal_that_stands_still_is_replaced_while_the_old_credential_is_served() {
    let mut bench = Bench::aged(STALE);
    bench.start_undriven();
    bench.pass(START_WITHIN);
    let second = bench.start();
    assert_eq!(bench.want(), Decision::Serve(1));
    bench.pass(MAX_SILENCE * 2);
    assert_eq!(bench.want(), Decision::Serve(1));
    bench.pass(CHECK_EVERY);
    let third = bench.start();
    assert!(!bench.beats(second));
    assert!(bench.lands(third, HOUR));
    assert_eq!(bench.want(), Decision::Serve(2));
}

/// A busy runtime starts each task late, and a program may stop one runtime after another.
#[test]
fn each_login_in_a_row_that_is_given_up_doubles_the_patience_with_the_next() {
    for runs in [false, true] {
        let mut bench = Bench::cold();
        let mut logins = 0;
        for _ in 0..6000 {
            if let Decision::Start(ticket) = bench.want() {
                logins += 1;
                if runs {
                    bench.beats(ticket);
                }
            }
            bench.pass(secs(1) / 100);
        }
        // 50 or 500 ms, doubled until the deadline of 30 s is sooner.
        assert_eq!(logins, if runs { 7 } else { 11 }, "in a minute");
        let ticket = loop {
            bench.pass(secs(1));
            if let Decision::Start(ticket) = bench.want() {
                break ticket;
            }
        };
        bench.fails(ticket, TRANSIENT);
        bench.pass(secs(60));
        bench.start_undriven();
        bench.pass(START_WITHIN);
        assert!(matches!(bench.want(), Decision::Start(_)), "one that ended is no longer in a row");
    }
}

#[test]
fn a_suspend_does_not_end_a_login() {
    let mut bench = Bench::cold();
    bench.start();
    bench.wall_forward(HOUR * 8);
    assert_eq!(bench.want(), Decision::Join(1));
}

#[test]
fn f14_after_a_login_went_away_with_its_runtime_the_next_caller_starts_another() {
    let mut bench = Bench::cold();
    let first = bench.start();
    bench.machine.vanished(first);
    let Decision::Start(second) = bench.want() else { panic!("no cooldown runs, because nothing was learnt") };
    assert_eq!(second.reason, Reason::Cold);
    assert!(!bench.lands(first, HOUR), "and it cannot land any more");
    assert!(bench.lands(second, HOUR));
}

#[test]
fn f14_a_renewal_that_went_away_is_started_again_by_the_next_caller() {
    let mut bench = Bench::aged(STALE);
    let first = bench.start();
    bench.machine.vanished(first);
    assert!(matches!(bench.want(), Decision::ServeAndRenew(1, _)));
}

#[test]
fn nothing_is_kept_of_a_login_that_succeeded() {
    let mut bench = Bench::cooling_down(TRANSIENT);
    bench.pass(secs(1));
    bench.log_in(HOUR);
    assert!(bench.machine.refreshes.is_none());
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    bench.log_in(HOUR);
    assert!(bench.machine.refreshes.is_some(), "when a login was last forced is kept");
    bench.pass(STALE);
    bench.log_in(HOUR);
    assert!(bench.machine.refreshes.is_none(), "until that is long over");
}
