#![doc = include_str!("../README.md")]

mod accounts;
mod client;
mod clock;
mod credential;
pub mod dates;
mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod jwt;
mod label;
mod lanes;
pub mod lenient;
mod login;
mod options;
mod random;
mod redact;
mod slot;
mod stats;
#[cfg(feature = "store")]
pub mod store;
mod sync;
mod token;
mod transport;
pub mod vars;

pub use accounts::{Accounts, ToKey};
pub use client::{Authorize, Client, Request, success};
pub use credential::{Credential, Expiry};
pub use error::{Error, ErrorKind, Result};
pub use login::{Login, same_secret};
pub use options::{Options, RetryPolicy};
pub use stats::Stats;
pub use token::AccessToken;
pub use transport::{Answer, Http, base_url};

// A breaking change of one of these is a breaking change of this crate.
pub use {::http, reqwest, secrecy, serde_json, time, url};
