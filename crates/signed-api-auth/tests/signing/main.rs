//! The signing module, from its public side.

#![allow(clippy::unwrap_used, reason = "these are tests, helpers included")]
#![allow(clippy::items_after_statements, reason = "a type that one test needs stands in that test")]

mod canonical;
mod es6_numbers;
mod keys;
mod linear;
mod properties;
mod refusals;
mod serialize;
mod vectors;

use std::fmt::Write;

use signed_api_auth::signing::{SignError, SignedBody};

/// Returns the canonical text of a JSON text that has one.
fn canonical(text: impl AsRef<[u8]>) -> String {
    let body = SignedBody::json_bytes(text);
    body.canonical().expect("the text has a canonical form").to_owned()
}

/// Returns the error of a JSON text that cannot be signed.
fn refusal(text: impl AsRef<[u8]>) -> SignError {
    SignedBody::json_bytes(text).canonical().expect_err("the text is refused")
}

/// Returns the bytes as lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}
