//! Any claims, and any token: a lifetime above zero, or none.
//!
//! ```sh
//! cd fuzz
//! mkdir -p corpus/jwt
//! cargo +nightly fuzz run jwt corpus/jwt seeds/jwt -- -dict=answers.dict -runs=2000000
//! ```
#![no_main]

use auth_core::parse::jwt;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let token = auth_core::fuzzing::token_of(bytes);
    let lifetime = jwt::lifetime(&token);
    assert!(lifetime.is_none_or(|lifetime| !lifetime.is_zero()));
    let claims: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
    assert!(lifetime.is_none() || claims.is_some_and(|claims| claims.get("exp").is_some()));
    let _any = jwt::lifetime(&String::from_utf8_lossy(bytes));
});
