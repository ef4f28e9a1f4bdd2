#![doc = include_str!("../README.md")]

mod account;
mod builder;
mod clock;
mod contract;
mod exchange;
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
pub use builder::Builder;
pub use exchange::Exchange;
pub use fault::{Fault, On};
pub use provider::Provider;
pub use recorded::Recorded;
pub use sandbox::Sandbox;
