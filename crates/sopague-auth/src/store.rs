// Written by `cargo xtask codegen` from crates/sopague-auth/openapi.json: change that, and run it again.
//! The parts of a shared login: the account's fingerprint, and the stored form of the credential.

use std::time::Duration;

use auth_core::secrecy::{ExposeSecret, SecretSlice, SecretString};
use auth_core::store::{self, Fingerprint, Identify, Persist};
use auth_core::{AccessToken, Expiry, Result};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::session::Session;

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("sopague")
            .with("api", self.api.login_path())
            .with("username", &self.username)
            .with_secret("password", self.password.expose_secret())
    }
}

#[derive(Serialize)]
struct Saved<'a> {
    token: &'a str,
    lifetime: Option<Duration>,
    created: &'a Option<String>,
    expiration: &'a Option<String>,
    message: &'a Option<String>,
}

#[derive(Deserialize)]
struct Restored {
    token: SecretString,
    lifetime: Option<Duration>,
    created: Option<String>,
    expiration: Option<String>,
    message: Option<String>,
}

impl Persist for Session {
    fn save(&self) -> Result<SecretSlice<u8>> {
        let lifetime = self.lifetime();
        let Self { token, created, expiration, message, .. } = self;
        store::to_json(&Saved { token: token.expose_secret(), lifetime, created, expiration, message })
    }

    fn restore(saved: &[u8]) -> Result<Self> {
        let Restored { token, lifetime, created, expiration, message } = store::from_json(saved)?;
        Ok(Self {
            token: AccessToken::bearer(&token)?,
            expiry: lifetime.map_or(Expiry::Never, Expiry::In),
            created,
            expiration,
            message,
        })
    }
}
