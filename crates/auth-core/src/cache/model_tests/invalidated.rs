//! Credentials that were invalidated, or forgotten by the caller.

use super::account::STALE;
use super::case::seconds;
use super::{Act, check};
use crate::cache::Invalidation;
use crate::sync::model;

#[test]
fn callers_who_invalidate_the_same_credential_share_one_login() {
    check(async |case| {
        let first = case.warm().await;
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let first = first.clone();
                case.task(async move |case| {
                    let invalidation = case.invalidate(&first);
                    assert_ne!(invalidation, Invalidation::Kept);
                    assert_eq!(case.with().await.unwrap().number, 2);
                    invalidation
                })
            })
            .collect();
        let mut gone = 0;
        for caller in callers {
            gone += u32::from(caller.await.unwrap() == Invalidation::Removed);
        }
        assert_eq!(gone, 1);
        case.agrees();
        assert_eq!(case.seen.logins(), 2);
    });
}

#[test]
fn a_late_invalidation_of_an_older_credential_keeps_the_newer_one() {
    check(async |case| {
        let first = case.warm().await;
        let again = first.clone();
        let replays = case.task(async move |case| {
            // After a forced login no other login is sent for a while. After `forget`, one may be sent.
            if model::pick(2) == 0 {
                case.forget(&again)
            } else {
                case.invalidate(&again) == Invalidation::Removed
            };
            case.current().await.unwrap()
        });
        let late: Vec<_> = (0..2)
            .map(|_| {
                let first = first.clone();
                case.task(async move |case| {
                    case.invalidate(&first);
                    case.with().await.unwrap();
                    assert_ne!(case.invalidate(&first), Invalidation::Removed);
                    assert!(case.peek().is_some_and(|token| token.number == 2));
                })
            })
            .collect();
        let second = replays.await.unwrap();
        for caller in late {
            caller.await.unwrap();
        }
        assert_eq!(
            case.cache.core.published.load().as_ref().map(|entry| entry.generation),
            Some(second.generation),
            "it is still published"
        );
        assert_eq!(case.with().await.unwrap().number, 2);
        assert_eq!(case.seen.logins(), 2);
    });
}

#[test]
fn a_running_renewal_is_the_login_that_an_invalidation_asks_for() {
    check(async |case| {
        case.logins_do([Act::Succeed, Act::Hold]);
        let first = case.stale().await;
        case.current().await.unwrap();
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let first = first.clone();
                case.task(async move |case| {
                    case.invalidate(&first);
                    assert_eq!(case.with().await.unwrap().number, 2);
                })
            })
            .collect();
        let lands = case.task(async |case| case.let_go());
        for caller in callers {
            caller.await.unwrap();
        }
        lands.await.unwrap();
        case.agrees();
        assert_eq!(case.seen.logins(), 2);
    });
}

/// A login's credential may be invalidated before the callers who wait for it are polled.
#[test]
fn a_credential_that_was_invalidated_meanwhile_is_not_handed_out() {
    check(async |case| {
        case.logins_do([Act::Hold]);
        let waits: Vec<_> = (0..2).map(|_| case.task(async |case| case.current().await)).collect();
        let invalidates = case.task(async |case| {
            case.seen.begun(1).await;
            case.let_go();
            let first = case.warm().await;
            case.invalidate(&first);
            case.with().await.unwrap();
        });
        for caller in waits {
            caller.await.unwrap().unwrap();
        }
        invalidates.await.unwrap();
        case.agrees();
        assert_eq!(case.seen.logins(), 1 + case.seen.gone());
    });
}

#[test]
fn an_invalidation_that_no_login_can_heal_keeps_the_credential() {
    check(async |case| {
        case.logins_do([Act::Succeed, Act::Refuse]);
        let first = case.stale().await;
        case.current().await.unwrap();
        let after = model::pick(2) == 0;
        if after {
            model::finish_tasks().await;
        }
        let again = first.clone();
        let invalidates = case.task(async move |case| case.invalidate(&again));
        let invalidation = invalidates.await.unwrap();
        model::finish_tasks().await;
        match invalidation {
            Invalidation::Removed => assert!(!after && case.with().await.is_err(), "the renewal might have healed it"),
            Invalidation::Replaced => panic!("it was not"),
            Invalidation::Kept => {
                assert_eq!(case.invalidate(&first), Invalidation::Kept);
                assert_eq!(case.with().await.unwrap().number, 1);
            }
        }
        case.agrees();
        assert_eq!(case.seen.logins(), 2);
    });
}

#[test]
fn a_credential_that_its_user_ended_is_gone_whatever_lands() {
    check(async |case| {
        let first = if model::pick(2) == 0 { case.warm().await } else { case.stale().await };
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let first = first.clone();
                case.task(async move |case| {
                    case.forget(&first);
                    assert_ne!(case.with().await.unwrap().number, 1);
                })
            })
            .collect();
        let served = case.task(async |case| case.with().await);
        for caller in callers {
            caller.await.unwrap();
        }
        served.await.unwrap().unwrap();
        case.agrees();
        assert!(case.seen.logins() <= 2);
    });
}

#[test]
fn what_is_at_hand_is_never_what_was_thrown_away() {
    check(async |case| {
        let first = case.warm().await;
        let invalidates = case.task(async move |case| {
            if model::pick(2) == 0 { case.invalidate(&first) == Invalidation::Removed } else { case.forget(&first) }
        });
        let time = case.task(async |_| {
            // Only once: a login that does not run between two such steps counts as stalled and is replaced.
            model::advance(STALE + seconds(1));
        });
        let callers: Vec<_> = (0..2)
            .map(|_| {
                case.task(async |case| {
                    for _ in 0..2 {
                        case.at_hand();
                        case.with().await.unwrap();
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        invalidates.await.unwrap();
        time.await.unwrap();
        case.agrees();
    });
}
