//! One login for many processes and machines: a store that they share, and what is kept in it.
//!
//! A client that shares asks the store before it logs in, and tells it afterwards. Everything that is there is sealed, and found
//! under a [`Name`] that a keyed hash is made of: neither shows a secret, nor lets one be guessed. A [`Store`] moves bytes, and
//! is never trusted: what it loses, holds back or makes up costs a login and a warning.
//!
//! ```no_run
//! # async fn run<A>(account: A) -> auth_core::Result<()>
//! # where A: auth_core::store::Identify, A::Credential: auth_core::store::Portable {
//! use auth_core::store::{FileStore, KeyRing, Sharing};
//! use auth_core::{Client, Options, vars};
//!
//! let key = vars::environment("STORE_KEY").expect("openssl rand -base64 32");
//! let sharing = Sharing::new(FileStore::new()?, KeyRing::new(&key)?);
//! let client = Client::shared(account, Options::default(), &sharing)?;
//! let headers = client.headers().await?; // Of all processes with this key and account, one logs in.
//! # Ok(())
//! # }
//! ```

pub mod conformance;
mod contract;
pub(crate) mod counts;
mod file;
mod gate;
mod identity;
mod keys;
mod name;
mod portable;
mod record;
mod shared;
mod sharing;

pub use self::contract::{Claim, Found, Gate, Lease, Record, Store};
pub use self::file::FileStore;
pub(crate) use self::gate::Refusal;
pub use self::identity::{Identify, Identity};
pub use self::keys::{AsKey, KeyRing};
pub use self::name::Name;
pub use self::portable::{Portable, from_json, to_json};
pub(crate) use self::record::Kept;
pub(crate) use self::shared::Shared;
pub use self::sharing::Sharing;
