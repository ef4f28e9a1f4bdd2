//! A fleet's load on its provider and its store, in virtual time. README.md explains the command.

pub mod account;
pub mod chart;
pub mod clock;
pub mod fleet;
pub mod log;
mod process;
pub mod provider;
pub mod report;
pub mod scenario;
pub mod settings;
pub mod store;
