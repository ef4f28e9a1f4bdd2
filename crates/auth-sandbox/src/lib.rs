#![doc = include_str!("../README.md")]

mod account;
mod clock;
mod contract;
mod fault;
mod jwt;
mod node;
mod provider;
mod recorded;
mod reply;
mod sandbox;
mod server;
mod tokens;

pub use account::Account;
pub use fault::{Fault, On};
pub use provider::Provider;
pub use recorded::{Exchange, Recorded};
pub use sandbox::{Builder, Sandbox};
