//! The client: its construction, its requests and its provider's own calls.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod exchange;
mod sandbox;
mod setup;
