//! Clients, and sets of accounts, with a shared store.

use super::coordinator::Coordinator;
use super::key::Identify;
use super::shared_store::SharedStore;
use super::stored_credential::Persist;
use crate::accounts::Accounts;
use crate::cache::CredentialCache;
use crate::client::Client;
use crate::error::Result;
use crate::options::Options;
use crate::transport::Http;

impl<L: Identify<Credential: Persist>> Client<L> {
    /// Creates a client that shares its logins with all others that have the same account, store and keys, on any
    /// machine.
    ///
    /// The client asks the store before it logs in, and publishes the result. A fresh credential is served without the
    /// store. A failure of the store costs a login and a warning, but never a request. See [`store`](crate::store).
    ///
    /// ```no_run
    /// # async fn run<A>(account: A, key: &str) -> auth_core::Result<()>
    /// # where A: auth_core::store::Identify, A::Credential: auth_core::store::Persist {
    /// use auth_core::store::{FileStore, KeyRing, SharedStore};
    /// use auth_core::{Client, Options};
    ///
    /// let store = SharedStore::new(FileStore::new()?, KeyRing::new(key)?);
    /// let client = Client::shared(account, Options::default(), &store)?;
    /// client.credential().await?;
    /// println!("{} logins, {} from the store", client.stats().logins, client.stats().adopted);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`with_options`](Self::with_options); also [`Config`](crate::ErrorKind::Config) if the account's
    /// fingerprint is invalid.
    pub fn shared(login: L, options: Options, store: &SharedStore) -> Result<Self> {
        let http = Http::for_account(login.base_url(), login.login_base_url(), options)?;
        connect(login, http, store)
    }
}

impl<K, L: Identify<Credential: Persist>> Accounts<K, L> {
    /// Shares the logins of the accounts with other processes: see [`Client::shared`].
    ///
    /// ```
    /// # fn show<L>(store: auth_core::store::SharedStore)
    /// # where L: auth_core::store::Identify, L::Credential: auth_core::store::Persist {
    /// use auth_core::{Accounts, Options};
    ///
    /// let accounts: Accounts<u64, L> = Accounts::new(Options::default()).shared_store(store);
    /// # }
    /// ```
    ///
    /// Set it before accounts are added. Accounts that were added earlier do not use the store.
    pub fn shared_store(self, store: SharedStore) -> Self {
        let mut accounts = self;
        accounts.connect = Box::new(move |account, http| connect(account, http, &store));
        accounts
    }
}

fn connect<L: Identify<Credential: Persist>>(login: L, http: Http, store: &SharedStore) -> Result<Client<L>> {
    let coordinator = Coordinator::new(&login, store.clone(), http.clone())?;
    Ok(Client::of(CredentialCache::new(login, http, Some(Box::new(coordinator)))))
}
