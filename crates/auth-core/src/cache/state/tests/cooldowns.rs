//! The time after a failed login: callers that are served, callers that fail at once, and the next login.

use super::*;

const FAILURES: [Failure; 4] = [TRANSIENT, REFUSED, THROTTLED, Failure::Throttled { retry_after: None }];

#[test]
fn p07_during_a_cooldown_no_login_is_started() {
    for failure in FAILURES {
        let mut bench = Bench::cooling_down(failure);
        let pause = bench.machine.cooldown(bench.now).map(|cooldown| bench.now.until(cooldown.until)).expect("it runs");
        for _ in 0..1000 {
            assert_eq!(bench.want(), Decision::Fail(failure, pause));
        }
        bench.pass(pause - INSTANT);
        assert_eq!(bench.want(), Decision::Fail(failure, INSTANT), "up to the last instant");
    }
}

#[test]
fn p07_during_a_cooldown_a_live_credential_is_served_and_not_renewed() {
    for failure in FAILURES {
        let mut bench = Bench::aged(STALE);
        let pause = bench.fail(failure);
        assert_eq!(bench.want(), Decision::Serve(1));
        bench.pass(pause - INSTANT);
        assert_eq!(bench.want(), Decision::Serve(1), "{failure:?}");
        bench.pass(INSTANT);
        assert!(matches!(bench.want(), Decision::ServeAndRenew(1, _)), "{failure:?}");
    }
}

#[test]
fn p08_a_wrong_password_is_sent_3_times_in_15_minutes_and_52_times_a_day_at_most() {
    let (calls, day) = (10_000, HOUR * 24);
    let (mut bench, mut logins) = (Bench::cold(), Vec::new());
    for call in 0..calls {
        match bench.want() {
            Decision::Start(ticket) => {
                logins.push(day / calls * call);
                assert!(bench.fails(ticket, REFUSED).is_some());
            }
            Decision::Fail(REFUSED, _) => {}
            other => panic!("{other:?}"),
        }
        bench.pass(day / calls);
    }
    assert!(logins.len() <= 52, "{} logins", logins.len());
    assert!(logins.len() >= 40, "the right password would be noticed within half an hour");
    assert!(logins.iter().filter(|&&at| at < secs(900)).count() <= 3, "{logins:?}");
}

#[test]
fn p09_after_a_cooldown_one_caller_starts_one_login_and_no_failure_latches() {
    for failure in FAILURES {
        let mut bench = Bench::cold();
        for _ in 0..50 {
            let pause = bench.fail(failure);
            bench.pass(pause);
            let Decision::Start(ticket) = bench.want() else { panic!("{failure:?}: the cooldown is over") };
            assert_eq!(ticket.reason, Reason::Probe);
            for _ in 0..20 {
                assert!(matches!(bench.want(), Decision::Join(_)), "{failure:?}");
            }
            bench.machine.vanished(ticket);
        }
        bench.log_in(HOUR);
        assert_eq!(bench.served(), Some(1), "{failure:?}");
    }
}

#[test]
fn p09_a_wall_clock_set_back_does_not_prolong_a_cooldown() {
    let mut bench = Bench::cooling_down(REFUSED);
    bench.wall_back(HOUR * 24);
    bench.pass(secs(60) - INSTANT);
    assert_eq!(bench.want(), Decision::Fail(REFUSED, INSTANT));
    bench.pass(INSTANT);
    assert!(matches!(bench.want(), Decision::Start(_)));
}

#[test]
fn p10_a_success_ends_the_cooldown_and_resets_the_failure_count() {
    for failure in FAILURES {
        let mut bench = Bench::cold();
        let first = bench.fail(failure);
        bench.pass(first);
        let pause = bench.fail(failure);
        bench.pass(pause);
        bench.log_in(HOUR);
        bench.pass(DEAD);
        let ticket = bench.start();
        assert_eq!(ticket.reason, Reason::Cold, "it is not a probe");
        assert_eq!(bench.fails(ticket, failure), Some(first), "failures count from the beginning");
    }
}

#[test]
fn p10_a_success_ends_a_cooldown_that_a_wall_clock_set_back_restarted() {
    let mut bench = Bench::cooling_down(REFUSED);
    bench.wall_forward(HOUR);
    let ticket = bench.start();
    bench.wall_back(HOUR);
    assert!(bench.lands(ticket, secs(16)));
    bench.pass(secs(15));
    assert!(matches!(bench.want(), Decision::Start(_)), "the cooldown would have run for 45 s more");
}

#[test]
fn f01_a_failed_renewal_keeps_the_live_credential_and_backs_off() {
    let mut bench = Bench::aged(STALE);
    for pause in [1, 2, 4, 8, 16, 32, 60].map(secs) {
        assert_eq!(bench.fail(TRANSIENT), pause);
        assert_eq!(bench.want(), Decision::Serve(1));
        bench.pass(pause);
    }
    bench.log_in(HOUR);
    assert_eq!(bench.served(), Some(2));
}

#[test]
fn f01_near_its_end_a_live_credential_is_retried_after_a_quarter_of_what_is_left() {
    let mut bench = Bench::aged(STALE);
    for _ in 0..7 {
        let pause = bench.fail(TRANSIENT);
        bench.pass(pause);
    }
    bench.pass(secs(390 - 123 - 40));
    assert_eq!(bench.fail(TRANSIENT), secs(10), "40 s are left, and the back-off has grown to a minute");
    bench.pass(secs(37));
    assert_eq!(bench.fail(TRANSIENT), secs(1), "but never sooner than after a second");
}

#[test]
fn f02_a_dead_credential_does_not_shorten_the_back_off() {
    let mut bench = Bench::aged(DEAD);
    for pause in [1, 2, 4, 8, 16, 32, 60].map(secs) {
        assert_eq!(bench.fail(TRANSIENT), pause);
        assert_eq!(bench.want(), Decision::Fail(TRANSIENT, pause));
        bench.pass(pause);
    }
}

#[test]
fn f03_a_refused_renewal_keeps_the_live_credential_until_it_is_dead() {
    let mut bench = Bench::aged(DEAD - secs(30));
    assert_eq!(bench.fail(REFUSED), secs(60));
    bench.pass(secs(30) - INSTANT);
    assert_eq!(bench.want(), Decision::Serve(1));
    bench.pass(INSTANT);
    assert_eq!(bench.want(), Decision::Fail(REFUSED, secs(30)));
}

#[test]
fn f04_refused_secrets_and_nothing_to_serve_fail_at_once_with_the_time_that_is_left() {
    let mut bench = Bench::cooling_down(REFUSED);
    assert_eq!(bench.want(), Decision::Fail(REFUSED, secs(60)));
    bench.pass(secs(20));
    assert_eq!(bench.want(), Decision::Fail(REFUSED, secs(40)));
}

#[test]
fn f05_a_throttled_login_holds_for_all_callers_as_long_as_the_provider_asked() {
    let mut bench = Bench::cooling_down(THROTTLED);
    assert_eq!(bench.want(), Decision::Fail(THROTTLED, secs(40)));
    bench.pass(secs(40));
    bench.log_in(HOUR);

    bench.pass(STALE);
    assert_eq!(bench.fail(THROTTLED), secs(40));
    assert_eq!(bench.want(), Decision::Serve(1), "a live credential is served meanwhile");
}

#[test]
fn f17_after_a_reset_the_next_caller_logs_in_and_failures_count_from_the_beginning() {
    let mut bench = Bench::cooling_down(REFUSED);
    bench.pass(secs(60));
    assert_eq!(bench.fail(REFUSED), secs(300));
    bench.machine.clear_cooldown();
    let ticket = bench.start();
    assert_eq!(ticket.reason, Reason::Cold);
    assert_eq!(bench.fails(ticket, REFUSED), Some(secs(60)));
}
