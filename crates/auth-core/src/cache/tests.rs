//! Tests of internals: a wall clock that is wrong or jumps, and the cache's entries.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use http::HeaderMap;
use time::ext::NumericalDuration;
use url::Url;

use super::{CredentialCache, Entry, millis};
use crate::client::Client;
use crate::credential::Credential;
use crate::error::Result;
use crate::expiry::Expiry;
use crate::login::Login;
use crate::options::Options;
use crate::transport::Http;

#[derive(Debug)]
struct Account {
    base_url: Url,
    logins: Arc<AtomicU64>,
}

/// The number of its login.
#[derive(Debug)]
struct Hour(u64);

impl Credential for Hour {
    fn expiry(&self) -> Expiry {
        Expiry::In(Duration::from_secs(3600))
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        headers.insert("authorization", self.0.into());
    }
}

impl Login for Account {
    type Credential = Hour;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, _http: &Http) -> Result<Hour> {
        Ok(Hour(self.logins.fetch_add(1, SeqCst) + 1))
    }
}

fn slot() -> (CredentialCache<Account>, Arc<AtomicU64>) {
    let base_url = Url::parse("https://login.test/").unwrap();
    let logins = Arc::new(AtomicU64::new(0));
    let http = Http::new(&base_url, &Options::default()).unwrap();
    let account = Account { base_url, logins: Arc::clone(&logins) };
    (CredentialCache::new(account, http, None), logins)
}

async fn pass(seconds: u64) {
    // Spawned tasks run before the time advances.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_is_a_day_off_changes_no_decision() {
    for days in [-1, 0, 1] {
        let (cache, logins) = slot();
        cache.http().pool().clock.shift_wall(days.days());
        let mut made = Vec::new();
        for _ in 0..24 {
            cache.get().await.unwrap();
            pass(300).await;
            made.push(logins.load(SeqCst));
        }
        // Renewed after 48.75 to 52.5 minutes, depending on the jitter.
        assert_eq!([made[9], made[11], made[19], made[22]], [1, 2, 2, 3], "{days} days off: {made:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn f16_a_clock_that_is_set_back_lengthens_no_life() {
    let (cache, logins) = slot();
    cache.get().await.unwrap();
    cache.http().pool().clock.shift_wall((-1).hours());
    pass(3601).await;
    assert!(cache.peek().is_none());
    cache.get().await.unwrap();
    assert_eq!(logins.load(SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn f16_after_a_suspend_the_first_caller_waits_for_one_login() {
    let (cache, logins) = slot();
    cache.get().await.unwrap();
    cache.http().pool().clock.shift_wall(8.hours());
    assert!(cache.peek().is_none(), "the monotonic clock slept");
    for _ in 0..10 {
        cache.get().await.unwrap();
    }
    assert_eq!(logins.load(SeqCst), 2);
}

#[test]
fn a_credential_is_at_hand_in_the_tick_in_which_it_was_served_and_in_no_other() {
    let snapshot = Entry::new(Hour(1), 1, 0, Duration::ZERO);
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

/// A client, and a provider that knows its oldest login whose credential is still good.
struct Revocable {
    client: Client<Account>,
    logins: Arc<AtomicU64>,
    good_from: Arc<AtomicU64>,
    server: mockito::ServerGuard,
}

impl Revocable {
    async fn start() -> Self {
        let mut server = mockito::Server::new_async().await;
        let good_from = Arc::new(AtomicU64::new(0));
        let good = Arc::clone(&good_from);
        let answers = move |request: &mockito::Request| {
            let number = request.header("authorization")[0].to_str().unwrap().parse::<u64>().unwrap();
            if number >= good.load(SeqCst) { 200 } else { 401 }
        };
        server.mock("GET", "/x").with_status_code_from_request(answers).expect_at_least(1).create_async().await;
        let logins = Arc::new(AtomicU64::new(0));
        let base_url = Url::parse(&format!("{}/", server.url())).unwrap();
        let client = Client::new(Account { base_url, logins: Arc::clone(&logins) }).unwrap();
        Self { client, logins, good_from, server }
    }

    fn revoke(&self) {
        self.good_from.store(self.logins.load(SeqCst) + 1, SeqCst);
    }

    fn refuse_all(&self) {
        self.good_from.store(u64::MAX, SeqCst);
    }

    fn pass(&self, seconds: i64) {
        self.client.http().pool().clock.shift_wall(seconds.seconds());
    }

    async fn get(&self) -> u16 {
        self.client.get("x").send().await.unwrap().status().as_u16()
    }
}

/// Each credential served a request, so the pause between forced logins stays at 10 s.
#[tokio::test]
async fn credentials_that_are_revoked_every_eleven_seconds_are_all_replaced_unseen() {
    let provider = Revocable::start().await;
    assert_eq!(provider.get().await, 200);
    for _ in 0..3 {
        provider.revoke();
        assert_eq!(provider.get().await, 200);
        provider.pass(11);
        assert_eq!(provider.get().await, 200);
    }
    for _ in 0..50 {
        provider.revoke();
        assert_eq!(provider.get().await, 200);
        provider.pass(12);
    }
    assert_eq!(provider.logins.load(SeqCst), 54);
}

/// No credential is ever good, whatever the time between two requests.
#[tokio::test]
async fn credentials_that_never_serve_are_replaced_ever_more_seldom() {
    for between in [1, 12, 25] {
        let provider = Revocable::start().await;
        provider.refuse_all();
        for _ in 0..1700 / between {
            assert_eq!(provider.get().await, 401);
            provider.pass(between);
        }
        // The first login, then forced ones after 0, 10, 30, 70, 150, 310, 610, … 1510 seconds at the earliest. The
        // next one is 100 s away, which leaves room for the time that the requests take.
        let logins = provider.logins.load(SeqCst);
        assert!((9..=11).contains(&logins), "{logins} logins in 1700 s of requests each {between} s");
        provider.revoke();
        provider.pass(300);
        assert_eq!(provider.get().await, 200, "the next one is good");
        provider.revoke();
        provider.pass(10);
        assert_eq!(provider.get().await, 200, "it served, and so 10 s are enough");
    }
}

/// One endpoint answers 401 to every credential, another does not.
#[tokio::test]
async fn any_answer_but_a_401_proves_a_credential() {
    for status in [204, 403, 404, 500] {
        let mut provider = Revocable::start().await;
        provider.server.mock("GET", "/y").with_status(status).create_async().await;
        provider.refuse_all();
        for forced in 1..5 {
            assert_eq!(provider.get().await, 401);
            assert_eq!(provider.logins.load(SeqCst), 1 + forced, "{status}");
            provider.client.get("y").send().await.unwrap();
            provider.pass(10);
        }
    }
}

/// The client does not see the answers to requests that a caller sends itself.
#[tokio::test]
async fn a_credential_whose_first_401_comes_late_counts_as_one_that_served() {
    let provider = Revocable::start().await;
    let client = &provider.client;
    for _ in 0..50 {
        let session = client.credential().await.unwrap();
        provider.pass(12);
        assert!(client.invalidate(&session));
    }
    // From here on, each credential is invalidated at once.
    let mut thrown_away = 0;
    for _ in 0..1800 {
        thrown_away += u32::from(client.invalidate(&client.credential().await.unwrap()));
        provider.pass(1);
    }
    assert!((8..=10).contains(&thrown_away), "{thrown_away} in half an hour");
}
