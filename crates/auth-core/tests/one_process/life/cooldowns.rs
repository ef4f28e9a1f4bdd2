//! Cooldowns after failed logins: callers fail at once and learn the time of the next try.

use std::time::Duration;

use super::account::{Account, HOUR, advance, hour, refused, session, settle};
use auth_core::{Client, Error, ErrorKind, Expiry, Options};
use futures_util::FutureExt;

fn at_once(client: &Client<Account>) -> Error {
    client.credential().now_or_never().expect("a running cooldown fails at once").unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn f04_p07_a_refused_password_is_not_sent_for_the_next_thousand_callers() {
    let account = Account::new(async |_| refused());
    let client = account.client();
    assert!(!client.credential().await.unwrap_err().is_cooling_down());
    advance(Duration::from_secs(20)).await;
    for _ in 0..1000 {
        let error = at_once(&client);
        assert_eq!(error.kind(), ErrorKind::LoginRefused);
        assert!(error.is_cooling_down());
        let left = error.retry_after().unwrap();
        assert!((Duration::from_secs(39)..Duration::from_secs(47)).contains(&left), "{left:?}");
    }
    assert_eq!((account.logins(), client.stats().cooldown_errors), (1, 1000));
    assert!(at_once(&client).to_string().contains("next try in 4"), "{}", at_once(&client));
}

/// The errors of one refusal that are not `is_cooling_down` are those of the callers of that one login.
#[tokio::test(start_paused = true)]
async fn a_refusal_is_new_to_its_callers_and_a_repetition_to_all_later_ones() {
    let account =
        Account::new(
            async |number| {
                if number == 3 { Err(Error::new(ErrorKind::RateLimited, "slow down")) } else { refused() }
            },
        );
    let client = account.client();
    for (login, pause, kind) in
        [(1, 66, ErrorKind::LoginRefused), (2, 330, ErrorKind::LoginRefused), (3, 5, ErrorKind::RateLimited)]
    {
        let waited = futures_util::future::join_all((0..3).map(|_| client.credential())).await;
        assert!(waited.iter().all(|result| !result.as_ref().unwrap_err().is_cooling_down()));
        for _ in 0..3 {
            let error = at_once(&client);
            assert!(error.is_cooling_down() && error.kind() == kind, "{error}");
            assert!(error.to_string().contains("; not sent again; next try in "), "{error}");
        }
        let requests = client.get("x").send().await.unwrap_err();
        assert!(requests.is_cooling_down());
        assert_eq!(account.logins(), login);
        advance(Duration::from_secs(pause)).await;
    }
    client.clear_cooldown();
    assert!(!client.credential().await.unwrap_err().is_cooling_down(), "the refusal after `clear_cooldown` is new");
}

#[tokio::test(start_paused = true)]
async fn p10_a_successful_login_clears_the_consecutive_failure_counts() {
    let account =
        Account::new(
            async |number| {
                if number % 2 == 1 { refused() } else { session(number, Expiry::In(Duration::from_secs(30))) }
            },
        );
    let client = account.client();
    client.credential().await.unwrap_err();
    advance(Duration::from_secs(67)).await;
    assert_eq!(client.credential().await.unwrap().number, 2);
    advance(Duration::from_secs(31)).await;
    let error = client.credential().await.unwrap_err();
    assert!(error.retry_after().unwrap() <= Duration::from_secs(66), "the first cooldown again: {error}");
}

#[tokio::test(start_paused = true)]
async fn f05_a_retry_after_applies_to_all_callers() {
    let account = Account::new(async |number| {
        if number == 1 {
            Err(Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(Duration::from_secs(90)))
        } else {
            hour(number)
        }
    });
    let client = account.client();
    assert_eq!(client.credential().await.unwrap_err().retry_after(), Some(Duration::from_secs(90)));
    assert_eq!(account.logins(), 1, "it is not retried within the call");
    advance(Duration::from_secs(89)).await;
    let error = at_once(&client);
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().unwrap() <= Duration::from_secs(1));
    advance(Duration::from_secs(1)).await;
    assert_eq!(client.credential().await.unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn f17_clear_cooldown_lets_the_next_caller_log_in_at_once() {
    let account = Account::new(async |number| if number == 1 { refused() } else { hour(number) });
    let client = account.client();
    client.credential().await.unwrap_err();
    at_once(&client);
    client.clear_cooldown();
    assert_eq!(client.credential().await.unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn f09_a_credential_that_gets_a_401_during_a_cooldown_stays() {
    let account = Account::new(async |number| if number == 1 { hour(1) } else { refused() });
    let client = account.client();
    let credential = client.credential().await.unwrap();
    advance(HOUR * 9 / 10).await;
    client.credential().await.unwrap();
    settle().await;
    assert_eq!(client.stats().logins_refused, 1, "the renewal started a cooldown");
    assert!(!client.invalidate(&credential));
    assert_eq!(client.credential().await.unwrap().number, 1);
    assert_eq!(account.logins(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_address_starts_a_cooldown_like_a_wrong_password() {
    let account = Account::new(async |_| Err(Error::new(ErrorKind::Config, "there is no login here")));
    let client = account.client();
    client.credential().await.unwrap_err();
    advance(Duration::from_secs(59)).await;
    assert_eq!(at_once(&client).kind(), ErrorKind::Config);
    assert_eq!(account.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fixed_credential_is_served_until_it_expires_then_requires_a_login() {
    let base_url = "https://login.test/".parse().unwrap();
    let client: Client<Account> = Client::from_credential(&base_url, hour(7).unwrap(), Options::default()).unwrap();
    let credential = client.credential().await.unwrap();
    assert_eq!(credential.number, 7);
    assert!(client.account().is_none());
    assert!(!client.invalidate(&credential), "there is no better credential");
    advance(Duration::from_secs(3500)).await;
    assert_eq!(client.credential().await.unwrap().number, 7, "a stale credential is served");
    advance(HOUR).await;
    assert_eq!(at_once(&client).kind(), ErrorKind::LoginRequired);
    assert_eq!(client.stats().logins, 0);

    let client: Client<Account> = Client::from_credential(&base_url, hour(7).unwrap(), Options::default()).unwrap();
    assert!(client.forget(&client.credential().await.unwrap()));
    assert_eq!(at_once(&client).kind(), ErrorKind::LoginRequired);
}

#[tokio::test(start_paused = true)]
async fn f17_a_login_refused_during_clear_cooldown_is_repeated() {
    let account = Account::new(async |number| {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if number == 1 { refused() } else { hour(number) }
    });
    let client = account.client();
    let mut early = Box::pin(client.credential());
    assert!(early.as_mut().now_or_never().is_none());
    settle().await;
    client.clear_cooldown();
    assert_eq!(early.await.unwrap().number, 2);
    assert_eq!((account.logins(), client.stats().logins_refused), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_log_subscriber_may_use_the_client() {
    let account = Account::new(async |number| hour(number));
    let client = account.client();
    let subscriber =
        tracing_subscriber::layer::SubscriberExt::with(tracing_subscriber::registry(), Exporter(client.clone()));
    let _listening = tracing::subscriber::set_default(subscriber);
    client.credential().await.unwrap();
    client.invalidate(&client.credential().await.unwrap());
    client.credential().await.unwrap();
}

/// Takes the cache's lock at each event.
struct Exporter(Client<Account>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Exporter {
    fn on_event(&self, _: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        self.0.clear_cooldown();
    }
}
