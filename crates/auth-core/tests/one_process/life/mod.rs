//! The lifetime of a credential with a login in memory, in paused time.

#![allow(clippy::disallowed_methods, reason = "the time is Tokio's, which is paused")]

mod account;
mod accounts;
mod allocations;
mod auto_traits;
mod cancellation;
mod cooldowns;
mod drift;
pub(crate) mod issuer;
mod one_login;
mod refresh_tokens;
mod renewal;
mod roll_over;
mod rotation;
mod stalled;
mod turns;
mod watched;
