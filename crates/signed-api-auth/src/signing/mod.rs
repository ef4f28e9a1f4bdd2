//! Signatures that equal the server's, bit for bit. No I/O.
//!
//! The header `x-signed-request` is the lower-case hex of an HMAC-SHA512, keyed with the UTF-8 bytes
//! of the `signatureToken`, over the body as the provider's Node.js sees it: parsed, its keys sorted
//! recursively, written by `JSON.stringify`.
//!
//! ```
//! use signed_api_auth::signing::{SignedBody, SigningKey};
//!
//! let key = SigningKey::new("the signatureToken of the login");
//! let body = SignedBody::value(&serde_json::json!({"name": "Ana", "amount": 10.50}));
//! assert_eq!(body.canonical()?, r#"{"amount":10.5,"name":"Ana"}"#);
//! let header = key.sign(&body)?;
//! # assert_eq!(header.as_str().len(), 128);
//! # Ok::<(), signed_api_auth::signing::SignError>(())
//! ```
//!
//! Send the bytes that were signed ([`SignedBody::bytes`]): then the signature is right whether the
//! server verifies the raw body or the parsed one.
//!
//! # The canonical form
//!
//! It is what a JavaScript server computes from the body it receives.
//! - Keys that are array indices (`0` to `4294967294`, no leading zero) come first, in numeric order;
//!   then all others by UTF-16 code units. Arrays keep their order; the objects in them are sorted.
//! - Numbers as ECMAScript writes them: `10.0` is `10`, `-0` is `0`, `1e-6` is `0.000001`, `1e21` is
//!   `1e+21`.
//! - Strings as `JSON.stringify` writes them: `\b \t \n \f \r \" \\`, other control characters as
//!   `\u00xx`, all else as it is. No blanks anywhere.
//!
//! # What is refused
//!
//! A value is never silently changed. Each of these is a [`SignError`] that names the path, the
//! literal and what to do, before anything is sent:
//! - a number that the server's double would change. The rule: the double, rounded to as many
//!   significant digits as were written (half way: either way), is what was written, or what was written is
//!   how the server spells that double (`7.120236347223045e-307`, of which another decimal of 16 digits is nearer).
//!   `0.10` and 2⁶³ pass, 2⁵³+1 does not. Zeros at the end of an integer are not significant digits: 9223372036854775808
//!   (2⁶³) and 9223372036854776000 (2⁶³+192) are one double, and one canonical text. Whoever reads such integers by their
//!   last digits needs strings;
//! - overflow, NaN and infinities; duplicate keys, collisions of a flattened map included; an own key
//!   `__proto__`; half a surrogate pair; invalid UTF-8; more than [`MAX_DEPTH`] objects and arrays in
//!   one another; text behind the value; a body that is neither object nor array, or is bytes.
//!
//! [`Canonical`] has the alternatives, each of which has to be named.
//!
//! # What it does not do
//!
//! The signature covers the body alone: no method, path or time, so it does not protect from replays.

mod arrange;
mod body;
mod error;
mod fault;
mod key;
mod literal;
mod mistake;
mod number;
mod options;
mod order;
mod path;
mod reader;
mod ser;
mod string;
mod text;
mod tokens;
mod verify;
mod workspace;
mod writer;

pub use body::SignedBody;
pub use error::{SignError, SignErrorKind};
pub use key::{Signature, SigningKey};
pub use options::{Canonical, KeyOrder, Numbers};
pub use verify::verify;
pub use writer::MAX_DEPTH;
