//! The sandbox over HTTP, as a library and as a program.

#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

// The checker takes these from the including crate.
use reqwest::{Url, header::HeaderMap};

mod accounts;
mod checker;
mod common;
mod contract;
mod control;
mod document;
mod faults;
mod handles;
mod life;
mod limits;
mod log;
mod logins;
mod loopback;
mod page;
mod panel;
mod program;
mod quirks;
mod resources;
mod security;
mod signatures;
mod stubs;
