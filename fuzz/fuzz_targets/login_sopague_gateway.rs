//! Any login response from Sopague's gateway: a credential that can be sent, or an error without secrets.
//!
//! ```sh
//! cd fuzz
//! mkdir -p corpus/login_sopague_gateway
//! cargo +nightly fuzz run login_sopague_gateway corpus/login_sopague_gateway seeds/sopague_gateway seeds/errors -- -dict=answers.dict -runs=2000000
//! ```
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sopague_auth::{Account, Api, Client};

static ACCOUNT: LazyLock<Account> = LazyLock::new(|| {
    Client::builder().username("loja").password(auth_fuzz::SECRET).api(Api::Gateway).account().expect("it is whole")
});

fuzz_target!(|answer: &[u8]| auth_fuzz::login(&*ACCOUNT, answer));
