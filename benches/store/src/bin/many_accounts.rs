//! 100,000 accounts: all published by one process, all found by another, and their size in Redis.
//!
//! `cargo run --release --bin many_accounts` starts a Redis on loopback. The login is in memory, and returns a token of
//! 700 characters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use auth_core::http::HeaderMap;
use auth_core::secrecy::{SecretSlice, SecretString};
use auth_core::store::{self, Fingerprint, Identify, KeyRing, Persist, SharedStore};
use auth_core::url::Url;
use auth_core::{AccessToken, Accounts, Client, Credential, Expiry, Http, Login, Options};
use auth_store_redis::RedisStore;
use bench_store::{Result, Server};
use futures_util::StreamExt;

const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";
const ACCOUNTS: u64 = 100_000;
const TOKEN: usize = 700;

#[derive(Debug)]
struct Account {
    number: u64,
    base_url: Arc<Url>,
    logins: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Session(AccessToken);

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        Expiry::In(Duration::from_secs(3_600))
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.0.authorize(headers);
    }
}

impl Persist for Session {
    fn save(&self) -> auth_core::Result<SecretSlice<u8>> {
        store::to_json(&self.0.expose_secret())
    }

    fn restore(saved: &[u8]) -> auth_core::Result<Self> {
        Ok(Self(AccessToken::bearer(&store::from_json::<SecretString>(saved)?)?))
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, _: &Http) -> auth_core::Result<Session> {
        self.logins.fetch_add(1, Relaxed);
        Ok(Session(AccessToken::bearer(&format!("{:0TOKEN$}", self.number).into())?))
    }
}

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("bench").with("number", &self.number)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let server = Server::start()?;
    let logins: Arc<AtomicU64> = Arc::default();
    let empty = server.info("used_memory")?;
    for (what, expected) in [("claimed, logged in and published", ACCOUNTS), ("found again by another process", 0)] {
        let (took, done) = (process(&server, &logins).await?, logins.swap(0, Relaxed));
        assert_eq!(done, expected, "logins");
        #[expect(clippy::cast_precision_loss, reason = "a hundred thousand")]
        let per_second = ACCOUNTS as f64 / took.as_secs_f64();
        println!("{ACCOUNTS} accounts {what}: {:.1} s, {per_second:.0} a second, {done} logins", took.as_secs_f64());
    }
    let keys: u64 = server.ask(&["DBSIZE"])?;
    assert_eq!(keys, ACCOUNTS, "one key for each");
    let one: String = server.ask(&["RANDOMKEY"])?;
    let value: u64 = server.ask(&["STRLEN", &one])?;
    let usage: u64 = server.ask(&["MEMORY", "USAGE", &one])?;
    let grown = server.info("used_memory")? - empty;
    println!("{} bytes for each by used_memory, {usage} by MEMORY USAGE:", grown / ACCOUNTS);
    println!("  a key of {} bytes, a value of {value} bytes, of which {TOKEN} are the token", one.len());
    Ok(())
}

async fn process(server: &Server, logins: &Arc<AtomicU64>) -> Result<Duration> {
    let base_url = Arc::new(auth_core::base_url("https://bench.example.com")?);
    let sharing = SharedStore::new(RedisStore::new(&server.url())?, KeyRing::new(KEY)?);
    let accounts = Accounts::new(Options::default()).shared_store(sharing.timeout(Duration::from_secs(10)));
    let begun = Instant::now();
    let all = futures_util::stream::iter(0..ACCOUNTS).map(|number| {
        let account = Account { number, base_url: Arc::clone(&base_url), logins: Arc::clone(logins) };
        let client = accounts.get_or_insert_with(&number, || Ok(account));
        find(client, number)
    });
    let mut all = all.buffer_unordered(64);
    while let Some(outcome) = all.next().await {
        outcome?;
    }
    Ok(begun.elapsed())
}

async fn find(client: auth_core::Result<Client<Account>>, number: u64) -> Result<()> {
    let session = client?.credential().await?;
    let token: u64 = session.0.expose_secret().parse()?;
    if token == number { Ok(()) } else { Err("another account's token".into()) }
}
