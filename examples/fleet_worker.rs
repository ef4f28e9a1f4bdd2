//! One of many processes that share a login by Redis, on any number of machines.
//!
//! For real, set `PONTOTEL_USERNAME`, `PONTOTEL_PASSWORD`, `REDIS_URL` and `STORE_KEY` (`openssl rand -base64 32`), or the same with
//! `_FILE` at the end to the paths of files that hold them, then
//!
//! ```sh
//! cargo run -p auth-examples --features redis --example fleet_worker
//! ```
//!
//! `examples/fleet` has a compose file and a Kubernetes manifest that do so. Without them it shows itself against the sandbox
//! and a Redis of its own: eight workers that start at once, of which the provider sees one login.

mod local_redis;

use std::error::Error;
use std::time::Duration;

use auth_examples::println;
use auth_sandbox::Sandbox;
use auth_store_redis::RedisStore;
use pontotel_auth::Builder;
use pontotel_auth::auth_core::Stats;
use pontotel_auth::auth_core::env::environment_or_file;
use pontotel_auth::auth_core::store::{KeyRing, SharedStore};
use tokio::process::Command;

use self::local_redis::LocalRedis;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    if environment_or_file("PONTOTEL_USERNAME").is_some() { work().await } else { show().await }
}

/// What each container runs: a request each second, until it is told to stop.
async fn work() -> Result<()> {
    let variable = |name: &str| environment_or_file(name).ok_or(format!("set {name}, or {name}_FILE"));
    let store = RedisStore::new(variable("REDIS_URL")?.trim_end())?;
    let sharing = SharedStore::new(store, KeyRing::new(variable("STORE_KEY")?)?);
    let client = Builder::from_env()?.shared_store(sharing).build()?;
    let rounds = environment_or_file("ROUNDS").and_then(|rounds| rounds.parse().ok()).unwrap_or(u64::MAX);
    let work = async {
        for _ in 0..rounds {
            match client.users().await {
                Ok(users) => println!("{} users; {}", users.count, counts(client.stats())),
                // It says when the client may try again; until then each call fails so at once.
                Err(error) => println!("{error}"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        biased;
        // First, so that it is listened for before anything else is done: as the first process of a container it is told no other way.
        () = stopped() => {}
        () = work => {}
    }
    Ok(())
}

/// What an operator wants to see in one line.
fn counts(stats: Stats) -> String {
    let Stats { logins, adopted, logins_failed, store_failures, .. } = stats;
    format!(
        "{logins} logins, {adopted} from the store, {logins_failed} failed, the store failed {store_failures} times"
    )
}

/// Until the container is stopped.
async fn stopped() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        terminate.recv().await;
        return;
    }
    // Without a way to be told, it runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Eight workers at once.
async fn show() -> Result<()> {
    let sandbox = Sandbox::start().await?;
    let pontotel = sandbox.pontotel();
    let given = environment_or_file("REDIS_URL");
    let local = if given.is_none() { Some(LocalRedis::start().await?) } else { None };
    let url = given.or(local.as_ref().map(LocalRedis::url)).unwrap_or_default();
    let mut workers = Vec::new();
    for _ in 0..8 {
        let mut worker = Command::new(std::env::current_exe()?);
        worker
            .env("PONTOTEL_USERNAME", pontotel.username())
            .env("PONTOTEL_PASSWORD", pontotel.password())
            .env("PONTOTEL_BASE_URL", pontotel.base_url())
            .env("REDIS_URL", &url)
            // Nobody else's, and known to everybody: for a show alone.
            .env("STORE_KEY", "c8aTfQb0m8cKqk2m3Jw5zq2h1o9G6uT0x4v7y1BdE0s=")
            .env("ROUNDS", "2");
        workers.push(worker.spawn()?);
    }
    for mut worker in workers {
        if !worker.wait().await?.success() {
            return Err("a worker failed".into());
        }
    }
    drop(local);
    println!("the provider saw {} login", pontotel.logins());
    if pontotel.logins() == 1 { Ok(()) } else { Err("one was enough".into()) }
}
