//! The store against real servers.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]
#![allow(clippy::disallowed_methods, reason = "how long a test waits is told by the system's clock")]

mod contract;
#[path = "../server/mod.rs"]
mod server;
