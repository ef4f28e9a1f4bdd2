#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod builder;
mod client;
mod environment;
mod me;
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
pub use me::Me;
pub use session::Session;
pub use user::User;
