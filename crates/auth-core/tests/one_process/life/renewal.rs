//! Fresh, stale and expired credentials: no caller waits for a renewal or gets an expired one.

use std::time::Duration;

use super::account::{Account, HOUR, advance, hour, refused, session, settle, unavailable};
use auth_core::{Client, Expiry, Options};
use futures_util::FutureExt;
use tokio::time::sleep;

/// An age at which an hour's credential is stale, whatever its jitter.
const STALE: Duration = Duration::from_secs(3600 * 9 / 10);

fn at_once(client: &Client<Account>) -> u64 {
    client.credential().now_or_never().expect("no caller waits").expect("there is a credential").number
}

#[tokio::test(start_paused = true)]
async fn p05_no_call_waits_for_a_renewal_that_hangs_while_a_credential_lives() {
    let account = Account::new(async |number| {
        if number > 1 {
            std::future::pending::<()>().await;
        }
        hour(number)
    });
    let client = account.client();
    client.credential().await.unwrap();
    assert_eq!(at_once(&client), 1);
    advance(STALE).await;
    for _ in 0..100 {
        assert_eq!(at_once(&client), 1);
    }
    settle().await;
    assert_eq!(account.logins(), 2, "one renewal runs in the background");
}

#[tokio::test(start_paused = true)]
async fn a_stale_credential_is_served_while_one_renewal_runs() {
    let account = Account::new(async |number| {
        sleep(Duration::from_millis(200)).await;
        hour(number)
    });
    let client = account.client();
    client.credential().await.unwrap();
    assert_eq!(client.stats().renewals, 0, "the first login is not a renewal");
    advance(STALE).await;
    assert_eq!(at_once(&client), 1);
    advance(Duration::from_millis(100)).await;
    assert_eq!(at_once(&client), 1, "the renewal has not ended");
    advance(Duration::from_millis(100)).await;
    assert_eq!(at_once(&client), 2);
    assert_eq!((account.logins(), client.stats().renewals), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn the_expiry_of_a_credential_is_told_while_it_is_handed_out() {
    let account = Account::new(async |number| if number == 1 { hour(1) } else { session(2, Expiry::Never) });
    let client = account.client();
    let first = client.credential().await.unwrap();
    let Some(Expiry::At(end)) = client.expiry_of(&first) else { panic!("it expires") };
    let left = end - auth_core::time::OffsetDateTime::now_utc();
    assert!((3_530..=3_540).contains(&left.whole_seconds()), "a minute before the provider's end: {left}");
    client.forget(&first);
    let second = client.credential().await.unwrap();
    assert_eq!((client.expiry_of(&first), client.expiry_of(&second)), (None, Some(Expiry::Never)));
}

#[tokio::test(start_paused = true)]
async fn f01_a_failed_renewal_keeps_the_live_credential_and_backs_off() {
    let account = Account::new(async |number| if number == 1 { hour(1) } else { unavailable() });
    let client = account.client_with(Options::default().login_attempts(1));
    client.credential().await.unwrap();
    advance(STALE).await;
    let mut logins = Vec::new();
    for _ in 0..60 {
        assert_eq!(at_once(&client), 1);
        settle().await;
        logins.push(account.logins());
        advance(Duration::from_secs(1)).await;
    }
    let renewals = logins.last().unwrap() - 1;
    assert!((2..=20).contains(&renewals), "a minute of one call a second made {renewals} logins");
}

#[tokio::test(start_paused = true)]
async fn f03_a_refused_renewal_keeps_the_live_credential_and_is_not_repeated() {
    let account = Account::new(async |number| if number == 1 { hour(1) } else { refused() });
    let client = account.client();
    client.credential().await.unwrap();
    advance(STALE).await;
    for _ in 0..59 {
        assert_eq!(at_once(&client), 1);
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!((account.logins(), client.stats().logins_refused), (2, 1));
    advance(HOUR).await;
    client.credential().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn an_expired_credential_is_never_served() {
    let account = Account::new(async |number| {
        sleep(Duration::from_secs(1)).await;
        hour(number)
    });
    let client = account.client();
    client.credential().await.unwrap();
    advance(HOUR).await;
    assert!(client.credential().now_or_never().is_none());
    assert!(client.cached().is_none());
    assert_eq!(client.credential().await.unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_never_expires_is_not_renewed_after_ten_years() {
    let account = Account::new(async |number| session(number, Expiry::Never));
    let client = account.client();
    client.credential().await.unwrap();
    advance(HOUR * 24 * 365 * 10).await;
    assert_eq!(at_once(&client), 1);
    settle().await;
    assert_eq!(account.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn f07_a_credential_that_is_already_expired_is_a_failed_login() {
    let account =
        Account::new(async |number| if number == 1 { hour(1) } else { session(number, Expiry::In(Duration::ZERO)) });
    let client = account.client_with(Options::default().login_attempts(1));
    client.credential().await.unwrap();
    advance(STALE).await;
    assert_eq!(at_once(&client), 1);
    advance(Duration::from_secs(10)).await;
    assert_eq!((at_once(&client), client.stats().logins_failed), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn the_lifetime_of_a_credential_starts_when_its_login_is_sent() {
    let account = Account::new(async |number| {
        sleep(Duration::from_secs(9)).await;
        session(number, Expiry::In(Duration::from_secs(20)))
    });
    let client = account.client();
    client.credential().await.unwrap();
    advance(Duration::from_secs(10)).await;
    assert!(client.cached().is_none(), "19 s after its login was sent, within the margin of 2.25 s before its end");
}

#[tokio::test(start_paused = true)]
async fn renew_before_renews_earlier_but_not_before_half_of_the_lifetime() {
    for (renew_before, half_past) in [(Duration::from_secs(1500), 2400), (HOUR, 2400)] {
        let account = Account::new(async |number| hour(number));
        let client = account.client_with(Options::default().renew_before(renew_before));
        client.credential().await.unwrap();
        advance(Duration::from_secs(1799)).await;
        at_once(&client);
        settle().await;
        assert_eq!(account.logins(), 1);
        advance(Duration::from_secs(half_past - 1799)).await;
        at_once(&client);
        settle().await;
        assert_eq!(account.logins(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn reading_headers_of_a_stale_credential_starts_its_renewal_too() {
    let account = Account::new(async |number| hour(number));
    let client = account.client();
    client.credential().await.unwrap();
    advance(STALE).await;
    assert_eq!(client.headers().await.unwrap()["authorization"], "Bearer token-1");
    settle().await;
    assert_eq!(client.headers().await.unwrap()["authorization"], "Bearer token-2");
}
