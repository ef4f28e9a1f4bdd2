//! Parts that the programs in `bin` share. README.md lists them.

pub mod account;
pub mod authority;
pub mod child;
pub mod contest;
pub mod cpu;
pub mod distance;
pub mod responder;
pub mod spread;

/// Any error, because a person reads the output of these programs.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;
