//! Providers where a login ends the previous session: no process logs in while another does.

use std::sync::Arc;
use std::time::Duration;

use auth_core::store::Lease;
use auth_core::{Client, Error, ErrorKind};
use futures_util::future::{join, join_all};
use tokio::time::{Instant, advance, sleep};

use super::account::{Account, HOUR, Provider, lives};
use super::memory::{Fault, Memory};

const SECOND: Duration = Duration::from_secs(1);

fn processes(many: usize, provider: &Provider, store: &Arc<Memory>) -> Vec<Client<Account>> {
    (0..many).map(|_| provider.account().process_of_one_session(store)).collect()
}

#[tokio::test(start_paused = true)]
async fn an_impatient_caller_learns_when_to_try_again_and_does_not_log_in() {
    let (provider, store) = (Provider::slow(SECOND * 9), Memory::new());
    let processes = processes(20, &provider, &store);
    let begun = Instant::now();
    let (slow, rest) = processes.split_first().unwrap();
    let asks = |client: &Client<Account>| {
        let client = client.clone();
        async move {
            sleep(SECOND / 10).await;
            let error = client.credential().await.unwrap_err();
            (error, begun.elapsed())
        }
    };
    let (slow, told) = join(slow.credential(), join_all(rest.iter().map(asks))).await;
    assert_eq!(slow.unwrap().number, 1);
    for (error, after) in told {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let pause = error.retry_after().unwrap();
        assert!(pause >= SECOND && pause <= SECOND * 2, "{pause:?}");
        assert!(after >= SECOND * 5 && after < Duration::from_millis(7_900), "{after:?}");
    }
    assert_eq!(provider.logins(), 1);
    sleep(SECOND * 2).await;
    for client in rest {
        assert_eq!(client.credential().await.unwrap().number, 1, "the next call adopts the other's credential");
        assert_eq!(client.stats().store_deferred, 1);
        assert_eq!(client.stats().logins_failed, 0, "no login of its own failed");
    }
    assert_eq!(provider.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_renewal_delays_nobody_and_is_not_taken_over() {
    let slow = |number| SECOND * if number == 2 { 9 } else { 1 };
    let provider = Provider::new(move |number| async move {
        sleep(slow(number)).await;
        lives(number, HOUR)
    });
    let store = Memory::new();
    let processes = processes(10, &provider, &store);
    join_all(processes.iter().map(Client::credential)).await;
    // All are stale and none has expired.
    advance(Duration::from_secs(3_200)).await;
    for _ in 0..8 {
        for client in &processes {
            assert_eq!(client.credential().await.unwrap().number, 1);
        }
        sleep(SECOND).await;
    }
    sleep(SECOND * 3).await;
    for client in &processes {
        client.credential().await.unwrap();
    }
    sleep(SECOND * 3).await;
    for client in &processes {
        assert_eq!(client.credential().await.unwrap().number, 2);
    }
    assert_eq!(provider.logins(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_session_ended_by_a_renewal_is_replaced_by_a_read_and_not_a_login() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let processes = processes(10, &provider, &store);
    join_all(processes.iter().map(Client::credential)).await;
    let (renews, rest) = processes.split_first().unwrap();
    advance(Duration::from_secs(3_200)).await;
    renews.credential().await.unwrap();
    sleep(SECOND / 2).await;
    // The provider has granted the login, but the store does not have it yet.
    for client in rest {
        assert!(client.invalidate(&client.cached().unwrap()));
    }
    let sessions = join_all(processes.iter().map(Client::credential)).await;
    assert_eq!(sessions[0].as_ref().unwrap().number, 1, "it learns of the login only after the store does");
    assert!(sessions[1..].iter().all(|session| session.as_ref().is_ok_and(|session| session.number == 2)));
    assert_eq!(provider.logins(), 2);
}

#[tokio::test(start_paused = true)]
async fn one_other_process_takes_over_from_a_holder_that_dies() {
    let provider = Provider::new(async |number| {
        if number == 1 {
            std::future::pending::<()>().await;
        }
        lives(number, HOUR)
    });
    let store = Memory::new();
    let (holder, rest) = (provider.account().process_of_one_session(&store), processes(10, &provider, &store));
    tokio::time::timeout(SECOND / 10, holder.credential()).await.unwrap_err();
    // No release: the holder and its task are gone.
    drop(holder);
    let begun = Instant::now();
    let sessions = join_all(rest.iter().map(Client::credential)).await;
    assert!(sessions.into_iter().all(|session| session.unwrap().number == 2));
    assert!(begun.elapsed() < Duration::from_millis(4_300), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_process_that_lost_the_lease_does_not_retry_its_login() {
    for single_session in [true, false] {
        let provider = Provider::new(async |number| {
            sleep(Duration::from_millis(2_500)).await;
            if number == 1 { Err(Error::new(ErrorKind::Unavailable, "no answer")) } else { lives(number, HOUR) }
        });
        let store = Memory::new();
        let account = provider.account();
        let client = if single_session { account.process_of_one_session(&store) } else { account.process(&store) };
        let loses = async {
            sleep(Duration::from_millis(1_500)).await;
            let other = Lease { owner: [7; 16], fence: 2 };
            store.tamper(|entry| entry.lease = Some((other, Instant::now() + HOUR)));
        };
        let (answer, ()) = join(client.credential(), loses).await;
        if single_session {
            assert!(answer.unwrap_err().to_string().contains("no answer"));
            assert_eq!(provider.logins(), 1);
        } else {
            assert_eq!(answer.unwrap().number, 2, "with parallel sessions a retry ends none");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_holds_the_lease_retries_its_login() {
    let provider = Provider::new(async |number| {
        sleep(Duration::from_millis(2_500)).await;
        if number == 1 { Err(Error::new(ErrorKind::Unavailable, "no answer")) } else { lives(number, HOUR) }
    });
    let client = provider.account().process_of_one_session(&Memory::new());
    assert_eq!(client.credential().await.unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_never_released_keeps_all_waiting_and_nobody_logs_in() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    store.break_with(Fault::Stuck);
    let client = provider.account().process_of_one_session(&store);
    for _ in 0..5 {
        assert_eq!(client.credential().await.unwrap_err().kind(), ErrorKind::Unavailable);
        sleep(SECOND * 2).await;
    }
    assert_eq!(provider.logins(), 0);
    store.break_with(Fault::None);
    assert_eq!(client.credential().await.unwrap().number, 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_passes_from_one_to_another_is_waited_for_at_most_15_s() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let client = provider.account().process_of_one_session(&store);
    let begun = Instant::now();
    let hands_round = async {
        for fence in 1.. {
            store.break_with(Fault::HeldBy(fence));
            sleep(SECOND).await;
        }
    };
    tokio::select! {
        answer = client.credential() => assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unavailable),
        () = hands_round => {}
    }
    let waited = begun.elapsed();
    assert!(waited >= SECOND * 12 && waited <= Duration::from_millis(15_300), "{waited:?}");
    assert_eq!(provider.logins(), 0);
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_down_each_logs_in_and_adopts_no_ended_session() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let client = provider.account().process_of_one_session(&store);
    client.credential().await.unwrap();
    store.break_with(Fault::Down);
    advance(Duration::from_secs(3_200)).await;
    client.credential().await.unwrap();
    sleep(SECOND * 2).await;
    assert_eq!(client.credential().await.unwrap().number, 2, "a request takes precedence");
    assert_eq!(client.stats().store_bypassed, 1);
    store.break_with(Fault::None);
    sleep(SECOND * 5).await;
    assert!(store.only().record.is_some(), "the first record is still there");
    // The login of another process has ended the second session.
    assert!(client.invalidate(&client.cached().unwrap()));
    assert_eq!(client.credential().await.unwrap().number, 3, "the second had ended the first");
}

#[tokio::test(start_paused = true)]
async fn a_failed_login_without_the_store_ends_no_session() {
    let provider = Provider::new(async |number| match number {
        1 => lives(number, HOUR),
        _ => Err(Error::new(ErrorKind::LoginRefused, "locked")),
    });
    let store = Memory::new();
    let client = provider.account().process_of_one_session(&store);
    client.credential().await.unwrap();
    store.break_with(Fault::Down);
    advance(Duration::from_secs(3_200)).await;
    client.credential().await.unwrap();
    sleep(SECOND * 6).await;
    assert_eq!(provider.logins(), 2);
    store.break_with(Fault::None);
    let newcomer = provider.account().process_of_one_session(&store);
    assert_eq!(newcomer.credential().await.unwrap().number, 1);
    client.clear_cooldown();
    client.credential().await.unwrap();
    sleep(SECOND).await;
    assert_eq!(client.credential().await.unwrap().number, 1);
    assert!(store.only().record.is_some(), "the record is still shared by all");
}
