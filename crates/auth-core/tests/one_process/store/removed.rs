//! Removal of invalidated records for all processes, at once, by tasks that end.

use std::time::Duration;

use futures_util::future::join;
use futures_util::{FutureExt, pin_mut};
use tokio::time::{Instant, advance, sleep};

use super::account::{HOUR, Provider, lives};
use super::memory::{Fault, Memory};

const SECOND: Duration = Duration::from_secs(1);

fn provider() -> Provider {
    Provider::new(async |number| lives(number, HOUR))
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(start_paused = true)]
async fn an_invalidated_or_forgotten_record_is_gone_before_the_next_login() {
    for refused in [true, false] {
        let (provider, store) = (provider(), Memory::new());
        let client = provider.process(&store);
        let session = client.credential().await.unwrap();
        assert!(if refused { client.invalidate(&session) } else { client.forget(&session) });
        sleep(Duration::from_millis(1)).await;
        assert!(store.only().record.is_none());
        assert_eq!(client.stats().store_removals, 1);
        assert_eq!(provider.process(&store).credential().await.unwrap().number, 2);
        assert_eq!(client.credential().await.unwrap().number, 2, "its own client takes the next one, too");
        assert_eq!(client.stats().store_removals, 1, "once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_forgotten_everywhere_is_removed_when_the_call_returns() {
    let (provider, store) = (provider(), Memory::new());
    let client = provider.process(&store);
    let session = client.credential().await.unwrap();
    assert!(client.forget_everywhere(&session).await);
    assert!(store.only().record.is_none());
    assert!(client.cached().is_none());
    let operations = store.operations();
    assert!(!client.forget_everywhere(&session).await, "it is no longer cached");
    assert!(!client.forget(&session));
    sleep(SECOND).await;
    assert_eq!(store.operations(), operations);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_store_delays_only_forget_everywhere_and_by_250_ms() {
    let (provider, store) = (provider(), Memory::new());
    let (one, other) = (provider.process(&store), provider.process(&store));
    let sessions = [one.credential().await.unwrap(), other.credential().await.unwrap()];
    store.break_with(Fault::Slow(HOUR));
    let begun = Instant::now();
    assert!(one.forget(&sessions[0]));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert!(other.forget_everywhere(&sessions[1]).await);
    assert_eq!(begun.elapsed().as_millis(), 250);
}

#[tokio::test(start_paused = true)]
async fn p30_the_task_that_removes_a_record_ends_with_its_operation() {
    let (provider, store) = (provider(), Memory::new());
    let client = provider.process(&store);
    let session = client.credential().await.unwrap();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(tasks(), 0);
    store.break_with(Fault::Slow(HOUR));
    assert!(client.forget(&session));
    drop(client);
    sleep(Duration::from_millis(200)).await;
    assert_eq!(tasks(), 1);
    sleep(Duration::from_millis(51)).await;
    assert_eq!(tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_store_or_a_record_there_is_no_task() {
    let provider = provider();
    let alone = auth_core::Client::new(provider.account()).unwrap();
    let (store, shared) = (Memory::new(), Memory::new());
    store.break_with(Fault::Down);
    for client in [alone, provider.process(&store)] {
        let session = client.credential().await.unwrap();
        sleep(Duration::from_millis(1)).await;
        assert!(client.forget(&session));
        assert_eq!(tasks(), 0);
    }
    let client = provider.process(&shared);
    let session = client.credential().await.unwrap();
    sleep(Duration::from_millis(1)).await;
    assert!(client.forget(&session));
    assert_eq!(tasks(), 1, "with a record there is one");
}

#[tokio::test(start_paused = true)]
async fn without_a_runtime_the_next_login_removes_the_record() {
    let (provider, store) = (provider(), Memory::new());
    let client = provider.process(&store);
    let session = client.credential().await.unwrap();
    let elsewhere = client.clone();
    std::thread::spawn(move || assert!(elsewhere.forget(&session))).join().unwrap();
    assert!(store.only().record.is_some());
    assert_eq!(client.credential().await.unwrap().number, 2);
    assert_eq!(client.stats().store_removals, 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_removal_is_repeated_by_the_next_login() {
    let (provider, store) = (provider(), Memory::new());
    let client = provider.process(&store);
    let session = client.credential().await.unwrap();
    store.break_with(Fault::Down);
    assert!(client.forget_everywhere(&session).await);
    assert_eq!(client.stats().store_failures, 1);
    store.break_with(Fault::None);
    assert!(store.only().record.is_some());
    advance(SECOND * 5).await;
    client.credential().await.unwrap();
    assert_eq!(client.stats().store_removals, 1);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_removal_is_repeated_by_the_next_login() {
    let (provider, store) = (provider(), Memory::new());
    let client = provider.process(&store);
    let session = client.credential().await.unwrap();
    store.break_with(Fault::Slow(SECOND / 10));
    {
        let discards = client.forget_everywhere(&session);
        pin_mut!(discards);
        assert!(discards.now_or_never().is_none());
    }
    sleep(SECOND).await;
    assert!(store.only().record.is_some());
    client.credential().await.unwrap();
    assert_eq!(client.stats().store_removals, 1);
}

#[tokio::test(start_paused = true)]
async fn s2_a_late_removal_leaves_the_newer_record() {
    let (provider, store) = (provider(), Memory::new());
    let (slow, quick) = (provider.process(&store), provider.process(&store));
    let session = slow.credential().await.unwrap();
    quick.credential().await.unwrap();
    store.break_with(Fault::Slow(SECOND / 5));
    let replaces = async {
        sleep(SECOND / 10).await;
        store.break_with(Fault::None);
        quick.invalidate(&quick.cached().unwrap());
        quick.credential().await.unwrap();
    };
    join(slow.forget_everywhere(&session), replaces).await;
    assert_eq!(provider.process(&store).credential().await.unwrap().number, 2);
    assert_eq!(slow.stats().store_removals, 0);
    assert_eq!(quick.stats().store_removals, 1);
}

#[tokio::test(start_paused = true)]
async fn f11_a_401_during_a_renewal_joins_the_login_of_another_process() {
    let (provider, store) = (Provider::slow(SECOND * 2), Memory::new());
    let (renews, waits) = (provider.process(&store), provider.process(&store));
    let (first, _) = join(renews.credential(), waits.credential()).await;
    first.unwrap();
    advance(Duration::from_secs(3_200)).await;
    renews.credential().await.unwrap();
    sleep(SECOND / 10).await;
    waits.credential().await.unwrap();
    sleep(SECOND / 10).await;
    assert!(waits.invalidate(&waits.cached().unwrap()), "the renewal is the new login");
    assert_eq!(waits.credential().await.unwrap().number, 2);
    assert_eq!(renews.credential().await.unwrap().number, 2);
    assert_eq!(provider.process(&store).credential().await.unwrap().number, 2, "the record stays for all");
    assert_eq!(provider.logins(), 2);
}
