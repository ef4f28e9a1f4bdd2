//! Tests of keys, signatures and their verification.

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
    assert!(verify(b" not JSON\n", &sign_raw("key", " not JSON\n"), &key), "with the blanks around it");
    assert!(!verify(b" not JSON\n", &sign_raw("key", "not JSON"), &key));
}

/// Returns the signature of a server that signs the raw bytes.
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

/// The published vectors, keys in hex.
#[test]
fn the_vectors_of_rfc_4231_verify() {
    let (ones, twos) = ([0xdd; 50], [0xcd; 50]);
    let cases: [(String, &[u8], &str); 6] = [
        (
            "0b".repeat(20),
            b"Hi There",
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde\
             daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
        ),
        (
            "4a656665".to_owned(),
            b"what do ya want for nothing?",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
             9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
        (
            "aa".repeat(20),
            &ones,
            "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39\
             bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
        ),
        (
            "0102030405060708090a0b0c0d0e0f10111213141516171819".to_owned(),
            &twos,
            "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db\
             a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
        ),
        (
            "aa".repeat(131),
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352\
             6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        ),
        (
            "aa".repeat(131),
            b"This is a test using a larger than block-size key and a larger than block-size data. \
              The key needs to be hashed before being used by the HMAC algorithm.",
            "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944\
             b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
        ),
    ];
    for (key, data, signature) in &cases {
        let key = SigningKey::from_hex(key).unwrap();
        assert!(verify(data, signature, &key), "{signature}");
        assert!(!verify(&data[1..], signature, &key), "{signature}");
    }
    // The fifth is cut to 128 bits, and no signature is.
    let key = SigningKey::from_hex(&"0c".repeat(20)).unwrap();
    assert!(!verify(b"Test With Truncation", "415fad6271580a531d4179bc891d87a6", &key));
}

/// Keys of many lengths, also around SHA-512's block of 128 bytes. The values come from Python's `hmac`.
#[test]
fn keys_of_every_length_verify() {
    for (length, signature) in [
        (
            0,
            "a575da5a2d00996090cd4695b41d0b285f607ff7717389e08279ca8a989cea1d\
             52fc7f73405b1b99f85f96abf44c29f24bca9f50d1c69d685ab991cd8af321d6",
        ),
        (
            1,
            "f527422686555b6528a2e7f7ec82b2f5452b00303bb286f874e075ba778974a6\
             d81adfff523642fc73b6960f759b92a3bad138be110bf59223e79fd1b5c6825d",
        ),
        (
            127,
            "5aa0dfd1c51e9fbf9071cc42d2b8a52dfc95fb4b8241cda45d65b4df7c19ae08\
             e0fa3b3f3d05feb8620a8430d73301eee81edc51eb7d635b5eb0874a7e71ccbe",
        ),
        (
            128,
            "e149084b453688877b477d5d9754324ef7168cfca58fb3430263e2d0136cbbac\
             41579379345c6c79d22afff7853852784a46eae701654a6eb6076243f8a9474a",
        ),
        (
            129,
            "5b1d87ebb842319a80dcd2f27f532206b6af7cc2212ec2fd55daba6f871cffc0\
             66bc9c2897eb5536def00b0835172182f59aebc06545858a76dffb2636e3eb12",
        ),
    ] {
        let key = SigningKey::new(&"k".repeat(length));
        for body in [r#"{"a":1}"#, r#" { "a" : 1.0 } "#] {
            assert!(verify(body.as_bytes(), signature, &key), "{length}: {body}");
            assert!(!verify(body.as_bytes(), signature, &SigningKey::new(&"k".repeat(length + 1))), "{length}");
        }
    }
}
