//! Revocations that end a credential and its renewed successor at once.

use auth_core::Client;

use super::account::Account;
use super::pause::{Revocable, get};

/// Returns a client with the first credential, while the store has the second. The provider has revoked both.
async fn behind(provider: &Revocable) -> Client<Account> {
    let (early, late) = (provider.client(), provider.client());
    assert_eq!((get(&early).await, get(&late).await), (200, 200));
    assert!(early.forget_everywhere(&early.cached().unwrap()).await);
    assert_eq!(get(&early).await, 200);
    assert_eq!(provider.logins(), 2);
    provider.revoke();
    provider.forget_requests();
    late
}

#[tokio::test]
async fn p34_a_second_401_is_recovered_from_if_its_credential_is_older_than_the_first() {
    let provider = Revocable::start().await;
    let client = behind(&provider).await;
    assert_eq!(get(&client).await, 200);
    assert_eq!(provider.sent_with(), [1, 2, 3]);
    let stats = client.stats();
    assert_eq!((stats.logins, stats.adopted, stats.invalidated, stats.replays), (1, 2, 2, 2));
}

#[tokio::test]
async fn p34_a_third_401_reaches_the_caller() {
    let provider = Revocable::start().await;
    let client = behind(&provider).await;
    provider.accept_from(99);
    assert_eq!(get(&client).await, 401);
    assert_eq!(provider.sent_with(), [1, 2, 3]);
    assert_eq!(client.cached().unwrap().number, 3, "it stays");
}

#[tokio::test]
async fn p34_a_second_401_to_a_login_that_the_first_forced_reaches_the_caller() {
    let provider = Revocable::start().await;
    let client = provider.client();
    assert_eq!(get(&client).await, 200);
    provider.accept_from(99);
    // The limit on forced logins is not the cause.
    let forgetful = client.clone();
    let forgetting = tokio::spawn(async move {
        loop {
            forgetful.clear_cooldown();
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(get(&client).await, 401);
    forgetting.abort();
    assert_eq!(provider.sent_with(), [1, 1, 2]);
}

#[tokio::test]
async fn p34_the_third_request_has_the_same_body() {
    let provider = Revocable::start().await;
    let client = behind(&provider).await;
    assert_eq!(client.get("x").body("nome=Maria").send().await.unwrap().status(), 200);
    assert_eq!(provider.bodies(), ["nome=Maria"; 3]);
}

#[tokio::test]
async fn p34_of_many_requests_at_once_none_gets_a_second_401_and_one_logs_in() {
    let provider = Revocable::start().await;
    let client = behind(&provider).await;
    let answers = futures_util::future::join_all((0..50).map(|_| get(&client))).await;
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    assert_eq!(provider.logins(), 3);
}
