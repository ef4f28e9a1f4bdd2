//! A load test with random faults against the sandbox. Memory and file descriptors stay flat, lifetimes and faults
//! account for all logins, and every failed call returns a typed error.
//!
//! ```text
//! cargo run --release -p auth-examples --example soak -- --minutes 30
//! ```
//!
//! Without `--minutes` it takes two. It prints its measurements every half minute, and fails if one of these conditions
//! does not hold. It reads memory and descriptors from `/proc`, so it runs only on Linux.

use std::collections::BTreeMap;
use std::fs;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api4com_auth::auth_core::{Client, Login, Result};
use auth_examples::println;
use auth_sandbox::{Fault, On, Provider, Sandbox};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

type AnyError = Box<dyn std::error::Error>;

/// Short enough for a renewal about every three seconds: the earliest is at 13/16 of the lifetime.
const LIFETIME: Duration = Duration::from_secs(4);
const CALLERS: usize = 4;
const BETWEEN_CALLS: Duration = Duration::from_millis(5);
const BETWEEN_FAULTS: Duration = Duration::from_millis(500);
const ATTEMPTS: u64 = 3;

/// Counts of the outcomes of calls, by name.
#[derive(Clone, Default)]
struct Tally(Arc<Mutex<BTreeMap<String, u64>>>);

impl Tally {
    fn count(&self, what: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
    }

    fn of(&self, what: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(what).copied().unwrap_or_default()
    }
}

/// A provider under load, and the number of logins that its faults may have caused so far.
struct Party {
    name: &'static str,
    provider: Provider,
    excused: Arc<AtomicU64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let minutes = match arguments[..] {
        [] => Some(2),
        ["--minutes", minutes] => minutes.parse().ok().filter(|minutes| *minutes > 0),
        _ => None,
    };
    let Some(minutes) = minutes else {
        eprintln!("usage: soak [--minutes N]");
        return ExitCode::FAILURE;
    };
    match soak(minutes).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn soak(minutes: u32) -> std::result::Result<(), AnyError> {
    let sandbox = Sandbox::builder().lifetime(LIFETIME).start().await?;
    let (tally, stop) = (Tally::default(), Arc::new(AtomicBool::new(false)));
    let mut callers = JoinSet::new();
    let parties = start(&sandbox, &tally, &stop, &mut callers)?;
    let mut faults = interval(BETWEEN_FAULTS);
    let rounds = u64::from(minutes) * 120;
    let mut settled = None;
    for round in 1..=rounds {
        faults.tick().await;
        let party = &parties[fastrand::usize(..parties.len())];
        party.excused.fetch_add(strike(&party.provider), Relaxed);
        if round % 60 == 0 {
            let held = Held::read()?;
            println!("{:>5} s  {held}  {} answers", round / 2, tally.of("200"));
            // Pools and caches fill in the first half minute.
            settled.get_or_insert(held);
        }
    }
    sleep(Duration::from_secs(2)).await;
    let held = Held::read()?;
    stop.store(true, Relaxed);
    while let Some(ended) = callers.join_next().await {
        ended?;
    }
    report(&parties, &tally, rounds / 2 + 2)?;
    held.is_flat_since(&settled.ok_or("it was too short")?)
}

fn start(
    sandbox: &Sandbox,
    tally: &Tally,
    stop: &Arc<AtomicBool>,
    callers: &mut JoinSet<()>,
) -> std::result::Result<Vec<Party>, AnyError> {
    let mut parties = Vec::new();
    macro_rules! party {
        ($name:literal, $provider:expr, $builder:expr) => {{
            let provider: &Provider = $provider;
            let client = $builder.base_url(provider.base_url()).build()?;
            for _ in 0..CALLERS {
                callers.spawn(call(Client::clone(&client), provider.clone(), tally.clone(), Arc::clone(stop)));
            }
            parties.push(Party { name: $name, provider: provider.clone(), excused: Arc::default() });
        }};
    }
    let p = sandbox.pontotel();
    party!("pontotel", p, pontotel_auth::Client::builder().username(p.username()).password(p.password()));
    let p = sandbox.econpay();
    party!("econpay", p, econpay_auth::Client::builder().email(p.username()).password(p.password()));
    let p = sandbox.sopague();
    party!("sopague", p, sopague_auth::Client::builder().username(p.username()).password(p.password()));
    let p = sandbox.api4com();
    party!("api4com", p, api4com_auth::Client::builder().email(p.username()).password(p.password()));
    let p = sandbox.signed_api();
    party!("signed-api", p, signed_api_auth::Client::builder().api_key(p.api_key()));
    Ok(parties)
}

async fn call<L: Login>(client: Client<L>, provider: Provider, tally: Tally, stop: Arc<AtomicBool>) {
    while !stop.load(Relaxed) {
        let request = client.request(provider.protected_method(), provider.protected_path());
        let result: Result<_> = request.timeout(Duration::from_secs(5)).send().await;
        tally.count(match result {
            Ok(response) => response.status().as_u16().to_string(),
            Err(error) => format!("{:?}", error.kind()),
        });
        sleep(BETWEEN_CALLS).await;
    }
}

/// Injects one random fault, and returns the number of logins that it may cause.
fn strike(provider: &Provider) -> u64 {
    let times = fastrand::u32(1..=3);
    let on = if fastrand::bool() { On::Login } else { On::Resource };
    let html = || b"<html>Manuten\xc3\xa7\xc3\xa3o</html>".to_vec();
    let fault = match fastrand::u8(..9) {
        0 => Fault::Status { status: 503, times },
        1 => Fault::Status { status: 500, times },
        2 => Fault::TooManyRequests { retry_after: Some("1".to_owned()), times },
        3 => Fault::Delay { delay: Duration::from_millis(300), times },
        4 => Fault::Truncated { times },
        5 => Fault::Body { status: 200, content_type: "text/html".to_owned(), body: html(), times },
        6 => Fault::Close { times },
        7 => {
            provider.fault(On::Resource, Fault::Unauthorized { times });
            return u64::from(times);
        }
        _ => {
            provider.revoke_all();
            return 1;
        }
    };
    provider.fault(on, fault);
    if matches!(on, On::Login) { u64::from(times) * ATTEMPTS } else { 0 }
}

fn report(parties: &[Party], tally: &Tally, seconds: u64) -> std::result::Result<(), AnyError> {
    println!("\ncalls by their outcome: {:?}", tally.0.lock().unwrap_or_else(PoisonError::into_inner));
    for Party { name, provider, excused } in parties {
        // The first login, and one for each 13/16 of a lifetime.
        let due = 1 + (seconds * 16).div_ceil(LIFETIME.as_secs() * 13);
        let (logins, excused) = (provider.logins(), excused.load(Relaxed));
        println!(
            "{name:<10}  {logins} logins for {} requests; {due} due, {excused} excused by faults",
            provider.requests()
        );
        if logins > due + excused {
            return Err(format!("{name}: more logins than lifetimes and faults demand").into());
        }
    }
    let known = ["200", "401", "429", "500", "503", "Unavailable", "RateLimited"];
    let outcomes = tally.0.lock().unwrap_or_else(PoisonError::into_inner);
    match outcomes.keys().find(|outcome| !known.contains(&outcome.as_str())) {
        Some(unknown) => Err(format!("a call ended with {unknown}").into()),
        None => Ok(()),
    }
}

/// The memory and file descriptors that the process holds, including those of the sandbox.
struct Held {
    kib: u64,
    descriptors: usize,
}

impl Held {
    fn read() -> std::result::Result<Self, AnyError> {
        let status = fs::read_to_string("/proc/self/status")?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kib = resident.trim().trim_end_matches(" kB").parse()?;
        Ok(Self { kib, descriptors: fs::read_dir("/proc/self/fd")?.count() })
    }

    fn is_flat_since(&self, before: &Self) -> std::result::Result<(), AnyError> {
        if self.kib > before.kib + before.kib / 10 + 4096 {
            return Err(format!("memory grew from {} to {} KiB", before.kib, self.kib).into());
        }
        if self.descriptors > before.descriptors + 24 {
            return Err(format!("descriptors grew from {} to {}", before.descriptors, self.descriptors).into());
        }
        Ok(())
    }
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} KiB, {} descriptors", self.kib, self.descriptors)
    }
}
