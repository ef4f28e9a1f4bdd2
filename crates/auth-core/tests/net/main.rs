//! Logins and requests over real sockets.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod account;
mod accounts;
mod failures;
mod healing;
mod login;
mod places;
mod redirects;
mod retry;
mod whole_seconds;
mod wire;

/// What a login answers, for servers that a test makes.
const GRANTED: &str = r#"{"access_token":"granted-token","expires_in":3600}"#;
