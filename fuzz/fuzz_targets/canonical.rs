//! Any bytes → canonical text: no panic, no hang, and canonical text stays unchanged.
//!
//! ```sh
//! cd fuzz
//! mkdir -p corpus/canonical
//! cargo +nightly fuzz run canonical corpus/canonical seeds/canonical -- -dict=json.dict -max_len=1024 -runs=10000000
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;
use signed_api_auth::signing::{Canonical, KeyOrder, Numbers, SignedBody, SigningKey, verify};

fuzz_target!(|bytes: &[u8]| {
    let (choice, text) = bytes.split_first().unwrap_or((&0, bytes));
    let order = if choice & 1 == 0 { KeyOrder::JsObject } else { KeyOrder::Utf16 };
    let numbers = if choice & 2 == 0 { Numbers::Exact } else { Numbers::AsServerSees };
    let form = Canonical::new().key_order(order).numbers(numbers);

    let body = form.bytes(text);
    match body.canonical() {
        Ok(canonical) => {
            assert_eq!(form.text(canonical), body, "canonical of canonical is itself");
            let value: serde_json::Value = serde_json::from_str(canonical).expect("canonical text is JSON");
            assert!(value.is_object() || value.is_array());
            if choice & 4 != 0 {
                let key = SigningKey::new("key");
                let signature = key.sign(&body).expect("the body is ready");
                assert!(verify(canonical.as_bytes(), signature.as_str(), &key));
            }
        }
        Err(error) => {
            assert!(error.path().starts_with('$'));
            assert!(error.literal().is_none_or(|literal| literal.len() < 200));
            assert!(error.offset().is_none_or(|offset| offset <= text.len()));
            assert!(!error.to_string().is_empty());
        }
    }
    // The default form rejects everything that a more lenient form does not accept.
    if SignedBody::json_bytes(text).canonical().is_ok() {
        assert!(body.canonical().is_ok());
    }
});
