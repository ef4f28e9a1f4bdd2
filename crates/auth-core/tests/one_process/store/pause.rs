//! The limit on logins that a 401 forces, during which credentials of other processes are still adopted.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::Client;
use futures_util::future::{join, join_all};
use tokio::time::{Instant, sleep};

use super::account::{Account, HOUR, Provider, lives};
use super::memory::{Fault, Memory};

/// A provider that serves requests, and accepts credentials from its login `good_from` on.
pub(crate) struct Revocable {
    pub(crate) account: Account,
    good_from: Arc<AtomicU64>,
    pub(crate) store: Arc<Memory>,
    /// The number of the credential of each request, and its body.
    requests: Arc<Mutex<Vec<(u64, String)>>>,
    _server: mockito::ServerGuard,
}

impl Revocable {
    pub(crate) async fn start() -> Self {
        let mut server = mockito::Server::new_async().await;
        let good_from = Arc::new(AtomicU64::new(0));
        let good = Arc::clone(&good_from);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let answers = move |request: &mockito::Request| {
            let token = request.header("authorization")[0].to_str().unwrap();
            let number: u64 = token.strip_prefix("Bearer token-").unwrap().parse().unwrap();
            seen.lock().unwrap().push((number, request.utf8_lossy_body().unwrap().into_owned()));
            if number >= good.load(SeqCst) { 200 } else { 401 }
        };
        server.mock("GET", "/x").with_status_code_from_request(answers).expect_at_least(0).create_async().await;
        let provider = Provider::new(async |number| lives(number, HOUR));
        let account = Account { base_url: server.url().parse().unwrap(), ..provider.account() };
        Self { account, good_from, store: Memory::new(), requests, _server: server }
    }

    pub(crate) fn client(&self) -> Client<Account> {
        self.account.process(&self.store)
    }

    pub(crate) fn logins(&self) -> u64 {
        self.account.provider.logins()
    }

    pub(crate) fn revoke(&self) {
        self.accept_from(self.logins() + 1);
    }

    pub(crate) fn accept_from(&self, number: u64) {
        self.good_from.store(number, SeqCst);
    }

    pub(crate) fn forget_requests(&self) {
        self.requests.lock().unwrap().clear();
    }

    /// Returns the number of the credential of each request.
    pub(crate) fn sent_with(&self) -> Vec<u64> {
        self.requests.lock().unwrap().iter().map(|(number, _body)| *number).collect()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|(_number, body)| body.clone()).collect()
    }

    async fn log_out(&self, client: &Client<Account>) {
        self.revoke();
        assert!(client.forget_everywhere(&client.cached().unwrap()).await);
    }

    /// Returns a client that adopted a login that a 401 had forced in another process, less than 10 s ago.
    async fn paused(&self) -> Client<Account> {
        self.paused_as(self.client()).await
    }

    /// Brings this client into the same state.
    pub(crate) async fn paused_as(&self, paused: Client<Account>) -> Client<Account> {
        let other = self.client();
        assert_eq!((get(&other).await, get(&paused).await), (200, 200));
        self.revoke();
        assert_eq!((get(&other).await, get(&paused).await), (200, 200));
        self.log_out(&other).await;
        paused
    }
}

pub(crate) async fn get(client: &Client<Account>) -> u16 {
    client.get("x").send().await.unwrap().status().as_u16()
}

/// The sequence of the report.
#[tokio::test]
async fn s9_in_the_pause_between_forced_logins_anothers_login_is_adopted() {
    let provider = Revocable::start().await;
    let client = provider.paused().await;
    let other = provider.client();
    for login in 3..6 {
        assert_eq!(get(&other).await, 200);
        assert_eq!(provider.logins(), login);
        for _ in 0..5 {
            assert_eq!(get(&client).await, 200);
        }
        provider.log_out(&other).await;
    }
    assert_eq!((client.stats().logins, client.stats().adopted), (0, 5));
}

/// If the store has nothing newer, the 401 reaches the caller as before and the store stays unchanged.
#[tokio::test]
async fn in_the_pause_a_store_without_a_newer_record_is_asked_once_per_401() {
    let provider = Revocable::start().await;
    let client = provider.paused().await;
    for _ in 0..5 {
        let operations = provider.store.operations();
        assert_eq!(get(&client).await, 401);
        assert_eq!(provider.store.operations() - operations, 1);
        assert!(provider.store.only().lease.is_none());
    }
    let operations = provider.store.operations();
    let answers = join_all((0..50).map(|_| get(&client))).await;
    assert!(answers.into_iter().all(|status| status == 401));
    assert!(provider.store.operations() - operations <= 50);
    assert_eq!((provider.logins(), client.stats().store_failures), (2, 0));
    assert!(client.cached().is_some());
    provider.store.break_with(Fault::Down);
    assert_eq!(get(&client).await, 401);
}

/// Another process is logging in.
#[tokio::test]
async fn in_the_pause_a_401_waits_for_the_login_of_another_process() {
    let provider = Revocable::start().await;
    let client = provider.paused().await;
    let slow = Provider::new(async |_| {
        sleep(Duration::from_millis(300)).await;
        lives(3, HOUR)
    });
    let other = Account { provider: slow, ..provider.account.clone() }.process(&provider.store);
    let waits = async {
        sleep(Duration::from_millis(100)).await;
        get(&client).await
    };
    assert_eq!(join(get(&other), waits).await, (200, 200));
    assert_eq!(client.stats().logins, 0);
}

/// A login that does not end is waited for only so long.
#[tokio::test]
async fn in_the_pause_a_401_waits_for_a_slow_login_but_does_not_take_it_over() {
    let provider = Revocable::start().await;
    let client = provider.paused().await;
    provider.store.break_with(Fault::HeldBy(7));
    let begun = Instant::now();
    assert_eq!(get(&client).await, 401);
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(5) && waited < Duration::from_secs(12), "{waited:?}");
    assert_eq!((provider.logins(), client.stats().store_takeovers, client.stats().store_bypassed), (2, 0, 0));
}

/// A layer that sends the request again asks the store first, as the client does.
#[tokio::test]
async fn in_the_pause_a_layers_replay_waits_for_a_newer_record() {
    let provider = Revocable::start().await;
    let client = provider.paused().await;
    let replays = client.stats().replays;
    assert!(!client.should_replay(&client.cached().unwrap()).await, "the store has nothing newer");
    assert_eq!(client.stats().replays, replays);
    assert_eq!(get(&provider.client()).await, 200);
    assert!(client.should_replay(&client.cached().unwrap()).await);
    assert_eq!((client.cached().unwrap().number, client.stats().logins), (3, 0));
    assert_eq!(client.stats().replays, replays + 1);
}

/// Callers that send their own requests get the new credential with their next call.
#[tokio::test]
async fn in_the_pause_an_invalidated_credential_is_replaced_in_the_background() {
    let provider = Revocable::start().await;
    let client = provider.paused().await;
    assert_eq!(get(&provider.client()).await, 200);
    let refused = client.cached().unwrap();
    assert!(!client.invalidate(&refused), "no login may be forced");
    while client.credential().await.unwrap().number == 2 {
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(client.cached().unwrap().number, 3);
    assert_eq!(client.stats().logins, 0);
}
