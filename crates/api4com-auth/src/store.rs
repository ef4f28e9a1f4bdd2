// Written by `cargo xtask codegen` from crates/api4com-auth/openapi.json: change that, and run it again.
//! The parts of a shared login: the account's fingerprint, and the stored form of the credential.

use std::time::{Duration, SystemTime};

use auth_core::secrecy::{ExposeSecret, SecretSlice, SecretString};
use auth_core::store::{self, Fingerprint, Identify, Persist};
use auth_core::{AccessToken, Expiry, Result};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::session::Session;

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("api4com")
            .with("email", &self.email)
            .with_secret("password", self.password.expose_secret())
            .with("ttl", &self.ttl)
    }
}

#[derive(Serialize)]
struct Saved<'a> {
    token: &'a str,
    lifetime: Option<Duration>,
    created: &'a Option<SystemTime>,
    user_id: &'a Option<String>,
}

#[derive(Deserialize)]
struct Restored {
    token: SecretString,
    lifetime: Option<Duration>,
    created: Option<SystemTime>,
    user_id: Option<String>,
}

impl Persist for Session {
    fn save(&self) -> Result<SecretSlice<u8>> {
        let lifetime = self.lifetime();
        let Self { token, created, user_id, .. } = self;
        store::to_json(&Saved { token: token.expose_secret(), lifetime, created, user_id })
    }

    fn restore(saved: &[u8]) -> Result<Self> {
        let Restored { token, lifetime, created, user_id } = store::from_json(saved)?;
        Ok(Self {
            token: AccessToken::raw(&token)?,
            expiry: lifetime.map_or(Expiry::Never, Expiry::In),
            created,
            user_id,
        })
    }
}
