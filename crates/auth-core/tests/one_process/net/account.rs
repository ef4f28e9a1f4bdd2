//! A login over HTTP, written as the author of a provider crate would write it.

use std::time::Duration;

use auth_core::http::HeaderMap;
use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::url::Url;
use auth_core::{AccessToken, Client, Credential, Expiry, Http, Login, Options, Result};
use auth_sandbox::Provider;
use serde::{Deserialize, Serialize};

pub(crate) const PASSWORD: &str = "s3nha-muito-secreta";

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) base_url: Url,
    pub(crate) username: String,
    pub(crate) password: SecretString,
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) token: AccessToken,
    pub(crate) lifetime: Duration,
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        Expiry::In(self.lifetime)
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.token.authorize(headers);
    }
}

impl Account {
    pub(crate) fn at(base_url: &str) -> Self {
        Self { base_url: base_url.parse().unwrap(), username: "maria".to_owned(), password: PASSWORD.into() }
    }

    /// Returns the sandbox's Pontotel account.
    pub(crate) fn of(provider: &Provider) -> Self {
        Self {
            username: provider.username().to_owned(),
            password: provider.password().into(),
            ..Self::at(provider.base_url())
        }
    }

    pub(crate) fn client(&self) -> Client<Self> {
        self.client_with(Options::default())
    }

    pub(crate) fn client_with(&self, options: Options) -> Client<Self> {
        Client::with_options(self.clone(), options).unwrap()
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
