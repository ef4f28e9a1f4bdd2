//! Clients of many accounts that share their connections.

pub(crate) mod common;
mod shard;
mod shards;
mod to_key;
pub(crate) mod turns;

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use self::common::Common;
use self::shards::Shards;
pub use self::to_key::ToKey;
use crate::client::Client;
use crate::error::Result;
use crate::label::Label;
use crate::login::Login;
use crate::options::Options;
use crate::stats::Stats;
use crate::transport::Http;

type Connect<L> = Box<dyn Fn(L, Http) -> Result<Client<L>> + Send + Sync>;

type Labels<K> = Box<dyn Fn(&K) -> String + Send + Sync>;

/// A set of clients for many accounts, found by a key of yours, for platforms with one login per customer.
///
/// All accounts share one set of [`Options`], one pool of connections for each base URL, and nothing else. If one
/// account's login fails or hangs, no other is delayed. An account has no task and no timer. An idle one costs its
/// credential and some 300 bytes.
///
/// Accounts that nobody has asked for in [a day](Self::idle_after) are dropped when others are added, and so are the
/// most idle ones above [100,000](Self::max_capacity). A later request for a dropped account gets a new client, which
/// logs in again.
///
/// An account whose client is still held elsewhere is never dropped, so no account has two clients. Do not keep
/// clients: ask the set for them each time.
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
/// Do not enable a cookie store in [`Options::configure`]: the accounts would share its cookies.
#[must_use = "a set of accounts has no effect until it is asked for a client"]
pub struct Accounts<K, L: Login> {
    clients: Shards<K, L>,
    options: Options,
    labels: Option<Labels<K>>,
    common: Arc<Common>,
    /// One pool for each base URL. Most sets have one.
    pools: Mutex<Vec<Http>>,
    /// Creates the client of an account.
    pub(crate) connect: Connect<L>,
}

impl<K: Eq + Hash, L: Login> Accounts<K, L> {
    /// Creates an empty set whose clients have these options.
    ///
    /// ```
    /// # fn show<L: auth_core::Login>() {
    /// use auth_core::{Accounts, Options};
    ///
    /// let accounts: Accounts<String, L> = Accounts::new(Options::default());
    /// assert!(accounts.is_empty());
    /// # }
    /// ```
    pub fn new(options: Options) -> Self {
        Self {
            connect: Box::new(|account, http| Ok(Client::on(account, http))),
            clients: Shards::new(),
            options: options.unlabelled(),
            labels: None,
            common: Arc::default(),
            pools: Mutex::default(),
        }
    }

    /// Limits the number of accounts, 100,000 by default and at least one. Above the limit, the accounts that were idle
    /// for the longest are dropped, an eighth at a time.
    ///
    /// ```
    /// # fn show<L: auth_core::Login>() {
    /// use auth_core::{Accounts, Options};
    ///
    /// let accounts: Accounts<u64, L> = Accounts::new(Options::default()).max_capacity(5_000);
    /// # }
    /// ```
    ///
    /// Only accounts in use can exceed the limit. Set it before accounts are added, because it empties the set.
    pub fn max_capacity(self, accounts: usize) -> Self {
        Self { clients: self.clients.max_capacity(accounts), ..self }
    }

    /// Sets the idle time after which an account is dropped, a day by default. The next login after that costs a round
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
    /// Idle accounts are searched for when an account is added, at most four times in this span, and by
    /// [`drop_idle`](Self::drop_idle). Fractions of a second are ignored.
    pub fn idle_after(self, span: Duration) -> Self {
        Self { clients: self.clients.idle_after(span), ..self }
    }

    /// Limits the number of logins of the set that run at once. By default there is no limit; the minimum is one. Use
    /// it if the provider limits connections or logins, and a program starts with many accounts or many tokens expire
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
    /// Other logins wait in line, first come, first served, whichever account they belong to. This includes renewals.
    ///
    /// - Each attempt has its own turn. It ends at the latest with the [time-out](Options::login_timeout), which starts
    ///   with the turn. A retry goes to the end of the line.
    /// - A login may spend 26 of its 28 s in the line. Then it fails with
    ///   [`Unavailable`](crate::ErrorKind::Unavailable), and nothing was sent.
    /// - An account with a shared store keeps its turn while it waits for the login of another process.
    /// - A login whose runtime has stopped is skipped. Its turn goes to the next login after about a second.
    pub fn max_concurrent_logins(self, logins: usize) -> Self {
        self.common.limit_logins(logins);
        self
    }

    /// Labels the accounts in events and spans, in their field `account`, by their keys: see [`Options::label`]. The
    /// default label is a hash of the key: twelve hexadecimal digits that stay the same until the process ends.
    ///
    /// ```
    /// # fn show<L: auth_core::Login>() {
    /// use auth_core::{Accounts, Options};
    ///
    /// let accounts: Accounts<u64, L> = Accounts::new(Options::default()).labels(|customer| format!("customer-{customer}"));
    /// # }
    /// ```
    ///
    /// Do not use secrets. A label takes 16 bytes per account, and one given here about 16 more than its text. Set it
    /// before accounts are added.
    pub fn labels(self, label: impl Fn(&K) -> String + Send + Sync + 'static) -> Self {
        Self { labels: Some(Box::new(label)), ..self }
    }

    /// Returns the client of an account, if the set has it.
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
        self.clients.get(key)
    }

    /// Returns the client of an account. Creates and adds it if the set does not have it. Nothing is sent yet.
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
    /// Concurrent callers that add the same account get the same client.
    ///
    /// # Errors
    ///
    /// The error of the closure; otherwise as for [`Client::with_options`].
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
        Ok(self.clients.add(owned, &client, None).unwrap_or(client))
    }

    /// Returns the client of an account with its current secrets. If the set's account equals `account`, its client is
    /// returned. Otherwise a new client replaces it, which logs in with the new secrets.
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
    /// The new client does not inherit the token, the cooldown or the failures of the old secrets. Callers that hold
    /// the old client keep it, and its running requests are not affected. Nothing is sent yet.
    ///
    /// Read the account from its database, not from a cache: a caller with the old secrets puts the old account back,
    /// and each change costs a login.
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
        // Accounts are compared without a lock, because that runs foreign code. Another caller may be faster in the
        // meantime.
        while let Some(other) = self.clients.add(key.to_key(), &client, old.as_ref()) {
            if other.account() == client.account() {
                return Ok(other);
            }
            old = Some(other);
        }
        Ok(client)
    }

    /// Adds an account, or replaces the one with this key even if they are equal. Callers that hold the old client keep
    /// it. See [`get_or_update`](Self::get_or_update).
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
        self.clients.insert(key, client.clone());
        Ok(client)
    }

    /// Removes an account from the set, and returns its client.
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
        self.clients.remove(key)
    }

    /// Drops the accounts that nobody has asked for in [`idle_after`](Self::idle_after), for sets to which no accounts
    /// are added.
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
        self.clients.drop_idle();
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
        self.clients.len()
    }

    /// Returns true if the set has no accounts.
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

    /// Returns the accounts and their keys, in no order. The iterator copies a part of the set at a time, so the set is
    /// not locked between steps.
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
    /// An account that is added or removed in the meantime may or may not be listed. Listing an account does not count
    /// as [asking for it](Self::idle_after).
    pub fn iter(&self) -> impl Iterator<Item = (K, Client<L>)>
    where
        K: Clone,
    {
        self.clients.iter()
    }

    /// Returns the totals of all accounts of the set, including accounts that were dropped, removed or replaced. The
    /// counts never decrease.
    ///
    /// ```
    /// # fn run<L: auth_core::Login>(accounts: auth_core::Accounts<u64, L>) {
    /// let stats = accounts.stats();
    /// println!("{} customers, {} logins, {} refused", accounts.len(), stats.logins, stats.logins_refused);
    /// # }
    /// ```
    ///
    /// This takes no lock, and the same time for one account as for 100,000. For the counts of one account, see its
    /// client.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.common.totals.read()
    }

    fn client(&self, key: &K, account: L) -> Result<Client<L>> {
        let given = self.labels.as_ref().and_then(|label| Label::given(&label(key)));
        let mut http = self.http(account.base_url())?.labelled(given.unwrap_or_else(|| Label::of(key)));
        if !http.is_for(account.login_base_url()) {
            http = http.with_logins(self.http(account.login_base_url())?);
        }
        (self.connect)(account, http)
    }

    /// Returns the pool of a base URL. A pool without accounts is removed when another is added.
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
}

impl<K, L: Login> fmt::Debug for Accounts<K, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("max_capacity", &self.clients.max_capacity)
            .field("idle_after_s", &self.clients.idle_s)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
