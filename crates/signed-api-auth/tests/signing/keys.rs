//! Keys, signatures, and their verification.

use signed_api_auth::signing::{SignErrorKind, SignedBody, SigningKey, verify};

/// `createHmac('sha512', 'key').update('{"a":1}').digest('hex')`
const SIGNED: &str = "dc7d8a6a7926059e98697ef54a65f745d924fc3e13c1176879dcdc84eac480bae377fa06d1ebcc6fab1375cd9bd611a1899694cc4ca7dc0f629d8b8133c5c83d";

fn sign(token: &str, text: &str) -> String {
    SigningKey::new(token).sign(&SignedBody::json(text)).unwrap().to_string()
}

#[test]
fn a_signature_is_the_lower_case_hex_of_an_hmac_sha512() {
    assert_eq!(sign("key", r#"{ "a": 1.0 }"#), SIGNED);
    assert_eq!(SIGNED.to_lowercase(), SIGNED);
}

#[test]
fn a_signature_reads_the_same_by_every_way() {
    let signature = SigningKey::new("key").sign(&SignedBody::json(r#"{"a":1}"#)).unwrap();
    assert_eq!(signature.as_str(), SIGNED);
    assert_eq!(AsRef::<str>::as_ref(&signature), SIGNED);
}

#[test]
fn a_token_that_looks_like_hex_is_text() {
    let hex = "6b6579";
    assert_ne!(sign(hex, "{}"), sign("key", "{}"));
    let decoded = SigningKey::from_hex(hex).unwrap().sign(&SignedBody::empty()).unwrap();
    assert_eq!(decoded.as_str(), sign("key", "{}"));
}

#[test]
fn a_hex_key_has_an_even_number_of_hex_digits() {
    for hex in ["6b657", "6b65zz", "zz", "6", "é", "+b65", " 6b65"] {
        assert_eq!(SigningKey::from_hex(hex).unwrap_err().kind(), SignErrorKind::HexKey, "{hex}");
    }
    assert!(SigningKey::from_hex("").is_ok());
}

#[test]
fn a_key_signs_many_bodies_and_its_clones_sign_alike() {
    let key = SigningKey::new("key");
    let body = SignedBody::json(r#"{"a":1}"#);
    assert_eq!(key.sign(&body).unwrap().as_str(), SIGNED);
    assert_eq!(key.sign(&SignedBody::empty()).unwrap().as_str(), sign("key", "{}"));
    assert_eq!(key.clone().sign(&body).unwrap().as_str(), SIGNED);
}

#[test]
fn debug_shows_neither_key_nor_signature() {
    let key = SigningKey::new("s3cret");
    let signature = key.sign(&SignedBody::empty()).unwrap();
    assert_eq!(format!("{key:?}"), "SigningKey(..)");
    assert_eq!(format!("{signature:?}"), "Signature(..)");
}

#[test]
fn the_raw_body_and_its_canonical_form_both_verify() {
    let key = SigningKey::new("key");
    assert!(verify(br#"{"a":1}"#, SIGNED, &key));
    assert!(verify(br#" { "a" : 1.0 } "#, SIGNED, &key), "signed in canonical form");
    let raw = r#"{ "b":1, "a":2 }"#;
    let signed_raw = sign_raw("key", raw);
    assert!(verify(raw.as_bytes(), &signed_raw, &key), "signed as it is");
    assert!(!verify(br#"{"a":2,"b":1}"#, &signed_raw, &key));
    assert!(verify(b"not JSON", &sign_raw("key", "not JSON"), &key));
}

/// What a server signs that takes the bytes as they are.
fn sign_raw(token: &str, text: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mac = Hmac::<sha2::Sha512>::new_from_slice(token.as_bytes()).unwrap();
    let bytes = mac.chain_update(text).finalize().into_bytes();
    crate::hex(&bytes)
}

#[test]
fn another_body_key_or_signature_does_not_verify() {
    let key = SigningKey::new("key");
    let body = br#"{"a":1}"#;
    assert!(verify(body, &SIGNED.to_uppercase(), &key));
    assert!(!verify(br#"{"a":2}"#, SIGNED, &key));
    assert!(!verify(body, SIGNED, &SigningKey::new("kez")));
    assert!(!verify(body, &SIGNED[..126], &key));
    assert!(!verify(body, &format!("{SIGNED}00"), &key));
    assert!(!verify(body, "", &key));
    assert!(!verify(body, &"é".repeat(64), &key));
    for i in 0..SIGNED.len() {
        let other = if SIGNED.as_bytes()[i] == b'0' { "1" } else { "0" };
        let changed = format!("{}{other}{}", &SIGNED[..i], &SIGNED[i + 1..]);
        assert!(!verify(body, &changed, &key), "digit {i}");
    }
}

#[test]
fn a_body_that_two_readers_see_differently_verifies_as_raw_bytes_alone() {
    let key = SigningKey::new("key");
    let signed = sign("key", r#"{"a":9007199254740992}"#);
    assert!(verify(br#"{"a":9007199254740992}"#, &signed, &key));
    assert!(!verify(br#"{"a":9007199254740993}"#, &signed, &key));
    let signed = sign("key", r#"{"a":2}"#);
    assert!(!verify(br#"{"a":1,"a":2}"#, &signed, &key));
}
