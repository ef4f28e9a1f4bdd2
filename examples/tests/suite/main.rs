//! The clients of all providers, and the example programs.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod conformance;
mod programs;
#[path = "../../rotation.rs"]
#[allow(dead_code, reason = "the program around its tests")]
mod rotation;
mod setup;
