//! Tests of serving a caller, and of starting a refresh for it.

use super::*;

#[test]
fn p01_a_credential_is_served_until_the_instant_it_is_dead_and_never_after() {
    let mut bench = Bench::aged(DEAD - INSTANT);
    assert_eq!(bench.served(), Some(1));
    bench.pass(INSTANT);
    assert!(matches!(bench.want(), Decision::Join(_)), "it waits for the renewal that the call before has started");
}

#[test]
fn p01_a_dead_credential_makes_the_caller_log_in() {
    let mut bench = Bench::aged(DEAD);
    assert!(matches!(bench.want(), Decision::Start(Ticket { reason: Reason::Cold, .. })));
}

#[test]
fn p02_each_login_is_a_generation_of_its_own_and_the_newest_is_served() {
    let mut bench = Bench::cold();
    for generation in 1..=5 {
        bench.log_in(HOUR);
        assert_eq!(bench.served(), Some(generation));
        bench.pass(if generation % 2 == 0 { STALE } else { DEAD });
    }
}

#[test]
fn p03_all_who_find_nothing_wait_for_the_one_login_that_the_first_started() {
    let mut bench = Bench::cold();
    let Decision::Start(ticket) = bench.want() else { panic!("the first caller starts it") };
    assert_eq!(ticket.reason, Reason::Cold);
    for _ in 0..100 {
        assert_eq!(bench.want(), Decision::Join(1), "they wait on what the first caller made");
    }
    assert!(bench.lands(ticket, HOUR));
    assert_eq!(bench.want(), Decision::Serve(1));
}

#[test]
fn p03_a_renewal_that_is_under_way_is_not_started_again_however_many_call() {
    let mut bench = Bench::aged(STALE);
    bench.start();
    for _ in 0..100 {
        assert_eq!(bench.want(), Decision::Serve(1));
    }
}

#[test]
fn a_fresh_credential_is_served_and_nothing_is_started() {
    let mut bench = Bench::aged(Duration::ZERO);
    assert_eq!(bench.want(), Decision::Serve(1));
    bench.pass(STALE - INSTANT);
    assert_eq!(bench.want(), Decision::Serve(1));
}

#[test]
fn a_stale_credential_is_served_while_one_renewal_runs() {
    let mut bench = Bench::aged(STALE);
    let Decision::ServeAndRenew(1, ticket) = bench.want() else { panic!("the old one is served, and renewed") };
    assert_eq!(ticket.reason, Reason::Proactive);
    assert!(bench.lands(ticket, HOUR));
    assert_eq!(bench.want(), Decision::Serve(2));
}

#[test]
fn a_credential_that_never_ends_is_not_renewed_after_ten_years() {
    let mut bench = Bench::cold();
    let ticket = bench.start();
    assert!(bench.machine.succeeded(ticket, bench.now, Deadlines::Never, |generation| generation));
    bench.pass(HOUR * 24 * 365 * 10);
    assert_eq!(bench.want(), Decision::Serve(1));
    assert!(bench.machine.serves(bench.now));
}

#[test]
fn whether_a_credential_is_there_is_told_without_starting_anything() {
    let mut bench = Bench::cold();
    assert!(!bench.machine.serves(bench.now));
    bench.log_in(HOUR);
    bench.pass(DEAD - INSTANT);
    assert!(bench.machine.serves(bench.now), "a stale one may be handed out");
    bench.pass(INSTANT);
    assert!(!bench.machine.serves(bench.now), "a dead one may not");
    assert!(matches!(bench.want(), Decision::Start(_)));
}

#[test]
fn f07_a_renewal_that_brings_a_credential_born_dead_leaves_the_old_one_in_service() {
    let mut bench = Bench::aged(STALE);
    let ticket = bench.start();
    let started = bench.now;
    bench.pass(secs(20));
    // The cache treats this as a failure of the server.
    assert_eq!(Deadlines::new(Expiry::In(secs(20)), None, started, bench.now, 0.0), None);
    assert!(bench.fails(ticket, TRANSIENT).is_some());
    assert_eq!(bench.want(), Decision::Serve(1));
}
