//! A minute of steady load on credentials with a lifetime of 2 s: no caller waits or gets an expired credential.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::Expiry;
use futures_util::FutureExt;
use tokio::task::JoinSet;
use tokio::time::{interval_at, sleep};

use super::account::{Account, advance, session};

const LIFETIME: Duration = Duration::from_secs(2);
const SLOW: Duration = Duration::from_millis(50);
const PAUSE: Duration = Duration::from_millis(7);
const CALLERS: u32 = 50;
const CALLS: u32 = 60_000 / 7;

#[tokio::test(start_paused = true)]
async fn p05_with_lifetimes_of_2_s_no_caller_waits_or_gets_an_expired_one() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let account = Account::new({
        let sent = Arc::clone(&sent);
        move |number| {
            let answer = sleep(SLOW);
            sent.lock().unwrap().push(answer.deadline() - SLOW);
            async move {
                answer.await;
                session(number, Expiry::In(LIFETIME))
            }
        }
    });
    let client = account.client();
    client.credential().await.unwrap();
    let begun = sent.lock().unwrap()[0] + SLOW;
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (client, sent) = (client.clone(), Arc::clone(&sent));
        // Spreads the callers over the pause between two calls of one of them.
        let mut calls = interval_at(begun + PAUSE * caller / CALLERS, PAUSE);
        callers.spawn(async move {
            for _ in 0..CALLS {
                let now = calls.tick().await;
                let credential = client.credential().now_or_never().expect("no caller waits").unwrap();
                let sent = sent.lock().unwrap()[usize::try_from(credential.number - 1).unwrap()];
                assert!(now < sent + LIFETIME, "login {} was sent {:?} ago", credential.number, now - sent);
            }
        });
    }
    callers.join_all().await;
    advance(SLOW).await;
    let (logins, stats) = (account.logins(), client.stats());
    // Each credential is renewed by the first call after 0.625 s to 0.75 s. Half of such a short lifetime is not used,
    // because a lifetime is uncertain by one second.
    assert!((80..=96).contains(&logins), "{logins} logins");
    assert_eq!((stats.logins, stats.renewals, stats.logins_failed), (logins, logins - 1, 0));
}
