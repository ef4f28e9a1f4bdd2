//! Callers of an empty cache.

use super::case::seconds;
use super::{Act, check};
use crate::error::ErrorKind;
use crate::sync::model::{self, Runtime};

#[test]
fn callers_of_a_cold_slot_share_one_login() {
    check(async |case| {
        let callers: Vec<_> = (0..3).map(|_| case.task(async |case| case.with().await)).collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap().number, 1);
        }
        case.agrees();
        assert_eq!(case.seen.logins(), 1);
    });
}

#[test]
fn a_waiter_that_is_dropped_or_never_polled_again_holds_nobody_up() {
    check(async |case| {
        let dropped = case.task(async |case| drop(case.begins_to_wait()));
        let kept = case.task(async |case| case.begins_to_wait());
        let callers: Vec<_> = (0..2).map(|_| case.task(async |case| case.with().await)).collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap().number, 1);
        }
        dropped.await.unwrap();
        drop(kept.await.unwrap());
        assert_eq!(case.seen.logins(), 1);
    });
}

#[test]
fn a_login_whose_callers_are_all_dropped_ends_and_is_used() {
    check(async |case| {
        let callers: Vec<_> = (0..2).map(|_| case.task(async |case| drop(case.begins_to_wait()))).collect();
        for caller in callers {
            caller.await.unwrap();
        }
        assert_eq!(case.with().await.unwrap().number, 1);
        assert_eq!(case.seen.logins(), 1);
    });
}

#[test]
fn a_refused_login_fails_all_callers_and_none_is_sent_during_the_cooldown() {
    check(async |case| {
        case.logins_do([Act::Refuse]);
        let callers: Vec<_> = (0..3).map(|_| case.task(async |case| case.with().await)).collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::LoginRefused);
        }
        assert_eq!(case.seen.logins(), 1);
        model::advance(seconds(67));
        assert_eq!(case.with().await.unwrap().number, 2);
    });
}

#[test]
fn a_login_that_fails_twice_fails_all_and_one_that_then_succeeds_serves_all() {
    check(async |case| {
        case.logins_do([Act::Fail, [Act::Fail, Act::Succeed][model::pick(2)]]);
        let callers: Vec<_> = (0..3).map(|_| case.task(async |case| case.with().await)).collect();
        let mut served = 0;
        for caller in callers {
            served += u32::from(caller.await.unwrap().is_ok());
        }
        assert!(served == 0 || served == 3, "{served} of 3");
        assert_eq!(case.seen.logins(), 2);
    });
}

#[test]
fn a_login_that_panics_fails_all_who_wait_and_the_next_one_heals() {
    check(async |case| {
        case.logins_do([Act::Panic]);
        let callers: Vec<_> = (0..3).map(|_| case.task(async |case| case.with().await)).collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
        }
        assert_eq!(case.seen.logins(), 1);
        model::advance(seconds(1));
        assert_eq!(case.with().await.unwrap().number, 2);
    });
}

#[test]
fn a_login_that_vanishes_is_begun_again_by_who_waits() {
    check(async |case| {
        case.logins_do([Act::Vanish, Act::Vanish]);
        let callers: Vec<_> = (0..3).map(|_| case.task(async |case| case.with().await)).collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap().number, 3);
        }
        assert_eq!(case.seen.logins(), 3);
    });
}

#[test]
fn a_runtime_that_is_shut_down_takes_a_login_with_it_and_nobody_who_waits() {
    check(async |case| {
        model::runtimes([Runtime::Runs, Runtime::ShutDown]);
        let callers: Vec<_> = (0..2).map(|_| case.task(async |case| case.with().await)).collect();
        let end = case.task(async |_| model::shut_down());
        for caller in callers {
            caller.await.unwrap().unwrap();
        }
        end.await.unwrap();
        case.agrees();
        assert!(case.seen.logins() <= 2);
    });
}

#[test]
fn a_caller_without_a_runtime_fails_alone() {
    check(async |case| {
        model::runtimes([Runtime::Absent]);
        let callers: Vec<_> = (0..3).map(|_| case.task(async |case| case.with().await)).collect();
        let mut failed = 0;
        for caller in callers {
            match caller.await.unwrap() {
                Ok(token) => assert_eq!(token.number, 1),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Config);
                    failed += 1;
                }
            }
        }
        assert_eq!(failed, 1);
    });
}
