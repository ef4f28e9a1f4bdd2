//! The limit on forced logins: if a new credential is invalidated at once, another login does not help.

use super::*;

/// Returns the times of the forced logins if callers get a 401 every tenth of a second and each login succeeds.
fn refused_at_once(bench: &mut Bench, tenths: u32) -> Vec<Duration> {
    let begin = bench.now.mono;
    let mut forced = Vec::new();
    for _ in 0..tenths {
        let mut logins = 0;
        while !bench.machine.serves(bench.now) {
            logins += 1;
            assert!(logins < 3, "logins without end");
            let ticket = bench.log_in(HOUR * 24);
            if ticket.reason == Reason::Forced {
                forced.push(bench.now.mono - begin);
            }
            let generation = bench.served().expect("it has just logged in");
            assert_ne!(bench.invalidate(generation), Invalidation::Replaced);
        }
        bench.pass(Duration::from_millis(100));
        let generation = bench.served().expect("the last one stayed");
        bench.invalidate(generation);
    }
    forced
}

#[test]
fn p14_credentials_that_meet_401s_at_once_force_fewer_and_fewer_logins() {
    let forced = refused_at_once(&mut Bench::cold(), 13_000);
    assert_eq!(forced, [0, 10, 30, 70, 150, 310, 610, 910, 1210].map(secs));
}

#[test]
fn p14_a_refusal_too_soon_after_a_forced_login_leaves_the_credential_in_service() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    bench.log_in(HOUR);
    bench.pass(secs(10) - INSTANT);
    assert_eq!(bench.invalidate(2), Invalidation::Kept);
    assert_eq!(bench.want(), Decision::Serve(2));
    bench.pass(INSTANT);
    assert_eq!(bench.invalidate(2), Invalidation::Removed);
}

#[test]
fn p14_the_pause_counts_from_the_landing_of_the_forced_login() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    let ticket = bench.start();
    bench.pass(secs(20));
    assert!(bench.lands(ticket, HOUR));
    assert_eq!(bench.invalidate(2), Invalidation::Kept);
}

#[test]
fn p14_a_forced_login_that_had_to_be_tried_again_still_counts_as_one() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    let pause = bench.fail(TRANSIENT);
    bench.pass(pause);
    let ticket = bench.start();
    assert_eq!(ticket.reason, Reason::Forced);
    bench.machine.vanished(ticket);
    assert_eq!(bench.log_in(HOUR).reason, Reason::Forced);
    assert_eq!(bench.invalidate(2), Invalidation::Kept);
}

#[test]
fn a_first_credential_that_is_refused_at_once_is_replaced_at_once() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    bench.log_in(HOUR);
    assert_eq!(bench.served(), Some(2));
}

#[test]
fn p14_a_credential_that_served_is_replaced_after_ten_seconds() {
    let mut bench = Bench::cold();
    assert_eq!(refused_at_once(&mut bench, 600).len(), 3, "the pause has grown to forty seconds");
    assert_eq!(bench.invalidate(4), Invalidation::Kept);
    assert!(bench.machine.is_unproven());
    bench.machine.served(4);
    assert!(!bench.machine.is_unproven());
    for generation in 4..60 {
        assert_eq!(bench.invalidate(generation), Invalidation::Removed, "{generation}");
        bench.log_in(HOUR);
        bench.machine.served(generation + 1);
        assert_eq!(bench.invalidate(generation + 1), Invalidation::Kept);
        bench.pass(secs(10));
    }
    assert_eq!(bench.invalidate(60), Invalidation::Removed);
    bench.log_in(HOUR);
    bench.pass(secs(10));
    assert_eq!(bench.invalidate(61), Invalidation::Removed, "nothing was served, and yet it is the first such pause");
}

/// The slow answer to a request that was sent with the previous credential.
#[test]
fn p14_a_credential_that_was_replaced_proves_nothing_of_its_successor() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    bench.log_in(HOUR);
    bench.machine.served(1);
    assert!(bench.machine.is_unproven());
    bench.pass(secs(10));
    assert_eq!(bench.invalidate(2), Invalidation::Removed);
    bench.log_in(HOUR);
    bench.pass(secs(10));
    assert_eq!(bench.invalidate(3), Invalidation::Kept, "the pause has doubled");
}

/// Of many concurrent requests, one gets a 401 and another does not.
#[test]
fn p14_a_credential_that_served_counts_as_such_whichever_answer_came_first() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    bench.log_in(HOUR);
    bench.pass(secs(10));
    assert_eq!(bench.invalidate(2), Invalidation::Removed);
    bench.machine.served(2);
    bench.log_in(HOUR);
    bench.pass(secs(10));
    assert_eq!(bench.invalidate(3), Invalidation::Removed);
}

#[test]
fn a_login_that_was_not_forced_is_no_reason_to_hold_the_next_one_back() {
    let mut bench = Bench::aged(DEAD);
    bench.log_in(HOUR);
    assert_eq!(bench.invalidate(2), Invalidation::Removed);
}

#[test]
fn f17_a_reset_forgets_the_forced_login() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    bench.log_in(HOUR);
    assert_eq!(bench.invalidate(2), Invalidation::Kept);
    bench.machine.clear_cooldown();
    assert_eq!(bench.invalidate(2), Invalidation::Removed);
}

#[test]
fn f17_after_a_reset_a_login_that_a_401_had_forced_is_the_first_of_the_new_secrets() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    bench.fail(REFUSED);
    bench.machine.clear_cooldown();
    assert_eq!(bench.log_in(HOUR).reason, Reason::Cold);
    assert_eq!(bench.invalidate(2), Invalidation::Removed, "what the new secrets brought is healed at once");
}

#[test]
fn f17_a_forced_login_under_way_during_a_reset_keeps_no_other_away() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    let ticket = bench.start();
    bench.machine.clear_cooldown();
    assert!(bench.lands(ticket, HOUR));
    assert_eq!(bench.invalidate(2), Invalidation::Removed);
}

#[test]
fn a_late_401_of_a_dead_credential_forces_nothing_because_a_login_was_due_anyway() {
    let mut bench = Bench::aged(DEAD);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    assert_eq!(bench.log_in(HOUR).reason, Reason::Cold);
    assert_eq!(bench.invalidate(2), Invalidation::Removed, "its successor is healed at once");
}

#[test]
fn a_login_sent_before_clear_cooldown_starts_no_cooldown_for_the_new_secrets() {
    let mut bench = Bench::cold();
    let old = bench.start();
    bench.machine.clear_cooldown();
    assert_eq!(bench.fails(old, REFUSED), Some(Duration::ZERO));
    let new = bench.start();
    assert_eq!(new.reason, Reason::Cold);
    assert_ne!(bench.fails(new, REFUSED), Some(Duration::ZERO));
}

/// Another process forced the login of the adopted credential this long ago.
#[test]
fn p14_another_processes_forced_login_counts_for_ten_seconds() {
    for (age, verdict) in
        [(secs(10) - INSTANT, Invalidation::Kept), (secs(10), Invalidation::Removed), (HOUR, Invalidation::Removed)]
    {
        let mut bench = Bench::aged(Duration::ZERO);
        bench.machine.adopted(bench.now, age, true);
        assert_eq!(bench.invalidate(1), verdict, "{age:?}");
        if verdict == Invalidation::Removed {
            bench.log_in(HOUR);
            bench.pass(secs(10));
            assert_eq!(bench.invalidate(2), Invalidation::Removed, "it does not lengthen the next pause");
        }
    }
}

/// A login that another process forced does not shorten this process's own pause.
#[test]
fn p14_adopting_a_forced_login_keeps_a_longer_pause() {
    let mut bench = Bench::cold();
    assert_eq!(refused_at_once(&mut bench, 600).len(), 3, "the pause has grown to forty seconds");
    assert!(bench.machine.forget(4));
    bench.log_in(HOUR);
    bench.machine.adopted(bench.now, secs(8), true);
    bench.pass(secs(5));
    assert_eq!(bench.invalidate(5), Invalidation::Kept);
}
