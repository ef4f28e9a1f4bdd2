//! Clients of many accounts that share their connections.

pub(crate) mod common;
mod shard;
mod to_key;
pub(crate) mod turns;

use std::borrow::Borrow;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use url::Url;

use self::common::Common;
use self::shard::Shard;
pub use self::to_key::ToKey;
use crate::client::Client;
use crate::clock::Clock;
use crate::error::Result;
use crate::label::Label;
use crate::login::Login;
use crate::options::Options;
use crate::stats::Stats;
use crate::transport::Http;

type Connect<L> = Box<dyn Fn(L, Http) -> Result<Client<L>> + Send + Sync>;

type Labels<K> = Box<dyn Fn(&K) -> String + Send + Sync>;

const MOST: usize = 100_000;
const IDLE: u32 = 24 * 3600;
/// Small sets are one shard, so that their bound is exact.
const ACCOUNTS_IN_A_SHARD: usize = 1024;
const MOST_SHARDS: usize = 64;

/// A client for each of many accounts, found by a key of yours: for platforms with one login for each customer.
///
/// All share one pool of connections for each base URL, one set of [`Options`], and nothing else: an account whose login
/// fails or hangs delays no other. There is no task and no timer for an account; what an idle one costs is its credential
/// and some 200 bytes.
///
/// Accounts that nobody has asked for in [a day](Self::idle_after), or the idlest of more than
/// [100,000](Self::max_capacity), are dropped when others are added. Whoever asks for one again gets a new client, which logs in
/// again. One whose client somebody still holds is never dropped, so that no account has two clients; do not keep
/// clients, ask for them.
///
/// ```
/// # use auth_core::{AccessToken, Accounts, Client, Credential, Expiry, Http, Login, Options, Result};
/// # #[derive(Debug)]
/// # struct Account { base_url: url::Url, user: String }
/// # #[derive(Debug)]
/// # struct Session(AccessToken);
/// # impl Credential for Session {
/// #     fn expiry(&self) -> Expiry { Expiry::Never }
/// #     fn authorize(&self, headers: &mut http::HeaderMap) { self.0.authorize(headers) }
/// # }
/// # impl Login for Account {
/// #     type Credential = Session;
/// #     fn base_url(&self) -> &url::Url { &self.base_url }
/// #     async fn login(&self, _: &Http) -> Result<Session> {
/// #         Ok(Session(AccessToken::bearer(&self.user.as_str().into())?))
/// #     }
/// # }
/// # impl Account {
/// #     fn new(user: &str) -> Result<Self> {
/// #         Ok(Account { base_url: auth_core::base_url("https://api.example")?, user: user.to_owned() })
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let accounts: Accounts<u64, Account> = Accounts::new(Options::default());
/// let customer = 1234;
/// let client = accounts.get_or_insert_with(&customer, || Account::new("maria"))?;
/// assert_eq!(client.headers().await?["authorization"], "Bearer maria");
/// # Ok(())
/// # }
/// ```
///
/// # Security
///
/// Do not switch on a cookie store in [`Options::configure`]: the accounts would share its cookies.
pub struct Accounts<K, L: Login> {
    shards: Box<[RwLock<Shard<K, L>>]>,
    hasher: RandomState,
    most: usize,
    /// Seconds without being asked for.
    idle: u32,
    /// The second at which idle accounts are next dropped.
    sweep_at: AtomicU32,
    options: Options,
    labels: Option<Labels<K>>,
    clock: Clock,
    common: Arc<Common>,
    /// One for each base URL: most sets have one.
    pools: Mutex<Vec<Http>>,
    /// Makes the client of an account.
    pub(crate) connect: Connect<L>,
}

impl<K: Eq + Hash, L: Login> Accounts<K, L> {
    /// An empty set whose clients have these options.
    ///
    /// ```
    /// # fn show<L: auth_core::Login>() {
    /// use auth_core::{Accounts, Options};
    ///
    /// let accounts: Accounts<String, L> = Accounts::new(Options::default());
    /// assert!(accounts.is_empty());
    /// # }
    /// ```
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            connect: Box::new(|account, http| Ok(Client::on(account, http))),
            shards: shards(MOST),
            hasher: RandomState::new(),
            most: MOST,
            idle: IDLE,
            sweep_at: AtomicU32::new(0),
            options: options.unlabelled(),
            labels: None,
            clock: Clock::new(),
            common: Arc::default(),
            pools: Mutex::default(),
        }
    }

    /// Limits how many accounts are kept: 100,000 by default, at least one. Above that, the accounts that were idle for
    /// the longest are dropped, an eighth at a time.
    ///
    /// ```
    /// # fn show<L: auth_core::Login>() {
    /// use auth_core::{Accounts, Options};
    ///
    /// let accounts: Accounts<u64, L> = Accounts::new(Options::default()).max_capacity(5_000);
    /// # }
    /// ```
    ///
    /// Accounts that are in use, and only they, may be more. Set it before accounts are added: it empties the set.
    #[must_use]
    pub fn max_capacity(self, accounts: usize) -> Self {
        let most = accounts.max(1);
        Self { most, shards: shards(most), ..self }
    }

    /// Sets how long an account is kept that nobody asks for, a day by default. The next login after that costs a round
    /// trip, so choose no less than the lifetime of a credential if memory allows.
    ///
    /// ```
    /// # fn show<L: auth_core::Login>() {
    /// use auth_core::{Accounts, Options};
    /// use std::time::Duration;
    ///
    /// let hour = Duration::from_secs(3600);
    /// let accounts: Accounts<u64, L> = Accounts::new(Options::default()).idle_after(hour);
    /// # }
    /// ```
    ///
    /// They are looked for when an account is added, at most four times in that span, and by
    /// [`drop_idle`](Self::drop_idle). Fractions of a second do not count.
    #[must_use]
    pub fn idle_after(self, span: Duration) -> Self {
        Self { idle: u32::try_from(span.as_secs()).unwrap_or(u32::MAX).max(1), ..self }
    }

    /// Limits how many logins of the set run at once; there is no limit by default, and at least one runs. For a
    /// provider that limits connections or logins, when a program starts with many accounts or many tokens expire
    /// together.
    ///
    /// ```
    /// # fn show<L: auth_core::Login>() {
    /// use auth_core::{Accounts, Options};
    ///
    /// let accounts: Accounts<u64, L> = Accounts::new(Options::default()).max_concurrent_logins(20);
    /// # }
    /// ```
    ///
    /// The others wait for their turn, first come, first served, whichever account they are of, renewals too. Each attempt has a
    /// turn of its own: one that hangs gives it back at its [time-out](Options::login_timeout), which begins with the turn, and a
    /// login that is tried again goes to the end of the line. Of the 28 s after which a login is given up,
    /// 26 may be spent in the line: then it ends as [`Unavailable`](crate::ErrorKind::Unavailable), and nothing was sent. An account that shares its logins keeps its turn while it waits for
    /// another process's. A login whose runtime nobody drives is passed over: its turn is given to the next after about a second.
    #[must_use]
    pub fn max_concurrent_logins(self, logins: usize) -> Self {
        self.common.limit_logins(logins);
        self
    }

    /// Names the accounts in events and spans, as their field `account`, by their keys: see [`Options::label`]. By default that
    /// is a hash of the key that is twelve hexadecimal digits, the same until the process ends.
    ///
    /// ```
    /// # fn show<L: auth_core::Login>() {
    /// use auth_core::{Accounts, Options};
    ///
    /// let accounts: Accounts<u64, L> = Accounts::new(Options::default()).labels(|customer| format!("customer-{customer}"));
    /// # }
    /// ```
    ///
    /// Give no secret. An account has 16 bytes for it, and some 16 more than its text if it is named here. Set it before accounts are added.
    #[must_use]
    pub fn labels(self, label: impl Fn(&K) -> String + Send + Sync + 'static) -> Self {
        Self { labels: Some(Box::new(label)), ..self }
    }

    /// The client of an account that is there.
    ///
    /// ```
    /// # use auth_core::{Accounts, Client, Login, Result};
    /// # async fn run<L: Login>(accounts: Accounts<u64, L>, load: impl AsyncFn(u64) -> Result<L>) -> Result<Client<L>> {
    /// let customer = 1234;
    /// if let Some(client) = accounts.get(&customer) {
    ///     return Ok(client);
    /// }
    /// let account = load(customer).await?; // From a database, say.
    /// accounts.get_or_insert_with(&customer, || Ok(account))
    /// # }
    /// ```
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Client<L>>
    where
        K: Borrow<Q>,
    {
        let now = self.clock.second();
        read(self.shard(key)).get(key, now)
    }

    /// The client of an account, which is made and added if it is not there. Nothing is sent yet.
    ///
    /// ```
    /// # use auth_core::{Accounts, Login, Result};
    /// # fn run<L: Login>(accounts: Accounts<u64, L>, account: impl FnOnce() -> Result<L>) -> Result<()> {
    /// let client = accounts.get_or_insert_with(&1234, account)?;
    /// assert_eq!(accounts.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Of callers that add the same account at once, all get the same client.
    ///
    /// # Errors
    ///
    /// The closure's; otherwise as for [`Client::with_options`].
    pub fn get_or_insert_with<Q>(&self, key: Q, account: impl FnOnce() -> Result<L>) -> Result<Client<L>>
    where
        K: Borrow<Q::Borrowed>,
        Q: ToKey<K>,
    {
        if let Some(client) = self.get(key.borrowed()) {
            return Ok(client);
        }
        let owned = key.to_key();
        let client = self.client(&owned, account()?)?;
        Ok(self.add(owned, &client, None).unwrap_or(client))
    }

    /// The client of an account as it is now: the one that is there, if the account is equal to its own, or else a new
    /// one in its place, which logs in with the new secrets.
    ///
    /// ```
    /// # use auth_core::{Accounts, Client, Login, Result};
    /// # async fn run<L: Login + PartialEq>(accounts: Accounts<u64, L>, load: impl AsyncFn(u64) -> Result<L>) -> Result<()> {
    /// let customer = 1234;
    /// let account = load(customer).await?; // As the database has it now.
    /// let client = accounts.get_or_update(&customer, account)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Nothing of what the old secrets met holds the new ones back: not their token, nor the minutes that a refused login is
    /// spared. Whoever still holds the old client keeps it, and requests that are under way end as they would have. Nothing is
    /// sent yet.
    ///
    /// Read the account where it is written, not from a cache: who gives the old secrets later puts the old account back, and each
    /// change costs a login.
    ///
    /// # Errors
    ///
    /// As for [`Client::with_options`].
    pub fn get_or_update<Q>(&self, key: Q, account: L) -> Result<Client<L>>
    where
        K: Borrow<Q::Borrowed>,
        Q: ToKey<K>,
        L: PartialEq,
    {
        let mut old = self.get(key.borrowed());
        if let Some(client) = old.take_if(|client| client.account() == Some(&account)) {
            return Ok(client);
        }
        let client = self.client(&key.to_key(), account)?;
        // Accounts are compared without a lock, as that is code of others; meanwhile another caller may have been faster.
        while let Some(other) = self.add(key.to_key(), &client, old.as_ref()) {
            if other.account() == client.account() {
                return Ok(other);
            }
            old = Some(other);
        }
        Ok(client)
    }

    /// Adds an account in the place of the one with this key, whether it is equal to that or not. Who holds the client of the
    /// old one keeps it. See [`get_or_update`](Self::get_or_update).
    ///
    /// ```
    /// # use auth_core::{Accounts, Login, Result};
    /// # fn run<L: Login>(accounts: Accounts<u64, L>, with_new_password: L) -> Result<()> {
    /// let client = accounts.insert(1234, with_new_password)?;
    /// assert!(client.cached().is_none(), "it will log in with the new secrets");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Client::with_options`].
    pub fn insert(&self, key: K, account: L) -> Result<Client<L>> {
        let client = self.client(&key, account)?;
        let now = self.clock.second();
        let gone = write(self.shard(&key)).insert(key, client.clone(), now, self.most_in_a_shard());
        drop(gone);
        self.sweep(now);
        Ok(client)
    }

    /// Takes an account out of the set.
    ///
    /// ```
    /// # fn run<L: auth_core::Login>(accounts: auth_core::Accounts<u64, L>) {
    /// let client = accounts.remove(&1234);
    /// assert!(accounts.get(&1234).is_none());
    /// # }
    /// ```
    pub fn remove<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Client<L>>
    where
        K: Borrow<Q>,
    {
        write(self.shard(key)).remove(key)
    }

    /// Drops the accounts that nobody has asked for in [`idle_after`](Self::idle_after), for sets to which none are added.
    ///
    /// ```
    /// # use auth_core::{Accounts, Login};
    /// # use std::{sync::Arc, time::Duration};
    /// # async fn run<L: Login>(accounts: Arc<Accounts<u64, L>>) {
    /// loop {
    ///     tokio::time::sleep(Duration::from_secs(3600)).await;
    ///     accounts.drop_idle();
    /// }
    /// # }
    /// ```
    pub fn drop_idle(&self) {
        if let Some(second) = self.clock.second().checked_sub(self.idle) {
            for shard in &self.shards {
                let gone = write(shard).idle_since(second);
                drop(gone);
            }
        }
    }

    /// Returns the number of accounts.
    ///
    /// ```
    /// # fn run<L: auth_core::Login>(accounts: auth_core::Accounts<u64, L>) {
    /// println!("{} customers", accounts.len());
    /// # }
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| read(shard).len()).sum()
    }

    /// Returns true if there is no account.
    ///
    /// ```
    /// # fn run<L: auth_core::Login>(accounts: auth_core::Accounts<u64, L>) {
    /// assert_eq!(accounts.is_empty(), accounts.len() == 0);
    /// # }
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The accounts that are there, with their keys, in no order: a copy of a part of the set at a time, so that the set is free
    /// for others and for what the loop calls.
    ///
    /// ```
    /// # fn run<L: auth_core::Login>(accounts: auth_core::Accounts<u64, L>) {
    /// for (customer, client) in accounts.iter() {
    ///     if client.stats().logins_refused > 0 {
    ///         println!("customer {customer}: {:?}", client.stats());
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// An account that is added or removed meanwhile may be missing, or be there still. Being listed does not count as being
    /// [asked for](Self::idle_after).
    pub fn iter(&self) -> impl Iterator<Item = (K, Client<L>)>
    where
        K: Clone,
    {
        self.shards.iter().flat_map(|shard| read(shard).clients())
    }

    /// Returns the totals of all accounts of the set, with those of accounts that were dropped, removed or replaced. No
    /// count ever goes down.
    ///
    /// ```
    /// # fn run<L: auth_core::Login>(accounts: auth_core::Accounts<u64, L>) {
    /// let stats = accounts.stats();
    /// println!("{} customers, {} logins, {} refused", accounts.len(), stats.logins, stats.logins_refused);
    /// # }
    /// ```
    ///
    /// It takes no lock, and as long for one account as for 100,000. Those of one account are its client's.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.common.totals.read()
    }

    fn client(&self, key: &K, account: L) -> Result<Client<L>> {
        let given = self.labels.as_ref().and_then(|label| Label::given(&label(key)));
        let http = self.http(account.base_url())?.labelled(given.unwrap_or_else(|| Label::of(key)));
        (self.connect)(account, http)
    }

    /// Adds a client, unless there is one other than `old`, which is then answered.
    fn add(&self, key: K, client: &Client<L>, old: Option<&Client<L>>) -> Option<Client<L>> {
        let now = self.clock.second();
        let mut shard = write(self.shard(&key));
        let there = shard.get(&key, now);
        if let Some(other) = there.filter(|there| !old.is_some_and(|old| old.is(there))) {
            return Some(other);
        }
        let gone = shard.insert(key, client.clone(), now, self.most_in_a_shard());
        drop(shard);
        drop(gone);
        self.sweep(now);
        None
    }

    /// The pool of a base URL. One that no account uses any more goes when another is added.
    fn http(&self, base_url: &Url) -> Result<Http> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(http) = pools.iter().find(|http| http.is_for(base_url)) {
            return Ok(http.clone());
        }
        let http = Http::of_set(base_url, &self.options, &self.common)?;
        pools.retain(Http::is_shared);
        pools.push(http.clone());
        Ok(http)
    }

    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> &RwLock<Shard<K, L>> {
        let shard = self.hasher.hash_one(key) % self.shards.len() as u64;
        &self.shards[usize::try_from(shard).unwrap_or_default()]
    }

    fn most_in_a_shard(&self) -> usize {
        self.most / self.shards.len()
    }

    fn sweep(&self, now: u32) {
        let due = self.sweep_at.load(Relaxed);
        let next = now.saturating_add((self.idle / 4).max(1));
        if now >= due && self.sweep_at.compare_exchange(due, next, Relaxed, Relaxed).is_ok() {
            self.drop_idle();
        }
    }
}

// A shard has no code that panics between two writes: what it holds is whole.

fn read<T>(shard: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    shard.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(shard: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    shard.write().unwrap_or_else(PoisonError::into_inner)
}

fn shards<K, L: Login>(most: usize) -> Box<[RwLock<Shard<K, L>>]> {
    let shards = (most / ACCOUNTS_IN_A_SHARD).clamp(1, MOST_SHARDS);
    (0..shards).map(|_| RwLock::default()).collect()
}

impl<K, L: Login> fmt::Debug for Accounts<K, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("at_most", &self.most)
            .field("idle_after_s", &self.idle)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
