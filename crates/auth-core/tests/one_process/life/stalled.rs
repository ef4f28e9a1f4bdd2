//! Logins on runtimes that are not driven, or that synchronous code blocks, do not block callers elsewhere.

use std::future::pending;
use std::sync::mpsc;
use std::time::Duration;

use super::account::{Account, Session, hour, refused, session, unavailable};
use auth_core::{Accounts, CachedCredential, Client, ErrorKind, Expiry, Options, Result};
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

/// Longer than any caller may wait, and less than the 30 s after which callers used to stop waiting.
const LONG: Duration = Duration::from_secs(20);
const SLOW: Duration = Duration::from_millis(100);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn slow() -> Account {
    Account::new(async |number| {
        sleep(SLOW).await;
        hour(number)
    })
}

/// Gets a credential on a runtime that is driven.
fn credential(runtime: &Runtime, client: &Client<Account>) -> Result<CachedCredential<Session>> {
    runtime.block_on(async { timeout(LONG, client.credential()).await.expect("no caller waits that long") })
}

/// Begins a login on this runtime, and then drives the runtime for at most `driven`.
fn begin(runtime: &Runtime, client: &Client<Account>, driven: Duration) {
    runtime.block_on(async {
        let mut call = Box::pin(client.credential());
        assert!(call.as_mut().now_or_never().is_none());
        if !driven.is_zero() {
            timeout(driven, call).await.unwrap_err();
        }
    });
}

/// Drives a runtime that stood still.
fn resume(runtime: &Runtime) {
    runtime.block_on(async { sleep(SLOW * 3).await });
}

/// The login was never sent, so a waiting caller sends the only one.
#[test]
fn a_login_that_never_ran_is_made_by_a_waiting_caller_and_not_sent_later() {
    let account = slow();
    let client = account.client();
    let (still, driven) = (runtime(), runtime());
    begin(&still, &client, Duration::ZERO);
    assert_eq!(account.logins(), 0);
    assert_eq!(credential(&driven, &client).unwrap().number, 1);
    resume(&still);
    assert_eq!(credential(&driven, &client).unwrap().number, 1);
    assert_eq!((account.logins(), client.stats().logins), (1, 1));
    drop(still);
    assert_eq!(credential(&driven, &client).unwrap().number, 1);
}

/// The login's connection belongs to a stalled runtime, so no other task can complete it.
#[test]
fn a_stalled_login_is_replaced_and_its_late_response_is_ignored() {
    for dropped in [false, true] {
        let account = Account::new(async |number| {
            sleep(if number == 1 { SLOW * 2 } else { SLOW }).await;
            hour(number)
        });
        let client = account.client();
        let (still, driven) = (runtime(), runtime());
        begin(&still, &client, SLOW);
        assert_eq!(account.logins(), 1);
        assert_eq!(credential(&driven, &client).unwrap().number, 2);
        if dropped {
            drop(still);
        } else {
            resume(&still);
        }
        assert_eq!(credential(&driven, &client).unwrap().number, 2);
        assert_eq!(account.logins(), 2);
    }
}

/// The late response is used if no other caller needed a credential.
#[test]
fn a_stalled_login_that_resumes_before_its_replacement_is_used() {
    let account = slow();
    let client = account.client();
    let still = runtime();
    begin(&still, &client, SLOW / 2);
    std::thread::sleep(SLOW * 9);
    assert_eq!(credential(&still, &client).unwrap().number, 1);
    assert_eq!(account.logins(), 1);
}

/// The sequence from the report, with shorter times.
#[test]
fn a_renewal_on_a_stalled_runtime_is_replaced_by_a_caller_that_needs_it() {
    for is_sent in [false, true] {
        let account = Account::new(async |number| {
            sleep(SLOW * 2).await;
            session(number, Expiry::In(Duration::from_secs(3)))
        });
        let client = account.client();
        let (still, driven) = (runtime(), runtime());
        assert_eq!(credential(&driven, &client).unwrap().number, 1);
        // The credential is stale from here on, and expires 0.4 s later.
        std::thread::sleep(Duration::from_millis(1450));
        still.block_on(async {
            client.headers().await.unwrap();
            while is_sent && account.logins() == 1 {
                tokio::task::yield_now().await;
            }
        });
        std::thread::sleep(Duration::from_millis(400));
        assert!(credential(&driven, &client).unwrap().number > 1);
    }
}

/// In a set that limits concurrent logins, a stalled login keeps neither its turn nor its place in the queue.
#[test]
fn logins_on_a_stalled_runtime_block_no_other_account_of_their_set() {
    let accounts = Accounts::new(Options::default()).max_concurrent_logins(1);
    let (still, driven) = (runtime(), runtime());
    let stalled: Vec<_> = (0..30).map(|key| accounts.insert(key, slow()).unwrap()).collect();
    for client in &stalled {
        begin(&still, client, Duration::from_millis(1));
    }
    let others = (30..33).map(|key| accounts.insert(key, slow()).unwrap());
    for client in others.chain([stalled[0].clone(), stalled[29].clone()]) {
        credential(&driven, &client).unwrap();
    }
    // Logins that resume wait for their turn as before.
    still.block_on(async {
        let calls = join_all(stalled.iter().map(Client::credential));
        let sessions = timeout(LONG, calls).await.expect("no caller waits that long");
        assert!(sessions.into_iter().all(|session| session.is_ok()));
    });
}

#[test]
fn a_login_on_a_runtime_blocked_by_synchronous_code_blocks_nobody() {
    let account = slow();
    let client = account.client();
    let (begun, has_begun) = mpsc::channel();
    let (unblock, blocked) = mpsc::channel::<()>();
    let blocks = std::thread::spawn({
        let client = client.clone();
        move || {
            runtime().block_on(async {
                assert!(Box::pin(client.credential()).now_or_never().is_none());
                tokio::task::yield_now().await;
                begun.send(()).unwrap();
                blocked.recv().unwrap();
                client.credential().await.unwrap().number
            })
        }
    });
    has_begun.recv().unwrap();
    let driven = runtime();
    let number = credential(&driven, &client).unwrap().number;
    unblock.send(()).unwrap();
    assert_eq!(blocks.join().unwrap(), number, "the blocked caller gets the same credential");
    assert_eq!(account.logins(), number);
}

#[test]
fn a_replaced_login_repeats_no_attempt() {
    let account = Account::new(async |number| if number == 1 { unavailable() } else { hour(number) });
    let client = account.client();
    let (still, driven) = (runtime(), runtime());
    still.block_on(async {
        assert!(Box::pin(client.credential()).now_or_never().is_none());
        while account.logins() == 0 {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(credential(&driven, &client).unwrap().number, 2);
    resume(&still);
    assert_eq!(account.logins(), 2);
}

/// A wrong password that a stalled login has sent is sent once more, and then the refusal is known.
#[test]
fn a_refusal_that_a_stalled_login_never_reads_costs_one_more_login() {
    let account = Account::new(async |_| {
        sleep(SLOW).await;
        refused()
    });
    let client = account.client();
    let (still, driven) = (runtime(), runtime());
    begin(&still, &client, SLOW / 2);
    for _ in 0..3 {
        assert_eq!(credential(&driven, &client).unwrap_err().kind(), ErrorKind::LoginRefused);
    }
    resume(&still);
    assert_eq!(credential(&driven, &client).unwrap_err().kind(), ErrorKind::LoginRefused);
    assert_eq!((account.logins(), client.stats().logins_refused), (2, 1));
}

/// Any number of callers on any number of runtimes.
#[test]
fn one_waiting_caller_replaces_a_stalled_login() {
    let account = slow();
    let client = account.client();
    let still = runtime();
    begin(&still, &client, Duration::ZERO);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let client = client.clone();
            std::thread::spawn(move || {
                let calls = (0..50).map(|_| client.credential());
                runtime().block_on(async { timeout(LONG, join_all(calls)).await.expect("no caller waits that long") })
            })
        })
        .collect();
    for thread in threads {
        assert!(thread.join().unwrap().into_iter().all(|session| session.unwrap().number == 1));
    }
    assert_eq!(account.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_login_that_makes_progress_is_waited_for() {
    let account = Account::new(async |number| {
        sleep(Duration::from_secs(9)).await;
        hour(number)
    });
    let client = account.client();
    let sessions = join_all((0..50).map(|_| client.credential())).await;
    assert!(sessions.into_iter().all(|session| session.unwrap().number == 1));
    assert_eq!(account.logins(), 1);
}

/// A login that other busy tasks delay is waited for too.
#[tokio::test]
async fn a_busy_runtime_makes_one_login() {
    let account = slow();
    let client = account.client();
    for _ in 0..20 {
        tokio::spawn(async {
            loop {
                std::thread::sleep(Duration::from_millis(10));
                tokio::task::yield_now().await;
            }
        });
    }
    let sessions = join_all((0..10).map(|_| client.credential())).await;
    assert!(sessions.into_iter().all(|session| session.unwrap().number == 1));
    assert_eq!(account.logins(), 1);
}

#[test]
fn a_caller_outside_any_runtime_does_not_wait_for_the_login_of_another() {
    let account = Account::new(async |_| pending().await);
    let client = account.client_with(Options::default().login_attempts(1));
    let still = runtime();
    begin(&still, &client, SLOW);
    let error = client.credential().now_or_never().expect("it does not wait").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

/// The waiting callers have given up by then, and the login ends as well.
#[tokio::test(start_paused = true)]
async fn a_login_that_starts_late_gets_no_more_time_than_a_prompt_one() {
    for late in [0, 20] {
        let account = Account::new(async |_| pending().await);
        let client = account.client_with(Options::default().login_timeout(Duration::from_secs(3600)));
        assert!(Box::pin(client.credential()).now_or_never().is_none());
        // The login is polled after that.
        tokio::time::advance(Duration::from_secs(late)).await;
        sleep(Duration::from_secs(27 - late)).await;
        assert_eq!((account.logins(), client.stats().logins_failed), (1, 0));
        sleep(Duration::from_secs(2)).await;
        assert_eq!((account.logins(), client.stats().logins_failed), (1, 1), "{late} s late");
    }
}
