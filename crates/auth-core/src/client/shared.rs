//! A client that shares its logins with other processes.

use super::Client;
use crate::cache::CredentialCache;
use crate::error::Result;
use crate::options::Options;
use crate::store::{Coordinator, Identify, Persist, SharedStore};
use crate::transport::Http;

impl<L: Identify<Credential: Persist>> Client<L> {
    /// A client whose logins are shared with all others that have the same account, store and keys, wherever they run.
    ///
    /// It asks the store before it logs in, and tells it afterwards; a fresh credential is at hand without it. A store that fails
    /// costs a login and a warning, never a request. See [`store`](crate::store).
    ///
    /// ```no_run
    /// # async fn run<A>(account: A, key: auth_core::secrecy::SecretString) -> auth_core::Result<()>
    /// # where A: auth_core::store::Identify, A::Credential: auth_core::store::Persist {
    /// use auth_core::store::{FileStore, KeyRing, SharedStore};
    /// use auth_core::{Client, Options};
    ///
    /// let store = SharedStore::new(FileStore::new()?, KeyRing::new(&key)?);
    /// let client = Client::shared(account, Options::default(), &store)?;
    /// client.credential().await?;
    /// println!("{} logins, {} from the store", client.stats().logins, client.stats().adopted);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`with_options`](Self::with_options); also [`Config`](crate::ErrorKind::Config) if the account cannot be named.
    pub fn shared(login: L, options: Options, store: &SharedStore) -> Result<Self> {
        let http = Http::with(login.base_url(), options)?;
        let coordinator = store.coordinator(&login, &http)?;
        Ok(Self::on_shared(login, http, coordinator))
    }
}

impl<L: crate::login::Login> Client<L> {
    pub(crate) fn on_shared(login: L, http: Http, coordinator: Coordinator<L::Credential>) -> Self {
        Self::of(CredentialCache::new(login, http, Some(Box::new(coordinator))))
    }
}
