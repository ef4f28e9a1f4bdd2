//! Two clocks that disagree: the monotonic clock misses a suspend, or the wall clock is set.

use super::*;

/// The one event that changes the clocks during a day in which a caller asks every half minute.
#[derive(Clone, Copy, Debug)]
enum Event {
    Nothing,
    WallBack,
    WallForward,
    Suspend(Duration),
}

/// Returns the number of logins in a day. The provider's clock is the true one, and nothing may be served after its
/// expiry by that clock.
fn logins_in_a_day(event: Event, at: Duration) -> usize {
    let (mut bench, step) = (Bench::cold(), secs(30));
    let (mut logins, mut ends) = (0, vec![Duration::ZERO]);
    let mut truth = Duration::ZERO;
    while truth < HOUR * 24 {
        let log_in = |bench: &mut Bench, ticket| {
            assert!(bench.lands(ticket, HOUR));
            truth + HOUR
        };
        match bench.want() {
            Decision::Serve(generation) => assert!(truth < ends[index(generation)], "{event:?} at {at:?}"),
            Decision::ServeAndRenew(generation, ticket) => {
                assert!(truth < ends[index(generation)], "{event:?} at {at:?}");
                ends.push(log_in(&mut bench, ticket));
                logins += 1;
            }
            Decision::Start(ticket) => {
                ends.push(log_in(&mut bench, ticket));
                logins += 1;
            }
            other => panic!("{other:?}"),
        }
        truth += step;
        bench.pass(step);
        if truth == at {
            match event {
                Event::Nothing => {}
                Event::WallBack => bench.wall_back(HOUR),
                Event::WallForward => bench.wall_forward(HOUR),
                Event::Suspend(span) => {
                    truth += span;
                    bench.wall_forward(span);
                }
            }
        }
    }
    logins
}

fn index(generation: u64) -> usize {
    usize::try_from(generation).expect("a handful")
}

#[test]
fn p23_clocks_that_jump_cost_one_login_and_serve_nothing_expired() {
    let usual = logins_in_a_day(Event::Nothing, Duration::ZERO);
    assert_eq!(usual, 28, "one in 52.5 minutes");
    let suspends = [secs(60), secs(500), HOUR / 2, HOUR, HOUR * 8].map(Event::Suspend);
    for event in [Event::WallBack, Event::WallForward].into_iter().chain(suspends) {
        for minute in 1..=60 {
            let logins = logins_in_a_day(event, HOUR * 10 + secs(60) * minute);
            assert!(logins <= usual + 1, "{event:?} in minute {minute}: {logins} logins");
        }
    }
}

#[test]
fn f16_a_wall_clock_set_back_does_not_lengthen_a_life() {
    let mut bench = Bench::aged(Duration::ZERO);
    bench.wall_back(HOUR);
    bench.pass(STALE - INSTANT);
    assert_eq!(bench.want(), Decision::Serve(1));
    bench.pass(DEAD - STALE + INSTANT);
    assert!(matches!(bench.want(), Decision::Start(_)));
}

#[test]
fn f16_a_wall_clock_set_forward_costs_one_login_and_not_a_second() {
    let mut bench = Bench::aged(Duration::ZERO);
    bench.wall_forward(HOUR);
    bench.log_in(HOUR);
    assert_eq!(bench.want(), Decision::Serve(2));
    bench.wall_back(HOUR);
    assert_eq!(bench.want(), Decision::Serve(2), "nor does its way back");
}

#[test]
fn f16_after_a_suspend_the_first_caller_starts_one_login_that_all_wait_for() {
    let mut bench = Bench::aged(Duration::ZERO);
    bench.wall_forward(HOUR * 8);
    assert!(matches!(bench.want(), Decision::Start(_)));
    assert!(matches!(bench.want(), Decision::Join(_)));
}

#[test]
fn f16_a_suspend_ends_a_cooldown_and_the_pause_after_a_forced_login() {
    let mut bench = Bench::cooling_down(REFUSED);
    bench.wall_forward(secs(60));
    bench.log_in(HOUR);
    assert_eq!(bench.invalidate(1), Invalidation::Removed);
    bench.log_in(HOUR);
    bench.wall_forward(secs(10));
    assert_eq!(bench.invalidate(2), Invalidation::Removed);
}
