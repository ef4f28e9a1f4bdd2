//! Invalidation and logout: the credential that they remove, and the login that follows.

use super::*;

#[test]
fn p11_an_invalidated_generation_is_never_served_again() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    assert!(!bench.machine.serves(bench.now));
    let ticket = bench.start();
    assert_eq!(ticket.reason, Reason::Forced);
    assert!(matches!(bench.want(), Decision::Join(_)));
    let pause = bench.fails(ticket, REFUSED).expect("it was under way");
    assert_eq!(bench.want(), Decision::Fail(REFUSED, pause), "not even where its replacement failed");
    bench.pass(pause);
    bench.log_in(HOUR);
    assert_eq!(bench.want(), Decision::Serve(2));
}

#[test]
fn p12_a_late_401_of_an_older_generation_changes_nothing_and_starts_nothing() {
    let mut bench = Bench::aged(DEAD);
    bench.log_in(HOUR);
    for _ in 0..100 {
        assert_eq!(bench.invalidate(1), Invalidation::Replaced);
        assert_eq!(bench.want(), Decision::Serve(2));
    }
}

#[test]
fn p12_a_401_of_a_generation_that_never_was_changes_nothing() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(0), Invalidation::Replaced);
    assert_eq!(bench.invalidate(2), Invalidation::Replaced);
    assert_eq!(bench.want(), Decision::Serve(1));
}

#[test]
fn p13_fifty_401s_of_one_generation_make_one_login() {
    let mut bench = Bench::aged(Duration::ZERO);
    let (mut gone, mut tickets) = (0, 0);
    for _ in 0..50 {
        match bench.invalidate(1) {
            Invalidation::Removed => gone += 1,
            Invalidation::Replaced => {}
            Invalidation::Kept => panic!("a better one can be had"),
        }
        tickets += usize::from(matches!(bench.want(), Decision::Start(_)));
    }
    assert_eq!((gone, tickets), (1, 1));
}

#[test]
fn p13_401s_that_arrive_before_during_and_after_the_forced_login_make_one_login() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    assert_eq!(bench.invalidate(1), Invalidation::Replaced, "before it was started");
    let ticket = bench.start();
    assert_eq!(bench.invalidate(1), Invalidation::Replaced, "while it is under way");
    assert!(bench.lands(ticket, HOUR));
    assert_eq!(bench.invalidate(1), Invalidation::Replaced, "after it");
    assert_eq!(bench.want(), Decision::Serve(2));
}

#[test]
fn f09_during_a_cooldown_a_credential_that_meets_a_401_stays() {
    for failure in [TRANSIENT, REFUSED, THROTTLED] {
        let mut bench = Bench::aged(STALE);
        let pause = bench.fail(failure);
        bench.pass(pause - INSTANT);
        assert_eq!(bench.invalidate(1), Invalidation::Kept, "{failure:?}");
        assert_eq!(bench.want(), Decision::Serve(1), "{failure:?}");
        bench.pass(INSTANT);
        assert_eq!(bench.invalidate(1), Invalidation::Removed, "{failure:?}: the cooldown is over");
        assert_eq!(bench.start().reason, Reason::Forced);
    }
}

#[test]
fn f09_during_a_cooldown_a_401_of_a_removed_credential_reaches_the_caller() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    let pause = bench.fail(REFUSED);
    assert_eq!(bench.invalidate(1), Invalidation::Kept, "a login now would only get the cooldown's error");
    bench.pass(pause);
    assert_eq!(bench.invalidate(1), Invalidation::Replaced, "the next look logs in");
    bench.start();
    assert_eq!(bench.invalidate(1), Invalidation::Replaced, "the next look joins");
}

#[test]
fn f09_during_a_cooldown_a_401_reaches_the_caller_of_an_expired_credential() {
    let mut bench = Bench::aged(DEAD);
    bench.log_in(HOUR);
    bench.pass(STALE);
    assert_eq!(bench.fail(REFUSED), secs(60));
    assert_eq!(bench.invalidate(1), Invalidation::Replaced, "its successor is served");
    bench.pass(DEAD - STALE);
    bench.fail(REFUSED);
    assert_eq!(bench.invalidate(1), Invalidation::Kept, "its successor is dead, and no login may be made");
}

#[test]
fn f09_a_login_past_its_deadline_is_not_waited_for_in_a_cooldown_that_runs_again() {
    let mut bench = Bench::cooling_down(REFUSED);
    bench.wall_forward(HOUR);
    bench.start();
    bench.wall_back(HOUR);
    assert_eq!(bench.invalidate(0), Invalidation::Replaced, "a login is under way");
    bench.pass(REFRESH_DEADLINE);
    assert_eq!(bench.invalidate(0), Invalidation::Kept);
    assert_eq!(bench.want(), Decision::Fail(REFUSED, secs(30)));
}

#[test]
fn f11_a_401_while_a_renewal_is_under_way_waits_for_it_and_forces_no_other() {
    let mut bench = Bench::aged(STALE);
    let ticket = bench.start();
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    assert_eq!(bench.want(), Decision::Join(2), "it is the new login");
    assert!(bench.lands(ticket, HOUR));
    assert_eq!(bench.want(), Decision::Serve(2));
    assert_eq!(bench.invalidate(2), Invalidation::Removed, "that login was not forced, so nothing keeps the next away");
}

#[test]
fn f11_a_401_does_not_wait_for_a_renewal_past_its_deadline() {
    let mut bench = Bench::aged(STALE);
    bench.start();
    bench.pass(REFRESH_DEADLINE);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    assert_eq!(bench.start().reason, Reason::Forced);
}

#[test]
fn f11_a_renewal_that_ends_before_the_forced_login_starts_takes_its_place() {
    let mut bench = Bench::aged(STALE);
    let late = bench.start();
    bench.pass(REFRESH_DEADLINE);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    assert!(bench.lands(late, HOUR), "nobody has replaced it yet");
    assert_eq!(bench.invalidate(2), Invalidation::Removed, "it was not forced, so it keeps no other away");
}

#[test]
fn f11_a_late_renewal_settles_the_401_that_would_have_forced_a_login() {
    let mut bench = Bench::aged(STALE);
    let late = bench.start();
    bench.pass(REFRESH_DEADLINE);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    assert!(bench.lands(late, HOUR));
    bench.pass(DEAD);
    assert_eq!(bench.start().reason, Reason::Cold);
}

#[test]
fn f11_a_renewal_that_fails_after_a_401_leaves_nothing_to_serve() {
    let mut bench = Bench::aged(STALE);
    let ticket = bench.start();
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    let pause = bench.fails(ticket, TRANSIENT).expect("it was under way");
    assert_eq!(bench.want(), Decision::Fail(TRANSIENT, pause));
}

#[test]
fn f22_a_forgotten_credential_is_not_served_again_and_forces_no_login() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert!(bench.machine.forget(1));
    let ticket = bench.start();
    assert_eq!(ticket.reason, Reason::Cold);
    assert!(bench.lands(ticket, HOUR));
    assert_eq!(bench.invalidate(2), Invalidation::Removed, "and a 401 of the next is healed at once");
}

#[test]
fn f22_only_the_current_credential_can_be_ended_and_only_once() {
    let mut bench = Bench::aged(DEAD);
    bench.log_in(HOUR);
    assert!(!bench.machine.forget(1));
    assert_eq!(bench.want(), Decision::Serve(2));
    assert!(bench.machine.forget(2));
    assert!(!bench.machine.forget(2));
}
