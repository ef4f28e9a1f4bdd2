//! S5 and S6: a store that is down, slow, full or inconsistent costs logins, and nothing else.

use std::time::Duration;

use auth_core::Client;
use auth_core::store::{KeyRing, SharedStore};
use futures_util::future::{join, join_all};
use tokio::time::{Instant, advance, sleep};

use super::account::{Account, HOUR, KEY, Provider, lives};
use super::memory::{Entry, Fault, Memory};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn s5_whatever_breaks_in_the_store_all_are_served_as_without_it() {
    for fault in [Fault::Down, Fault::Full, Fault::Slow(SECOND), Fault::Slow(Duration::from_secs(3600))] {
        for at in (0..3_000).step_by(50) {
            let (provider, store) = (Provider::slow(SECOND), Memory::new());
            let processes = provider.processes(3, &store);
            let all = async {
                for client in &processes {
                    let (first, second) = join(client.credential(), client.credential()).await;
                    assert_eq!(first.unwrap().number, second.unwrap().number);
                    client.invalidate(&client.cached().unwrap());
                    client.credential().await.unwrap();
                }
            };
            let breaks = async {
                sleep(Duration::from_millis(at)).await;
                store.break_with(fault);
            };
            join(all, breaks).await;
            assert!(provider.logins() <= 6, "{fault:?} after {at} ms: {} logins", provider.logins());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn f19_a_slow_store_is_waited_for_250_ms_and_then_bypassed_for_5_s() {
    let (provider, store) = (Provider::new(async |number| lives(number, HOUR)), Memory::new());
    store.break_with(Fault::Slow(Duration::from_secs(60)));
    let sharing = SharedStore::new(store.clone(), KeyRing::new(KEY).unwrap());
    let account = |user: &str| Account { user: user.to_owned(), ..provider.account() };
    let first = account("one").shared_store(&sharing);
    let begun = Instant::now();
    first.credential().await.unwrap();
    assert_eq!(begun.elapsed().as_millis(), 250);
    assert_eq!(first.stats().store_failures, 1);
    assert_eq!(store.operations(), 1);
    advance(Duration::from_millis(4_900)).await;
    account("two").shared_store(&sharing).credential().await.unwrap();
    assert_eq!(store.operations(), 1, "another account of this process bypasses it as well");
    advance(Duration::from_millis(100)).await;
    account("three").shared_store(&sharing).credential().await.unwrap();
    assert_eq!(store.operations(), 2, "5 s later it is asked again");
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_never_released_is_waited_for_at_most_15_s() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    store.break_with(Fault::Stuck);
    let processes = provider.processes(10, &store);
    let begun = Instant::now();
    let sessions = join_all(processes.iter().map(Client::credential)).await;
    assert!(sessions.iter().all(Result::is_ok));
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(13) && waited < Duration::from_millis(16_300), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_full_store_costs_each_process_its_login() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    store.break_with(Fault::Full);
    for process in 1..=3 {
        assert_eq!(provider.process(&store).credential().await.unwrap().number, process);
        advance(Duration::from_secs(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn s6_a_record_that_differs_in_one_bit_is_a_miss() {
    let (provider, store) = (Provider::new(async |number| lives(number, HOUR)), Memory::new());
    provider.process(&store).credential().await.unwrap();
    let whole = store.only();
    let length = whole.record.as_ref().unwrap().1.len();
    for bit in 0..length * 8 {
        *store.entries.lock().unwrap().values_mut().next().unwrap() = flipped(&whole, bit);
        let client = provider.process(&store);
        let session = client.credential().await.unwrap();
        assert_eq!(session.number, bit as u64 + 2, "bit {bit}: it logged in");
        assert_eq!(client.stats().store_failures, 1, "and reported the record");
    }
}

#[tokio::test(start_paused = true)]
async fn s6_a_record_from_elsewhere_is_a_miss() {
    let (provider, store) = (Provider::new(async |number| lives(number, HOUR)), Memory::new());
    provider.process(&store).credential().await.unwrap();
    let mut replayed = store.only();
    // With a newer fence than its own.
    replayed.record.as_mut().unwrap().0 += 1;
    replayed.fence += 1;
    store.tamper(|entry| *entry = replayed.clone());
    assert_eq!(provider.process(&store).credential().await.unwrap().number, 2);

    // Another account's record.
    let other = Memory::new();
    let stranger = Account { user: "mallory".to_owned(), ..provider.account() };
    stranger.process(&other).credential().await.unwrap();
    let swapped = other.only();
    store.tamper(|entry| *entry = swapped.clone());
    assert_eq!(provider.process(&store).credential().await.unwrap().number, 4);

    // A plaintext record, for a ring with a key.
    let bare = Memory::new();
    let plain = SharedStore::new(bare.clone(), KeyRing::dangerous_plaintext());
    provider.account().shared_store(&plain).credential().await.unwrap();
    let downgraded = bare.only();
    store.tamper(|entry| *entry = downgraded.clone());
    assert_eq!(provider.process(&store).credential().await.unwrap().number, 6);

    // A sealed record, for a ring without keys.
    let sealed = store.only();
    bare.tamper(|entry| *entry = sealed.clone());
    assert_eq!(provider.account().shared_store(&plain).credential().await.unwrap().number, 7);
}

#[tokio::test(start_paused = true)]
async fn s6_garbage_of_any_length_is_a_miss_and_is_replaced() {
    let (provider, store) = (Provider::new(async |number| lives(number, HOUR)), Memory::new());
    provider.process(&store).credential().await.unwrap();
    for length in 0..100_u32 {
        store.tamper(|entry| {
            let record = entry.record.as_mut().unwrap();
            record.1 = (0..length).map(|_| fastrand::u8(..)).collect();
            entry.cooldown = Some((record.1.clone(), record.2));
        });
        let session = provider.process(&store).credential().await.unwrap();
        assert_eq!(session.number, u64::from(length) + 2);
        assert_eq!(provider.process(&store).credential().await.unwrap().number, session.number);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_recovers_is_used_again() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let processes = provider.processes(10, &store);
    store.break_with(Fault::Down);
    join_all(processes.iter().map(Client::credential)).await;
    assert_eq!(provider.logins(), 10);
    store.break_with(Fault::None);
    advance(Duration::from_secs(3_590)).await;
    join_all(processes.iter().map(Client::credential)).await;
    assert_eq!(provider.logins(), 11);
}

fn flipped(entry: &Entry, bit: usize) -> Entry {
    let mut entry = entry.clone();
    let sealed = &mut entry.record.as_mut().unwrap().1;
    sealed[bit / 8] ^= 1 << (bit % 8);
    entry
}
