//! Leases kept by mistake, failure counts that shrink, and store operations that stall.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use async_trait::async_trait;
use auth_core::store::{Acquire, CacheKey, Cooldown, Found, KeyRing, Lease, SharedStore, Store};
use auth_core::{Client, Error, ErrorKind, Result};
use tokio::time::{advance, sleep, timeout};

use super::account::{Account, HOUR, Provider, Session, lives};
use super::memory::Memory;
use super::pause::{Revocable, get};

const SECOND: Duration = Duration::from_secs(1);
/// An age at which an hour's credential is stale, whatever its jitter. Six minutes are left then.
const STALE: Duration = Duration::from_secs(3_155);

fn refused() -> Result<Session> {
    Err(Error::new(ErrorKind::LoginRefused, "wrong password"))
}

fn down() -> Result<Session> {
    Err(Error::new(ErrorKind::Unavailable, "the server is down"))
}

/// A store that grants more than requested: a lease to a read, or during a cooldown.
#[derive(Debug)]
struct Generous(Arc<Memory>);

#[async_trait]
impl Store for Generous {
    async fn acquire(&self, key: &CacheKey, acquire: &Acquire) -> Result<Found> {
        let mut more = acquire.clone();
        (more.span, more.ignore_cooldown) = (SECOND * 4, true);
        self.0.acquire(key, &more).await
    }

    async fn extend(&self, key: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        self.0.extend(key, lease, span).await
    }

    async fn publish(&self, key: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        self.0.publish(key, lease, sealed, lifetime).await
    }

    async fn release(&self, key: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
        self.0.release(key, lease, cooldown).await
    }

    async fn remove(&self, key: &CacheKey, fence: u64) -> Result<bool> {
        self.0.remove(key, fence).await
    }
}

/// Returns a provider whose first login returns `first` at once, and whose later logins take three seconds.
fn slow_after(first: fn() -> Result<Session>) -> Provider {
    Provider::new(move |number| async move {
        if number == 1 {
            return first();
        }
        sleep(SECOND * 3).await;
        lives(number, HOUR)
    })
}

#[tokio::test(start_paused = true)]
async fn an_ended_login_does_not_take_over_another_lease_with_its_fence() {
    for first in [|| lives(1, HOUR), refused] {
        let (provider, store) = (slow_after(first), Memory::new());
        let (client, other) = (provider.process(&store), provider.process(&store));
        if let Ok(session) = client.credential().await {
            client.forget(&session);
        }
        client.clear_cooldown();
        // The store loses its fences, so another process gets the same one.
        store.entries.lock().unwrap().clear();
        let other = tokio::spawn(async move { other.credential().await.map(drop) });
        sleep(SECOND).await;
        let client = tokio::spawn(async move { client.credential().await.map(drop) });
        sleep(SECOND).await;
        assert_eq!(provider.logins(), 2, "the client waits for the other login");
        other.await.unwrap().unwrap();
        client.await.unwrap().unwrap();
    }
}

#[test]
fn a_login_takes_over_the_lease_its_client_left_on_an_ended_runtime() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (provider, store) = (slow_after(|| lives(1, HOUR)), Memory::new());
    let first = provider.process(&store);
    let ended = runtime();
    ended.block_on(first.credential()).unwrap();
    first.forget(&first.cached().unwrap());
    ended.block_on(async { timeout(SECOND, first.credential()).await.unwrap_err() });
    drop(ended);
    assert!(store.only().lease.is_some(), "the lease was not released");
    runtime().block_on(async {
        let begun = tokio::time::Instant::now();
        first.credential().await.unwrap();
        assert!(begun.elapsed() < Duration::from_millis(3_100), "{:?}", begun.elapsed());
    });
}

#[tokio::test]
async fn a_lease_granted_to_a_read_is_released() {
    let provider = Revocable::start().await;
    let generous = provider.account.process(&Arc::new(Generous(Arc::clone(&provider.store))));
    let client = provider.paused_as(generous).await;
    assert_eq!(get(&client).await, 401);
    assert!(provider.store.only().lease.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_lease_granted_during_a_cooldown_is_released() {
    let (provider, store) = (Provider::new(async |_| refused()), Memory::new());
    provider.process(&store).credential().await.unwrap_err();
    let client = provider.process(&Arc::new(Generous(Arc::clone(&store))));
    assert!(client.credential().await.unwrap_err().is_cooling_down());
    assert!(store.only().lease.is_none());
    assert_eq!(provider.logins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_later_report_of_fewer_refusals_does_not_reset_the_count() {
    let (provider, store) = (Provider::new(async |_| refused()), Memory::new());
    let (often, client, once) = (provider.process(&store), provider.process(&store), provider.process(&store));
    for refusal in 1..=3 {
        let error = often.credential().await.unwrap_err();
        if refusal < 3 {
            advance(error.retry_after().unwrap() + SECOND).await;
        }
    }
    // The client learns of three refusals, and then of one.
    let error = client.credential().await.unwrap_err();
    store.entries.lock().unwrap().clear();
    once.credential().await.unwrap_err();
    advance(error.retry_after().unwrap() + SECOND).await;
    let error = client.credential().await.unwrap_err();
    assert!(error.retry_after().unwrap() > SECOND * 1_700, "the fourth in a row: {error}");
}

#[tokio::test(start_paused = true)]
async fn a_successful_login_resets_the_count_of_refusals() {
    let provider = Provider::new(async |number| if number == 2 { lives(number, HOUR) } else { refused() });
    let client = provider.process(&Memory::new());
    client.credential().await.unwrap_err();
    advance(SECOND * 70).await;
    let session = client.credential().await.unwrap();
    assert!(client.forget_everywhere(&session).await);
    let error = client.credential().await.unwrap_err();
    assert!(error.retry_after().unwrap() <= SECOND * 66, "the first in a row: {error}");
}

/// A provider that goes down after its first login, and a store with readable contents.
struct Outage {
    account: Account,
    store: Arc<Memory>,
}

impl Outage {
    fn start() -> Self {
        let provider = Provider::new(async |number| if number == 1 { lives(number, HOUR) } else { down() });
        Self { account: provider.account(), store: Memory::new() }
    }

    fn process(&self) -> Client<Account> {
        self.account.shared_store(&SharedStore::new(Arc::clone(&self.store), KeyRing::dangerous_plaintext()))
    }

    /// Renews until the store reports `expected` consecutive failures.
    async fn renew_until(&self, client: &Client<Account>, expected: u64) -> u64 {
        let before = self.failures();
        for _ in 0..100 {
            client.credential().await.unwrap();
            sleep(SECOND).await;
            let failures = self.failures();
            if failures != before && failures != 0 && (failures >= expected || before == 1) {
                return failures;
            }
        }
        self.failures()
    }

    /// Returns the number of consecutive failures in the store's cooldown.
    fn failures(&self) -> u64 {
        let Some((text, _)) = self.store.only().cooldown else { return 0 };
        let text = String::from_utf8_lossy(&text).into_owned();
        let digits = text.split_once("\"failed\":").map(|(_, rest)| rest.split(|digit: char| !digit.is_ascii_digit()));
        digits.and_then(|mut digits| digits.next()?.parse().ok()).unwrap_or_default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_report_of_fewer_failed_renewals_does_not_reset_the_count() {
    let outage = Outage::start();
    let (often, client, once) = (outage.process(), outage.process(), outage.process());
    for process in [&often, &client, &once] {
        process.credential().await.unwrap();
    }
    advance(STALE).await;
    assert_eq!(outage.renew_until(&often, 3).await, 3);
    // The client learns of three, whose cooldown defers it.
    outage.store.tamper(|entry| entry.cooldown.as_mut().unwrap().1 += SECOND * 600);
    client.credential().await.unwrap();
    sleep(SECOND).await;
    outage.store.tamper(|entry| entry.cooldown = None);
    assert_eq!(outage.renew_until(&once, 1).await, 1);
    assert!(outage.renew_until(&client, 4).await >= 4);
}

#[tokio::test(start_paused = true)]
async fn failed_renewals_of_others_do_not_lengthen_a_waiting_callers_cooldown() {
    let outage = Outage::start();
    let often = outage.process();
    often.credential().await.unwrap();
    advance(STALE).await;
    assert!(outage.renew_until(&often, 4).await >= 4);
    let cooldown = outage.store.only().cooldown;
    for _ in 0..20 {
        outage.store.tamper(|entry| (entry.record, entry.cooldown) = (None, cooldown.clone()));
        let error = outage.process().credential().await.unwrap_err();
        assert!(error.retry_after().unwrap() <= SECOND, "{error}");
    }
}

/// A store whose next operation blocks its thread.
#[derive(Debug)]
struct Blocking {
    store: Arc<Memory>,
    blocks: AtomicBool,
}

#[async_trait]
impl Store for Blocking {
    async fn acquire(&self, key: &CacheKey, acquire: &Acquire) -> Result<Found> {
        if self.blocks.swap(false, SeqCst) {
            std::thread::sleep(SECOND * 6);
        }
        self.store.acquire(key, acquire).await
    }

    async fn extend(&self, key: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        self.store.extend(key, lease, span).await
    }

    async fn publish(&self, key: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        self.store.publish(key, lease, sealed, lifetime).await
    }

    async fn release(&self, key: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
        self.store.release(key, lease, cooldown).await
    }

    async fn remove(&self, key: &CacheKey, fence: u64) -> Result<bool> {
        self.store.remove(key, fence).await
    }
}

#[tokio::test]
async fn a_store_read_on_a_stalled_runtime_is_replaced() {
    let provider = Revocable::start().await;
    let blocking = Arc::new(Blocking { store: Arc::clone(&provider.store), blocks: AtomicBool::new(false) });
    let client = provider.paused_as(provider.account.process(&blocking)).await;
    blocking.blocks.store(true, SeqCst);
    let elsewhere = client.clone();
    let still = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(get(&elsewhere))
    });
    while blocking.blocks.load(SeqCst) {
        sleep(Duration::from_millis(5)).await;
    }
    // Another process has logged in meanwhile.
    assert_eq!(get(&provider.client()).await, 200);
    let begun = std::time::Instant::now();
    assert_eq!(get(&client).await, 200);
    assert!(begun.elapsed() < SECOND * 3, "{:?}", begun.elapsed());
    still.join().unwrap();
}
