// Written by `cargo xtask codegen` from crates/signed-api-auth/openapi.json: change that, and run it again.
//! The sharing of a login with other processes: the account's fingerprint, and the credential as it is stored.

use auth_core::secrecy::ExposeSecret;
use auth_core::store::{Fingerprint, Identify};

use crate::account::Account;

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("signed-api").with("api_key", self.api_key.expose_secret())
    }
}
