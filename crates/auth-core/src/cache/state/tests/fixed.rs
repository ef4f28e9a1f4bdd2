//! A given credential, for which no refresh is ever started.

use super::*;

fn fixed(lifetime: Duration) -> Bench {
    let mut bench = Bench::cold();
    let life = Deadlines::new(Expiry::In(lifetime), None, bench.now, bench.now, 0.0);
    bench.machine = State::fixed(life, |generation| generation);
    bench
}

#[test]
fn a_given_credential_is_served_fresh_and_stale_and_is_not_renewed() {
    let mut bench = fixed(HOUR);
    assert_eq!(bench.want(), Decision::Serve(1));
    bench.pass(DEAD - INSTANT);
    assert_eq!(bench.want(), Decision::Serve(1));
}

#[test]
fn after_its_end_a_given_credential_has_to_be_replaced_by_a_person() {
    let mut bench = fixed(HOUR);
    bench.pass(DEAD);
    assert_eq!(bench.want(), Decision::LoginRequired);
}

#[test]
fn a_401_leaves_a_given_credential_in_place() {
    let mut bench = fixed(HOUR);
    assert_eq!(bench.invalidate(1), Invalidation::Kept);
    assert_eq!(bench.want(), Decision::Serve(1));
    bench.pass(DEAD);
    assert_eq!(bench.invalidate(1), Invalidation::Kept);
}

#[test]
fn a_given_credential_that_was_born_dead_has_to_be_replaced_at_once() {
    let mut bench = fixed(Duration::ZERO);
    assert_eq!(bench.want(), Decision::LoginRequired);
}

#[test]
fn f22_a_given_credential_that_was_ended_at_the_provider_has_to_be_replaced() {
    let mut bench = fixed(HOUR);
    assert!(bench.machine.forget(1));
    assert_eq!(bench.want(), Decision::LoginRequired);
}
