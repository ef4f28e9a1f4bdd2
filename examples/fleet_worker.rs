//! One of many processes, on any number of machines, that share a login through Redis.
//!
//! To use a real provider, set `PONTOTEL_USERNAME`, `PONTOTEL_PASSWORD`, `REDIS_URL` and `STORE_KEY`
//! (`openssl rand -base64 32`). Instead of a variable, its name with `_FILE` at the end can be set to the path of a
//! file with the value. Then run
//!
//! ```sh
//! cargo run -p auth-examples --features redis --example fleet_worker
//! ```
//!
//! `examples/fleet` has a compose file and a Kubernetes manifest for it. Without these variables it runs a
//! demonstration against the sandbox and its own Redis: eight workers that start at once, and one login at the
//! provider.

mod local_redis;

use std::error::Error;
use std::time::Duration;

use auth_examples::println;
use auth_sandbox::Sandbox;
use auth_store_redis::RedisStore;
use pontotel_auth::auth_core::Stats;
use pontotel_auth::auth_core::env::environment_or_file;
use pontotel_auth::auth_core::store::{KeyRing, SharedStore};
use pontotel_auth::{Builder, Page};
use tokio::process::Command;

use self::local_redis::LocalRedis;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    if environment_or_file("PONTOTEL_USERNAME").is_some() { work().await } else { show().await }
}

/// Sends a request every second until the process is stopped, as each container does.
async fn work() -> Result<()> {
    let variable = |name: &str| environment_or_file(name).ok_or(format!("set {name}, or {name}_FILE"));
    let store = RedisStore::new(variable("REDIS_URL")?.trim_end())?;
    let sharing = SharedStore::new(store, KeyRing::new(&variable("STORE_KEY")?)?);
    let client = Builder::from_env()?.shared_store(sharing).build()?;
    let rounds = environment_or_file("ROUNDS").and_then(|rounds| rounds.parse().ok()).unwrap_or(u64::MAX);
    let work = async {
        for _ in 0..rounds {
            match client.get("usuarios/").fetch::<Page>().await {
                Ok(users) => println!("{} users; {}", users.count, counts(client.stats())),
                // The error says when the client tries again. Until then each call fails at once with it.
                Err(error) => println!("{error}"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        biased;
        // `stopped` comes first, so that its signal handler is installed before any work starts. For the first process
        // of a container, SIGTERM has no effect without a handler.
        () = stopped() => {}
        () = work => {}
    }
    Ok(())
}

/// Formats the counters that an operator needs as one line.
fn counts(stats: Stats) -> String {
    let Stats { logins, adopted, logins_failed, store_failures, .. } = stats;
    format!(
        "{logins} logins, {adopted} from the store, {logins_failed} failed, the store failed {store_failures} times"
    )
}

/// Waits until the container is stopped.
async fn stopped() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        terminate.recv().await;
        return;
    }
    // If no signal handler can be installed, the process runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Runs eight workers at once.
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
            // A public key, for the demonstration only.
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
