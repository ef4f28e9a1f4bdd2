//! Clients that are dropped, secrets that are replaced, and logins that are abandoned.

use super::case::seconds;
use super::{Act, check};
use crate::error::ErrorKind;
use crate::sync::model::{self, Runtime};

#[test]
fn a_login_ends_when_the_last_client_is_dropped() {
    check(async |case| {
        case.logins_do([Act::Hold]);
        let first = case.client();
        let second = first.clone();
        let clients = [
            case.task(async move |_| drop(first.begins_to_wait())),
            case.task(async move |_| {
                let third = second.clone();
                drop(second);
                drop(third.begins_to_wait());
            }),
        ];
        for client in clients {
            client.await.unwrap();
        }
        // The login is held for ever: it ends only because no client is left.
        model::finish_tasks().await;
        case.seen.all_ended();
    });
}

#[test]
fn a_client_that_is_dropped_while_its_login_lands_leaves_nothing_behind() {
    check(async |case| {
        let act = [Act::Succeed, Act::Refuse, Act::Panic, Act::Vanish][model::pick(4)];
        case.logins_do([act]);
        let client = case.client();
        drop(client.begins_to_wait());
        let drops = case.task(async move |_| drop(client));
        drops.await.unwrap();
        model::finish_tasks().await;
        case.seen.all_ended();
        case.agrees();
    });
}

#[test]
fn a_login_that_was_sent_before_a_reset_fails_nobody_after_it() {
    check(async |case| {
        case.logins_do([Act::HoldAndRefuse]);
        let callers: Vec<_> = (0..2).map(|_| case.task(async |case| case.with().await)).collect();
        let resets = case.task(async |case| {
            case.seen.begun(1).await;
            case.cache.clear_cooldown();
            case.let_go();
            case.with().await
        });
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap().number, 2);
        }
        assert_eq!(resets.await.unwrap().unwrap().number, 2);
        assert_eq!(case.seen.logins(), 2);
    });
}

#[test]
fn clearing_the_cooldown_lets_concurrent_callers_log_in() {
    check(async |case| {
        case.logins_do([Act::Refuse]);
        let callers: Vec<_> = (0..2).map(|_| case.task(async |case| case.with().await)).collect();
        let resets = case.task(async |case| {
            case.seen.begun(1).await;
            case.cache.clear_cooldown();
            case.with().await
        });
        for caller in callers {
            // Refused before the cooldown was cleared, or served after it.
            let _ = caller.await.unwrap();
        }
        assert_eq!(resets.await.unwrap().unwrap().number, 2);
        assert_eq!(case.seen.logins(), 2);
    });
}

#[test]
fn what_a_login_that_was_given_up_got_late_replaces_nothing() {
    check(async |case| {
        case.logins_do([Act::Stall]);
        drop(case.begins_to_wait());
        case.seen.begun(1).await;
        model::advance(seconds(31));
        let late = case.task(async |_| model::drive());
        let callers: Vec<_> = (0..2)
            .map(|_| {
                case.task(async |case| {
                    case.with().await.unwrap();
                    case.with().await.unwrap();
                })
            })
            .collect();
        for caller in callers {
            caller.await.unwrap();
        }
        late.await.unwrap();
        model::finish_tasks().await;
        case.current().await.unwrap();
        case.agrees();
    });
}

#[test]
fn a_login_that_stands_still_is_taken_over_by_one_of_those_who_wait() {
    check(async |case| {
        case.logins_do([Act::Stall]);
        drop(case.begins_to_wait());
        case.seen.begun(1).await;
        model::advance(seconds(1));
        // This check suspects the task, and the next one replaces it.
        drop(case.begins_to_wait());
        model::advance(seconds(1));
        let late = case.task(async |_| model::drive());
        let callers: Vec<_> = (0..3).map(|_| case.task(async |case| case.with().await)).collect();
        for caller in callers {
            // The number is one if the first login ran again in time.
            assert!(caller.await.unwrap().unwrap().number <= 2);
        }
        late.await.unwrap();
        model::finish_tasks().await;
        case.agrees();
        assert!(case.seen.logins() <= 2);
    });
}

#[test]
fn a_login_that_never_begins_to_run_is_sent_once_whoever_takes_it_over() {
    check(async |case| {
        model::runtimes([Runtime::Undriven]);
        let callers: Vec<_> = (0..3).map(|_| case.task(async |case| case.with().await)).collect();
        let late = case.task(async |_| model::drive());
        let time = case.task(async |_| model::advance(seconds(1)));
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap().number, 1);
        }
        time.await.unwrap();
        late.await.unwrap();
        model::finish_tasks().await;
        case.agrees();
        assert_eq!(case.seen.logins(), 1);
    });
}

#[test]
fn a_login_on_an_undriven_runtime_is_replaced_and_changes_nothing_later() {
    check(async |case| {
        model::runtimes([Runtime::Undriven]);
        let waits = case.task(async |case| case.current().await);
        let time = case.task(async |_| model::advance(seconds([27, 29, 31][model::pick(3)])));
        time.await.unwrap();
        let late = case.task(async |_| model::drive());
        let callers: Vec<_> = (0..2).map(|_| case.task(async |case| case.with().await)).collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap().unwrap().number, 1);
        }
        if let Err(error) = waits.await.unwrap() {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "it waited for too long");
        }
        late.await.unwrap();
        model::finish_tasks().await;
        case.agrees();
        assert_eq!(case.seen.logins(), 1);
    });
}
