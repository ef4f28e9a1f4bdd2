//! Many accounts at once, each logged in, and the cost of one of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use auth_core::url::Url;
use auth_core::{Accounts, Options};
use moka::future::Cache;

use crate::peer::{Carrier, Peer, Unserved};
use crate::peers::aws::Aws;
use crate::peers::azure::Azure;
use crate::peers::moka::Ready;
use crate::peers::ours::Account;
use crate::provider::Provider;

/// A set of accounts, found by a number.
pub trait Many: Sync {
    /// The name in the table.
    const NAME: &'static str;

    /// Returns an empty set whose accounts log in to `provider`. Called on a runtime.
    fn new(provider: &Arc<Provider>, accounts: u64) -> Self;

    /// Adds an account and logs it in.
    fn add(&self, account: u64) -> impl Future<Output = Result<(), Unserved>> + Send;

    /// Finds an account that is logged in, ready to authorize a request.
    fn find(&self, account: u64) -> impl Future<Output = bool> + Send;
}

/// The set of auth-core.
#[derive(Debug)]
pub struct Set {
    accounts: Accounts<u64, Account>,
    base_url: Arc<Url>,
    provider: Arc<Provider>,
}

impl Many for Set {
    const NAME: &'static str = "auth-core, Accounts";

    fn new(provider: &Arc<Provider>, accounts: u64) -> Self {
        Self {
            // Half as many more, so that no shard is full.
            accounts: Accounts::new(Options::default())
                .max_capacity(usize::try_from(accounts * 3 / 2).unwrap_or(usize::MAX)),
            base_url: Arc::new(Url::parse("https://login.test/").expect("a URL")),
            provider: Arc::clone(provider),
        }
    }

    async fn add(&self, account: u64) -> Result<(), Unserved> {
        let login = || Ok(Account::new(&self.base_url, &self.provider));
        self.accounts.get_or_insert_with(&account, login)?.with_credential(|_| ()).await?;
        Ok(())
    }

    async fn find(&self, account: u64) -> bool {
        self.accounts.get(&account).is_some()
    }
}

/// A map of tokens and their expiry behind a lock: the minimum cost.
#[derive(Debug)]
pub struct Plain {
    tokens: Mutex<HashMap<u64, (String, Instant)>>,
    provider: Arc<Provider>,
}

impl Many for Plain {
    const NAME: &'static str = "Mutex<HashMap<_, (String, Instant)>>";

    fn new(provider: &Arc<Provider>, _: u64) -> Self {
        Self { tokens: Mutex::default(), provider: Arc::clone(provider) }
    }

    async fn add(&self, account: u64) -> Result<(), Unserved> {
        let token = self.provider.login().await?;
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(account, (token.text, Instant::now() + token.lifetime));
        Ok(())
    }

    async fn find(&self, account: u64) -> bool {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(&account).is_some_and(|(_, end)| *end > Instant::now() + Duration::from_mins(1))
    }
}

/// One `moka` cache with an entry for each account.
#[derive(Debug)]
pub struct Moka {
    cache: Cache<u64, Ready>,
    provider: Arc<Provider>,
}

impl Many for Moka {
    const NAME: &'static str = "moka, one cache";

    fn new(provider: &Arc<Provider>, accounts: u64) -> Self {
        let cache = Cache::builder().max_capacity(accounts * 2).time_to_idle(Duration::from_hours(24)).build();
        Self { cache, provider: Arc::clone(provider) }
    }

    async fn add(&self, account: u64) -> Result<(), Unserved> {
        let login = Ready::login(&self.provider);
        self.cache.try_get_with_by_ref(&account, login).await.or(Err(Unserved))?;
        Ok(())
    }

    async fn find(&self, account: u64) -> bool {
        self.cache.get(&account).await.is_some()
    }
}

/// A map with one cache of an SDK for each account.
#[derive(Debug)]
pub struct Each<P> {
    peers: Mutex<HashMap<u64, P>>,
    provider: Arc<Provider>,
}

impl<P: Peer> Each<P> {
    fn of(&self, account: u64) -> Option<P> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }

    async fn log_in(&self, account: u64, peer: P) -> Result<(), Unserved> {
        let mut request = P::Request::with_room();
        peer.authorize(&mut request).await?;
        self.peers.lock().unwrap_or_else(PoisonError::into_inner).insert(account, peer);
        Ok(())
    }
}

impl Many for Each<Azure> {
    const NAME: &'static str = "azure_core, a policy each";

    fn new(provider: &Arc<Provider>, _: u64) -> Self {
        Self { peers: Mutex::default(), provider: Arc::clone(provider) }
    }

    async fn add(&self, account: u64) -> Result<(), Unserved> {
        self.log_in(account, Azure::new(&self.provider)).await
    }

    async fn find(&self, account: u64) -> bool {
        self.of(account).is_some()
    }
}

/// One cache of AWS's, which distinguishes resolvers, and a resolver for each account.
#[derive(Debug)]
pub struct Resolvers(Each<Aws>, Aws);

impl Many for Resolvers {
    const NAME: &'static str = "aws-smithy-runtime, a resolver each";

    fn new(provider: &Arc<Provider>, _: u64) -> Self {
        Self(Each { peers: Mutex::default(), provider: Arc::clone(provider) }, Aws::new(provider))
    }

    async fn add(&self, account: u64) -> Result<(), Unserved> {
        self.0.log_in(account, self.1.another(&self.0.provider)).await
    }

    async fn find(&self, account: u64) -> bool {
        self.0.of(account).is_some()
    }
}
