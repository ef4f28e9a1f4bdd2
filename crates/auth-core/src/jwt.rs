//! The times in a JWT: read to schedule a renewal, never verified, never trusted for more.
//!
//! ```
//! assert_eq!(auth_core::jwt::lifetime("no.jwt.here"), None);
//! ```

use std::time::Duration;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use zeroize::Zeroizing;

/// With or without padding: both are seen.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How long a JWT lives: `exp − iat` of its payload, or `exp − nbf` where it has no `iat`. `None` for a token that is no
/// JWT, lacks these, or has them the wrong way round.
///
/// The difference needs no clock that agrees with the provider's. The signature is not verified: only the
/// provider can.
///
/// ```
/// use auth_core::jwt;
/// use std::time::Duration;
///
/// // {"id":1,"iat":1640123456,"exp":1640127056}
/// let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6MSwiaWF0IjoxNjQwMTIzNDU2LCJleHAiOjE2NDAxMjcwNTZ9.abc123def456";
/// assert_eq!(jwt::lifetime(token), Some(Duration::from_secs(3600)));
/// assert_eq!(jwt::lifetime("opaque"), None);
/// ```
#[must_use]
pub fn lifetime(token: &str) -> Option<Duration> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = Zeroizing::new(BASE64.decode(payload).ok()?);
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let time = |name| claims.get(name).and_then(Value::as_f64);
    let seconds = time("exp")? - time("iat").or_else(|| time("nbf"))?;
    Duration::try_from_secs_f64(seconds).ok().filter(|lifetime| !lifetime.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.x", BASE64.encode(claims))
    }

    #[test]
    fn the_lifetime_is_the_difference_of_two_claims_whatever_they_are() {
        assert_eq!(lifetime(&token(r#"{"iat":-10,"exp":50.5}"#)), Some(Duration::from_millis(60_500)));
        assert_eq!(lifetime(&token(r#"{"iat":null,"nbf":10,"exp":50}"#)), Some(Duration::from_secs(40)));
        assert_eq!(lifetime("e30.eyJpYXQiOjEsImV4cCI6M30=.x"), Some(Duration::from_secs(2)), "padded");
    }

    #[test]
    fn what_is_no_jwt_with_both_times_has_no_lifetime() {
        for claims in [
            r#"{"exp":50}"#,
            r#"{"iat":50}"#,
            r#"{"iat":50,"exp":50}"#,
            r#"{"iat":51,"exp":50}"#,
            r#"{"iat":"1","exp":"2"}"#,
            "[]",
            "no",
        ] {
            assert_eq!(lifetime(&token(claims)), None, "{claims}");
        }
        for token in ["", ".", "..", "a.b", "e30.!.x", "rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm"] {
            assert_eq!(lifetime(token), None, "{token}");
        }
    }
}
