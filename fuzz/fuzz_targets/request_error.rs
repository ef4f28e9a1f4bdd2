//! Any error response to a request: `Retry-After` and dates, the provider's words, and nothing that was sent.
//!
//! ```sh
//! cd fuzz
//! mkdir -p corpus/request_error
//! cargo +nightly fuzz run request_error corpus/request_error seeds/errors -- -dict=answers.dict -runs=2000000
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|answer: &[u8]| auth_fuzz::request_error(answer));
