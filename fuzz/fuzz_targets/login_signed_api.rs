//! Any login response from xigsapi: a credential that can be sent, or an error without secrets.
//!
//! ```sh
//! cd fuzz
//! mkdir -p corpus/login_signed_api
//! cargo +nightly fuzz run login_signed_api corpus/login_signed_api seeds/signed_api seeds/errors -- -dict=answers.dict -runs=2000000
//! ```
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signed_api_auth::{Account, Client};

static ACCOUNT: LazyLock<Account> = LazyLock::new(|| {
    Client::builder().api_key(auth_fuzz::SECRET).base_url("https://api.example.com").account().expect("it is whole")
});

fuzz_target!(|answer: &[u8]| auth_fuzz::login(&*ACCOUNT, answer));
