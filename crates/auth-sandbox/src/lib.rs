#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod args;
mod builder;
mod clock;
mod connection;
mod contract;
mod control;
mod fault;
mod guard;
mod jwt;
mod limits;
mod log;
mod mask;
mod node;
mod page;
mod program;
mod provider;
mod quirks;
mod recorded;
mod reply;
mod route;
mod sandbox;
mod server;
mod stubs;
#[cfg(feature = "tls")]
mod tls;
mod tokens;

pub use account::Account;
pub use builder::Builder;
pub use fault::{Fault, On, Place, QueuedFault};
pub use http::Method;
pub use limits::Limits;
pub use log::LogEntry;
pub use program::run;
pub use provider::Provider;
pub use quirks::{Charset, Quirks};
pub use recorded::{Exchange, Recorded};
pub use sandbox::Sandbox;
pub use stubs::Stub;
pub use tokens::LiveToken;
