//! A 401, or a logout: which credential it ends, and what it starts.

use super::*;

#[test]
fn p11_after_an_accepted_rejection_nobody_is_served_that_generation_again() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.reject(1), Verdict::Gone);
    assert!(!bench.machine.serves(bench.now));
    let ticket = bench.start();
    assert_eq!(ticket.reason, Reason::Forced);
    assert!(matches!(bench.want(), Want::Join(_)));
    let pause = bench.fails(ticket, REFUSED).expect("it was under way");
    assert_eq!(bench.want(), Want::Fail(REFUSED, pause), "not even where its replacement failed");
    bench.pass(pause);
    bench.log_in(HOUR);
    assert_eq!(bench.want(), Want::Serve(2));
}

#[test]
fn p12_a_late_401_of_an_older_generation_changes_nothing_and_starts_nothing() {
    let mut bench = Bench::aged(DEAD);
    bench.log_in(HOUR);
    for _ in 0..100 {
        assert_eq!(bench.reject(1), Verdict::Replaced);
        assert_eq!(bench.want(), Want::Serve(2));
    }
}

#[test]
fn p12_a_401_of_a_generation_that_never_was_changes_nothing() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.reject(0), Verdict::Replaced);
    assert_eq!(bench.reject(2), Verdict::Replaced);
    assert_eq!(bench.want(), Want::Serve(1));
}

#[test]
fn p13_fifty_401s_of_one_generation_make_one_login() {
    let mut bench = Bench::aged(Duration::ZERO);
    let (mut gone, mut tickets) = (0, 0);
    for _ in 0..50 {
        match bench.reject(1) {
            Verdict::Gone => gone += 1,
            Verdict::Replaced => {}
            Verdict::Kept => panic!("a better one can be had"),
        }
        tickets += usize::from(matches!(bench.want(), Want::Start(_)));
    }
    assert_eq!((gone, tickets), (1, 1));
}

#[test]
fn p13_401s_that_arrive_before_during_and_after_the_forced_login_make_one_login() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.reject(1), Verdict::Gone);
    assert_eq!(bench.reject(1), Verdict::Replaced, "before it was started");
    let ticket = bench.start();
    assert_eq!(bench.reject(1), Verdict::Replaced, "while it is under way");
    assert!(bench.lands(ticket, HOUR));
    assert_eq!(bench.reject(1), Verdict::Replaced, "after it");
    assert_eq!(bench.want(), Want::Serve(2));
}

#[test]
fn f09_behind_any_closed_gate_a_refused_credential_stays_for_nothing_better_can_be_had() {
    for failure in [TRANSIENT, REFUSED, THROTTLED] {
        let mut bench = Bench::aged(STALE);
        let pause = bench.fail(failure);
        bench.pass(pause - INSTANT);
        assert_eq!(bench.reject(1), Verdict::Kept, "{failure:?}");
        assert_eq!(bench.want(), Want::Serve(1), "{failure:?}");
        bench.pass(INSTANT);
        assert_eq!(bench.reject(1), Verdict::Gone, "{failure:?}: the gate is open");
        assert_eq!(bench.start().reason, Reason::Forced);
    }
}

#[test]
fn f09_behind_a_closed_gate_a_401_of_a_credential_that_is_gone_reaches_the_caller() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.reject(1), Verdict::Gone);
    let pause = bench.fail(REFUSED);
    assert_eq!(bench.reject(1), Verdict::Kept, "whoever logs in now would only get the gate's error");
    bench.pass(pause);
    assert_eq!(bench.reject(1), Verdict::Replaced, "whoever looks next logs in");
    bench.start();
    assert_eq!(bench.reject(1), Verdict::Replaced, "whoever looks next joins");
}

#[test]
fn f09_behind_a_closed_gate_a_401_reaches_the_caller_also_where_the_successor_is_dead() {
    let mut bench = Bench::aged(DEAD);
    bench.log_in(HOUR);
    bench.pass(STALE);
    assert_eq!(bench.fail(REFUSED), secs(60));
    assert_eq!(bench.reject(1), Verdict::Replaced, "its successor is served");
    bench.pass(DEAD - STALE);
    bench.fail(REFUSED);
    assert_eq!(bench.reject(1), Verdict::Kept, "its successor is dead, and no login may be made");
}

#[test]
fn f09_behind_a_gate_that_the_clocks_closed_again_a_login_past_its_deadline_is_not_waited_for() {
    let mut bench = Bench::gated(REFUSED);
    bench.wall_forward(HOUR);
    bench.start();
    bench.wall_back(HOUR);
    assert_eq!(bench.reject(0), Verdict::Replaced, "a login is under way");
    bench.pass(FLIGHT_DEADLINE);
    assert_eq!(bench.reject(0), Verdict::Kept);
    assert_eq!(bench.want(), Want::Fail(REFUSED, secs(30)));
}

#[test]
fn f11_a_401_while_a_renewal_is_under_way_waits_for_it_and_forces_no_other() {
    let mut bench = Bench::aged(STALE);
    let ticket = bench.start();
    assert_eq!(bench.reject(1), Verdict::Gone);
    assert_eq!(bench.want(), Want::Join(2), "it is the new login");
    assert!(bench.lands(ticket, HOUR));
    assert_eq!(bench.want(), Want::Serve(2));
    assert_eq!(bench.reject(2), Verdict::Gone, "that login was not forced, so nothing keeps the next away");
}

#[test]
fn f11_a_401_does_not_wait_for_a_renewal_past_its_deadline() {
    let mut bench = Bench::aged(STALE);
    bench.start();
    bench.pass(FLIGHT_DEADLINE);
    assert_eq!(bench.reject(1), Verdict::Gone);
    assert_eq!(bench.start().reason, Reason::Forced);
}

#[test]
fn f11_a_late_renewal_that_lands_before_the_forced_login_was_started_takes_its_place() {
    let mut bench = Bench::aged(STALE);
    let late = bench.start();
    bench.pass(FLIGHT_DEADLINE);
    assert_eq!(bench.reject(1), Verdict::Gone);
    assert!(bench.lands(late, HOUR), "nobody has replaced it yet");
    assert_eq!(bench.reject(2), Verdict::Gone, "it was not forced, so it keeps no other away");
}

#[test]
fn f11_a_late_renewal_settles_the_401_that_would_have_forced_a_login() {
    let mut bench = Bench::aged(STALE);
    let late = bench.start();
    bench.pass(FLIGHT_DEADLINE);
    assert_eq!(bench.reject(1), Verdict::Gone);
    assert!(bench.lands(late, HOUR));
    bench.pass(DEAD);
    assert_eq!(bench.start().reason, Reason::Cold);
}

#[test]
fn f11_a_renewal_that_fails_after_its_credential_was_refused_leaves_nothing_to_serve() {
    let mut bench = Bench::aged(STALE);
    let ticket = bench.start();
    assert_eq!(bench.reject(1), Verdict::Gone);
    let pause = bench.fails(ticket, TRANSIENT).expect("it was under way");
    assert_eq!(bench.want(), Want::Fail(TRANSIENT, pause));
}

#[test]
fn f22_a_credential_that_was_ended_at_the_provider_is_not_served_again_and_forces_nothing() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert!(bench.machine.discard(1));
    let ticket = bench.start();
    assert_eq!(ticket.reason, Reason::Cold);
    assert!(bench.lands(ticket, HOUR));
    assert_eq!(bench.reject(2), Verdict::Gone, "and a 401 of the next is healed at once");
}

#[test]
fn f22_only_the_current_credential_can_be_ended_and_only_once() {
    let mut bench = Bench::aged(DEAD);
    bench.log_in(HOUR);
    assert!(!bench.machine.discard(1));
    assert_eq!(bench.want(), Want::Serve(2));
    assert!(bench.machine.discard(2));
    assert!(!bench.machine.discard(2));
}
