//! Logins and requests over real sockets.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod account;
mod healing;
mod login;
mod places;
mod retry;
mod secrets;
