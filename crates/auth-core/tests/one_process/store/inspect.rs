//! The shared login as `inspect` shows it.

use std::time::Duration;

use auth_core::store::{KeyRing, SharedStore};
use auth_core::{Client, Error, ErrorKind, Expiry, Options};
use tokio::time::advance;

use super::account::{HOUR, KEY, Provider, lives};
use super::memory::{Fault, Memory};

const SECOND: Duration = Duration::from_secs(1);

fn shared(store: &std::sync::Arc<Memory>) -> SharedStore {
    SharedStore::new(std::sync::Arc::clone(store), KeyRing::new(KEY).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_look_shows_the_login_of_another_process_and_sends_none() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let looking = provider.process(&store);
    let nothing = shared(&store).inspect(&looking).await.unwrap();
    assert!(nothing.current.is_none() && nothing.cooldown.is_none() && !nothing.is_logging_in);
    provider.process(&store).credential().await.unwrap();
    advance(SECOND * 600).await;
    let current = shared(&store).inspect(&looking).await.unwrap().current.unwrap();
    assert_eq!(current.credential.number, 1);
    assert_eq!(current.age.as_millis(), 601_000, "since the login was sent");
    let Expiry::At(end) = current.expiry else { panic!("it expires") };
    let lasts = (end - current.issued_at).whole_milliseconds();
    assert_eq!(lasts, 3_539_750, "a minute and the store's time-out before the provider's end");
    assert_eq!((provider.logins(), looking.cached().is_none()), (1, true));
}

#[tokio::test(start_paused = true)]
async fn a_look_tells_the_reason_and_the_time_left_of_a_cooldown() {
    let (provider, store) =
        (Provider::new(async |_| Err(Error::new(ErrorKind::LoginRefused, "wrong password"))), Memory::new());
    let client = provider.process(&store);
    client.credential().await.unwrap_err();
    let first = shared(&store).inspect(&client).await.unwrap().cooldown.unwrap();
    advance(SECOND * 20).await;
    let later = shared(&store).inspect(&client).await.unwrap().cooldown.unwrap();
    assert_eq!((later.kind(), later.is_cooling_down()), (ErrorKind::LoginRefused, true));
    assert_eq!(first.retry_after(), later.retry_after().map(|left| left + SECOND * 20));
    assert_eq!(provider.logins(), 1);
}

/// A program that ends with the error would stop a write to the store.
#[tokio::test(start_paused = true)]
async fn a_refusal_is_in_the_store_before_its_caller_learns_of_it() {
    let (provider, store) =
        (Provider::new(async |_| Err(Error::new(ErrorKind::LoginRefused, "wrong password"))), Memory::new());
    store.break_with(Fault::Slow(SECOND));
    let client = provider.account().shared_store(&shared(&store).timeout(SECOND * 2));
    client.credential().await.unwrap_err();
    assert!(store.only().cooldown.is_some());
    assert_eq!(provider.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_look_tells_that_another_process_logs_in() {
    let (provider, store) = (Provider::slow(SECOND * 2), Memory::new());
    let (looking, other) = (provider.process(&store), provider.process(&store));
    let login = tokio::spawn(async move { other.credential().await.map(drop) });
    tokio::time::sleep(SECOND).await;
    assert!(shared(&store).inspect(&looking).await.unwrap().is_logging_in);
    login.await.unwrap().unwrap();
    assert!(!shared(&store).inspect(&looking).await.unwrap().is_logging_in);
}

#[tokio::test(start_paused = true)]
async fn a_removal_removes_exactly_the_credential_that_was_seen() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    provider.process(&store).credential().await.unwrap();
    let (shared, client) = (shared(&store), provider.process(&store));
    let first = shared.inspect(&client).await.unwrap().current.unwrap();
    assert!(shared.remove(&first).await.unwrap());
    assert_eq!(client.credential().await.unwrap().number, 2);
    assert!(!shared.remove(&first).await.unwrap(), "the second one stays");
    assert_eq!(shared.inspect(&client).await.unwrap().current.unwrap().credential.number, 2);
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_was_given_is_in_no_store() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let account = provider.account();
    let given = lives(1, HOUR).unwrap();
    let client: Client<_> = Client::from_credential(&account.base_url, given, Options::default()).unwrap();
    let _typed: &Client<super::account::Account> = &client;
    assert_eq!(shared(&store).inspect(&client).await.unwrap_err().kind(), ErrorKind::Config);
}
