//! Accounts whose logins are shared with other processes.

use super::Accounts;
use crate::client::Client;
use crate::error::Result;
use crate::login::Login;
use crate::store::{Coordinator, Identify, Persist, SharedStore};
use crate::transport::Http;

type Of<L> = fn(&SharedStore, &L, &Http) -> Result<Coordinator<<L as Login>::Credential>>;

/// How an account of this type is shared, known where the type can be.
pub(super) struct By<L: Login> {
    sharing: SharedStore,
    of: Of<L>,
}

impl<L: Login> By<L> {
    pub(super) fn client(&self, account: L, http: Http) -> Result<Client<L>> {
        let coordinator = (self.of)(&self.sharing, &account, &http)?;
        Ok(Client::on_shared(account, http, coordinator))
    }
}

impl<K, L: Identify<Credential: Persist>> Accounts<K, L> {
    /// Shares the logins of the accounts with other processes: see [`Client::shared`].
    ///
    /// ```
    /// # fn show<L>(sharing: auth_core::store::SharedStore)
    /// # where L: auth_core::store::Identify, L::Credential: auth_core::store::Persist {
    /// use auth_core::{Accounts, Options};
    ///
    /// let accounts: Accounts<u64, L> = Accounts::new(Options::default()).shared_store(sharing);
    /// # }
    /// ```
    ///
    /// Set it before accounts are added: those that are there go on by themselves.
    #[must_use]
    pub fn shared_store(self, sharing: SharedStore) -> Self {
        Self { shared: Some(By { sharing, of: SharedStore::of }), ..self }
    }
}
