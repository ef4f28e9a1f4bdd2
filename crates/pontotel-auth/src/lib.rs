#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod builder;
mod client;
mod environment;
mod page;
mod rate_limit;
mod session;
#[cfg(feature = "store")]
mod store;
mod user;
mod wire;

pub use account::{Account, Accounts};
pub use auth_core;
pub use builder::Builder;
pub use client::Client;
pub use environment::Environment;
pub use page::Page;
pub use rate_limit::RateLimit;
pub use session::Session;
pub use user::User;

/// The description of the API as an `OpenAPI` 3.1 document, with the source of each fact.
///
/// ```
/// assert!(pontotel_auth::OPENAPI.contains("\"openapi\": \"3.1.0\""));
/// ```
pub const OPENAPI: &str = include_str!("../openapi.json");
