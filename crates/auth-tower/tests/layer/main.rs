//! The layer over services in memory, where time is paused, and over sockets.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod account;
mod allocations;
mod contract;
mod healing;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod orders;
mod origins;
mod quota;
mod recorded;
mod server;
mod sockets;
