//! An account of the simulated provider, as the author of a provider crate writes one.

use std::sync::Arc;
use std::time::Duration;

use auth_core::http::{HeaderMap, HeaderValue};
use auth_core::secrecy::SecretSlice;
use auth_core::store::{self, Fingerprint, Identify, Persist};
use auth_core::url::Url;
use auth_core::{Credential, Expiry, Http, Login, Result};
use serde::{Deserialize, Serialize};

use crate::provider::Provider;

/// The password that the provider accepts.
pub const RIGHT: &str = "segredo";
/// The password that somebody deployed by mistake.
pub const WRONG: &str = "segredo ";

/// The result of a login: its number.
#[derive(Debug, Serialize, Deserialize)]
pub struct Session {
    pub(crate) number: u32,
    #[serde(default, skip)]
    pub(crate) lifetime: Duration,
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        Expiry::In(self.lifetime)
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        headers.insert("authorization", HeaderValue::from(self.number));
    }
}

impl Persist for Session {
    fn save(&self) -> Result<SecretSlice<u8>> {
        store::to_json(self)
    }

    fn restore(saved: &[u8]) -> Result<Self> {
        store::from_json(saved)
    }
}

/// The only account, as one process has it.
#[derive(Debug)]
pub struct Account {
    pub(crate) provider: Arc<Provider>,
    pub(crate) base_url: Url,
    pub(crate) password: &'static str,
    pub(crate) process: usize,
    pub(crate) machine: usize,
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, _http: &Http) -> Result<Session> {
        self.provider.login(self.process, self.machine, self.password).await
    }
}

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("fleet").with("user", "maria").with("password", self.password)
    }
}
