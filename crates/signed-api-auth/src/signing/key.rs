//! The key of a credential, and the signatures it makes.

use std::fmt::{self, Display};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::Zeroizing;

use super::body::SignedBody;
use super::error::{SignError, SignErrorKind};
use super::fault::Fault;

/// A credential's signing key, ready for use.
///
/// The key schedule is computed once, here; each signature starts from a copy of it. The token itself
/// is not kept, and the schedule is wiped from memory on drop. `Debug` shows nothing.
///
/// ```
/// use signed_api_auth::signing::{SignedBody, SigningKey};
///
/// let key = SigningKey::new("a1b2c3");
/// let signature = key.sign(&SignedBody::json(r#"{"b":1.0,"a":[]}"#))?;
/// assert!(signature.as_str().starts_with("2b217f01"));
/// # Ok::<(), signed_api_auth::signing::SignError>(())
/// ```
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha512>);

/// A signature: 128 lower-case hex digits, the value of the header `x-signed-request`.
///
/// `Debug` shows none of them; `Display` shows them all.
///
/// ```
/// use signed_api_auth::signing::{SignedBody, SigningKey};
///
/// let signature = SigningKey::new("a1b2c3").sign(&SignedBody::empty())?;
/// assert_eq!(signature.as_str().len(), 128);
/// assert_eq!(format!("{signature:?}"), "Signature(..)");
/// # Ok::<(), signed_api_auth::signing::SignError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 128]);

impl SigningKey {
    /// Makes the key of a `signatureToken`: its UTF-8 bytes, as the server uses them.
    ///
    /// A token that looks like hex is text all the same.
    #[must_use]
    pub fn new(signature_token: &str) -> Self {
        Self::of_bytes(signature_token.as_bytes())
    }

    /// Makes the key from the bytes that a hex text stands for.
    ///
    /// This is not what the provider's documentation describes; use it only for a server known to
    /// decode its token.
    ///
    /// ```
    /// use signed_api_auth::signing::{SignedBody, SigningKey};
    ///
    /// let body = SignedBody::empty();
    /// assert_eq!(SigningKey::from_hex("6B6579")?.sign(&body)?, SigningKey::new("key").sign(&body)?);
    /// assert!(SigningKey::from_hex("key").is_err());
    /// # Ok::<(), signed_api_auth::signing::SignError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The text is not an even number of hex digits.
    pub fn from_hex(hex: &str) -> Result<Self, SignError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(hex.len() / 2));
        let (pairs, odd) = hex.as_bytes().as_chunks::<2>();
        for &[high, low] in pairs {
            bytes.push(hex_value(high)? << 4 | hex_value(low)?);
        }
        if odd.is_empty() { Ok(Self::of_bytes(&bytes)) } else { Err(not_hex()) }
    }

    /// Signs a body.
    ///
    /// # Errors
    ///
    /// The reason why the body cannot be signed. Nothing is computed again for another key: a replay
    /// with a new one costs the hash alone.
    pub fn sign(&self, body: &SignedBody) -> Result<Signature, SignError> {
        Ok(self.sign_bytes(body.as_bytes()?))
    }

    fn of_bytes(key: &[u8]) -> Self {
        match Hmac::new_from_slice(key) {
            Ok(schedule) => Self(schedule),
            Err(_any_length_is_accepted) => Self(Hmac::new(&hmac::digest::Key::<Hmac<Sha512>>::default())),
        }
    }

    pub(super) fn mac_of(&self, bytes: &[u8]) -> Hmac<Sha512> {
        self.0.clone().chain_update(bytes)
    }

    fn sign_bytes(&self, bytes: &[u8]) -> Signature {
        let mut hex = [0; 128];
        let mac = self.mac_of(bytes).finalize().into_bytes();
        for (pair, byte) in hex.as_chunks_mut::<2>().0.iter_mut().zip(mac) {
            *pair = [hex_digit(byte >> 4), hex_digit(byte & 0xF)];
        }
        Signature(hex)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl Signature {
    /// The hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Hex digits are ASCII.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl AsRef<str> for Signature {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}

fn hex_digit(nibble: u8) -> u8 {
    nibble + if nibble < 10 { b'0' } else { b'a' - 10 }
}

pub(super) fn hex_value(digit: u8) -> Result<u8, SignError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(not_hex()),
    }
}

fn not_hex() -> SignError {
    SignError::new("$".to_owned(), Fault::new(SignErrorKind::HexKey))
}
