//! Refresh tokens: one refresh in place of a login, and one login after a refusal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use auth_core::url::Url;
use auth_core::{Client, ErrorKind, Http, Login, Result, Secret};
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::sleep;

use super::account::{HOUR, advance, settle};
use super::issuer::{Account, Fate, Issuer, Session};

/// An age at which an hour's credential is stale, whatever its jitter.
const STALE: Duration = Duration::from_secs(3600 * 9 / 10);
const SECOND: Duration = Duration::from_secs(1);

async fn number(client: &Client<Account>) -> u64 {
    client.credential().await.unwrap().number
}

fn at_once(client: &Client<Account>) -> u64 {
    client.credential().now_or_never().expect("no caller waits").expect("there is a credential").number
}

#[tokio::test(start_paused = true)]
async fn p32_a_renewal_sends_the_refresh_token_in_place_of_the_secrets() {
    let issuer = Arc::<Issuer>::default();
    let client = issuer.client();
    assert_eq!(number(&client).await, 1);
    for round in 1..=3 {
        advance(STALE).await;
        assert_eq!(at_once(&client), round);
        sleep(SECOND).await;
        assert_eq!((at_once(&client), issuer.sent()), (round + 1, (1, round)));
    }
    let stats = client.stats();
    assert_eq!((stats.logins, stats.refreshes, stats.renewals), (1, 3, 3));
}

#[tokio::test(start_paused = true)]
async fn p32_fifty_callers_after_the_expiry_share_one_refresh() {
    let issuer = Arc::<Issuer>::default();
    let client = issuer.client();
    number(&client).await;
    advance(2 * HOUR).await;
    assert!(join_all((0..50).map(|_| number(&client))).await.iter().all(|number| *number == 2));
    assert_eq!(issuer.sent(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn f23_a_refused_refresh_is_followed_by_one_login_at_once() {
    for kind in [ErrorKind::LoginRefused, ErrorKind::Config, ErrorKind::InvalidRequest, ErrorKind::Status] {
        for age in [STALE, 2 * HOUR] {
            let issuer = Arc::<Issuer>::default();
            let client = issuer.client();
            number(&client).await;
            issuer.fates(Fate::Fails(kind));
            advance(age).await;
            let _ = number(&client).await;
            sleep(SECOND).await;
            assert_eq!((at_once(&client), issuer.sent()), (2, (2, 1)), "{kind:?} after {age:?}");
            let stats = client.stats();
            assert_eq!((stats.logins, stats.refreshes, stats.logins_failed), (2, 0, 0));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn f24_in_an_outage_a_renewal_keeps_its_refresh_token_for_the_next_one() {
    let issuer = Arc::<Issuer>::default();
    let client = issuer.client();
    number(&client).await;
    issuer.fates(Fate::Fails(ErrorKind::Unavailable));
    advance(STALE).await;
    assert_eq!(at_once(&client), 1);
    sleep(SECOND).await;
    assert_eq!((issuer.sent(), client.stats().logins_failed), ((1, 1), 1), "one refresh for one renewal");
    issuer.fates(Fate::Decided);
    advance(60 * SECOND).await;
    assert_eq!(at_once(&client), 1);
    sleep(SECOND).await;
    assert_eq!((at_once(&client), issuer.sent()), (2, (1, 2)));
}

#[tokio::test(start_paused = true)]
async fn f24_a_refresh_that_fails_while_callers_wait_is_followed_by_a_login() {
    for fate in [Fate::Fails(ErrorKind::Unavailable), Fate::Hangs] {
        let issuer = Arc::<Issuer>::default();
        let client = issuer.client();
        number(&client).await;
        issuer.fates(fate);
        advance(2 * HOUR).await;
        assert_eq!(number(&client).await, 2);
        assert_eq!(issuer.sent(), (2, 1), "{fate:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn f24_a_renewal_whose_refresh_outlasts_the_credential_is_followed_by_a_login() {
    let issuer = Arc::<Issuer>::default();
    let client = issuer.client();
    number(&client).await;
    issuer.fates(Fate::Hangs);
    advance(3_535 * SECOND).await;
    assert_eq!(at_once(&client), 1, "it is served for 5 s more");
    sleep(6 * SECOND).await;
    assert_eq!(number(&client).await, 2);
    assert_eq!(issuer.sent(), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn f25_a_limited_refresh_is_not_followed_by_a_login() {
    let issuer = Arc::<Issuer>::default();
    let client = issuer.client();
    number(&client).await;
    issuer.fates(Fate::Fails(ErrorKind::RateLimited));
    advance(2 * HOUR).await;
    for _ in 0..3 {
        assert_eq!(client.credential().await.unwrap_err().kind(), ErrorKind::RateLimited);
    }
    assert_eq!(issuer.sent(), (1, 1));
    issuer.fates(Fate::Decided);
    advance(60 * SECOND).await;
    assert_eq!((number(&client).await, issuer.sent()), (2, (1, 2)), "the refresh token was kept");
}

#[tokio::test(start_paused = true)]
async fn p33_a_refresh_token_that_has_expired_is_not_sent() {
    let issuer = Arc::<Issuer>::default();
    *issuer.refresh_lifetime.lock().unwrap() = Some(Duration::ZERO);
    let client = issuer.client();
    number(&client).await;
    advance(2 * HOUR).await;
    assert_eq!((number(&client).await, issuer.sent()), (2, (2, 0)));
}

#[tokio::test(start_paused = true)]
async fn f09_after_a_401_the_refresh_token_is_sent_once() {
    let issuer = Arc::<Issuer>::default();
    let client = issuer.client();
    for (refused, sent) in [(1, (1, 1)), (2, (2, 1))] {
        let session = client.credential().await.unwrap();
        assert_eq!(session.number, refused);
        assert!(client.invalidate(&session));
        assert_eq!((number(&client).await, issuer.sent()), (refused + 1, sent));
        // A 401 forces logins at least 10 s apart. An early 401 to the new credential is what makes the refresh useless.
        advance(10 * SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn p33_after_a_logout_the_refresh_token_is_not_sent() {
    for is_invalidated in [false, true] {
        let issuer = Arc::<Issuer>::default();
        let client = issuer.client();
        let session = client.credential().await.unwrap();
        if is_invalidated {
            client.invalidate(&session);
        }
        client.forget(&session);
        assert_eq!((number(&client).await, issuer.sent()), (2, (2, 0)));
    }
}

#[tokio::test(start_paused = true)]
async fn p16_callers_that_give_up_during_a_refresh_cause_no_second_one() {
    let issuer = Arc::<Issuer>::default();
    let client = issuer.client();
    number(&client).await;
    advance(2 * HOUR).await;
    for _ in 0..3 {
        let call = tokio::spawn({
            let client = client.clone();
            async move { client.credential().await.map(drop) }
        });
        settle().await;
        call.abort();
    }
    assert_eq!((number(&client).await, issuer.sent()), (2, (1, 1)));
}

#[tokio::test(start_paused = true)]
async fn f23_a_refused_refresh_token_is_not_sent_again_after_a_failed_login() {
    let issuer = Arc::<Issuer>::default();
    let client = issuer.client();
    number(&client).await;
    issuer.fates(Fate::Fails(ErrorKind::LoginRefused));
    issuer.refuses_logins.store(true, SeqCst);
    advance(2 * HOUR).await;
    assert_eq!(client.credential().await.unwrap_err().kind(), ErrorKind::LoginRefused);
    assert_eq!(issuer.sent(), (2, 1));
    issuer.refuses_logins.store(false, SeqCst);
    advance(2 * HOUR).await;
    assert_eq!((number(&client).await, issuer.sent()), (2, (3, 1)));
}

#[tokio::test(start_paused = true)]
async fn p33_new_secrets_are_sent_in_place_of_the_old_ones_refresh_token() {
    for (changes, sent) in [(0, (1, 1)), (1, (2, 0))] {
        let issuer = Arc::<Issuer>::default();
        let passwords = AtomicU32::new(0);
        let mut account = issuer.account();
        account.password = Secret::from_fn(move || {
            let number = passwords.fetch_add(changes, SeqCst);
            async move { Ok::<_, std::io::Error>(format!("password-{number}")) }
        });
        let client = Client::new(account).unwrap();
        number(&client).await;
        advance(2 * HOUR).await;
        assert_eq!((number(&client).await, issuer.sent()), (2, sent));
    }
}

/// An account that does not implement `renew`, although its credentials have refresh tokens.
#[derive(Debug)]
struct WithoutRenew(Account);

impl Login for WithoutRenew {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        self.0.base_url()
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        self.0.login(http).await
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_without_renew_logs_in() {
    let issuer = Arc::<Issuer>::default();
    let client = Client::new(WithoutRenew(issuer.account())).unwrap();
    client.credential().await.unwrap();
    advance(2 * HOUR).await;
    assert_eq!((client.credential().await.unwrap().number, issuer.sent()), (2, (2, 0)));
}
