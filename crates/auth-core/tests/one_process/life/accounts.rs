//! Sets of accounts: one client per key, a bounded size, and only connections shared.

use std::borrow::{Borrow, Cow};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use auth_core::{Accounts, CachedCredential, ErrorKind, Expiry, Options};
use futures_util::FutureExt;
use tokio::sync::Notify;

use super::account::{Account, HOUR, advance, hour, refused, session, settle};

fn accounts() -> Accounts<u64, Account> {
    Accounts::new(Options::default())
}

fn account() -> Account {
    Account::new(async |number| hour(number))
}

#[tokio::test(start_paused = true)]
async fn callers_of_one_account_share_its_login() {
    let (accounts, account) = (accounts(), account());
    for _ in 0..100 {
        let client = accounts.get_or_insert_with(&1, || Ok(account.clone())).unwrap();
        assert_eq!(client.credential().await.unwrap().number, 1);
    }
    assert_eq!((account.logins(), accounts.len()), (1, 1));
}

#[test]
fn threads_that_add_one_account_at_once_get_the_same_client() {
    for _ in 0..30 {
        let (accounts, account, barrier) = (accounts(), account(), Barrier::new(4));
        let sessions = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        let client = accounts.get_or_insert_with(&1, || Ok(account.clone())).unwrap();
                        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                        runtime.block_on(client.credential()).unwrap()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(sessions.iter().all(|session| CachedCredential::ptr_eq(session, &sessions[0])));
        assert_eq!((account.logins(), accounts.len()), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn p25_two_accounts_never_share_a_credential() {
    let accounts = accounts();
    let of = |customer: u64| {
        let account = Account::new(move |_| async move { session(customer, Expiry::In(HOUR)) });
        accounts.get_or_insert_with(&customer, || Ok(account))
    };
    for round in 0..2 {
        for customer in 0..500 {
            let number = of(customer).unwrap().credential().await.unwrap().number;
            assert_eq!(number, customer, "round {round}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_whose_login_hangs_or_fails_delays_no_other() {
    let accounts = accounts();
    let hanging = Account::new(async |_| std::future::pending().await);
    let failing = Account::new(async |_| refused());
    let hanging = accounts.get_or_insert_with(&1, || Ok(hanging)).unwrap();
    let failing = accounts.get_or_insert_with(&2, || Ok(failing)).unwrap();
    let mut waits = Box::pin(hanging.credential());
    assert!((&mut waits).now_or_never().is_none());
    assert_eq!(failing.credential().await.unwrap_err().kind(), ErrorKind::LoginRefused);
    let account = account();
    let client = accounts.get_or_insert_with(&3, || Ok(account.clone())).unwrap();
    assert_eq!(client.credential().await.unwrap().number, 1);
    assert!((&mut waits).now_or_never().is_none());
}

#[tokio::test(start_paused = true)]
async fn p30_a_set_stays_within_its_capacity_and_evicts_the_idlest() {
    for bound in [1, 10, 100, 5000] {
        let accounts = accounts().max_capacity(bound);
        let account = account();
        let recent = 3 * bound - 1;
        for customer in 0..3 * bound as u64 {
            drop(accounts.get_or_insert_with(&customer, || Ok(account.clone())).unwrap());
            assert!(accounts.len() <= bound, "{bound}");
            if bound <= 100 {
                tokio::time::advance(Duration::from_secs(1)).await;
            }
        }
        assert!(accounts.len() >= bound / 2, "{} of {bound}", accounts.len());
        assert!(accounts.get(&(recent as u64)).is_some());
        if bound <= 100 {
            assert!(accounts.get(&0).is_none());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_frequently_used_account_stays_while_others_are_evicted() {
    let accounts = accounts().max_capacity(100);
    let account = account();
    for customer in 0..1000 {
        drop(accounts.get_or_insert_with(&customer, || Ok(account.clone())).unwrap());
        assert!(accounts.get(&0).is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn idle_accounts_are_dropped_when_others_are_added() {
    let accounts = accounts().idle_after(HOUR);
    let account = account();
    for customer in 0..10 {
        drop(accounts.get_or_insert_with(&customer, || Ok(account.clone())).unwrap());
    }
    advance(Duration::from_secs(3599)).await;
    drop(accounts.get_or_insert_with(&10, || Ok(account.clone())).unwrap());
    assert_eq!(accounts.len(), 11);
    advance(Duration::from_secs(899)).await;
    drop(accounts.get_or_insert_with(&11, || Ok(account.clone())).unwrap());
    assert_eq!(accounts.len(), 12, "idle accounts are dropped four times an hour");
    advance(Duration::from_secs(1)).await;
    drop(accounts.get_or_insert_with(&12, || Ok(account.clone())).unwrap());
    assert_eq!(accounts.len(), 3);
    advance(HOUR).await;
    assert!(!accounts.is_empty());
    accounts.drop_idle();
    assert!(accounts.is_empty(), "or on request");
}

#[tokio::test(start_paused = true)]
async fn an_idle_account_is_kept_for_a_day_by_default() {
    let accounts = accounts();
    drop(accounts.get_or_insert_with(&1, || Ok(account())).unwrap());
    advance(Duration::from_secs(24 * 3600 - 1)).await;
    accounts.drop_idle();
    assert_eq!(accounts.len(), 1);
    advance(Duration::from_secs(1)).await;
    accounts.drop_idle();
    assert_eq!(accounts.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_full_set_of_equally_idle_accounts_evicts_one_in_eight() {
    let accounts = accounts().max_capacity(80);
    for customer in 0..=80 {
        drop(accounts.get_or_insert_with(&customer, || Ok(account())).unwrap());
    }
    assert_eq!(accounts.len(), 70, "11 were evicted, and one was added");
}

#[test]
fn debug_shows_the_bounds_of_a_set_but_not_its_keys() {
    let accounts = accounts().max_capacity(5).idle_after(HOUR);
    drop(accounts.get_or_insert_with(&77, || Ok(account())).unwrap());
    assert_eq!(format!("{accounts:?}"), "Accounts { max_capacity: 5, idle_after_s: 3600, .. }");
}

#[tokio::test(start_paused = true)]
async fn an_account_in_use_is_never_evicted_and_never_has_two_clients() {
    let accounts = accounts().max_capacity(10).idle_after(HOUR);
    let account = account();
    let held: Vec<_> =
        (0..15).map(|customer| accounts.get_or_insert_with(&customer, || Ok(account.clone())).unwrap()).collect();
    advance(HOUR * 2).await;
    for customer in 15..100 {
        drop(accounts.get_or_insert_with(&customer, || Ok(account.clone())).unwrap());
    }
    assert!(accounts.len() <= 16);
    for client in &held {
        client.credential().await.unwrap();
    }
    for customer in 0..15 {
        accounts.get(&customer).unwrap().credential().await.unwrap();
    }
    assert_eq!(account.logins(), 15);
}

#[tokio::test(start_paused = true)]
async fn p30_a_set_above_its_capacity_shrinks_with_the_next_account() {
    let accounts = accounts().max_capacity(8);
    let account = account();
    let mut held = Vec::new();
    for customer in 0..12 {
        held.push(accounts.get_or_insert_with(&customer, || Ok(account.clone())).unwrap());
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(accounts.len(), 12);
    // The idlest accounts, except the very first, stay in use.
    held.truncate(5);
    held.remove(0);
    drop(accounts.get_or_insert_with(&12, || Ok(account.clone())).unwrap());
    assert_eq!(accounts.len(), 8);
    assert!((1..5).all(|customer| accounts.get(&customer).is_some()));
}

#[tokio::test(start_paused = true)]
async fn f20_an_account_removed_during_its_login_still_serves_its_holders() {
    let accounts = accounts();
    let release = Arc::new(Notify::new());
    let released = Arc::clone(&release);
    let account = Account::new(move |number| {
        let released = Arc::clone(&released);
        async move {
            released.notified().await;
            hour(number)
        }
    });
    let client = accounts.get_or_insert_with(&1, || Ok(account)).unwrap();
    let mut waits = Box::pin(client.credential());
    assert!((&mut waits).now_or_never().is_none());
    drop(accounts.remove(&1));
    assert!(accounts.is_empty());
    settle().await;
    release.notify_one();
    assert_eq!(waits.await.unwrap().number, 1);
}

#[tokio::test(start_paused = true)]
async fn new_secrets_make_a_new_client_and_leave_the_old_one_to_its_holders() {
    let accounts = accounts();
    let (old, new) = (account(), account());
    let before = accounts.get_or_insert_with(&1, || Ok(old.clone())).unwrap();
    before.credential().await.unwrap();
    let after = accounts.insert(1, new.clone()).unwrap();
    assert!(after.cached().is_none());
    accounts.get(&1).unwrap().credential().await.unwrap();
    assert_eq!((old.logins(), new.logins(), accounts.len()), (1, 1, 1));
    assert!(before.cached().is_some());
}

/// Otherwise a wrong password would stay in use for as long as its cooldown runs.
#[tokio::test(start_paused = true)]
async fn an_account_whose_secrets_changed_logs_in_at_once_with_the_new_ones() {
    let accounts = accounts();
    let (wrong, right) = (Account::new(async |_| refused()), account());
    let client = accounts.get_or_update(&1, wrong.clone()).unwrap();
    client.credential().await.unwrap_err();
    let spared = accounts.get_or_update(&1, wrong.clone()).unwrap().credential().await.unwrap_err();
    assert!(spared.retry_after().unwrap() > Duration::from_secs(50));
    let corrected = accounts.get_or_update(&1, right.clone()).unwrap();
    assert_eq!(corrected.credential().await.unwrap().number, 1);
    assert_eq!((wrong.logins(), right.logins(), accounts.len()), (1, 1, 1));
}

/// The call is made for every request, not only after a change.
#[tokio::test(start_paused = true)]
async fn an_unchanged_account_keeps_its_client() {
    let (accounts, same) = (accounts(), account());
    for _ in 0..100 {
        let client = accounts.get_or_update(&1, same.clone()).unwrap();
        assert_eq!(client.credential().await.unwrap().number, 1);
    }
    assert_eq!((same.logins(), accounts.len()), (1, 1));
}

/// The old password was right, and its token is still valid.
#[tokio::test(start_paused = true)]
async fn a_caller_with_new_secrets_never_gets_the_credential_of_the_old_ones() {
    let accounts = accounts();
    let new = Account::new(async |_| hour(77));
    let before = accounts.get_or_update(&1, account()).unwrap();
    before.credential().await.unwrap();
    assert_eq!(accounts.get_or_update(&1, new).unwrap().credential().await.unwrap().number, 77);
    assert_eq!(accounts.get(&1).unwrap().credential().await.unwrap().number, 77);
    assert_eq!(before.credential().await.unwrap().number, 1, "the holder of the old client is not affected");
}

/// Callers that wait for a login with the old secrets get its result.
#[tokio::test(start_paused = true)]
async fn a_login_with_old_secrets_completes_for_the_callers_waiting_for_it() {
    let accounts = accounts();
    let slow = Account::new(async |number| {
        tokio::time::sleep(Duration::from_secs(5)).await;
        hour(number)
    });
    let old = accounts.get_or_update(&1, slow).unwrap();
    let mut waits = Box::pin(old.credential());
    assert!((&mut waits).now_or_never().is_none());
    accounts.get_or_update(&1, account()).unwrap().credential().await.unwrap();
    assert_eq!(waits.await.unwrap().number, 1);
}

/// Callers that find a change at the same time all get the same new client.
#[test]
fn threads_that_update_an_account_at_once_get_the_same_client() {
    for _ in 0..30 {
        let (accounts, new, barrier) = (accounts(), account(), Barrier::new(4));
        accounts.insert(1, account()).unwrap();
        let labels = std::thread::scope(|scope| {
            let update = || {
                barrier.wait();
                let client = accounts.get_or_update(&1, new.clone()).unwrap();
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(client.credential()).unwrap().number
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(update)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!((labels, new.logins(), accounts.len()), (vec![1; 4], 1, 1));
    }
}

/// Keys of any type, looked up by their borrowed form where there is one.
#[test]
fn accounts_are_found_and_added_by_keys_of_any_kind() {
    fn has<K: Eq + std::hash::Hash>(accounts: &Accounts<K, Account>) -> bool {
        accounts.len() == 1
    }
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    struct Uuid(u128);
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Slug(String);
    impl Borrow<str> for Slug {
        fn borrow(&self) -> &str {
            &self.0
        }
    }
    macro_rules! holds {
        ($type:ty, $given:expr) => {{
            let accounts: Accounts<$type, Account> = Accounts::new(Options::default());
            accounts.get_or_insert_with($given, || Ok(account())).unwrap();
            accounts.get_or_update($given, account()).unwrap();
            assert!(accounts.get($given).is_some() && has(&accounts), stringify!($type));
            assert!(accounts.remove($given).is_some() && accounts.is_empty(), stringify!($type));
        }};
    }
    let text = String::from("loja");
    holds!(&'static str, "loja");
    holds!(&'static str, &"loja");
    holds!(String, "loja");
    holds!(String, &text);
    holds!(String, text.as_str());
    holds!(Arc<str>, "loja");
    holds!(Arc<str>, &Arc::<str>::from("loja"));
    holds!(Box<str>, text.as_str());
    holds!(PathBuf, Path::new("loja"));
    holds!(Cow<'static, str>, &Cow::Borrowed("loja"));
    holds!(Vec<u8>, &b"loja"[..]);
    holds!([u8; 4], b"loja");
    holds!(u64, &1234);
    holds!((u32, String), &(17, "centro".to_owned()));
    holds!((&'static str, u8), &("loja", 1));
    holds!(Option<char>, &Some('l'));
    holds!(Uuid, &Uuid(7));
    let slugs: Accounts<Slug, Account> = Accounts::new(Options::default());
    slugs.get_or_insert_with(&Slug("loja".into()), || Ok(account())).unwrap();
    assert!(slugs.get("loja").is_some());
}

/// The totals include accounts that were dropped, replaced or removed, and clients that are still held.
#[tokio::test(start_paused = true)]
async fn the_totals_of_a_set_include_every_account_it_ever_had() {
    let accounts = accounts().max_capacity(10).idle_after(HOUR);
    for customer in 0..100 {
        let account = if customer % 10 == 0 { Account::new(async |_| refused()) } else { account() };
        let client = accounts.insert(customer, account).unwrap();
        let _ = client.credential().await;
        let _ = client.credential().await;
    }
    let expected =
        |stats: auth_core::Stats| (stats.logins, stats.logins_refused, stats.logins_failed, stats.cooldown_errors);
    assert!(accounts.len() <= 10);
    assert_eq!(expected(accounts.stats()), (100, 10, 10, 10));
    let held = accounts.remove(&99).unwrap();
    accounts.get_or_update(&98, account()).unwrap();
    assert!(held.invalidate(&held.credential().await.unwrap()));
    held.credential().await.unwrap();
    assert_eq!((accounts.stats().logins, accounts.stats().invalidated), (101, 1), "a removed client that is in use");
    drop(held);
    advance(HOUR * 2).await;
    accounts.drop_idle();
    assert!(accounts.is_empty());
    assert_eq!(expected(accounts.stats()), (101, 10, 10, 10));
    account().client().credential().await.unwrap();
    assert_eq!(accounts.stats().logins, 101, "a client outside the set does not count");
}

/// The totals are read while other threads add and remove accounts.
#[test]
fn the_totals_of_a_set_never_go_down() {
    let accounts = accounts().max_capacity(4);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers = [0, 1].map(|worker| {
            let accounts = &accounts;
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                for number in 0..500_u64 {
                    let client = accounts.insert(number % 9 * 2 + worker, account()).unwrap();
                    runtime.block_on(client.credential()).unwrap();
                    if number % 7 == 0 {
                        drop(accounts.remove(&worker));
                    }
                }
            })
        });
        let reader = scope.spawn(|| {
            let (mut before, mut reads) = (0, 0_u64);
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                let now = accounts.stats().logins;
                assert!(before <= now, "{before} before {now}");
                (before, reads) = (now, reads + 1);
            }
            reads
        });
        for worker in workers {
            worker.join().unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        assert!(reader.join().unwrap() > 0);
    });
    assert_eq!(accounts.stats().logins, 1_000);
}

/// An operator lists the accounts and changes them meanwhile.
#[tokio::test(start_paused = true)]
async fn accounts_are_listed_once_each_and_can_be_changed_meanwhile() {
    let accounts = accounts().max_capacity(5_000).idle_after(HOUR);
    for customer in 0..2_000 {
        accounts.insert(customer, account()).unwrap();
    }
    advance(HOUR).await;
    let mut listed = std::collections::HashSet::new();
    for (customer, client) in accounts.iter() {
        assert!(accounts.get(&customer).is_some_and(|same| same.label() == client.label()) || customer % 2 == 1);
        drop(accounts.remove(&(customer | 1)));
        assert!(listed.insert(customer), "{customer} twice");
    }
    assert!((0..2_000).step_by(2).all(|customer| listed.contains(&customer)), "those that stayed");
    assert_eq!(accounts.len(), 1_000);
    advance(Duration::from_secs(3599)).await;
    assert_eq!(accounts.iter().count(), 1_000);
    accounts.drop_idle();
    assert_eq!(accounts.len(), 1_000, "last used one second less than an hour ago");
    advance(Duration::from_secs(1)).await;
    accounts.drop_idle();
    assert!(accounts.is_empty(), "listing an account does not count as use");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_logged_in_accounts_leave_no_task() {
    let (accounts, account) = (accounts(), account());
    for customer in 0..1000 {
        let client = accounts.get_or_insert_with(&customer, || Ok(account.clone())).unwrap();
        client.credential().await.unwrap();
    }
    settle().await;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn text_keys_are_found_by_their_borrowed_form() {
    let accounts: Accounts<String, Account> = Accounts::new(Options::default());
    accounts.get_or_insert_with("maria", || Ok(account())).unwrap();
    assert!(accounts.get("maria").is_some());
    assert!(accounts.get("joana").is_none());
    assert!(accounts.remove("maria").is_some());
}

#[tokio::test(start_paused = true)]
async fn an_account_that_fails_to_build_is_not_added() {
    let accounts = accounts();
    let error = accounts.get_or_insert_with(&1, || Err(refused().unwrap_err())).unwrap_err();
    assert_eq!((error.kind(), accounts.len()), (ErrorKind::LoginRefused, 0));
    let client = accounts.get_or_insert_with(&1, || Ok(account())).unwrap();
    assert!(client.credential().now_or_never().is_none(), "it logs in");
}
