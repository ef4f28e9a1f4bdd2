//! The store against real servers.
//!
//! Rules P, F and S: docs/semantics.md.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]
#![allow(clippy::disallowed_methods, reason = "how long a test waits is told by the system's clock")]

mod clock;
mod connection;
mod contract;
mod fallback;
mod given;
mod hostile;
mod lost_answers;
mod memory;
mod names;
mod permits;
mod proxy;
#[path = "../server/mod.rs"]
mod server;
mod topology;
mod waiting;
