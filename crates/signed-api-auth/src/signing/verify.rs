//! Checking a signature that someone else made.

use hmac::Mac;

use super::body::SignedBody;
use super::key::{SigningKey, hex_value};

/// Tells whether the signature belongs to the body, in constant time.
///
/// Two readings of "the body" are accepted, because the provider's documentation leaves open which one
/// a webhook uses: (a) the raw bytes, (b) the canonical form of the JSON in them. The reading (b)
/// refuses what [`SignedBody::json`] refuses, so no number, duplicate key or `__proto__` can mean one
/// thing to the signer and another to you, if you read numbers as doubles: integers beyond 2⁵³ that end in zeros may be
/// the same double (9223372036854775808 and 9223372036854776000). Hex digits of either case are accepted.
///
/// The webhook recipe is not confirmed by the provider. A signature covers the body alone: no time, no
/// address, so a recorded call can be replayed.
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
    let Some(given) = decode(signature) else {
        return false;
    };
    let matches = |bytes: &[u8]| key.mac_of(bytes).verify_slice(&given).is_ok();
    matches(body) || SignedBody::json_bytes(body).as_bytes().is_ok_and(|canonical| matches(canonical))
}

/// The 64 bytes of a signature; what an attacker sent is no secret, so this may take its time.
fn decode(signature: &str) -> Option<[u8; 64]> {
    let pairs: &[u8; 128] = signature.as_bytes().try_into().ok()?;
    let mut bytes = [0; 64];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs.as_chunks::<2>().0) {
        *byte = hex_value(*high).ok()? << 4 | hex_value(*low).ok()?;
    }
    Some(bytes)
}
