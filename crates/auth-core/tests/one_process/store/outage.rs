//! Outages of the provider, which two machines have to see before they hold others back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use auth_core::store::{FileStore, Fingerprint, Identify, KeyRing, SharedStore, Store};
use auth_core::url::Url;
use auth_core::{Client, Error, ErrorKind, Http, Login, Options, Result};
use futures_util::future::join_all;
use tokio::time::{Instant, advance, sleep, timeout};

use super::account::{Account, HOUR, KEY, Provider, Session, lives};
use super::memory::Memory;

const SECOND: Duration = Duration::from_secs(1);
/// The time within which an outage that two machines saw holds others back, unless it goes on.
const EVIDENCE: u32 = 120;
/// The longest pause between two probes, and the time after which a held back process asks the store again.
const PAUSE: Duration = Duration::from_secs(2);

/// Returns a provider that fails while `is_down` returns true for the number of the login.
fn fails_if(is_down: impl Fn(u64) -> bool + Send + Sync + 'static) -> Provider {
    let is_down = Arc::new(is_down);
    Provider::new(move |number| {
        let is_down = Arc::clone(&is_down);
        async move {
            sleep(SECOND / 10).await;
            if is_down(number) { Err(Error::new(ErrorKind::Unavailable, "no connection")) } else { lives(number, HOUR) }
        }
    })
}

fn sharing<S: Store>(machine: &str, store: &Arc<S>) -> SharedStore {
    SharedStore::new(Arc::clone(store), KeyRing::new(KEY).unwrap()).machine(machine)
}

/// Returns a client as a process on this machine has it.
fn on(machine: &str, provider: &Provider, store: &Arc<Memory>) -> Client<Account> {
    provider.account().shared_store(&sharing(machine, store))
}

fn is_held_back(error: &Error) -> bool {
    error.is_cooling_down() && error.kind() == ErrorKind::Unavailable && error.to_string().contains("no connection")
}

#[tokio::test(start_paused = true)]
async fn s11_an_outage_that_two_machines_saw_holds_back_the_others() {
    let (provider, store) = (fails_if(|_| true), Memory::new());
    let calls = [("a", 3, false), ("a", 6, false), ("b", 9, false), ("c", 9, true), ("a", 9, true), ("b", 9, true)];
    for (machine, logins, held_back) in calls {
        let error = on(machine, &provider, &store).credential().await.unwrap_err();
        assert_eq!((provider.logins(), is_held_back(&error)), (logins, held_back), "{machine}");
        assert!(error.retry_after().is_some_and(|pause| pause <= PAUSE), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn s11_the_processes_of_one_machine_hold_back_nobody() {
    let (broken, fine, store) = (fails_if(|_| true), fails_if(|_| false), Memory::new());
    let one: Vec<_> = (0..10).map(|_| on("a", &broken, &store)).collect();
    let other = on("b", &fine, &store);
    for login in 1..100 {
        // None of them finds a credential.
        join_all(one.iter().map(Client::credential)).await.into_iter().for_each(|result| drop(result.unwrap_err()));
        assert_eq!(other.credential().await.unwrap().number, login);
        assert!(other.forget_everywhere(&other.cached().unwrap()).await);
        advance(SECOND).await;
    }
    assert_eq!(other.stats().store_deferred, 0);
}

/// One machine is cut off, and another one had one failure.
#[tokio::test(start_paused = true)]
async fn s11_one_broken_machine_and_a_failure_elsewhere_silence_for_two_minutes_at_most() {
    let (broken, store) = (fails_if(|_| true), Memory::new());
    let (once, fine) = (fails_if(|number| number <= 3), fails_if(|_| false));
    let cut_off: Vec<_> = (0..10).map(|_| on("a", &broken, &store)).collect();
    join_all(cut_off.iter().map(Client::credential)).await;
    on("b", &once, &store).credential().await.unwrap_err();
    let third = on("c", &fine, &store);
    for second in 0.. {
        // The broken machine is always the first to probe.
        join_all(cut_off.iter().map(Client::credential)).await;
        if third.credential().await.is_ok() {
            assert!(second > 0, "it was held back");
            break;
        }
        assert!(second <= EVIDENCE, "silenced for {second} s");
        sleep(SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn s12_one_process_at_a_time_probes_and_its_success_ends_the_outage_for_all() {
    let down_until = Arc::new(AtomicU64::new(u64::MAX));
    let until = Arc::clone(&down_until);
    let (provider, store) = (fails_if(move |number| number <= until.load(SeqCst)), Memory::new());
    let fleet: Vec<_> = (0..50).map(|process| on(&format!("machine {}", process / 5), &provider, &store)).collect();
    let begun = Instant::now();
    while begun.elapsed() < SECOND * 600 {
        let answers = join_all(fleet.iter().map(Client::credential)).await;
        assert!(answers.iter().all(|answer| answer.as_ref().is_err_and(|error| error.to_string().contains("no conn"))));
        sleep(PAUSE).await;
    }
    assert!(provider.logins() <= 600, "{} for 50 processes in ten minutes", provider.logins());
    assert!(provider.logins() >= 600 / 5, "it is probed all the time: {}", provider.logins());
    down_until.store(0, SeqCst);
    let before = provider.logins();
    let recovered = Instant::now();
    while provider.logins() == before {
        join_all(fleet.iter().map(Client::credential)).await;
        sleep(SECOND / 4).await;
    }
    assert!(recovered.elapsed() <= PAUSE + SECOND, "{:?}", recovered.elapsed());
    sleep(PAUSE).await;
    let served = join_all(fleet.iter().map(Client::credential)).await.into_iter().flatten().count();
    assert_eq!(served, fleet.len(), "those that have probed before, too");
    assert_eq!(provider.logins(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn s12_a_slow_probe_is_neither_waited_for_nor_taken_over() {
    let (provider, store) = (fails_if(|_| true), Memory::new());
    for machine in ["a", "b"] {
        on(machine, &provider, &store).credential().await.unwrap_err();
    }
    sleep(PAUSE).await;
    let silent = Provider::new(async |_| -> Result<Session> { std::future::pending().await });
    let prober = on("c", &silent, &store);
    let probe = tokio::spawn(async move { prober.credential().await });
    sleep(SECOND / 10).await;
    let begun = Instant::now();
    while begun.elapsed() < SECOND * 9 {
        let asked = Instant::now();
        assert!(is_held_back(&on("d", &provider, &store).credential().await.unwrap_err()));
        assert!(asked.elapsed().is_zero());
        sleep(SECOND).await;
    }
    assert_eq!(silent.logins(), 1, "a probe has one attempt");
    probe.await.unwrap().unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn s12_a_killed_prober_is_replaced_when_its_lease_ends() {
    let (provider, store) = (fails_if(|_| true), Memory::new());
    for machine in ["a", "b"] {
        on(machine, &provider, &store).credential().await.unwrap_err();
    }
    sleep(PAUSE).await;
    let prober = on("c", &Provider::new(async |_| -> Result<Session> { std::future::pending().await }), &store);
    assert!(timeout(SECOND / 10, prober.credential()).await.is_err());
    drop(prober);
    let (fine, begun) = (fails_if(|_| false), Instant::now());
    while on("d", &fine, &store).credential().await.is_err() {
        assert!(begun.elapsed() < SECOND * 5);
        sleep(SECOND / 4).await;
    }
}

/// The store repeats the report for ever, although the provider is back.
#[tokio::test(start_paused = true)]
async fn s13_a_report_that_is_repeated_for_ever_silences_a_process_for_two_minutes() {
    let (provider, store) = (fails_if(|number| number <= 6), Memory::new());
    for machine in ["a", "b"] {
        on(machine, &provider, &store).credential().await.unwrap_err();
    }
    let report = store.only().cooldown.unwrap().0;
    let client = on("c", &provider, &store);
    for second in 0.. {
        store.tamper(|entry| entry.cooldown = Some((report.clone(), Instant::now() + HOUR * 1_000)));
        if client.credential().await.is_ok() {
            assert!(second >= EVIDENCE - 2, "it was believed for {second} s");
            break;
        }
        assert!(second <= EVIDENCE + 2, "silenced for {second} s");
        advance(SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn s13_an_older_report_is_not_believed_after_a_newer_one() {
    let (provider, store) = (fails_if(|number| number <= 7), Memory::new());
    let mut reports = Vec::new();
    for machine in ["a", "b", "c"] {
        on(machine, &provider, &store).credential().await.unwrap_err();
        reports.push(store.only().cooldown.unwrap());
        if machine == "b" {
            sleep(PAUSE).await;
        }
    }
    let client = on("d", &provider, &store);
    assert!(is_held_back(&client.credential().await.unwrap_err()));
    sleep(PAUSE).await;
    store.tamper(|entry| entry.cooldown = Some((reports[1].0.clone(), Instant::now() + HOUR)));
    client.credential().await.unwrap();
}

/// A login over HTTP.
#[derive(Debug)]
struct Online(Url);

impl Login for Online {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.0
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        http.post_json("login", &"segredo").await?.error_for_status()?;
        lives(1, HOUR)
    }
}

impl Identify for Online {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("outage-test").with("user", "maria")
    }
}

/// Real sockets and files, and real time.
#[tokio::test]
async fn s11_s12_a_fleet_of_five_machines_meets_a_server_that_answers_503() {
    let mut server = mockito::Server::new_async().await;
    let requests = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&requests);
    let answers = move |_: &mockito::Request| {
        counted.fetch_add(1, SeqCst);
        503
    };
    let down =
        server.mock("POST", "/login").with_status_code_from_request(answers).expect_at_least(0).create_async().await;
    let (folder, base_url) = (super::folder::Folder::new(), Url::parse(&server.url()).unwrap());
    let store = Arc::new(FileStore::at(folder.path()).unwrap());
    let process = |number: usize| {
        let sharing = sharing(&format!("machine {}", number % 5), &store).timeout(SECOND * 10);
        Client::shared(Online(base_url.clone()), Options::default(), &sharing).unwrap()
    };
    // The first of each of two machines, and then all.
    process(0).credential().await.unwrap_err();
    process(1).credential().await.unwrap_err();
    let fleet: Vec<_> = (0..50).map(process).collect();
    let begun = Instant::now();
    while begun.elapsed() < SECOND * 3 {
        for answer in join_all(fleet.iter().map(Client::credential)).await {
            assert_eq!(answer.unwrap_err().status(), Some(503));
        }
        sleep(SECOND / 4).await;
    }
    // Each probe is one request, and the pause between two probes is at least a second.
    assert!(requests.load(SeqCst) <= 6 + 5, "{} requests of 50 processes", requests.load(SeqCst));
    down.remove_async().await;
    let up = server.mock("POST", "/login").with_body("{}").expect(1).create_async().await;
    while begun.elapsed() < SECOND * 60 {
        if join_all(fleet.iter().map(Client::credential)).await.iter().all(Result::is_ok) {
            break;
        }
        sleep(SECOND / 4).await;
    }
    up.assert_async().await;
    assert!(fleet.iter().all(|client| client.cached().is_some()));
}
