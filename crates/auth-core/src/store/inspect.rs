//! The shared login of an account as the store has it, for diagnostics.

use std::time::Duration;

use time::OffsetDateTime;

use super::contract::Acquire;
use super::key::{CacheKey, Identify};
use super::seal::{Bound, random_owner};
use super::shared_store::SharedStore;
use super::stored_credential::{Persist, StoredCredential};
use super::stored_failure::StoredFailure;
use crate::cache::expiry::usable;
use crate::client::Client;
use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::expiry::Expiry;

/// The shared login of one account at one moment.
///
/// ```no_run
/// # use auth_core::{Client, Result, store::{Identify, Persist, SharedStore}};
/// # async fn run<A: Identify<Credential: Persist>>(store: SharedStore, client: Client<A>) -> Result<()> {
/// let login = store.inspect(&client).await?;
/// match (login.current, login.cooldown) {
///     (Some(current), _) => println!("since {}, until {:?}", current.issued_at, current.expiry),
///     (None, Some(error)) => println!("{error}; next login in {:?}", error.retry_after()),
///     (None, None) => println!("the next caller logs in"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct SharedLogin<C> {
    /// The credential that processes adopt.
    pub current: Option<SharedCredential<C>>,
    /// The failure that holds back the next login, with the time left.
    pub cooldown: Option<Error>,
    /// True if a process is logging in.
    pub is_logging_in: bool,
}

/// A credential in the store.
///
/// ```
/// # fn show<C>(current: auth_core::store::SharedCredential<C>) {
/// println!("of a login at {}", current.issued_at);
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct SharedCredential<C> {
    /// The result of the login.
    pub credential: C,
    /// The time of the login, by the local wall clock.
    pub issued_at: OffsetDateTime,
    /// The time until which processes adopt the credential: [`Expiry::At`] or [`Expiry::Never`].
    pub expiry: Expiry,
    /// The time since the login.
    pub age: Duration,
    key: CacheKey,
    fence: u64,
}

impl SharedStore {
    /// Returns the shared login of a client's account. Nothing is sent to the provider, and nothing changes.
    ///
    /// ```no_run
    /// # use auth_core::{Client, Result, store::{Identify, Persist, SharedStore}};
    /// # async fn run<A: Identify<Credential: Persist>>(store: SharedStore, client: Client<A>) -> Result<()> {
    /// let is_shared = store.inspect(&client).await?.current.is_some();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the client was created from a credential, which is not shared;
    /// [`Unavailable`](ErrorKind::Unavailable) if the account's secrets cannot be read, or the store fails.
    pub async fn inspect<L>(&self, client: &Client<L>) -> Result<SharedLogin<L::Credential>>
    where
        L: Identify<Credential: Persist>,
    {
        let account = client.account().ok_or_else(|| {
            Error::new(ErrorKind::Config, "the client was created from a credential, which no store shares")
        })?;
        let refreshed = account.refreshed().await?;
        let key = self.key(refreshed.as_ref().unwrap_or(account), client.http())?;
        let mut look = Acquire::by(random_owner());
        look.span = Duration::ZERO;
        let found = self.answered(self.timeout, self.store.acquire(&key, &look)).await?;
        let current = found.record.and_then(|record| {
            let opened = self.keys.open(&key, Bound::Record { fence: record.fence }, &record.sealed)?;
            let StoredCredential { credential, lifetime, .. } = StoredCredential::from_bytes(&opened)?;
            let left = record.left.min(usable(lifetime));
            // Its publisher counted for the store's time-out, too.
            let age = usable(lifetime).saturating_sub(left).saturating_sub(self.timeout);
            let now = clock::wall_time();
            let expiry = lifetime.map_or(Expiry::Never, |_| Expiry::At(now + left));
            Some(SharedCredential {
                credential,
                issued_at: now - age,
                expiry,
                age,
                key: key.clone(),
                fence: record.fence,
            })
        });
        let cooldown = found.cooldown.and_then(|cooldown| {
            let opened = self.keys.open(&key, Bound::Cooldown, &cooldown.sealed)?;
            let failure: StoredFailure = serde_json::from_slice(&opened).ok()?;
            let pause = failure.pause(cooldown.left)?;
            Some(failure.error().cooling_down().with_retry_after(pause))
        });
        Ok(SharedLogin { current, cooldown, is_logging_in: found.held_by.is_some() })
    }

    /// Removes a credential from the store, so that no process adopts it any more. Returns false if it was already
    /// replaced or removed.
    ///
    /// ```no_run
    /// # use auth_core::{Client, Result, store::{Identify, Persist, SharedStore}};
    /// # async fn run<A: Identify<Credential: Persist>>(store: SharedStore, client: Client<A>) -> Result<()> {
    /// if let Some(current) = store.inspect(&client).await?.current {
    ///     store.remove(&current).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Processes that hold it keep it until they get a 401.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) if the store fails.
    pub async fn remove<C>(&self, credential: &SharedCredential<C>) -> Result<bool> {
        self.answered(self.timeout, self.store.remove(&credential.key, credential.fence)).await
    }
}
