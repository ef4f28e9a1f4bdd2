//! Any login response from EconPay: a credential that can be sent, or an error without secrets.
//!
//! ```sh
//! cd fuzz
//! mkdir -p corpus/login_econpay
//! cargo +nightly fuzz run login_econpay corpus/login_econpay seeds/econpay seeds/errors -- -dict=answers.dict -runs=2000000
//! ```
#![no_main]

use std::sync::LazyLock;

use econpay_auth::{Account, Client};
use libfuzzer_sys::fuzz_target;

static ACCOUNT: LazyLock<Account> = LazyLock::new(|| {
    Client::builder().email("maria@loja.example").password(auth_fuzz::SECRET).account().expect("it is whole")
});

fuzz_target!(|answer: &[u8]| auth_fuzz::login(&*ACCOUNT, answer));
