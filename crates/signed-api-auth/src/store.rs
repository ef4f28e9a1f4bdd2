// Written by `cargo xtask codegen` from crates/signed-api-auth/openapi.json: change that, and run it again.
//! The parts of a shared login: the account's fingerprint.

use auth_core::secrecy::ExposeSecret;
use auth_core::store::{Fingerprint, Identify};

use crate::account::Account;

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("signed-api").with_secret("api_key", self.api_key.expose_secret())
    }
}
