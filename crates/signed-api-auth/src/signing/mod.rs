//! Signatures that equal the server's, bit for bit. No I/O.
//!
//! The header `x-signed-request` is the lower-case hex of an HMAC-SHA512 over the body. The key is the UTF-8 bytes of
//! the `signatureToken`. The body is what the provider's Node.js computes from it: parsed, its keys sorted recursively,
//! written by `JSON.stringify`.
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
//! Send the bytes that were signed ([`SignedBody::bytes`]). Then the signature is valid for a server that verifies the
//! raw body and for one that verifies the parsed body.
//!
//! # Canonical form
//!
//! The canonical form is the text that a JavaScript server computes from the body.
//! - Keys that are array indices (`0` to `4294967294`, no leading zero) come first, in numeric order. All other keys
//!   follow by UTF-16 code units. Arrays keep their order, and the objects in them are sorted.
//! - Numbers are written as in ECMAScript: `10.0` is `10`, `-0` is `0`, `1e-6` is `0.000001`, `1e21` is `1e+21`.
//! - Strings are written as by `JSON.stringify`: `\b \t \n \f \r \" \\`, other control characters as `\u00xx`, and all
//!   other characters unescaped. There are no blanks between tokens.
//!
//! # Refused bodies
//!
//! A value is never changed silently. Each of these is a [`SignError`] with the path, the literal and the remedy,
//! before anything is sent:
//! - A number that the server's double would change. A number passes if the double, rounded to as many significant
//!   digits as were written (half way: either way), is the number that was written. It also passes if the server spells
//!   that double as it was written (`7.120236347223045e-307`, of which another decimal of 16 digits is nearer). `0.10`
//!   and 2⁶³ pass, 2⁵³+1 does not. Zeros at the end of an integer are not significant digits: 9223372036854775808 (2⁶³)
//!   and 9223372036854776000 (2⁶³+192) are one double and have one canonical text. If the last digits of such integers
//!   matter, send strings.
//! - Overflow, NaN and infinities.
//! - Duplicate keys, also by a flattened map, and an own key `__proto__`.
//! - Half of a surrogate pair, and invalid UTF-8.
//! - Objects and arrays nested deeper than [`MAX_DEPTH`], and text behind the value.
//! - A body that is neither an object nor an array, or that is bytes.
//!
//! [`Canonical`] offers other forms, which the caller chooses explicitly.
//!
//! # Limits
//!
//! The signature covers only the body and no method, path or time, so it does not protect from replays.

mod body;
mod canonical;
mod error;
mod key;
mod mistake;
mod number;
mod options;
mod order;
mod parse;
mod serialize;
mod string;
mod workspace;

pub use body::{Canonical, SignedBody};
pub use error::{SignError, SignErrorKind};
pub use key::{Signature, SigningKey, verify};
pub use options::{KeyOrder, MAX_DEPTH, Numbers};
