//! Callers that give up, are never polled again, or lose their runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use super::account::{Account, Session, advance, hour, settle};
use auth_core::{CachedCredential, ErrorKind, Options};
use futures_util::FutureExt;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const SLOW: Duration = Duration::from_millis(200);

fn slow() -> Account {
    Account::new(async |number| {
        sleep(SLOW).await;
        hour(number)
    })
}

#[tokio::test(start_paused = true)]
async fn p16_f12_callers_dropped_at_any_point_do_not_affect_the_others() {
    for cut in (0..=220).step_by(20) {
        let account = slow();
        let client = account.client();
        let mut rest = JoinSet::new();
        for caller in 0..20 {
            let client = client.clone();
            rest.spawn(async move {
                if caller % 2 == 0 {
                    timeout(Duration::from_millis(cut), client.credential())
                        .await
                        .ok()
                        .map(|result| result.unwrap().number)
                } else {
                    Some(client.credential().await.unwrap().number)
                }
            });
        }
        let served = rest.join_all().await;
        assert!(served.iter().flatten().all(|number| *number == 1));
        assert!(served.iter().flatten().count() >= 10);
        assert_eq!(account.logins(), 1, "cut after {cut} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn f13_a_login_that_all_callers_abandoned_still_serves_the_next_caller() {
    let account = slow();
    let client = account.client();
    timeout(Duration::from_millis(10), client.credential()).await.unwrap_err();
    advance(SLOW).await;
    assert_eq!(client.credential().now_or_never().expect("it is there").unwrap().number, 1);
    assert_eq!(account.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn p17_one_login_serves_callers_with_deadlines_shorter_than_it() {
    let account = slow();
    let client = account.client();
    let mut served = 0;
    for _ in 0..20 {
        if let Ok(result) = timeout(Duration::from_millis(50), client.credential()).await {
            result.unwrap();
            served += 1;
        }
    }
    assert_eq!(account.logins(), 1);
    assert!(served >= 16, "{served} of 20");
}

#[tokio::test(start_paused = true)]
async fn p19_a_caller_that_is_never_polled_again_blocks_nobody() {
    let account = slow();
    let client = account.client();
    let mut first = Box::pin(client.credential());
    assert!(first.as_mut().now_or_never().is_none());
    assert_eq!(client.credential().await.unwrap().number, 1);
    assert_eq!(first.await.unwrap().number, 1);
}

#[tokio::test(start_paused = true)]
async fn f14_a_panicking_login_is_one_error_for_all_waiters_and_then_backs_off() {
    let account = Account::new(async |number| {
        sleep(SLOW).await;
        assert!(number > 1, "the first login panics");
        hour(number)
    });
    let client = account.client();
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let client = client.clone();
        callers.spawn(async move { client.credential().await });
    }
    for result in callers.join_all().await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    assert_eq!(account.logins(), 1);
    advance(Duration::from_secs(2)).await;
    assert_eq!(client.credential().await.unwrap().number, 2);
}

#[test]
fn p18_a_login_whose_runtime_is_shut_down_is_repeated_by_a_waiting_caller() {
    let gone = Arc::new(AtomicBool::new(false));
    let shut = Arc::clone(&gone);
    let account = Account::new(move |number| {
        let shut = Arc::clone(&shut);
        async move {
            if !shut.load(SeqCst) {
                std::future::pending::<()>().await;
            }
            hour(number)
        }
    });
    let client = account.client();
    let (first, second) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    // The login runs on its first caller's runtime.
    first.block_on(async { timeout(Duration::from_millis(50), client.credential()).await.unwrap_err() });
    let waiting = second.spawn({
        let client = client.clone();
        async move { client.credential().await }
    });
    second.block_on(async { timeout(Duration::from_millis(50), std::future::pending::<()>()).await.unwrap_err() });
    assert_eq!(account.logins(), 1);
    gone.store(true, SeqCst);
    drop(first);
    let credential = second.block_on(waiting).unwrap().unwrap();
    assert_eq!((credential.number, account.logins()), (2, 2));
}

#[test]
fn f15_a_client_builds_without_a_runtime_but_its_login_is_an_error() {
    let account = Account::new(async |number| hour(number));
    let client = account.client();
    let error = client.credential().now_or_never().expect("it does not wait").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("Tokio runtime"), "{error}");
    // The failure leaves no state behind: the same client works once there is a runtime.
    let credential: CachedCredential<Session> = Runtime::new().unwrap().block_on(client.credential()).unwrap();
    assert_eq!(credential.number, 1);
    assert!(client.credential().now_or_never().expect("a fresh credential needs no runtime").is_ok());
}

#[tokio::test(start_paused = true)]
async fn p30_f21_dropping_the_last_clone_cancels_its_login_and_leaves_no_task() {
    let alive = Arc::new(());
    let held = Arc::downgrade(&alive);
    let account = Account::new(move |_| {
        let alive = Arc::clone(&alive);
        async move {
            std::future::pending::<()>().await;
            drop(alive);
            hour(1)
        }
    });
    let client = account.client();
    let clone = client.clone();
    timeout(Duration::from_millis(1), client.credential()).await.unwrap_err();
    assert_eq!(account.logins(), 1);
    drop(account);
    drop(client);
    settle().await;
    assert!(held.strong_count() > 1, "a clone is still held, so its login continues");
    drop(clone);
    settle().await;
    assert_eq!(held.strong_count(), 0, "neither the account nor the login is left");
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_never_ends_is_abandoned_and_blocks_nobody() {
    let account = Account::new(async |_| std::future::pending().await);
    let client = account.client_with(Options::default().login_timeout(Duration::from_secs(3600)));
    let error = client.credential().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let short = account.client_with(Options::default().login_timeout(Duration::from_secs(1)).login_attempts(1));
    let error = timeout(Duration::from_secs(2), short.credential()).await.expect("after 1 s").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn f14_a_login_whose_task_was_dropped_before_it_ran_blocks_nobody() {
    let account = Account::new(async |number| hour(number));
    let client = account.client();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Polled once: the login is spawned, and its runtime ends before it runs.
    runtime.block_on(async { assert!(client.credential().now_or_never().is_none()) });
    drop(runtime);
    assert_eq!(account.logins(), 0);
    let credential = Runtime::new().unwrap().block_on(client.credential()).unwrap();
    assert_eq!((credential.number, account.logins()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn f02_a_provider_that_hangs_starts_a_cooldown_like_one_that_is_down() {
    let account = Account::new(async |_| std::future::pending().await);
    let client = account.client();
    for logins in [3, 3] {
        let error = client.credential().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.retry_after().is_some(), "{error}");
        assert_eq!(account.logins(), logins);
    }
    assert_eq!((client.stats().logins_failed, client.stats().cooldown_errors), (1, 1));
}
