#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accounts;
mod backoff;
mod cache;
mod client;
mod clock;
#[doc(hidden)]
pub mod contract;
mod credential;
pub mod env;
mod error;
mod expiry;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod label;
mod login;
mod options;
pub mod parse;
mod quota;
mod random;
mod redact;
mod refresh_token;
mod secret;
mod stats;
#[cfg(feature = "store")]
pub mod store;
mod striped;
mod sync;
mod token;
mod transport;

pub use accounts::{Accounts, ToKey};
pub use cache::CachedCredential;
pub use client::authorize::Authorize;
pub use client::{Client, Items, Pages, Paging, Request, error_for_status};
pub use contract::{Contract, Expected};
pub use credential::Credential;
pub use error::{Error, ErrorKind, Result};
pub use expiry::Expiry;
pub use login::Login;
pub use options::{Options, RetryPolicy};
pub use quota::{Priority, Quota};
pub use refresh_token::RefreshToken;
pub use secret::Secret;
pub use stats::{Metric, MetricKind, Stats};
pub use token::AccessToken;
pub use transport::{Http, LoginRequest, LoginResponse, base_url};

// A breaking change of one of these crates is a breaking change of this crate.
pub use {::http, reqwest, secrecy, serde_json, time, url};
