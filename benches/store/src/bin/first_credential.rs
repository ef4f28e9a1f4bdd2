//! The time until a process has its first credential, with the store and without it.
//!
//! `cargo run --release --bin first_credential` starts a Redis and the sandbox on loopback, and prints a table: one operation
//! after the other, then 64 at once.

use std::sync::Arc;
use std::time::Duration;

use auth_core::Options;
use auth_core::store::{KeyRing, SharedStore};
use auth_sandbox::{Fault, On, Provider, Sandbox};
use auth_store_redis::RedisStore;
use bench_store::{Result, Server, Times};
use pontotel_auth::{Accounts, Client};

const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";
const LATENCY: Duration = Duration::from_millis(100);

#[tokio::main]
async fn main() -> Result<()> {
    let (server, sandbox) = (Server::start()?, Sandbox::start().await?);
    let provider = sandbox.pontotel();
    let store: Arc<RedisStore> = Arc::new(RedisStore::new(&server.url())?);
    println!("| the first credential of a process | median | 99 % | each second |\n| --- | --- | --- | --- |");

    let adopts = Accounts::new(Options::default()).shared_store(shared_store(&store)?);
    first(&adopts, provider, usize::MAX).await?;
    let logins = provider.logins();
    let times = Times::of(2_000, 20_000, |number| first(&adopts, provider, number)).await?;
    println!("| from Redis: claimed and adopted | {} |", times.cells());
    assert_eq!(provider.logins(), logins, "nobody logged in");

    let alone = Accounts::new(Options::default());
    let times = Times::of(1_000, 5_000, |number| first(&alone, provider, number)).await?;
    println!("| by a login, no store | {} |", times.cells());

    let times = Times::of(1_000, 5_000, |number| {
        // Each in an empty namespace of its own, and with its own clients.
        let store = (*store).clone().prefix(&format!("{number}:"));
        async move {
            let accounts = Accounts::new(Options::default()).shared_store(shared_store(&Arc::new(store))?);
            first(&accounts, provider, number).await
        }
    });
    println!("| by a login, claimed and published; an HTTP connection of its own | {} |", times.await?.cells());

    provider.fault(On::Login, Fault::Delay { delay: LATENCY, times: u32::MAX });
    let far = Accounts::new(Options::default());
    let times = Times::of(50, 2_000, |number| first(&far, provider, number)).await?;
    println!("| by a login that takes {} ms more, no store | {} |", LATENCY.as_millis(), times.cells());
    Ok(())
}

fn shared_store(store: &Arc<RedisStore>) -> Result<SharedStore> {
    Ok(SharedStore::new(Arc::clone(store), KeyRing::new(KEY)?).timeout(Duration::from_secs(10)))
}

/// Gets the first credential of a client for the only account.
async fn first(accounts: &Accounts<usize>, provider: &Provider, number: usize) -> Result<()> {
    let account = || {
        let builder = Client::builder().base_url(provider.base_url());
        builder.username(provider.username()).password(provider.password()).account()
    };
    accounts.get_or_insert_with(&number, account)?.credential().await?;
    Ok(())
}
