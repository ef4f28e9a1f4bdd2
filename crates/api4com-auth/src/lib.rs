#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod builder;
mod call;
mod client;
mod me;
mod sent;
mod session;
#[cfg(feature = "store")]
mod store;
mod tokens;
mod ttl;
mod wire;

pub use account::{Account, Accounts};
pub use auth_core;
pub use builder::Builder;
pub use call::Call;
pub use client::Client;
pub use me::Me;
pub use sent::CallsQuery;
pub use session::Session;
pub use ttl::Ttl;

/// The description of the API as an `OpenAPI` 3.1 document, with the source of each fact.
///
/// ```
/// assert!(api4com_auth::OPENAPI.contains("\"openapi\": \"3.1.0\""));
/// ```
pub const OPENAPI: &str = include_str!("../openapi.json");
