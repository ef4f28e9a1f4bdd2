//! Logins in memory, counted at the provider, and clients that stand for processes of a fleet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use auth_core::http::HeaderMap;
use auth_core::secrecy::{SecretSlice, SecretString};
use auth_core::store::{self, FileStore, Fingerprint, Identify, KeyRing, Persist, SharedStore, Store};
use auth_core::url::Url;
use auth_core::{AccessToken, Client, Credential, Expiry, Http, Login, Options, Result};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// The number of the login that produced it, from 1.
    pub(crate) number: u64,
    pub(crate) expiry: Expiry,
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        self.expiry
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        let token = AccessToken::bearer(&SecretString::from(format!("token-{}", self.number))).unwrap();
        token.authorize(headers);
    }
}

#[derive(Serialize, Deserialize)]
struct Saved {
    number: u64,
}

impl Persist for Session {
    fn save(&self) -> Result<SecretSlice<u8>> {
        store::to_json(&Saved { number: self.number })
    }

    fn restore(saved: &[u8]) -> Result<Self> {
        let Saved { number } = store::from_json(saved)?;
        Ok(Self { number, expiry: Expiry::Never })
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a login returns a `Result`")]
pub(crate) fn lives(number: u64, lifetime: Duration) -> Result<Session> {
    Ok(Session { number, expiry: Expiry::In(lifetime) })
}

type Script = dyn Fn(u64) -> BoxFuture<'static, Result<Session>> + Send + Sync;

/// The provider. It answers and counts the logins of all clients.
#[derive(Clone)]
pub(crate) struct Provider {
    script: Arc<Script>,
    logins: Arc<AtomicU64>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Provider")
    }
}

impl Provider {
    /// Calls `script` with the number of each attempt of any client, from 1.
    pub(crate) fn new<F>(script: impl Fn(u64) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Session>> + Send + 'static,
    {
        let script = Arc::new(move |number| -> BoxFuture<'static, Result<Session>> { Box::pin(script(number)) });
        Self { script, logins: Arc::default() }
    }

    /// Returns a provider whose logins take `login` and whose credentials live an hour.
    pub(crate) fn slow(login: Duration) -> Self {
        Self::new(move |number| async move {
            tokio::time::sleep(login).await;
            lives(number, HOUR)
        })
    }

    pub(crate) fn logins(&self) -> u64 {
        self.logins.load(SeqCst)
    }

    pub(crate) fn account(&self) -> Account {
        Account {
            provider: self.clone(),
            base_url: Url::parse("http://127.0.0.1/api/").unwrap(),
            login_base_url: Url::parse("http://127.0.0.1/api/").unwrap(),
            user: "maria".to_owned(),
            password: "segredo".to_owned(),
        }
    }

    /// Returns a client as another process has it, with a [`SharedStore`] of its own.
    pub(crate) fn process<S: Store>(&self, store: &Arc<S>) -> Client<Account> {
        self.account().process(store)
    }

    /// Returns a client on files, with a long timeout: file operations are slow on a busy machine, and the results do
    /// not depend on it.
    pub(crate) fn process_with_files(&self, store: &Arc<FileStore>) -> Client<Account> {
        self.account().process_with_files(store)
    }

    pub(crate) fn processes<S: Store>(&self, many: usize, store: &Arc<S>) -> Vec<Client<Account>> {
        (0..many).map(|_| self.process(store)).collect()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) provider: Provider,
    pub(crate) base_url: Url,
    pub(crate) login_base_url: Url,
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Account {
    pub(crate) fn process<S: Store>(&self, store: &Arc<S>) -> Client<Self> {
        self.shared_store(&SharedStore::new(Arc::clone(store), KeyRing::new(KEY).unwrap()))
    }

    pub(crate) fn process_with_files(&self, store: &Arc<FileStore>) -> Client<Self> {
        let sharing = SharedStore::new(Arc::clone(store), KeyRing::new(KEY).unwrap());
        self.shared_store(&sharing.timeout(Duration::from_secs(10)))
    }

    /// Returns the same as [`process`](Self::process), for a provider where a login ends the previous session.
    pub(crate) fn process_of_one_session<S: Store>(&self, store: &Arc<S>) -> Client<Self> {
        self.shared_store(&SharedStore::new(Arc::clone(store), KeyRing::new(KEY).unwrap()).single_session())
    }

    pub(crate) fn shared_store(&self, sharing: &SharedStore) -> Client<Self> {
        Client::shared(self.clone(), Options::default(), sharing).unwrap()
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    fn login_base_url(&self) -> &Url {
        &self.login_base_url
    }

    async fn login(&self, _http: &Http) -> Result<Session> {
        let number = self.provider.logins.fetch_add(1, SeqCst) + 1;
        (self.provider.script)(number).await
    }
}

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("login-test").with("user", &self.user).with("password", &self.password)
    }
}
