//! One login for many clients by a shared store: in memory with paused time, and in files.

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
