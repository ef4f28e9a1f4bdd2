//! Clients of one process: the life of a credential, requests over sockets, and logins that a store shares. The tests
//! with real processes are in `processes`.
//!
//! One program, because `cargo test` runs one after the other, and most of these tests wait. Rules P, F and S:
//! docs/semantics.md.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod life;
mod net;
#[cfg(feature = "store")]
mod store;
