// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! The parts of a shared login: the account's fingerprint, and the stored form of the credential.

use std::time::Duration;

use auth_core::secrecy::{ExposeSecret, SecretSlice, SecretString};
use auth_core::store::{self, Fingerprint, Identify, Persist};
use auth_core::{AccessToken, Expiry, Result};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::session::Session;
use crate::user::User;

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("econpay").with("email", &self.email).with_secret("password", self.password.expose_secret())
    }
}

#[derive(Serialize)]
struct Saved<'a> {
    token: &'a str,
    lifetime: Option<Duration>,
    user: &'a Option<User>,
}

#[derive(Deserialize)]
struct Restored {
    token: SecretString,
    lifetime: Option<Duration>,
    user: Option<User>,
}

impl Persist for Session {
    fn save(&self) -> Result<SecretSlice<u8>> {
        let lifetime = self.lifetime();
        let Self { token, user, .. } = self;
        store::to_json(&Saved { token: token.expose_secret(), lifetime, user })
    }

    fn restore(saved: &[u8]) -> Result<Self> {
        let Restored { token, lifetime, user } = store::from_json(saved)?;
        Ok(Self { token: AccessToken::bearer(&token)?, expiry: lifetime.map_or(Expiry::Never, Expiry::In), user })
    }
}
