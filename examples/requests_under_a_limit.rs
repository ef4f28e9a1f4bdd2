//! Five processes that want more requests than the provider allows, and share its limit through files.
//!
//! ```sh
//! cargo run -p auth-examples --features store --example requests_under_a_limit
//! ```
//!
//! The sandbox allows 100 requests in an hour of six seconds, and answers 429 to any more. Each process has a batch of
//! 60 requests that nobody waits for, and sends a request a second for a person. No request is answered 429.

use std::error::Error;
use std::time::Duration;

use auth_examples::println;
use auth_sandbox::{Limits, Sandbox};
use pontotel_auth::Builder;
use pontotel_auth::auth_core::env::environment;
use pontotel_auth::auth_core::store::{FileStore, KeyRing, SharedStore};
use pontotel_auth::auth_core::{Priority, Quota};
use tokio::process::Command;
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PROCESSES: u32 = 5;
const REQUESTS: u32 = 100;
const HOUR: Duration = Duration::from_secs(6);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match environment("STORE_FOLDER") {
        Some(folder) => work(&folder).await,
        None => show().await,
    }
}

/// Sends the requests of one process.
async fn work(folder: &str) -> Result<()> {
    // A public key, for the demonstration only.
    let keys = KeyRing::new("c8aTfQb0m8cKqk2m3Jw5zq2h1o9G6uT0x4v7y1BdE0s=")?;
    let store = SharedStore::new(FileStore::at(folder)?, keys);
    // With the real provider: `Environment::Production.quota()`.
    let quota = Quota::new(REQUESTS, HOUR).wait(Duration::from_secs(2));
    let client = Builder::from_env()?.options(|options| options.quota(quota)).shared_store(store).build()?;

    let mut batch = JoinSet::new();
    for _ in 0..60 {
        let request = client.get("usuarios/").priority(Priority::Background).max_wait(HOUR * 10);
        batch.spawn(async { request.error_for_status().await.is_ok() });
    }
    let mut slow = 0;
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        // It fails at once, with the time of the next permit, if it would have to wait for more than two seconds.
        slow += u32::from(client.get("usuarios/").error_for_status().await.is_err());
    }
    let sent = batch.join_all().await.into_iter().filter(|sent| *sent).count();
    let stats = client.stats();
    println!(
        "{sent} of 60 requests of the batch, {} of 10 for a person; {} operations of the store; {} requests are left",
        10 - slow,
        stats.quota_operations,
        stats.quota_left,
    );
    if sent == 60 { Ok(()) } else { Err("a request of the batch failed".into()) }
}

/// Runs the processes at once.
async fn show() -> Result<()> {
    let sandbox = Sandbox::start().await?;
    let pontotel = sandbox.pontotel();
    pontotel.set_limits(Limits { per_hour: Some(REQUESTS.into()), per_minute: None });
    pontotel.set_hour(HOUR);
    pontotel.keep_exchanges();
    let folder = std::env::temp_dir().join(format!("requests-under-a-limit-{}", std::process::id()));
    let mut workers = Vec::new();
    for _ in 0..PROCESSES {
        let mut worker = Command::new(std::env::current_exe()?);
        worker
            .env("PONTOTEL_USERNAME", pontotel.username())
            .env("PONTOTEL_PASSWORD", pontotel.password())
            .env("PONTOTEL_BASE_URL", pontotel.base_url())
            .env("STORE_FOLDER", &folder);
        workers.push(worker.spawn()?);
    }
    for mut worker in workers {
        if !worker.wait().await?.success() {
            return Err("a process failed".into());
        }
    }
    std::fs::remove_dir_all(&folder)?;
    let exchanges = pontotel.take_exchanges();
    let refused = exchanges.iter().filter(|exchange| exchange.status == 429).count();
    println!(
        "the provider got {} requests, {} logins among them, and answered 429 to {refused}",
        exchanges.len(),
        pontotel.logins()
    );
    if refused == 0 { Ok(()) } else { Err("the limit was exceeded".into()) }
}
