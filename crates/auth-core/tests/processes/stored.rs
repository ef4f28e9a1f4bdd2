//! The shared store of the login over HTTP.

use std::time::Duration;

use auth_core::secrecy::{ExposeSecret, SecretSlice, SecretString};
use auth_core::store::{self, Fingerprint, Identify, Persist};
use auth_core::{AccessToken, Result};

use crate::account::{Account, Session};

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("sandbox").with("username", &self.username).with("password", self.password.expose_secret())
    }
}

impl Persist for Session {
    fn save(&self) -> Result<SecretSlice<u8>> {
        store::to_json(&(self.token.expose_secret(), self.lifetime))
    }

    fn restore(saved: &[u8]) -> Result<Self> {
        let (token, lifetime): (SecretString, Duration) = store::from_json(saved)?;
        Ok(Self { token: AccessToken::bearer(&token)?, lifetime })
    }
}
