//! The sidecar over real sockets: the built program between a raw client and a provider.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod access;
mod bodies;
mod forwarding;
mod held_back;
mod operated;
mod provider;
mod sidecar;
mod smuggling;
