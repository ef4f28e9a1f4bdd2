#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod builder;
mod client;
mod customer;
mod environment;
mod me;
mod sent;
mod session;
#[cfg(feature = "store")]
mod store;
mod user;
mod wire;

pub use account::{Account, Accounts};
pub use auth_core;
pub use builder::Builder;
pub use client::Client;
pub use customer::Customer;
pub use environment::Environment;
pub use me::Me;
pub use sent::CustomersQuery;
pub use session::Session;
pub use user::User;

/// The description of the API as an `OpenAPI` 3.1 document, with the source of each fact.
///
/// ```
/// assert!(econpay_auth::OPENAPI.contains("\"openapi\": \"3.1.0\""));
/// ```
pub const OPENAPI: &str = include_str!("../openapi.json");
