//! Logins and adoptions through a shared store.

use std::time::Duration;

use auth_core::Client;
use auth_core::store::{KeyRing, SharedStore};
use auth_core::{Accounts, Expiry, Options};
use futures_util::future::join_all;
use tokio::time::advance;

use super::account::{Account, HOUR, KEY, Provider, Session, lives};
use super::memory::{Fault, Memory};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn of_fifty_processes_that_start_at_once_one_logs_in() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let processes = provider.processes(50, &store);
    let sessions = join_all(processes.iter().map(Client::credential)).await;
    assert_eq!(provider.logins(), 1);
    assert!(sessions.iter().all(|session| session.as_ref().is_ok_and(|session| session.number == 1)));
    let adopted: u64 = processes.iter().map(|client| client.stats().adopted).sum();
    assert_eq!(adopted, 49);
}

#[tokio::test(start_paused = true)]
async fn a_fresh_credential_is_served_without_the_store() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let client = provider.process(&store);
    client.credential().await.unwrap();
    let operations = store.operations();
    assert!(operations >= 2, "the login acquired a lease and published");
    for _ in 0..100 {
        client.headers().await.unwrap();
    }
    assert_eq!(store.operations(), operations);
}

#[tokio::test(start_paused = true)]
async fn one_process_renews_for_all() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let processes = provider.processes(20, &store);
    join_all(processes.iter().map(Client::credential)).await;
    for round in 2..=4 {
        // All are stale and none has expired: 7/8 of an hour less the jitter, and 59 minutes.
        advance(Duration::from_secs(3_200)).await;
        join_all(processes.iter().map(Client::credential)).await;
        tokio::time::sleep(SECOND * 10).await;
        assert_eq!(provider.logins(), round);
        for client in &processes {
            assert_eq!(client.credential().await.unwrap().number, round);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s3_an_adopted_credential_ends_when_that_of_its_login_does() {
    let (provider, store) = (Provider::new(async |number| lives(number, HOUR)), Memory::new());
    provider.process(&store).credential().await.unwrap();
    advance(Duration::from_secs(3_000)).await;
    let late = provider.process(&store);
    assert_eq!(late.credential().await.unwrap().number, 1);
    // Expired a minute before its hour is over.
    advance(Duration::from_secs(3_540 - 3_000 - 1)).await;
    assert_eq!(late.cached().map(|session| session.number), Some(1));
    advance(Duration::from_secs(1)).await;
    assert_eq!(late.cached(), None);
    assert_eq!(store.only().record.map(|record| record.0), Some(1), "no process has renewed it");
    assert!(tokio::time::Instant::now() >= store.only().record.unwrap().2, "the store has dropped it by then");
}

#[tokio::test(start_paused = true)]
async fn s3_a_record_that_a_slow_store_gets_late_ends_no_later_than_its_credential() {
    let (provider, store) = (Provider::new(async |number| lives(number, HOUR)), Memory::new());
    store.break_with(Fault::Slow(SECOND / 5));
    let publisher = provider.process(&store);
    publisher.credential().await.unwrap();
    let ends = store.only().record.unwrap().2;
    advance(ends.duration_since(tokio::time::Instant::now()).saturating_sub(SECOND / 1000)).await;
    assert_eq!(publisher.cached().map(|session| session.number), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_never_expires_is_shared_as_such() {
    let never = async |number| Ok(Session { number, expiry: Expiry::Never });
    let (provider, store) = (Provider::new(never), Memory::new());
    provider.process(&store).credential().await.unwrap();
    let other = provider.process(&store);
    other.credential().await.unwrap();
    advance(Duration::from_secs(500 * 24 * 3600)).await;
    assert_eq!(other.credential().await.unwrap().number, 1);
    assert_eq!(provider.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_credential_is_removed_for_all_and_replaced_once() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let processes = provider.processes(10, &store);
    join_all(processes.iter().map(Client::credential)).await;
    // The provider revokes it, and each process gets a 401.
    for client in &processes {
        assert!(client.invalidate(&client.cached().unwrap()));
    }
    let sessions = join_all(processes.iter().map(Client::credential)).await;
    assert!(sessions.iter().all(|session| session.as_ref().is_ok_and(|session| session.number == 2)));
    assert_eq!(provider.logins(), 2);
}

#[tokio::test(start_paused = true)]
async fn f09_the_successor_of_an_invalidated_credential_may_be_invalidated_at_once() {
    for age in [20, 2] {
        let (provider, store) = (Provider::slow(SECOND), Memory::new());
        let (early, late) = (provider.process(&store), provider.process(&store));
        for client in [&early, &late] {
            client.credential().await.unwrap();
        }
        // One process renews it, and then the provider revokes both.
        advance(Duration::from_secs(3_155)).await;
        early.credential().await.unwrap();
        tokio::time::sleep(SECOND * 2).await;
        advance(SECOND * age).await;
        assert!(late.invalidate(&late.cached().unwrap()));
        let next = late.credential().await.unwrap();
        assert_eq!(next.number, 2, "it adopts the other's");
        assert!(late.invalidate(&next), "no 401 forced it, {age} s ago");
        assert_eq!(late.credential().await.unwrap().number, 3);
    }
}

#[tokio::test(start_paused = true)]
async fn p14_processes_whose_every_credential_gets_a_401_log_in_once_in_10_s() {
    let (provider, store) = (Provider::slow(SECOND / 10), Memory::new());
    let processes = provider.processes(30, &store);
    for _ in 0..120 {
        for client in &processes {
            met_401(client).await;
        }
        advance(SECOND).await;
    }
    assert!(provider.logins() <= 2 + 12, "{}", provider.logins());
}

#[tokio::test(start_paused = true)]
async fn p14_short_lived_processes_that_get_401s_log_in_once_in_10_s() {
    let (provider, store) = (Provider::slow(SECOND / 10), Memory::new());
    for _ in 0..120 {
        met_401(&provider.process(&store)).await;
        advance(SECOND).await;
    }
    assert!(provider.logins() <= 2 + 14, "{}", provider.logins());
}

/// Handles a request that is answered with 401 as a client does: it invalidates the credential and replays once.
async fn met_401(client: &Client<Account>) {
    let session = client.credential().await.unwrap();
    if client.invalidate(&session) {
        client.invalidate(&client.credential().await.unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_revoked_credential_is_served_to_nobody_once_its_replacement_runs() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let client = provider.process(&store);
    client.credential().await.unwrap();
    client.invalidate(&client.cached().unwrap());
    let newcomer = provider.process(&store);
    let asks = async {
        tokio::time::sleep(SECOND / 10).await;
        newcomer.credential().await
    };
    let (replacement, newcomers) = futures_util::future::join(client.credential(), asks).await;
    assert_eq!(replacement.unwrap().number, 2);
    assert_eq!(newcomers.unwrap().number, 2, "the record of the first has not expired yet");
}

#[tokio::test(start_paused = true)]
async fn s2_a_late_401_to_an_older_credential_leaves_the_newer_one_to_all() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let (early, late) = (provider.process(&store), provider.process(&store));
    early.credential().await.unwrap();
    late.credential().await.unwrap();
    early.invalidate(&early.cached().unwrap());
    assert_eq!(early.credential().await.unwrap().number, 2);
    assert!(late.invalidate(&late.cached().unwrap()), "it still has the first");
    assert_eq!(late.credential().await.unwrap().number, 2);
    assert_eq!(provider.process(&store).credential().await.unwrap().number, 2);
    assert_eq!(provider.logins(), 2);
}

#[tokio::test(start_paused = true)]
async fn f11_an_invalidated_credential_is_not_adopted_while_its_record_stays() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let client = provider.process(&store);
    client.credential().await.unwrap();
    let record = store.only().record;
    client.invalidate(&client.cached().unwrap());
    // An older copy comes back from a replica.
    let renewal = client.credential();
    let restore = async {
        tokio::task::yield_now().await;
        store.tamper(|entry| entry.record = record.clone());
    };
    let (session, ()) = futures_util::future::join(renewal, restore).await;
    assert_eq!(session.unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn f11_an_invalidated_credential_is_not_adopted_from_an_insistent_store() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let client = provider.process(&store);
    client.credential().await.unwrap();
    store.break_with(Fault::Insistent);
    let record = store.only().record;
    client.invalidate(&client.cached().unwrap());
    tokio::time::sleep(SECOND).await;
    store.tamper(|entry| entry.record = record.clone());
    assert_eq!(client.credential().await.unwrap().number, 2);
    assert_eq!(client.stats().adopted, 0);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_does_not_end_with_a_shorter_lifetime_than_before() {
    let provider = Provider::new(async |number| lives(number, if number == 2 { SECOND * 2_000 } else { HOUR }));
    let store = Memory::new();
    store.break_with(Fault::Down);
    let lasting = provider.process(&store);
    lasting.credential().await.unwrap();
    store.break_with(Fault::None);
    advance(SECOND * 1_500).await;
    assert_eq!(provider.process(&store).credential().await.unwrap().number, 2);
    // The first is stale and has more than five minutes left, the second less.
    advance(SECOND * 1_700).await;
    lasting.credential().await.unwrap();
    tokio::time::sleep(SECOND).await;
    assert_eq!(lasting.credential().await.unwrap().number, 3);
    let newcomer = provider.process(&store);
    assert_eq!(newcomer.credential().await.unwrap().number, 3, "the better one is shared by all");
}

#[tokio::test(start_paused = true)]
async fn a_waiting_process_polls_five_to_ten_times_a_second() {
    let (provider, store) = (Provider::slow(SECOND * 4), Memory::new());
    let processes = provider.processes(11, &store);
    join_all(processes.iter().map(Client::credential)).await;
    // One process acquires, extends three times and publishes; ten wait for four seconds.
    let looks = store.operations() - 5;
    assert!((10 * 4 * 5..=10 * 4 * 10 + 10).contains(&looks), "{looks}");
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_credential_is_no_longer_shared_after_the_next_login() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let client = provider.process(&store);
    client.credential().await.unwrap();
    assert!(client.forget(&client.cached().unwrap()));
    assert_eq!(client.credential().await.unwrap().number, 2);
    assert_eq!(provider.process(&store).credential().await.unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn two_processes_share_one_login_for_each_of_their_accounts() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let sharing = || SharedStore::new(store.clone(), KeyRing::new(KEY).unwrap());
    let set = || Accounts::<u32, Account>::new(Options::default()).shared_store(sharing());
    for (accounts, logins, adopted) in [(set(), 5, 0), (set(), 0, 5)] {
        for customer in 0..5 {
            let account = || Ok(Account { user: format!("customer-{customer}"), ..provider.account() });
            let client = accounts.get_or_insert_with(&customer, account).unwrap();
            assert_eq!(client.credential().await.unwrap().number, u64::from(customer) + 1);
        }
        // The totals of a set include the store's counts of its accounts.
        assert_eq!((accounts.stats().logins, accounts.stats().adopted), (logins, adopted));
    }
    assert_eq!(provider.logins(), 5);
}

/// Two processes wait for each other's logins, each with its only turn taken.
#[tokio::test(start_paused = true)]
async fn processes_that_limit_their_logins_do_not_deadlock() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let sharing = || SharedStore::new(store.clone(), KeyRing::new(KEY).unwrap());
    let set = || Accounts::<usize, Account>::new(Options::default()).shared_store(sharing()).max_concurrent_logins(1);
    let sets = [set(), set()];
    let client = |of: &Accounts<usize, Account>, customer: usize| {
        let account = Account { user: format!("customer-{customer}"), ..provider.account() };
        of.get_or_insert_with(&customer, || Ok(account)).unwrap()
    };
    // One begins with the first account, the other with the last.
    let there = (0..8).map(|customer| client(&sets[0], customer));
    let back = (0..8).rev().map(|customer| client(&sets[1], customer));
    let clients: Vec<_> = there.chain(back).collect();
    for served in futures_util::future::join_all(clients.iter().map(auth_core::Client::credential)).await {
        served.unwrap();
    }
    assert_eq!(provider.logins(), 8);
}
