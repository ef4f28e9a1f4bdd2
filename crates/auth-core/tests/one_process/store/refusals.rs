//! Refused logins, which all processes learn of.

use std::time::Duration;

use auth_core::Client;
use auth_core::{Error, ErrorKind};
use futures_util::future::{join, join_all};
use tokio::time::advance;

use super::account::{HOUR, Provider, Session, lives};
use super::memory::Memory;

const SECOND: Duration = Duration::from_secs(1);
/// An age at which an hour's credential is stale, whatever its jitter. Six minutes are left then.
const STALE: Duration = Duration::from_secs(3_155);

fn refuses(login: Duration) -> Provider {
    Provider::new(move |_| async move {
        tokio::time::sleep(login).await;
        Err(Error::new(ErrorKind::LoginRefused, "wrong password").with_provider_message("senha incorreta"))
    })
}

#[tokio::test(start_paused = true)]
async fn s7_of_fifty_processes_with_a_wrong_password_one_is_refused() {
    let (provider, store) = (refuses(SECOND), Memory::new());
    let processes = provider.processes(50, &store);
    for round in 0..5 {
        let answers = join_all(processes.iter().map(Client::credential)).await;
        // One process was refused, and the others repeat that error.
        let refused = answers.iter().filter(|answer| !answer.as_ref().unwrap_err().is_cooling_down()).count();
        assert_eq!(refused, usize::from(round == 0));
        for answer in answers {
            let error = answer.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LoginRefused);
            assert_eq!(error.provider_message(), Some("senha incorreta"));
            let retry_after = error.retry_after().unwrap();
            assert!(retry_after > Duration::from_secs(5) && retry_after <= Duration::from_secs(66), "{retry_after:?}");
        }
        advance(Duration::from_secs(10)).await;
    }
    assert_eq!(provider.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn s7_if_the_refusal_takes_long_the_password_is_sent_at_most_twice() {
    let (provider, store) = (refuses(Duration::from_secs(7)), Memory::new());
    let processes = provider.processes(50, &store);
    let answers = join_all(processes.iter().map(Client::credential)).await;
    assert!(answers.iter().all(|answer| answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::LoginRefused)));
    assert!(provider.logins() <= 2, "{}", provider.logins());
}

#[tokio::test(start_paused = true)]
async fn short_lived_processes_are_refused_as_seldom_as_one_that_stays() {
    // A cron job every minute, every second minute and so on, for a day.
    for minutes in [1, 2, 3, 5, 10, 15] {
        let (provider, store) = (refuses(SECOND), Memory::new());
        let mut soon = 0;
        for run in 0..24 * 60 / minutes {
            provider.process(&store).credential().await.unwrap_err();
            advance(Duration::from_secs(60 * minutes - 1)).await;
            soon = if run * minutes < 15 { provider.logins() } else { soon };
        }
        assert!(soon <= 3 && provider.logins() <= 52, "each {minutes} min: {soon}, {}", provider.logins());
        assert!(provider.logins() >= 24, "the login is still retried: {}", provider.logins());
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_applies_to_all_processes_for_the_stated_time() {
    let provider = Provider::new(async |number| match number {
        1 => Err(Error::new(ErrorKind::RateLimited, "too many").with_retry_after(Duration::from_secs(120))),
        _ => lives(number, HOUR),
    });
    let store = Memory::new();
    let (first, second) = (provider.process(&store), provider.process(&store));
    first.credential().await.unwrap_err();
    advance(Duration::from_secs(20)).await;
    let error = second.credential().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after().map(|pause| pause.as_secs()), Some(100));
    advance(Duration::from_secs(99)).await;
    second.credential().await.unwrap_err();
    advance(Duration::from_secs(1)).await;
    assert_eq!(second.credential().await.unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_a_refusal_and_each_process_of_a_machine_tries_for_itself() {
    let provider = Provider::new(async |_| -> auth_core::Result<Session> {
        Err(Error::new(ErrorKind::Unavailable, "the server is down"))
    });
    let store = Memory::new();
    for process in 1..=3 {
        provider.process(&store).credential().await.unwrap_err();
        assert_eq!(provider.logins(), 3 * process, "three attempts each");
    }
}

#[tokio::test(start_paused = true)]
async fn renewals_share_an_outages_cooldown_and_try_less_and_less_often() {
    // The failure comes at once, in time, and later than a login is waited for.
    for silence in [Duration::ZERO, Duration::from_secs(9), Duration::from_secs(11)] {
        let provider = Provider::new(move |number| async move {
            if number == 1 {
                return lives(number, HOUR);
            }
            tokio::time::sleep(silence).await;
            Err(Error::new(ErrorKind::Unavailable, "the server is down"))
        });
        let processes = provider.processes(50, &Memory::new());
        join_all(processes.iter().map(Client::credential)).await;
        advance(STALE).await;
        for _ in 0..150 {
            let sessions = join_all(processes.iter().map(Client::credential)).await;
            assert!(sessions.iter().all(|session| session.as_ref().is_ok_and(|session| session.number == 1)));
            tokio::time::sleep(SECOND * 2).await;
        }
        assert!(provider.logins() <= 200, "{silence:?}: {} for fifty in five minutes", provider.logins());
        assert!(provider.logins() >= 10, "the renewals are still retried: {}", provider.logins());
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_met_by_a_renewal_keeps_no_caller_from_a_login() {
    let provider = Provider::new(async |number| match number {
        2..=4 => Err(Error::new(ErrorKind::Unavailable, "the server is down")),
        _ => lives(number, HOUR),
    });
    let store = Memory::new();
    let (one, other) = (provider.process(&store), provider.process(&store));
    for client in [&one, &other] {
        client.credential().await.unwrap();
    }
    advance(STALE).await;
    one.credential().await.unwrap();
    // Three attempts take at most 750 ms, and the cooldown after them is one second.
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(provider.logins(), 4);
    assert!(store.only().cooldown.is_some());
    assert!(other.invalidate(&other.cached().unwrap()));
    assert_eq!(other.credential().await.unwrap().number, 5);
}

#[tokio::test(start_paused = true)]
async fn after_clear_cooldown_the_shared_refusal_is_ignored_once() {
    let provider = Provider::new(async |number| match number {
        3 => lives(number, HOUR),
        _ => Err(Error::new(ErrorKind::LoginRefused, "the account is locked")),
    });
    let store = Memory::new();
    let (one, other) = (provider.process(&store), provider.process(&store));
    one.credential().await.unwrap_err();
    other.credential().await.unwrap_err();
    assert_eq!(provider.logins(), 1);
    other.clear_cooldown();
    other.credential().await.unwrap_err();
    assert_eq!(provider.logins(), 2, "the login was tried once more");
    other.credential().await.unwrap_err();
    assert_eq!(provider.logins(), 2, "once");
    // The account is unlocked now: the process that knows ends the cooldown for all.
    other.clear_cooldown();
    other.credential().await.unwrap();
    assert!(store.only().cooldown.is_none());
    assert_eq!(provider.process(&store).credential().await.unwrap().number, 3);
}

/// `clear_cooldown` applies to one login, and later refusals count again.
#[tokio::test(start_paused = true)]
async fn a_refusal_after_clear_cooldown_and_its_login_is_honored() {
    let provider = Provider::new(async |number| match number {
        1 => lives(number, HOUR),
        _ => Err(Error::new(ErrorKind::LoginRefused, "wrong password")),
    });
    let store = Memory::new();
    let (one, other) = (provider.process(&store), provider.process(&store));
    other.clear_cooldown();
    let session = other.credential().await.unwrap();
    assert!(other.forget_everywhere(&session).await);
    one.credential().await.unwrap_err();
    assert_eq!(other.credential().await.unwrap_err().kind(), ErrorKind::LoginRefused);
    assert_eq!((provider.logins(), other.stats().store_deferred), (2, 1));
}

/// A caller that waited for another process's login when the secrets changed is not deferred by its refusal.
#[tokio::test(start_paused = true)]
async fn a_login_before_clear_cooldown_is_not_deferred_by_anothers_refusal() {
    let provider = Provider::new(async |number| {
        tokio::time::sleep(SECOND).await;
        if number == 1 { Err(Error::new(ErrorKind::LoginRefused, "wrong password")) } else { lives(number, HOUR) }
    });
    let store = Memory::new();
    let (one, other) = (provider.process(&store), provider.process(&store));
    let resets = async {
        tokio::time::sleep(SECOND / 2).await;
        other.clear_cooldown();
    };
    let late = async {
        tokio::time::sleep(SECOND / 10).await;
        other.credential().await
    };
    let (refused, (served, ())) = join(one.credential(), join(late, resets)).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::LoginRefused);
    assert_eq!(served.unwrap().number, 2);
    assert_eq!(other.stats().store_deferred, 0);
}
