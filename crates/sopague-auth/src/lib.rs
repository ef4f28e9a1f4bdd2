#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod api;
mod builder;
mod client;
mod environment;
mod session;
#[cfg(feature = "store")]
mod store;
mod wire;

pub use account::{Account, Accounts};
pub use api::Api;
pub use auth_core;
pub use builder::Builder;
pub use client::Client;
pub use environment::Environment;
pub use session::Session;

/// The description of the API as an `OpenAPI` 3.1 document, with the source of each fact.
///
/// ```
/// assert!(sopague_auth::OPENAPI.contains("\"openapi\": \"3.1.0\""));
/// ```
pub const OPENAPI: &str = include_str!("../openapi.json");
