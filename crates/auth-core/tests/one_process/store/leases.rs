//! Lease holders that die, or are slow, during a login.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use auth_core::store::{KeyRing, SharedStore};
use auth_core::{Client, Error, ErrorKind, Options};
use futures_util::future::{join, join_all, pending};
use tokio::time::{Instant, advance, sleep};

use super::account::{HOUR, KEY, Provider, lives};
use super::memory::Memory;

#[tokio::test(start_paused = true)]
async fn when_the_holder_dies_one_other_process_logs_in_after_the_lease() {
    let provider = Provider::new(async |number| {
        match number {
            1 => pending().await,
            _ => sleep(Duration::from_secs(1)).await,
        }
        lives(number, HOUR)
    });
    let store = Memory::new();
    let processes = provider.processes(20, &store);
    let holder = provider.process(&store);
    let asked = tokio::spawn({
        let holder = holder.clone();
        async move { holder.credential().await.map(drop) }
    });
    sleep(Duration::from_millis(1)).await;
    assert_eq!(provider.logins(), 1);
    // No release: the holder and its task are gone.
    asked.abort();
    drop(holder);
    let begun = Instant::now();
    let sessions = join_all(processes.iter().map(Client::credential)).await;
    assert!(sessions.iter().all(|session| session.as_ref().is_ok_and(|session| session.number == 2)));
    assert!(begun.elapsed() < Duration::from_millis(4_000 + 200 + 1_000 + 200), "{:?}", begun.elapsed());
    assert_eq!(provider.logins(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_working_holder_keeps_its_lease_beyond_its_first_span() {
    let (provider, store) = (Provider::slow(Duration::from_millis(4_900)), Memory::new());
    let processes = provider.processes(20, &store);
    join_all(processes.iter().map(Client::credential)).await;
    assert_eq!(provider.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn with_notifications_waiting_processes_are_served_at_once_and_poll_less() {
    let login = Duration::from_millis(4_900);
    let mut operations = Vec::new();
    for tells in [false, true] {
        let (provider, store) = (Provider::slow(login), Memory::new());
        store.tells.store(tells, SeqCst);
        let processes = provider.processes(20, &store);
        let begun = Instant::now();
        join_all(processes.iter().map(Client::credential)).await;
        assert_eq!(provider.logins(), 1);
        assert!(!tells || begun.elapsed() < login + Duration::from_millis(110), "{:?}", begun.elapsed());
        operations.push(store.operations());
    }
    assert!(operations[0] > 20 * 24 && operations[1] < 20 * 13, "{operations:?}");
}

#[tokio::test(start_paused = true)]
async fn with_notifications_the_end_of_a_lease_is_noticed_as_soon() {
    for _ in 0..10 {
        let provider = Provider::new(async |number| if number == 1 { pending().await } else { lives(number, HOUR) });
        let store = Memory::new();
        store.tells.store(true, SeqCst);
        let (holder, other) = (provider.process(&store), provider.process(&store));
        let asked = tokio::spawn(async move { holder.credential().await.map(drop) });
        sleep(Duration::from_millis(1)).await;
        // No release: the holder's process is gone.
        asked.abort();
        let begun = Instant::now();
        assert_eq!(other.credential().await.unwrap().number, 2);
        assert!(begun.elapsed() < Duration::from_millis(4_110), "{:?}", begun.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn constant_notifications_cause_no_more_polls_than_none() {
    let (provider, store) = (Provider::slow(Duration::from_millis(4_900)), Memory::new());
    store.is_restless.store(true, SeqCst);
    let processes = provider.processes(20, &store);
    join_all(processes.iter().map(Client::credential)).await;
    let each = store.operations() / 20;
    assert!((45..=98).contains(&each), "{each} operations of each process in five seconds");
}

#[tokio::test(start_paused = true)]
async fn s4_a_slow_holder_is_taken_over_both_are_served_and_the_newest_stays() {
    let provider = Provider::new(async |number| {
        sleep(Duration::from_secs(if number == 1 { 9 } else { 1 })).await;
        lives(number, HOUR)
    });
    let store = Memory::new();
    let slow = provider.process(&store);
    let others = provider.processes(20, &store);
    let rest = async {
        sleep(Duration::from_millis(1)).await;
        join_all(others.iter().map(Client::credential)).await
    };
    let (first, rest) = join(slow.credential(), rest).await;
    assert_eq!(first.unwrap().number, 1);
    assert!(rest.into_iter().all(|session| session.unwrap().number == 2));
    assert_eq!(provider.logins(), 2);
    assert_eq!(store.only().record.map(|record| record.0), Some(2));
    assert_eq!(provider.process(&store).credential().await.unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn s8_a_store_that_lost_everything_takes_records_again() {
    let (provider, store) = (Provider::slow(Duration::from_secs(1)), Memory::new());
    let client = provider.process(&store);
    for number in 1..=5 {
        assert_eq!(client.credential().await.unwrap().number, number);
        store.entries.lock().unwrap().clear();
        advance(Duration::from_secs(120)).await;
        assert!(client.invalidate(&client.cached().unwrap()));
    }
    client.credential().await.unwrap();
    advance(Duration::from_secs(120)).await;
    let other = provider.process(&store);
    assert_eq!(other.credential().await.unwrap().number, 6);
    other.invalidate(&other.cached().unwrap());
    assert_eq!(other.credential().await.unwrap().number, 7);
    client.invalidate(&client.cached().unwrap());
    assert_eq!(client.credential().await.unwrap().number, 7, "a record of another process is adopted");
}

#[tokio::test(start_paused = true)]
async fn s8_after_the_store_lost_its_fences_a_lease_is_still_its_owners_alone() {
    let provider = Provider::new(async |number| {
        sleep(Duration::from_secs(if number == 1 { 2 } else { 3 })).await;
        if number == 1 { Err(Error::new(ErrorKind::Config, "moved")) } else { lives(number, HOUR) }
    });
    let store = Memory::new();
    let [first, second, third] = [(); 3].map(|()| provider.process(&store));
    let at = |millis, client: Client<_>| async move {
        sleep(Duration::from_millis(millis)).await;
        client.credential().await
    };
    let forgets = async {
        sleep(Duration::from_millis(500)).await;
        store.entries.lock().unwrap().clear();
    };
    // The first and the second have leases with the same fence; the first releases its own.
    let (first, (second, (third, ()))) =
        join(at(0, first), join(at(600, second), join(at(2_200, third), forgets))).await;
    assert_eq!(first.unwrap_err().kind(), ErrorKind::Config);
    assert_eq!((second.unwrap().number, third.unwrap().number), (2, 2));
    assert_eq!(provider.logins(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_credential_close_to_its_expiry_is_used_and_not_published() {
    let (provider, store) = (Provider::new(async |number| lives(number, Duration::from_millis(240))), Memory::new());
    let sharing = SharedStore::new(store.clone(), KeyRing::new(KEY).unwrap());
    let client = auth_core::Client::shared(provider.account(), Options::default(), &sharing).unwrap();
    client.credential().await.unwrap();
    assert!(store.only().record.is_none());
    assert!(store.only().lease.is_none(), "its lease was released");
}
