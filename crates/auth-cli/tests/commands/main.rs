//! The commands of authctl as real processes, against the sandbox.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

#[cfg(unix)]
mod canary;
#[cfg(unix)]
mod certificates;
#[cfg(unix)]
mod departures;
#[cfg(unix)]
mod doctor;
mod init;
#[cfg(unix)]
mod measured;
mod place;
mod profiles;
mod redis;
mod request;
mod schema;
mod secrets;
#[cfg(unix)]
mod setup;
mod shared;
mod sign;
mod status;
mod token;
#[cfg(unix)]
mod wrapped;
