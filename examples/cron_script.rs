//! A script that cron starts every minute and that logs in once an hour, because its runs share the login in files.
//!
//! To use a real provider, set `PONTOTEL_USERNAME`, `PONTOTEL_PASSWORD` and `STORE_KEY` (`openssl rand -base64 32`),
//! then
//!
//! ```sh
//! cargo run -p auth-examples --features store --example cron_script
//! ```
//!
//! Without them it runs a demonstration against the sandbox: three runs, and one login at the provider.

use std::error::Error;

use auth_examples::println;
use auth_sandbox::Sandbox;
use pontotel_auth::auth_core::env::environment;
use pontotel_auth::auth_core::store::{FileStore, KeyRing, SharedStore};
use pontotel_auth::{Builder, Page};
use tokio::process::Command;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    if environment("PONTOTEL_USERNAME").is_some() { script().await } else { show().await }
}

/// Runs the script as cron starts it.
async fn script() -> Result<()> {
    let variable = |name: &str| environment(name).ok_or(format!("set {name}"));
    let key = variable("STORE_KEY")?;
    // By default, the folder is the platform's cache folder.
    let store = match environment("STORE_FOLDER") {
        Some(folder) => FileStore::at(folder)?,
        None => FileStore::new()?,
    };
    let client = Builder::from_env()?.shared_store(SharedStore::new(store, KeyRing::new(&key)?)).build()?;
    let users = client.get("usuarios/").fetch::<Page>().await?;
    let stats = client.stats();
    println!("{} users; logins: {}, from the store: {}", users.count, stats.logins, stats.adopted);
    Ok(())
}

/// Runs the script three times, one run after the other.
async fn show() -> Result<()> {
    let sandbox = Sandbox::start().await?;
    let pontotel = sandbox.pontotel();
    let folder = std::env::temp_dir().join(format!("cron-script-{}", std::process::id()));
    for _ in 0..3 {
        let run = Command::new(std::env::current_exe()?)
            .env("PONTOTEL_USERNAME", pontotel.username())
            .env("PONTOTEL_PASSWORD", pontotel.password())
            .env("PONTOTEL_BASE_URL", pontotel.base_url())
            .env("STORE_FOLDER", &folder)
            // A public key, for the demonstration only.
            .env("STORE_KEY", "c8aTfQb0m8cKqk2m3Jw5zq2h1o9G6uT0x4v7y1BdE0s=")
            .status()
            .await?;
        if !run.success() {
            return Err("a run failed".into());
        }
    }
    std::fs::remove_dir_all(&folder)?;
    println!("the provider saw {} login", pontotel.logins());
    if pontotel.logins() == 1 { Ok(()) } else { Err("one was enough".into()) }
}
