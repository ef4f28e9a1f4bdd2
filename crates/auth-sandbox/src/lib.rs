#![doc = include_str!("../README.md")]
#![allow(clippy::doc_markdown, reason = "the names of the providers are words, not code")]

mod account;
mod builder;
mod clock;
mod fault;
mod jwt;
mod node;
mod provider;
mod providers;
mod recorded;
mod reply;
mod sandbox;
mod server;
mod tokens;

pub use builder::Builder;
pub use fault::{Fault, On};
pub use provider::Provider;
pub use recorded::Recorded;
pub use sandbox::Sandbox;
