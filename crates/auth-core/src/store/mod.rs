//! A shared store, with which many processes and machines need one login per account.
//!
//! A client with a shared store asks it before each login, and publishes the result. All contents are sealed, and found
//! under a [`CacheKey`] that is derived with a keyed hash. Neither shows a secret, nor lets one be guessed. A [`Store`]
//! moves bytes and is never trusted: data that it loses, withholds or forges costs a login and a warning.
//!
//! ```no_run
//! # async fn run<A>(account: A) -> auth_core::Result<()>
//! # where A: auth_core::store::Identify, A::Credential: auth_core::store::Persist {
//! use auth_core::store::{FileStore, KeyRing, SharedStore};
//! use auth_core::{Client, Options, env};
//!
//! let key = env::environment("STORE_KEY").expect("openssl rand -base64 32");
//! let store = SharedStore::new(FileStore::new()?, KeyRing::new(&key)?);
//! let client = Client::shared(account, Options::default(), &store)?;
//! let headers = client.headers().await?; // Of all processes with this key and account, one logs in.
//! # Ok(())
//! # }
//! ```

mod account_store;
mod acquisition;
pub mod conformance;
mod contract;
mod coordinator;
mod fallback;
mod file;
mod health;
mod inspect;
mod key;
mod knowledge;
mod lender;
mod machine;
#[cfg(test)]
mod model_tests;
mod outage;
mod seal;
mod shared_clients;
mod shared_store;
mod stored_credential;
mod stored_failure;
mod waits;

pub use self::contract::{Acquire, Cooldown, Found, Lease, Record, Store};
pub use self::file::FileStore;
pub use self::inspect::{SharedCredential, SharedLogin};
pub use self::key::{CacheKey, Fingerprint, Identify};
pub use self::seal::KeyRing;
pub use self::shared_store::SharedStore;
pub use self::stored_credential::{Persist, from_json, to_json};
pub use crate::quota::exchange::{Ended, Observed, Spent, Take, Taken, Window};
pub use crate::quota::ledger::Ledger;
pub use crate::quota::part::Part;
