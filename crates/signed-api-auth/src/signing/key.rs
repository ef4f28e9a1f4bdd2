//! The signing key of a credential, and the signatures that it makes and verifies.

use std::fmt::{self, Display};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::Zeroizing;

use super::body::SignedBody;
use super::error::{Fault, SignError, SignErrorKind};

/// The signing key of a credential.
///
/// The key schedule is computed once, and each signature starts from a copy of it. The token itself is not kept. The
/// schedule is wiped from memory on drop. `Debug` shows nothing.
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
/// `Debug` shows none of them, `Display` shows them all.
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
    /// Creates the key of a `signatureToken` from its UTF-8 bytes, as the server does.
    ///
    /// A token that looks like hex is used as text too.
    #[must_use]
    pub fn new(signature_token: &str) -> Self {
        Self::of_bytes(signature_token.as_bytes())
    }

    /// Creates a key from the bytes that a hex text stands for.
    ///
    /// The provider's documentation does not describe this. Use it only for a server that is known to decode its token.
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
    /// Returns an error if the text is not an even number of hex digits.
    pub fn from_hex(hex: &str) -> Result<Self, SignError> {
        let mut bytes = Zeroizing::new(vec![0; hex.len() / 2]);
        match base16ct::mixed::decode(hex, &mut bytes) {
            Ok(bytes) => Ok(Self::of_bytes(bytes)),
            Err(_says_less) => Err(Fault::new(SignErrorKind::HexKey).with_path("$".to_owned())),
        }
    }

    /// Signs a body.
    ///
    /// The canonical text is not computed again for another key, so a replay with a new key costs only the hash.
    ///
    /// # Errors
    ///
    /// Returns the reason why the body cannot be signed.
    pub fn sign(&self, body: &SignedBody) -> Result<Signature, SignError> {
        let mac = self.mac_of(body.as_bytes()?).finalize().into_bytes();
        let mut digits = [0; 128];
        let _fits = base16ct::lower::encode(&mac, &mut digits);
        Ok(Signature(digits))
    }

    fn of_bytes(key: &[u8]) -> Self {
        match Hmac::new_from_slice(key) {
            Ok(schedule) => Self(schedule),
            Err(_any_length_is_accepted) => Self(Hmac::new(&hmac::digest::Key::<Hmac<Sha512>>::default())),
        }
    }

    fn mac_of(&self, bytes: &[u8]) -> Hmac<Sha512> {
        self.0.clone().chain_update(bytes)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl Signature {
    /// Returns the hex digits.
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

/// Returns true if the signature belongs to the body. The comparison takes constant time.
///
/// The provider's documentation does not say which form of the body a webhook signs, so two are accepted: the raw
/// bytes, and the canonical form of the JSON in them. A body that [`SignedBody::json`] refuses has no canonical form,
/// so no number, duplicate key or `__proto__` in it can mean one thing to the signer and another to you. That holds if
/// you read numbers as doubles: integers beyond 2⁵³ that end in zeros may be the same double (9223372036854775808 and
/// 9223372036854776000). Hex digits of either case are accepted.
///
/// The provider has not confirmed the webhook recipe. A signature covers only the body, and no time or address, so a
/// recorded call can be replayed.
///
/// ```
/// use signed_api_auth::signing::{SignedBody, SigningKey, verify};
///
/// let key = SigningKey::new("the token that the webhook was registered with");
/// let sent = r#"{"event":"open-round","amount":10}"#;
/// let signature = key.sign(&SignedBody::json(sent))?;
///
/// assert!(verify(sent.as_bytes(), signature.as_str(), &key));
/// assert!(!verify(br#"{"event":"open-round","amount":99}"#, signature.as_str(), &key));
/// # Ok::<(), signed_api_auth::signing::SignError>(())
/// ```
#[must_use]
pub fn verify(body: &[u8], signature: &str, key: &SigningKey) -> bool {
    let mut given = [0; 64];
    let Ok(given) = base16ct::mixed::decode(signature, &mut given) else { return false };
    let matches = |bytes: &[u8]| key.mac_of(bytes).verify_slice(given).is_ok();
    matches(body) || SignedBody::json_bytes(body).as_bytes().is_ok_and(|canonical| matches(canonical))
}
