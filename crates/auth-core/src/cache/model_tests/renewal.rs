//! A credential near its expiry, and after it.

use super::account::DEAD;
use super::case::seconds;
use super::{Act, check};
use crate::sync::model;

#[test]
fn nobody_waits_for_a_renewal_and_there_is_one() {
    check(async |case| {
        case.logins_do([Act::Succeed, Act::Hold]);
        case.stale().await;
        let callers: Vec<_> = (0..2)
            .map(|_| {
                case.task(async |case| {
                    case.with().await.unwrap();
                    case.current().await.unwrap();
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        case.let_go();
        model::finish_tasks().await;
        assert_eq!(case.at_hand(), None, "the machine has not served it");
        assert_eq!(case.with().await.unwrap().number, 2);
        assert_eq!(case.seen.logins(), 2);
    });
}

#[test]
fn a_renewal_lands_while_callers_are_served() {
    check(async |case| {
        case.stale().await;
        let callers: Vec<_> = (0..2)
            .map(|_| {
                case.task(async |case| {
                    for _ in 0..3 {
                        case.with().await.unwrap();
                    }
                    case.peek().unwrap();
                })
            })
            .collect();
        let look = case.task(async |case| case.agrees());
        for caller in callers {
            caller.await.unwrap();
        }
        look.await.unwrap();
        model::finish_tasks().await;
        assert_eq!(case.seen.logins(), 2);
    });
}

#[test]
fn a_renewal_that_fails_leaves_what_is_alive() {
    check(async |case| {
        let fails = [Act::Refuse, Act::Panic, Act::Vanish][model::pick(3)];
        case.logins_do([Act::Succeed, fails]);
        case.stale().await;
        let callers: Vec<_> = (0..2)
            .map(|_| {
                case.task(async |case| {
                    for _ in 0..2 {
                        case.with().await.unwrap();
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        model::finish_tasks().await;
        case.agrees();
        let again = u64::from(fails == Act::Vanish);
        assert!((2..=2 + again).contains(&case.seen.logins()));
    });
}

/// Ticks end, and credentials become stale and expire, between any two steps of a caller.
#[test]
fn what_is_dead_is_not_handed_out_however_the_time_passes() {
    check(async |case| {
        case.warm().await;
        let time = case.task(async |_| {
            // The steps of the credential: fresh, possibly stale, stale, expired, and the end of the tick in which it
            // expired.
            for by in [11, 1, 1, 1, 1] {
                model::pass(seconds(by)).await;
            }
        });
        let callers: Vec<_> = (0..2)
            .map(|_| {
                case.task(async |case| {
                    for _ in 0..3 {
                        case.with().await.unwrap();
                        case.at_hand();
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        time.await.unwrap();
        case.agrees();
        assert!(case.seen.logins() <= 2);
    });
}

#[test]
fn one_login_replaces_what_is_dead_for_all() {
    check(async |case| {
        case.warm().await;
        model::advance(DEAD);
        assert_eq!(case.peek(), None);
        let callers: Vec<_> = (0..3).map(|_| case.task(async |case| case.with().await)).collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap().number, 2);
        }
        assert_eq!(case.seen.logins(), 2);
    });
}
