//! One login for many clients by a shared store: in memory with paused time, and in files.
//!
//! Rules P, F and S: docs/semantics.md.

#![cfg(feature = "store")]
#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]
#![allow(clippy::disallowed_methods, reason = "the time is Tokio's, which is paused")]

mod account;
mod breaches;
mod check;
mod contract;
mod edges;
mod fallback;
mod files;
mod fleet;
mod folder;
mod inspect;
#[path = "../life/issuer.rs"]
#[allow(dead_code, reason = "the tests without a store need more of it")]
mod issuer;
mod leases;
mod liars;
mod memory;
mod names;
mod observed;
mod outage;
mod pause;
#[cfg(unix)]
mod private;
mod refresh_tokens;
mod refusals;
mod removed;
mod revoked;
mod rotation;
mod sharing;
mod single;
mod trouble;
mod walk;
