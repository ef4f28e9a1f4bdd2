//! Tests of the times of renewal and expiry.

#![expect(clippy::unchecked_time_subtraction, reason = "a test that computes a negative time is to panic")]

use time::OffsetDateTime;

use super::*;

const BORN: Moment = Moment { mono: secs(500), wall: secs(1_800_000_000) };
const INSTANT: Duration = Duration::from_nanos(1);

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Returns the ages at which a credential is renewed and expired, for a login that was answered at once, without
/// jitter.
fn ages(expiry: Expiry, renew_before: Option<Duration>) -> (Duration, Duration) {
    since(BORN, Deadlines::new(expiry, renew_before, BORN, BORN, 0.0))
}

/// Returns the times from `start` until renewal and expiry, which are the same by both clocks.
fn since(start: Moment, life: Option<Deadlines>) -> (Duration, Duration) {
    let Some(Deadlines::Until { refresh_at, hard_at }) = life else { panic!("it has an end: {life:?}") };
    let [refresh, hard] = [refresh_at, hard_at].map(|at| {
        let at = at.moment();
        assert_eq!(at.mono - start.mono, at.wall - start.wall);
        at.mono - start.mono
    });
    (refresh, hard)
}

fn at(wall: Duration) -> Expiry {
    let span = time::Duration::try_from(wall).expect("it fits");
    Expiry::At(OffsetDateTime::UNIX_EPOCH + span)
}

#[test]
fn a_credential_is_renewed_an_eighth_of_its_life_before_its_end_and_at_most_a_day() {
    for (lifetime, renew_before) in [
        (secs(60), Duration::from_millis(7500)),
        (HOUR, secs(450)),
        (HOUR * 2, secs(900)),
        (DAY * 8, DAY),
        (DAY * 14, DAY),
    ] {
        assert_eq!(ages(Expiry::In(lifetime), None).0, lifetime - renew_before, "{lifetime:?}");
    }
}

/// A time that was cut to a second may have been up to a second later.
#[test]
fn a_credential_expires_a_second_and_a_sixteenth_early_and_at_most_a_minute() {
    for (lifetime, margin) in [
        (3.0, 1.1875),
        (3.5, 1.21875),
        (5.0, 1.3125),
        (12.0, 1.75),
        (16.0, 2.0),
        (20.0, 2.25),
        (160.0, 11.0),
        (943.0, 59.9375),
        (944.0, 60.0),
        (3600.0, 60.0),
        (14.0 * 86_400.0, 60.0),
    ] {
        let [lifetime, margin] = [lifetime, margin].map(Duration::from_secs_f64);
        assert_eq!(ages(Expiry::In(lifetime), None).1, lifetime - margin, "{lifetime:?}");
        assert_eq!(ages(at(BORN.wall + lifetime), None).1, lifetime - margin, "until then: {lifetime:?}");
    }
}

#[test]
fn a_short_credential_is_used_for_half_its_life_at_least() {
    for millis in [1000, 1001, 1500, 2000, 2250] {
        let lifetime = Duration::from_millis(millis);
        assert_eq!(ages(Expiry::In(lifetime), None).1, lifetime / 2, "{lifetime:?}");
    }
}

#[test]
fn a_lifetime_below_a_second_is_exact_because_nobody_stated_it_in_seconds() {
    for millis in [1, 200, 999] {
        let lifetime = Duration::from_millis(millis);
        let (renewed, dead) = ages(Expiry::In(lifetime), None);
        assert_eq!((renewed, dead), (lifetime - lifetime / 8, lifetime - lifetime / 16), "{lifetime:?}");
    }
}

/// If it were renewed only at its expiry, callers would wait for each login.
#[test]
fn a_short_credential_is_renewed_a_second_before_it_expires_if_it_can_be() {
    for (lifetime, renew_before) in
        [(2, 1.25), (3, 1.5625), (5, 2.1875), (8, 2.5), (12, 2.75), (20, 3.25), (32, 4.0), (40, 5.0)]
    {
        let (lifetime, renew_before) = (secs(lifetime), Duration::from_secs_f64(renew_before));
        let (renewed, dead) = ages(Expiry::In(lifetime), None);
        assert_eq!(renewed, lifetime - renew_before, "{lifetime:?}");
        assert!(renewed < dead, "{lifetime:?}: behind the callers");
    }
}

/// Cutting to whole seconds makes the real lifetime differ from the stated one by less than a second.
#[test]
fn no_credential_of_whole_seconds_is_handed_out_after_its_real_end() {
    let mut rng = fastrand::Rng::with_seed(6);
    for _ in 0..20_000 {
        let stated = secs(rng.u64(2..1000));
        let really = stated - secs(1).mul_f64(rng.f64());
        let renew_before = rng.bool().then(|| stated.mul_f64(rng.f64()));
        assert!(
            since(BORN, Deadlines::new(Expiry::In(stated), renew_before, BORN, BORN, rng.f64())).1 <= really,
            "{stated:?}"
        );
    }
}

#[test]
fn a_configured_lead_is_obeyed_up_to_seven_sixteenths_of_the_life() {
    let renewed = |renew_before| ages(Expiry::In(HOUR), Some(renew_before)).0;
    assert_eq!(renewed(secs(300)), HOUR - secs(300));
    assert_eq!(renewed(HOUR * 7 / 16), HOUR * 9 / 16);
    assert_eq!(renewed(HOUR), HOUR * 9 / 16);
    assert_eq!(ages(Expiry::In(DAY * 14), Some(DAY * 3)).0, DAY * 11, "it may be longer than a day");
    assert_eq!(renewed(Duration::ZERO), HOUR - secs(60), "not later than its death");
}

#[test]
fn p20_birth_renewal_death_and_end_come_in_that_order_whatever_the_life() {
    let mut rng = fastrand::Rng::with_seed(20);
    for round in 0..20_000_u32 {
        let lifetime = match round {
            0 => secs(1),
            1 => DAY * 400,
            _ => secs(1).mul_f64((f64::ln(400.0 * 86_400.0) * rng.f64()).exp()),
        };
        let renew_before = rng.bool().then(|| lifetime.mul_f64(rng.f64() * 2.0));
        let answered = BORN.plus(lifetime.mul_f64(if rng.bool() { 0.0 } else { rng.f64() }));
        let life = Deadlines::new(Expiry::In(lifetime), renew_before, BORN, answered, rng.f64());
        if life.is_none() {
            assert!(answered.mono >= BORN.mono + lifetime / 2, "only the last part of it is too late");
            continue;
        }
        let (renewed, dead) = since(BORN, life);
        assert!(renewed <= dead && dead <= lifetime, "{lifetime:?}: {renewed:?}, {dead:?}");
        assert!(answered.mono < BORN.mono + renewed, "{lifetime:?}: it is never born stale");
    }
}

#[test]
fn p21_nothing_is_renewed_in_the_first_half_of_its_life() {
    let mut rng = fastrand::Rng::with_seed(21);
    for _ in 0..20_000 {
        let lifetime = secs(20).mul_f64((f64::ln(20.0 * 86_400.0) * rng.f64()).exp());
        let renew_before = rng.bool().then(|| lifetime.mul_f64(rng.f64() * 2.0));
        let life = Deadlines::new(Expiry::In(lifetime), renew_before, BORN, BORN, rng.f64());
        assert!(since(BORN, life).0 >= lifetime / 2, "{lifetime:?}, renew_before {renew_before:?}");
    }
    let latest = Deadlines::new(Expiry::In(HOUR), Some(HOUR), BORN, BORN, 1.0);
    assert_eq!(since(BORN, latest).0, HOUR / 2, "the longest renew_before and the most jitter");
}

#[test]
fn p22_the_jitter_is_drawn_at_birth_so_every_reader_sees_the_same_renewal() {
    for (lifetime, most) in [(secs(160), secs(10)), (HOUR, secs(225)), (DAY * 14, HOUR)] {
        let [plain, half, full] = [0.0, 0.5, 1.0].map(|jitter| {
            let life = Deadlines::new(Expiry::In(lifetime), None, BORN, BORN, jitter).expect("it is not born dead");
            let renewed = since(BORN, Some(life)).0;
            for _ in 0..100 {
                assert_eq!(life.age(BORN.plus(renewed - INSTANT)), Age::Fresh);
                assert_eq!(life.age(BORN.plus(renewed)), Age::Stale);
            }
            renewed
        });
        assert_eq!((plain - half, plain - full), (most / 2, most), "earlier, by up to a sixteenth and an hour");
    }
}

#[test]
fn p22_jitter_does_not_move_the_death() {
    let dead = |jitter| since(BORN, Deadlines::new(Expiry::In(HOUR), None, BORN, BORN, jitter)).1;
    assert_eq!(dead(0.0), dead(1.0));
}

#[test]
fn a_roll_out_of_range_is_as_good_as_its_nearest() {
    let life = |jitter| Deadlines::new(Expiry::In(HOUR), None, BORN, BORN, jitter);
    assert_eq!(life(-3.0), life(0.0));
    assert_eq!(life(7.0), life(1.0));
}

#[test]
fn a_life_counts_from_the_moment_when_the_login_was_sent() {
    let slow = Deadlines::new(Expiry::In(HOUR), None, BORN, BORN.plus(secs(30)), 0.0);
    assert_eq!(since(BORN, slow), (secs(3150), secs(3540)));
}

#[test]
fn f07_a_credential_that_is_over_when_its_login_is_answered_is_born_dead() {
    let born = |expiry, answered| Deadlines::new(expiry, None, BORN, answered, 0.0);
    assert_eq!(born(Expiry::In(Duration::ZERO), BORN), None);
    assert_eq!(born(at(BORN.wall), BORN), None);
    assert_eq!(born(at(BORN.wall - secs(1)), BORN), None);
    assert_eq!(born(Expiry::At(OffsetDateTime::UNIX_EPOCH - time::Duration::HOUR), BORN), None);
    assert_eq!(born(Expiry::In(secs(16)), BORN.plus(secs(14))), None, "less than its margin is left");
    assert!(born(Expiry::In(secs(16)), BORN.plus(secs(14) - INSTANT)).is_some());
}

#[test]
fn f08_a_new_credential_near_its_expiry_is_renewed_after_a_quarter_of_the_rest() {
    let answered = BORN.plus(HOUR - secs(60) - secs(200));
    let life = Deadlines::new(Expiry::In(HOUR), None, BORN, answered, 0.0);
    assert_eq!(since(answered, life), (secs(50), secs(200)));
}

#[test]
fn f08_and_not_sooner_than_after_a_second() {
    let answered = BORN.plus(HOUR - secs(60) - secs(2));
    let life = Deadlines::new(Expiry::In(HOUR), None, BORN, answered, 0.0);
    assert_eq!(since(answered, life), (secs(1), secs(2)));
    let answered = BORN.plus(HOUR - secs(60) - secs(1) / 2);
    let life = Deadlines::new(Expiry::In(HOUR), None, BORN, answered, 0.0);
    assert_eq!(since(answered, life), (secs(1) / 2, secs(1) / 2), "or never, if that is after its death");
}

#[test]
fn an_absolute_end_is_measured_from_the_wall_clock_at_which_the_login_was_sent() {
    assert_eq!(ages(at(BORN.wall + HOUR), None), ages(Expiry::In(HOUR), None));
    let slow = Deadlines::new(at(BORN.wall + HOUR), None, BORN, BORN.plus(secs(30)), 0.0);
    assert_eq!(since(BORN, slow), (secs(3150), secs(3540)), "whenever it was answered");
}

#[test]
fn no_credential_is_trusted_for_more_than_four_hundred_days() {
    let longest = ages(Expiry::In(DAY * 400), None);
    assert_eq!(longest.1, DAY * 400 - secs(60));
    assert_eq!(ages(Expiry::In(DAY * 4000), None), longest);
    assert_eq!(ages(Expiry::In(Duration::MAX), None), longest);
    assert_eq!(ages(at(BORN.wall + DAY * 365 * 1000), None), longest);
}

#[test]
fn never_is_a_life_without_deadlines_however_late_its_login_was_answered() {
    let life = Deadlines::new(Expiry::Never, Some(HOUR), BORN, BORN.plus(DAY * 999), 1.0).expect("it is not born dead");
    assert_eq!(life, Deadlines::Never);
    assert_eq!(life.age(BORN.plus(DAY * 9999)), Age::Fresh);
    assert_eq!(life.left(BORN), None);
}

#[test]
fn a_credential_is_fresh_then_stale_then_dead_by_whichever_clock_is_further() {
    let life = Deadlines::new(Expiry::In(HOUR), None, BORN, BORN, 0.0).expect("it is not born dead");
    let by_mono = |age| Moment { mono: BORN.mono + age, wall: BORN.wall };
    let by_wall = |age| Moment { mono: BORN.mono, wall: BORN.wall + age };
    for at in [&by_mono as &dyn Fn(Duration) -> Moment, &by_wall] {
        for (age, expected) in [
            (Duration::ZERO, Age::Fresh),
            (secs(3150) - INSTANT, Age::Fresh),
            (secs(3150), Age::Stale),
            (secs(3540) - INSTANT, Age::Stale),
            (secs(3540), Age::Expired),
            (DAY * 9999, Age::Expired),
        ] {
            assert_eq!(life.age(at(age)), expected, "{age:?}");
        }
    }
}

#[test]
fn what_is_left_is_told_by_the_clock_that_is_further_and_is_nothing_after_the_end() {
    let life = Deadlines::new(Expiry::In(HOUR), None, BORN, BORN, 0.0).expect("it is not born dead");
    assert_eq!(life.left(BORN.plus(secs(3500))), Some(secs(40)));
    assert_eq!(life.left(Moment { wall: BORN.wall + secs(3530), ..BORN }), Some(secs(10)));
    assert_eq!(life.left(Moment { mono: BORN.mono + secs(3530), ..BORN }), Some(secs(10)));
    assert_eq!(life.left(BORN.plus(DAY)), Some(Duration::ZERO));
}

mod shared {
    use proptest::prelude::*;

    use super::*;

    fn adopted(lifetime: Duration, left: Duration, asked: Moment, jitter: f64) -> Option<Deadlines> {
        Deadlines::with_time_left(Some(lifetime), left, None, asked, asked, jitter)
    }

    proptest! {
        /// Two machines whose clocks are a day apart agree on the remaining lifetime, and so on all that is computed
        /// from it.
        #[test]
        fn machines_with_clocks_a_day_apart_renew_a_credential_at_the_same_time(
            lifetime in 20_u64..86_400 * 400, part in 0.1..1.0_f64, jitter in 0.0..1.0_f64,
        ) {
            let lifetime = Duration::from_secs(lifetime);
            let left = lifetime.mul_f64(part);
            let here = Moment { mono: Duration::from_secs(5), wall: 1000 * DAY };
            let there = Moment { mono: Duration::from_secs(777_777), wall: 1001 * DAY };
            let deadlines = |life: Option<Deadlines>, now: Moment| match life {
                Some(Deadlines::Until { refresh_at, hard_at }) => {
                    (now.until(refresh_at.moment()), now.until(hard_at.moment()))
                }
                other => panic!("{other:?}"),
            };
            let one = deadlines(adopted(lifetime, left, here, jitter), here);
            let other = deadlines(adopted(lifetime, left, there, jitter), there);
            prop_assert_eq!(one, other);
            prop_assert!(one.0 <= one.1);
            prop_assert!(one.1 <= left, "S3: never later than its stay in the store");
        }

        /// A credential that is adopted right after its login has the deadlines of its origin, for the same jitter.
        #[test]
        fn an_adopted_life_is_the_original_one(lifetime in 20_u64..86_400 * 400, jitter in 0.0..1.0_f64) {
            let lifetime = Duration::from_secs(lifetime);
            let now = Moment { mono: Duration::from_secs(5), wall: 1000 * DAY };
            let original = Deadlines::new(Expiry::In(lifetime), None, now, now, jitter).unwrap();
            let left = original.left(now).unwrap();
            prop_assert_eq!(adopted(lifetime, left, now, jitter), Some(original));
        }
    }

    #[test]
    fn a_store_that_says_more_is_left_than_a_life_has_is_not_believed() {
        let now = Moment { mono: Duration::from_secs(5), wall: 1000 * DAY };
        let life = adopted(HOUR, 400 * DAY, now, 0.0).unwrap();
        assert_eq!(life.left(now), Some(Duration::from_secs(3540)));
    }

    #[test]
    fn what_took_long_to_be_answered_has_that_much_less_left() {
        let asked = Moment { mono: Duration::from_secs(5), wall: 1000 * DAY };
        let now = asked.plus(Duration::from_secs(30));
        let life = Deadlines::with_time_left(Some(HOUR), Duration::from_secs(40), None, asked, now, 0.0).unwrap();
        assert_eq!(life.left(now), Some(Duration::from_secs(10)));
        assert_eq!(
            Deadlines::with_time_left(Some(HOUR), Duration::from_secs(30), None, asked, now, 0.0),
            None,
            "born dead"
        );
    }
}
