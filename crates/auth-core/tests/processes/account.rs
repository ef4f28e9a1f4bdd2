//! A login over HTTP, written as the author of a provider crate would write it, and its shared store.

use std::time::Duration;

use auth_core::http::HeaderMap;
use auth_core::secrecy::{ExposeSecret, SecretSlice, SecretString};
use auth_core::store::{self, Fingerprint, Identify, Persist};
use auth_core::url::Url;
use auth_core::{AccessToken, Credential, Expiry, Http, Login, Result};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) base_url: Url,
    pub(crate) username: String,
    pub(crate) password: SecretString,
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) token: AccessToken,
    lifetime: Duration,
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        Expiry::In(self.lifetime)
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.token.authorize(headers);
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        #[derive(Serialize)]
        struct Body<'a> {
            username: &'a str,
            password: &'a str,
        }
        #[derive(Deserialize)]
        struct Token {
            access_token: SecretString,
            expires_in: u64,
        }
        let body = Body { username: &self.username, password: self.password.expose_secret() };
        let answer = http.post_json("login/", &body).await?.error_for_status()?;
        let Token { access_token, expires_in } = answer.json()?;
        Ok(Session { token: answer.bearer(&access_token)?, lifetime: Duration::from_secs(expires_in) })
    }
}

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
