//! Any login response from Pontotel: a credential that can be sent, or an error without secrets.
//!
//! ```sh
//! cd fuzz
//! mkdir -p corpus/login_pontotel
//! cargo +nightly fuzz run login_pontotel corpus/login_pontotel seeds/pontotel seeds/errors -- -dict=answers.dict -runs=2000000
//! ```
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pontotel_auth::{Account, Client};

static ACCOUNT: LazyLock<Account> =
    LazyLock::new(|| Client::builder().username("maria").password(auth_fuzz::SECRET).account().expect("it is whole"));

fuzz_target!(|answer: &[u8]| auth_fuzz::login(&*ACCOUNT, answer));
