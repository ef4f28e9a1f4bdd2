//! Refresh tokens in a shared store: sealed with the credential, and sent by one process.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use auth_core::secrecy::{SecretSlice, SecretString};
use auth_core::store::{self, Fingerprint, Identify, KeyRing, Persist, SharedStore};
use auth_core::{Client, Expiry, Options, RefreshToken, Result, Secret};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::time::{advance, sleep};

use super::account::{HOUR, KEY};
use super::memory::{Fault, Memory};
use crate::life::issuer::{Account, Issuer, Session};

/// An age at which an hour's credential is stale, whatever its jitter.
const STALE: Duration = Duration::from_secs(3_200);
const SECOND: Duration = Duration::from_secs(1);

impl Persist for Session {
    fn save(&self) -> Result<SecretSlice<u8>> {
        #[derive(Serialize)]
        struct Saved<'a> {
            number: u64,
            refresh_token: &'a str,
            refresh_expires_at: Option<SystemTime>,
        }
        store::to_json(&Saved {
            number: self.number,
            refresh_token: self.refresh_token.expose_secret(),
            refresh_expires_at: self.refresh_token.expires_at(),
        })
    }

    fn restore(saved: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Saved {
            number: u64,
            refresh_token: SecretString,
            refresh_expires_at: Option<SystemTime>,
        }
        let Saved { number, refresh_token, refresh_expires_at } = store::from_json(saved)?;
        let expiry = refresh_expires_at.map_or(Expiry::Never, |at| Expiry::At(at.into()));
        Self::restore(number, RefreshToken::new(refresh_token, expiry))
    }
}

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("refresh-test").with("user", "maria")
    }
}

/// Returns a client as of another process, which reads its password before each login.
fn process(issuer: &Arc<Issuer>, store: &Arc<Memory>) -> Client<Account> {
    let shared = SharedStore::new(Arc::clone(store), KeyRing::new(KEY).unwrap());
    let mut account = issuer.account();
    account.password = Secret::from_fn(async || Ok::<_, std::io::Error>("segredo"));
    Client::shared(account, Options::default(), &shared).unwrap()
}

async fn number(client: &Client<Account>) -> u64 {
    client.credential().await.unwrap().number
}

#[tokio::test(start_paused = true)]
async fn s10_one_process_refreshes_for_all_with_a_token_that_can_be_used_once() {
    let (issuer, store) = (Arc::default(), Memory::new());
    let processes: Vec<_> = (0..20).map(|_| process(&issuer, &store)).collect();
    join_all(processes.iter().map(number)).await;
    for round in 1..=3 {
        advance(STALE).await;
        join_all(processes.iter().map(number)).await;
        sleep(SECOND * 10).await;
        for client in &processes {
            assert_eq!(number(client).await, round + 1);
        }
        assert_eq!(issuer.sent(), (1, round));
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_restarts_refreshes_with_the_token_in_the_store() {
    let (issuer, store) = (Arc::default(), Memory::new());
    number(&process(&issuer, &store)).await;
    advance(STALE).await;
    let restarted = process(&issuer, &store);
    assert_eq!(number(&restarted).await, 1, "adopted");
    // A renewal that is due already waits for a quarter of the rest.
    advance(SECOND * 100).await;
    number(&restarted).await;
    sleep(SECOND).await;
    assert_eq!((number(&restarted).await, issuer.sent()), (2, (1, 1)));
    let sealed = store.only().record.unwrap().1;
    assert!(!String::from_utf8_lossy(&sealed).contains("refresh"));
}

#[tokio::test(start_paused = true)]
async fn s10_after_a_401_one_process_refreshes_and_the_others_adopt() {
    let (issuer, store) = (Arc::default(), Memory::new());
    let (one, other) = (process(&issuer, &store), process(&issuer, &store));
    let (revoked, also_revoked) = (one.credential().await.unwrap(), other.credential().await.unwrap());
    assert!(one.invalidate(&revoked) && other.invalidate(&also_revoked));
    assert_eq!((number(&one).await, number(&other).await), (2, 2));
    assert_eq!(issuer.sent(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn processes_without_their_store_refresh_once_and_log_in_after_a_refusal() {
    let (issuer, store) = (Arc::default(), Memory::new());
    let (one, other) = (process(&issuer, &store), process(&issuer, &store));
    assert_eq!((number(&one).await, number(&other).await), (1, 1));
    store.break_with(Fault::Down);
    advance(2 * HOUR).await;
    assert_eq!((number(&one).await, number(&other).await), (2, 3));
    assert_eq!(issuer.sent(), (2, 2), "the second refresh was refused");
}
