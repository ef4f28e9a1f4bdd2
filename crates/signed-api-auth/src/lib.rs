#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod builder;
mod client;
mod environment;
mod language;
mod panel;
mod password;
mod session;
mod signed;
pub mod signing;
mod status;
#[cfg(feature = "store")]
mod store;
mod wire;

pub use account::{Account, Accounts};
pub use auth_core;
pub use auth_core::http::Method;
pub use builder::Builder;
pub use client::Client;
pub use environment::Environment;
pub use language::Language;
pub use panel::Panel;
pub use session::Session;
pub use signed::SignedRequest;
pub use signing::SignedBody;

/// The description of the API as an `OpenAPI` 3.1 document, with the source of each fact.
///
/// ```
/// assert!(signed_api_auth::OPENAPI.contains("\"openapi\": \"3.1.0\""));
/// ```
pub const OPENAPI: &str = include_str!("../openapi.json");
