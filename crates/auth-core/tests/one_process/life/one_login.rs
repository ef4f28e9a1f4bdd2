//! One login for any number of callers.

use std::time::Duration;

use super::account::{Account, advance, hour, refused, settle, unavailable};
use auth_core::ErrorKind;
use futures_util::FutureExt;
use tokio::task::JoinSet;
use tokio::time::sleep;

const SLOW: Duration = Duration::from_millis(50);

#[tokio::test(start_paused = true)]
async fn p04_ten_thousand_callers_of_an_empty_cache_share_one_login() {
    let account = Account::new(async |number| {
        sleep(SLOW).await;
        hour(number)
    });
    let client = account.client();
    let mut callers = JoinSet::new();
    for _ in 0..10_000 {
        let client = client.clone();
        callers.spawn(async move { client.credential().await });
    }
    for result in callers.join_all().await {
        assert_eq!(result.unwrap().number, 1);
    }
    assert_eq!((account.logins(), client.stats().logins), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn p04_ten_thousand_callers_of_an_empty_cache_share_one_refusal() {
    let account = Account::new(async |_| {
        sleep(SLOW).await;
        refused()
    });
    let client = account.client();
    let mut callers = JoinSet::new();
    for _ in 0..10_000 {
        let client = client.clone();
        callers.spawn(async move { client.credential().await });
    }
    for result in callers.join_all().await {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LoginRefused);
        assert!(error.retry_after().unwrap() >= Duration::from_secs(59), "{error}");
    }
    assert_eq!(account.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn f02_a_login_that_fails_temporarily_is_tried_three_times_in_one_call() {
    let account = Account::new(async |number| if number < 3 { unavailable() } else { hour(number) });
    let client = account.client();
    assert_eq!(client.credential().await.unwrap().number, 3);

    let down = Account::new(async |_| unavailable());
    let client = down.client();
    let error = client.credential().await.unwrap_err();
    assert_eq!((error.kind(), down.logins()), (ErrorKind::Unavailable, 3));
    assert!(error.is_transient() && error.retry_after().is_some());
    assert_eq!(client.credential().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(down.logins(), 3, "a cooldown runs: nothing was sent");
    advance(Duration::from_secs(61)).await;
    client.credential().await.unwrap_err();
    assert_eq!(down.logins(), 6, "the cooldown ended");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_never_retried_within_one_call() {
    let account = Account::new(async |_| refused());
    account.client().credential().await.unwrap_err();
    assert_eq!(account.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn p13_fifty_invalidations_of_one_credential_make_one_new_login() {
    let account = Account::new(async |number| {
        sleep(SLOW).await;
        hour(number)
    });
    let client = account.client();
    let first = client.credential().await.unwrap();
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        let (client, first) = (client.clone(), first.clone());
        callers.spawn(async move {
            let thrown_away = client.invalidate(&first);
            (thrown_away, client.credential().await.unwrap().number)
        });
    }
    let results = callers.join_all().await;
    assert_eq!(results.iter().filter(|(thrown_away, _)| *thrown_away).count(), 1);
    assert!(results.iter().all(|(_, number)| *number == 2));
    assert_eq!((account.logins(), client.stats().invalidated), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn p12_invalidating_a_replaced_credential_changes_nothing() {
    let account = Account::new(async |number| hour(number));
    let client = account.client();
    let first = client.credential().await.unwrap();
    assert!(client.invalidate(&first));
    let second = client.credential().await.unwrap();
    // Long enough for an invalidation of the second one to be accepted.
    advance(Duration::from_secs(11)).await;
    assert!(!client.invalidate(&first) && !client.forget(&first));
    settle().await;
    assert_eq!((client.credential().await.unwrap().number, account.logins()), (second.number, 2));
}

#[tokio::test(start_paused = true)]
async fn p14_a_credential_that_gets_a_401_right_after_a_forced_login_stays() {
    let account = Account::new(async |number| hour(number));
    let client = account.client();
    assert!(
        client.invalidate(&client.credential().await.unwrap()),
        "a 401 to the first login's credential is recovered at once"
    );
    let forced = client.credential().await.unwrap();
    assert!(!client.invalidate(&forced));
    assert_eq!(client.credential().await.unwrap().number, 2, "it is still served");
    advance(Duration::from_secs(10)).await;
    assert!(client.invalidate(&forced));
}

#[tokio::test(start_paused = true)]
async fn a_layer_replays_unless_no_login_may_be_sent_and_each_replay_counts() {
    let account = Account::new(async |number| hour(number));
    let client = account.client();
    let first = client.credential().await.unwrap();
    assert!(client.should_replay(&first).await);
    assert!(client.should_replay(&first).await, "another request has invalidated it already");
    let forced = client.credential().await.unwrap();
    assert!(client.should_replay(&first).await, "it was replaced");
    assert!(!client.should_replay(&forced).await, "it is too new for another login");
    assert_eq!((account.logins(), client.stats().invalidated, client.stats().replays), (2, 1, 3));
}

/// A renewal that was sent before the 401 may give a credential that is revoked too.
#[tokio::test(start_paused = true)]
async fn p34_a_layer_replays_again_unless_the_first_401_forced_the_login() {
    let account = Account::new(async |number| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        hour(number)
    });
    let client = account.client();
    let first = client.credential().await.unwrap();
    advance(Duration::from_secs(3_155)).await;
    client.credential().await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(client.should_replay(&first).await);
    let renewed = client.credential().await.unwrap();
    assert_eq!(renewed.number, 2, "the renewal was in flight");
    assert!(client.should_replay_again(&first, &renewed).await);
    let forced = client.credential().await.unwrap();
    assert!(!client.should_replay_again(&renewed, &forced).await);
    advance(Duration::from_secs(11)).await;
    assert!(!client.should_replay_again(&renewed, &forced).await, "however long ago");
    assert_eq!((account.logins(), client.stats().replays, client.cached().unwrap().number), (3, 2, 3));
}

/// The pause between forced logins doubles while no credential serves a request.
#[tokio::test(start_paused = true)]
async fn a_credential_that_a_layer_reports_as_served_may_be_replaced_after_10_s() {
    for serves in [true, false] {
        let account = Account::new(async |number| hour(number));
        let client = account.client();
        let mut replays = 0;
        for _ in 0..4 {
            let session = client.credential().await.unwrap();
            if serves {
                client.served(&session);
            }
            advance(Duration::from_millis(10_100)).await;
            replays += u32::from(client.should_replay(&session).await);
        }
        assert_eq!(replays == 4, serves, "{replays}");
    }
}

#[tokio::test(start_paused = true)]
async fn f22_a_forgotten_credential_is_not_served_and_the_next_caller_logs_in() {
    let account = Account::new(async |number| hour(number));
    let client = account.client();
    assert!(client.cached().is_none());
    let first = client.credential().await.unwrap();
    assert_eq!(client.cached().unwrap().number, 1);
    assert!(client.forget(&first));
    assert!(client.cached().is_none());
    assert!(!client.forget(&first));
    assert_eq!(client.credential().await.unwrap().number, 2);
    assert_eq!(client.stats().invalidated, 0, "it was forgotten, not invalidated");
}

#[tokio::test(start_paused = true)]
async fn the_pause_between_the_attempts_of_a_login_is_at_most_half_a_second() {
    let account = Account::new(async |_| unavailable());
    let client = account.client();
    let mut call = Box::pin(client.credential());
    assert!(call.as_mut().now_or_never().is_none());
    settle().await;
    assert_eq!(account.logins(), 1, "the second attempt waits");
    advance(Duration::from_millis(250)).await;
    assert_eq!(account.logins(), 2);
    advance(Duration::from_millis(500)).await;
    assert_eq!(account.logins(), 3);
    call.await.unwrap_err();
}
