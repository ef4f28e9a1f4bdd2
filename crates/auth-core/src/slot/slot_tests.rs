//! What only the inside shows: a wall clock that is wrong or jumps, and what is kept. The rest is tested from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use http::HeaderMap;
use time::ext::NumericalDuration;
use url::Url;

use super::{Origin, Slot, Snapshot, millis};
use crate::credential::{Credential, Expiry};
use crate::error::Result;
use crate::login::Login;
use crate::options::Options;
use crate::transport::Http;

#[derive(Debug)]
struct Account {
    base_url: Url,
    logins: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Hour;

impl Credential for Hour {
    fn expiry(&self) -> Expiry {
        Expiry::In(Duration::from_secs(3600))
    }

    fn authorize(&self, _headers: &mut HeaderMap) {}
}

impl Login for Account {
    type Credential = Hour;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, _http: &Http) -> Result<Hour> {
        self.logins.fetch_add(1, SeqCst);
        Ok(Hour)
    }
}

fn slot() -> (Arc<Slot<Account>>, Arc<AtomicU64>) {
    let base_url = Url::parse("https://login.test/").unwrap();
    let logins = Arc::new(AtomicU64::new(0));
    let http = Http::new(&base_url, &Options::default()).unwrap();
    let account = Account { base_url, logins: Arc::clone(&logins) };
    (Arc::new(Slot::new(account, http)), logins)
}

async fn pass(seconds: u64) {
    // What was started runs before the time goes on.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_is_a_day_off_changes_no_decision() {
    for days in [-1, 0, 1] {
        let (slot, logins) = slot();
        slot.http.pool().clock.shift_wall(days.days());
        let mut made = Vec::new();
        for _ in 0..24 {
            slot.current().await.unwrap();
            pass(300).await;
            made.push(logins.load(SeqCst));
        }
        // Renewed after 48.75 to 52.5 minutes, as the jitter falls.
        assert_eq!([made[9], made[11], made[19], made[22]], [1, 2, 2, 3], "{days} days off: {made:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn f16_a_clock_that_is_set_back_lengthens_no_life() {
    let (slot, logins) = slot();
    slot.current().await.unwrap();
    slot.http.pool().clock.shift_wall((-1).hours());
    pass(3601).await;
    assert!(slot.peek().is_none());
    slot.current().await.unwrap();
    assert_eq!(logins.load(SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn f16_after_a_suspend_the_first_caller_waits_for_one_login() {
    let (slot, logins) = slot();
    slot.current().await.unwrap();
    slot.http.pool().clock.shift_wall(8.hours());
    assert!(slot.peek().is_none(), "the monotonic clock slept");
    for _ in 0..10 {
        slot.current().await.unwrap();
    }
    assert_eq!(logins.load(SeqCst), 2);
}

#[test]
fn a_credential_is_at_hand_in_the_tick_in_which_it_was_served_and_in_no_other() {
    let snapshot = Snapshot::new(Hour, 1, Origin::default());
    snapshot.served_in.store(7, SeqCst);
    assert!(snapshot.was_served_in(Some(7)));
    assert!(!snapshot.was_served_in(Some(8)));
    assert!(!snapshot.was_served_in(None), "a clock that can be paused has no ticks");
}

#[test]
fn a_pause_is_logged_in_milliseconds() {
    assert_eq!(millis(Duration::from_micros(1_500_900)), 1500);
    assert_eq!(millis(Duration::MAX), u64::MAX);
}
