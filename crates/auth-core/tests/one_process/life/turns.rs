//! Sets of accounts that limit concurrent logins.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use auth_core::{Accounts, Client, ErrorKind, Expiry, Options};
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::account::{Account, advance, hour, session, settle, unavailable};

const SECOND: Duration = Duration::from_secs(1);

fn accounts(at_once: usize) -> Accounts<usize, Account> {
    Accounts::new(Options::default()).max_concurrent_logins(at_once)
}

/// The number of running logins, and the highest number so far.
#[derive(Clone, Debug, Default)]
struct Running(Arc<(AtomicUsize, AtomicUsize)>);

impl Running {
    /// Returns an account whose logins take `login`.
    fn account(&self, login: Duration, lifetime: Duration) -> Account {
        let running = self.clone();
        Account::new(move |number| {
            let running = running.clone();
            async move {
                let (now, most) = &*running.0;
                most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                sleep(login).await;
                now.fetch_sub(1, SeqCst);
                session(number, Expiry::In(lifetime))
            }
        })
    }

    fn most(&self) -> usize {
        self.0.1.swap(0, SeqCst)
    }
}

fn clients(accounts: &Accounts<usize, Account>, of: impl Fn() -> Account, many: usize) -> Vec<Client<Account>> {
    (0..many).map(|key| accounts.get_or_insert_with(&key, || Ok(of())).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_set_never_exceeds_its_concurrent_logins_and_serves_all() {
    for (at_once, most) in [(0, 1), (1, 1), (3, 3), (1000, 25)] {
        let (accounts, running) = (accounts(at_once), Running::default());
        let clients = clients(&accounts, || running.account(SECOND, SECOND * 3600), 25);
        let served = join_all(clients.iter().map(Client::credential)).await;
        assert!(served.iter().all(Result::is_ok), "{at_once}: {served:?}");
        assert_eq!(running.most(), most, "{at_once}");
    }
    let (free, running) = (Accounts::new(Options::default()), Running::default());
    let clients = clients(&free, || running.account(SECOND, SECOND * 3600), 25);
    join_all(clients.iter().map(Client::credential)).await;
    assert_eq!(running.most(), 25, "no limit by default");
}

/// Tokens that expire together are renewed in turns, and no caller waits.
#[tokio::test(start_paused = true)]
async fn renewals_wait_for_their_turn_too() {
    let (accounts, running) = (accounts(2), Running::default());
    let clients = clients(&accounts, || running.account(SECOND, SECOND * 1600), 20);
    join_all(clients.iter().map(Client::credential)).await;
    running.most();
    advance(SECOND * 1450).await;
    let begun = Instant::now();
    for session in join_all(clients.iter().map(Client::credential)).await {
        assert_eq!(session.unwrap().number, 1);
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
    sleep(SECOND * 15).await;
    assert_eq!((running.most(), accounts.stats().renewals), (2, 20));
}

/// A login that hangs delays the others by its own timeout only.
#[tokio::test(start_paused = true)]
async fn a_login_that_hangs_gives_up_its_turn_at_its_timeout() {
    let accounts = accounts(1);
    let hanging = accounts.insert(0, Account::new(async |_| std::future::pending().await)).unwrap();
    let good = accounts.insert(1, Account::new(async |number| hour(number))).unwrap();
    let begun = Instant::now();
    let mut hangs = Box::pin(hanging.credential());
    assert!((&mut hangs).now_or_never().is_none());
    settle().await;
    assert_eq!(good.credential().await.unwrap().number, 1);
    assert_eq!(begun.elapsed(), SECOND * 10, "the default timeout of one attempt");
    assert_eq!(hangs.await.unwrap_err().kind(), ErrorKind::Unavailable);
}

/// The server is down for one account.
#[tokio::test(start_paused = true)]
async fn a_login_that_is_retried_lets_others_go_first() {
    let accounts = accounts(1);
    let failing = accounts.insert(0, Account::new(async |_| unavailable())).unwrap();
    let good = accounts.insert(1, Running::default().account(SECOND, SECOND * 3600)).unwrap();
    let (failed, served) = tokio::join!(failing.credential(), good.credential());
    assert_eq!((failed.unwrap_err().kind(), served.unwrap().number), (ErrorKind::Unavailable, 1));
    assert_eq!(accounts.stats().logins, 4, "three attempts, and one");
}

/// Time in the queue does not shorten a login's timeout, as long as any time is left.
#[tokio::test(start_paused = true)]
async fn a_login_timeout_starts_with_its_turn_and_the_queue_wait_ends_at_26_s() {
    let (accounts, running) = (accounts(1), Running::default());
    let clients = clients(&accounts, || running.account(SECOND * 9, SECOND * 3600), 4);
    let begun = Instant::now();
    let outcomes = clients.iter().map(async |client| (client.credential().await, begun.elapsed()));
    let outcomes = join_all(outcomes).await;
    for (served, after) in outcomes[..3].iter().zip([9, 18, 27]) {
        assert_eq!((served.0.is_ok(), served.1), (true, SECOND * after));
    }
    let (Err(error), after) = &outcomes[3] else { panic!("{outcomes:?}") };
    assert_eq!((error.kind(), *after), (ErrorKind::Unavailable, SECOND * 26));
    assert!(error.to_string().contains("max_concurrent_logins"), "{error}");
    assert_eq!(accounts.stats().logins, 3, "nothing was sent for the last");
    sleep(error.retry_after().unwrap()).await;
    clients[3].credential().await.unwrap();
}

/// A caller that gives up in the queue leaves no gap.
#[tokio::test(start_paused = true)]
async fn an_account_dropped_in_the_queue_gives_its_place_to_the_next() {
    let (accounts, running) = (accounts(1), Running::default());
    let mut clients = clients(&accounts, || running.account(SECOND, SECOND * 3600), 4);
    let mut waiting: Vec<_> =
        clients.iter().cloned().map(|client| Box::pin(async move { client.credential().await })).collect();
    for waits in &mut waiting {
        assert!(waits.now_or_never().is_none());
    }
    settle().await;
    // The second waits in the queue, and the first is logging in.
    let begun = Instant::now();
    for gone in [1, 0] {
        drop(waiting.remove(gone));
        drop(clients.remove(gone));
        drop(accounts.remove(&gone));
    }
    for served in join_all(waiting).await {
        served.unwrap();
    }
    assert_eq!((begun.elapsed(), running.0.0.load(SeqCst)), (SECOND * 2, 1), "one was cancelled, and two logged in");
}

/// Time in the queue counts, so the login ends before its callers give up.
#[tokio::test(start_paused = true)]
async fn a_login_that_waited_for_its_turn_has_that_much_less_time() {
    let options = Options::default().login_timeout(SECOND * 60).login_attempts(1);
    let accounts: Accounts<usize, Account> = Accounts::new(options).max_concurrent_logins(1);
    let hangs = |login| {
        move || {
            Ok(Account::new(move |number| async move {
                sleep(login).await;
                hour(number)
            }))
        }
    };
    let first = accounts.get_or_insert_with(&1, hangs(SECOND * 20)).unwrap();
    let second = accounts.get_or_insert_with(&2, hangs(SECOND * 60)).unwrap();
    let begun = Instant::now();
    let (first, second) = futures_util::future::join(first.credential(), second.credential()).await;
    assert!(first.is_ok());
    assert_eq!(second.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(begun.elapsed(), SECOND * 28);
}
