//! Counts and events of the store.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::store::{KeyRing, SharedStore};
use auth_core::{Client, Error, ErrorKind, Stats};
use futures_util::future::{join, join_all};
use tokio::time::{advance, sleep};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::account::{HOUR, KEY, Provider, Session, lives};
use super::memory::{Fault, Memory};

const SECOND: Duration = Duration::from_secs(1);

fn sum(clients: &[Client<super::account::Account>], count: fn(&Stats) -> u64) -> u64 {
    clients.iter().map(|client| count(&client.stats())).sum()
}

#[tokio::test(start_paused = true)]
async fn a_process_that_waits_and_adopts_counts_both() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    let processes = provider.processes(20, &store);
    join_all(processes.iter().map(Client::credential)).await;
    assert_eq!(sum(&processes, |stats| stats.store_waits), 19);
    assert_eq!(sum(&processes, |stats| stats.adopted), 19);
    let late = provider.process(&store);
    late.credential().await.unwrap();
    assert_eq!((late.stats().store_waits, late.stats().adopted), (0, 1));
    for stats in processes.iter().map(Client::stats) {
        assert_eq!(
            (stats.store_deferred, stats.store_bypassed, stats.store_takeovers, stats.store_removals),
            (0, 0, 0, 0)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_deferred_by_another_processes_refusal_is_not_a_failure() {
    let provider = Provider::new(async |_| -> auth_core::Result<Session> {
        sleep(SECOND).await;
        Err(Error::new(ErrorKind::LoginRefused, "wrong password"))
    });
    let processes = provider.processes(20, &Memory::new());
    join_all(processes.iter().map(Client::credential)).await;
    assert_eq!(sum(&processes, |stats| stats.store_deferred), 19);
    assert_eq!(sum(&processes, |stats| stats.logins_failed), 1);
    assert_eq!(sum(&processes, |stats| stats.logins_refused), 1);
}

#[tokio::test(start_paused = true)]
async fn a_takeover_is_counted_by_the_process_that_logs_in() {
    let provider = Provider::new(async |number| {
        sleep(SECOND * if number == 1 { 9 } else { 1 }).await;
        lives(number, HOUR)
    });
    let processes = provider.processes(10, &Memory::new());
    join_all(processes.iter().map(Client::credential)).await;
    assert_eq!(sum(&processes, |stats| stats.store_takeovers), 1);
    let taker = processes.iter().find(|client| client.stats().store_takeovers == 1).unwrap();
    assert_eq!((taker.stats().logins, taker.stats().store_bypassed), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn logins_that_bypass_the_store_are_counted() {
    for fault in [Fault::Down, Fault::Slow(SECOND), Fault::Stuck] {
        let (provider, store) = (Provider::slow(SECOND), Memory::new());
        store.break_with(fault);
        let client = provider.process(&store);
        client.credential().await.unwrap();
        assert_eq!(client.stats().store_bypassed, 1, "{fault:?}");
        assert_eq!(client.stats().store_failures, u64::from(fault != Fault::Stuck), "{fault:?}");
        assert_eq!(client.stats().store_waits, u64::from(fault == Fault::Stuck), "{fault:?}");
    }
}

type Events = Arc<Mutex<Vec<(&'static str, String)>>>;

struct Capture(Events);

impl<S: tracing::Subscriber> Layer<S> for Capture {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn Debug) {
                use std::fmt::Write;
                write!(self.0, "{field}={value:?} ").unwrap();
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push((event.metadata().name(), text.0));
    }
}

/// Returns the names and texts of the events of a future. None has the host alone.
async fn told(future: impl Future<Output = ()>) -> Vec<(&'static str, String)> {
    let events = Events::default();
    let subscriber = tracing_subscriber::registry().with(Capture(Arc::clone(&events)));
    let guard = tracing::subscriber::set_default(subscriber);
    future.await;
    drop(guard);
    let events = events.lock().unwrap();
    assert!(events.iter().all(|(_, text)| text.contains("server.address=") == text.contains("account=")), "{events:?}");
    events.clone()
}

pub(crate) async fn degraded(future: impl Future<Output = ()>) -> Vec<String> {
    told(future).await.into_iter().filter(|(name, _)| *name == "auth.store_degraded").map(|(_, text)| text).collect()
}

#[tokio::test(start_paused = true)]
async fn a_login_event_says_whether_the_credential_was_adopted() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    for shared in [false, true] {
        let events = told(async {
            provider.process(&store).credential().await.unwrap();
        })
        .await;
        let logged_in: Vec<_> = events.iter().filter(|(_, text)| text.contains("logged in")).collect();
        assert!(matches!(&logged_in[..], [(_, text)] if text.contains(&format!("shared={shared}"))), "{logged_in:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn f19_a_failing_store_is_reported_once_in_5_s_with_the_reason() {
    let (provider, store) = (Provider::new(async |number| lives(number, HOUR)), Memory::new());
    let sharing = SharedStore::new(store.clone(), KeyRing::new(KEY).unwrap());
    store.break_with(Fault::Down);
    let events = degraded(async {
        // All at once: each client meets the failure.
        let clients: Vec<_> = (0..5).map(|_| provider.account().shared_store(&sharing)).collect();
        join_all(clients.iter().map(Client::credential)).await;
    })
    .await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(
        events[0].contains("server.address=\"127.0.0.1\"") && events[0].contains("connection refused"),
        "{events:?}"
    );
    let name = store.entries.lock().unwrap().keys().next().cloned();
    assert!(name.is_none(), "nothing was written");
    advance(SECOND * 5).await;
    store.break_with(Fault::Slow(HOUR));
    let events = degraded(async {
        // All at once: each client waits in vain.
        let clients: Vec<_> = (0..5).map(|_| provider.account().shared_store(&sharing)).collect();
        join_all(clients.iter().map(Client::credential)).await;
    })
    .await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(events[0].contains("did not answer in time: Memory"), "{events:?}");
    assert!(events[0].contains("within 250ms"), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn p26_an_unreadable_record_is_reported_by_its_key_without_a_secret() {
    let (provider, store) = (Provider::new(async |number| lives(number, HOUR)), Memory::new());
    provider.process(&store).credential().await.unwrap();
    store.tamper(|entry| entry.record.as_mut().unwrap().1[40] ^= 1);
    let events = degraded(async {
        let (one, other) = (provider.process(&store), provider.process(&store));
        let (one, other) = join(one.credential(), other.credential()).await;
        assert_eq!((one.unwrap().number, other.unwrap().number), (2, 2));
    })
    .await;
    let name = store.entries.lock().unwrap().keys().next().unwrap().as_str().to_owned();
    assert!(!events.is_empty() && events.len() <= 2, "{events:?}");
    for event in &events {
        assert!(event.contains("record") && event.contains(&name), "{event}");
        assert!(!event.contains("segredo") && !event.contains("maria") && !event.contains("token"), "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_never_released_is_reported() {
    let (provider, store) = (Provider::slow(SECOND), Memory::new());
    store.break_with(Fault::Stuck);
    let events = degraded(async {
        provider.process(&store).credential().await.unwrap();
    })
    .await;
    assert!(matches!(&events[..], [event] if event.contains("lease")), "{events:?}");
}
