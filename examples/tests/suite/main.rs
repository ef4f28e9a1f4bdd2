//! The clients of all providers, and the example programs.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

// Its tests take the longest, so they begin first: the tests begin in the order of their names.
#[path = "../../rotation.rs"]
#[allow(dead_code, reason = "the program around its tests")]
mod changed_password;
mod conformance;
mod contract;
mod departures;
mod programs;
mod setup;
