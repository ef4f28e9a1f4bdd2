//! P25: accounts that share a credential, and accounts that do not.

use auth_core::store::{Identify, KeyRing, SharedStore};

use super::account::{Account, KEY, Provider, lives};
use super::memory::Memory;

const OTHER_KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

#[tokio::test(start_paused = true)]
async fn p25_accounts_that_differ_in_any_one_field_share_nothing() {
    let provider = Provider::new(async |number| lives(number, super::account::HOUR));
    let account = provider.account();
    let at = |url: &str| Account { base_url: url.parse().unwrap(), ..account.clone() };
    let accounts = [
        account.clone(),
        Account { user: "marta".to_owned(), ..account.clone() },
        Account { login_base_url: "http://127.0.0.1/auth/".parse().unwrap(), ..account.clone() },
        Account { user: String::new(), ..account.clone() },
        // The same letters, split differently.
        Account { user: "marias".to_owned(), password: "egredo".to_owned(), ..account.clone() },
        Account { user: account.password.clone(), password: account.user.clone(), ..account.clone() },
        Account { password: "segredo2".to_owned(), ..account.clone() },
        Account { password: "Segredo".to_owned(), ..account.clone() },
        at("http://127.0.0.1/api/v2/"),
        at("http://127.0.0.1/"),
        at("http://127.0.0.1:8443/api/"),
        at("http://127.0.0.2/api/"),
        at("https://127.0.0.1/api/"),
    ];
    let store = Memory::new();
    for (before, account) in (0..).zip(&accounts) {
        assert_eq!(provider.logins(), before);
        account.process(&store).credential().await.unwrap();
    }
    let other_key = SharedStore::new(store.clone(), KeyRing::new(OTHER_KEY).unwrap());
    account.shared_store(&other_key).credential().await.unwrap();
    assert_eq!(provider.logins(), accounts.len() as u64 + 1);
    assert_eq!(store.entries.lock().unwrap().len(), accounts.len() + 1);
    for account in &accounts {
        account.process(&store).credential().await.unwrap();
    }
    assert_eq!(provider.logins(), accounts.len() as u64 + 1, "each finds its own");
}

#[tokio::test(start_paused = true)]
async fn neither_the_cache_keys_nor_the_stored_values_show_a_secret() {
    let provider = Provider::new(async |number| lives(number, super::account::HOUR));
    let store = Memory::new();
    let client = provider.process(&store);
    client.credential().await.unwrap();
    let saved = format!("{{\"number\":{}}}", client.cached().unwrap().number);
    let has_saved = |sealed: &[u8]| sealed.windows(saved.len()).any(|part| part == saved.as_bytes());
    assert!(!has_saved(&store.only().record.unwrap().1));
    let shown = format!("{:?} {store:?}", provider.account().process(&store));
    for secret in ["segredo", "maria", "9Qb1"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    // Without sealing, the store does hold the token.
    let bare = Memory::new();
    provider
        .account()
        .shared_store(&SharedStore::new(bare.clone(), KeyRing::dangerous_plaintext()))
        .credential()
        .await
        .unwrap();
    assert!(has_saved(&bare.only().record.unwrap().1) || bare.only().record.unwrap().1.ends_with(b"{\"number\":2}"));
}

#[tokio::test(start_paused = true)]
async fn a_key_ring_opens_what_its_older_key_sealed_and_seals_with_the_newer() {
    let provider = Provider::new(async |number| lives(number, super::account::HOUR));
    let store = Memory::new();
    let old = || KeyRing::new(KEY).unwrap();
    let with = |keys| provider.account().shared_store(&SharedStore::new(store.clone(), keys));
    with(old()).credential().await.unwrap();
    let rotated = with(old().seals_with(OTHER_KEY).unwrap());
    assert_eq!(rotated.credential().await.unwrap().number, 1, "the newer ring opens the older key's record");
    rotated.invalidate(&rotated.cached().unwrap());
    assert_eq!(rotated.credential().await.unwrap().number, 2);
    let prepared = with(old().opens(OTHER_KEY).unwrap());
    assert_eq!(prepared.credential().await.unwrap().number, 2, "a ring with the newer key opens its records");
    assert_eq!(with(old()).credential().await.unwrap().number, 3, "a ring without it logs in");
}

#[tokio::test(start_paused = true)]
async fn plaintext_records_are_shared_only_among_processes_that_ask_for_them() {
    let provider = Provider::new(async |number| lives(number, super::account::HOUR));
    let store = Memory::new();
    for _ in 0..2 {
        let sharing = SharedStore::new(store.clone(), KeyRing::dangerous_plaintext());
        assert_eq!(provider.account().shared_store(&sharing).credential().await.unwrap().number, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn debug_output_of_keys_and_stores_is_useful_and_shows_no_secret() {
    let provider = Provider::new(async |number| lives(number, super::account::HOUR));
    let store = Memory::new();
    provider.process(&store).credential().await.unwrap();
    let name = store.entries.lock().unwrap().keys().next().unwrap().clone();
    assert_eq!(format!("{name:?}"), name.as_str());
    assert!(name.as_str().starts_with("auth:v1:login-test:") && name.as_str().len() == 19 + 64, "{name:?}");
    let account = provider.account();
    assert_eq!(format!("{:?}", account.fingerprint()), "Fingerprint { provider: \"login-test\", .. }");
    let keys = KeyRing::new(KEY).unwrap().opens(OTHER_KEY).unwrap();
    assert_eq!(format!("{keys:?}"), "KeyRing { keys: 2, .. }");
    let sharing = format!("{:?}", SharedStore::new(Memory::new(), keys).single_session());
    for part in ["Memory", "keys: 2", "timeout: 250ms", "single_session: true"] {
        assert!(sharing.contains(part), "{sharing}");
    }
}
