//! Accounts whose logins are shared with other processes.

use super::Accounts;
use crate::client::Client;
use crate::store::{Identify, Persist, SharedStore};

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
    /// Set it before accounts are added: those that are there go on by themselves.
    #[must_use]
    pub fn shared_store(self, store: SharedStore) -> Self {
        let connect = move |account, http| {
            let coordinator = store.coordinator(&account, &http)?;
            Ok(Client::on_shared(account, http, coordinator))
        };
        Self { connect: Some(Box::new(connect)), ..self }
    }
}
