//! Any login response from Api4Com: a credential that can be sent, or an error without secrets.
//!
//! ```sh
//! cd fuzz
//! mkdir -p corpus/login_api4com
//! cargo +nightly fuzz run login_api4com corpus/login_api4com seeds/api4com seeds/errors -- -dict=answers.dict -runs=2000000
//! ```
#![no_main]

use std::sync::LazyLock;

use api4com_auth::{Account, Client};
use libfuzzer_sys::fuzz_target;

static ACCOUNT: LazyLock<Account> = LazyLock::new(|| {
    Client::builder().email("maria@example.com").password(auth_fuzz::SECRET).account().expect("it is whole")
});

fuzz_target!(|answer: &[u8]| auth_fuzz::login(&*ACCOUNT, answer));
