//! `auth_core::Client`, with two options that are not the defaults.

use std::sync::Arc;
use std::time::Duration;

use auth_core::url::Url;
use auth_core::{AccessToken, Client, Credential, Error, ErrorKind, Expiry, Http, Login, Options};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::peer::{Authorize, Carrier, Peer, Unserved, Value, Window};
use crate::provider::{Failure, Provider, Token};
use crate::resource::Resource;

/// The client of auth-core.
#[derive(Clone, Debug)]
pub struct Ours(Client<Account>);

/// An account of the provider.
#[derive(Debug)]
pub struct Account {
    base_url: Arc<Url>,
    provider: Arc<Provider>,
}

impl Account {
    pub(crate) fn new(base_url: &Arc<Url>, provider: &Arc<Provider>) -> Self {
        Self { base_url: Arc::clone(base_url), provider: Arc::clone(provider) }
    }
}

/// The credential of the account.
#[derive(Debug)]
pub struct Session {
    token: AccessToken,
    lifetime: Duration,
}

impl Session {
    /// Creates a session from a login response.
    pub fn new(token: Token) -> auth_core::Result<Self> {
        Ok(Self { token: AccessToken::bearer(&token.text.into())?, lifetime: token.lifetime })
    }
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

    async fn login(&self, _http: &Http) -> auth_core::Result<Session> {
        let token = self.provider.login().await.map_err(|failure| match failure {
            Failure::Refused => Error::new(ErrorKind::LoginRefused, failure.to_string()),
            Failure::Down => Error::new(ErrorKind::Unavailable, failure.to_string()),
        })?;
        Session::new(token)
    }
}

impl Authorize for Ours {
    type Request = HeaderMap;

    async fn authorize(&self, request: &mut HeaderMap) -> Result<(), Unserved> {
        Ok(self.0.authorize(request).await?)
    }
}

impl Value for Ours {
    async fn value(&self) -> Result<HeaderValue, Unserved> {
        Ok(self.0.with_credential(|session| session.token.header().clone()).await?)
    }
}

impl Peer for Ours {
    const NAME: &'static str = "auth-core";
    const WINDOW: Option<Window> =
        Some(Window { lifetime: Duration::from_secs(8), after: Duration::from_millis(4600) });
    const HEARS_401: bool = true;

    fn new(provider: &Arc<Provider>) -> Self {
        // The longest renewal window, 7/16 of the lifetime, begins soon and lasts. Each login has one attempt, so that
        // attempts can be compared: no other peer retries by itself.
        let options = Options::default().renew_before(crate::provider::HOUR).login_attempts(1);
        let base_url = Arc::new(Url::parse("https://login.test/").expect("a URL"));
        Self(Client::with_options(Account::new(&base_url, provider), options).expect("good options"))
    }

    async fn send(&self, takes: Duration) -> Result<StatusCode, Unserved> {
        let session = self.0.credential().await?;
        let mut headers = HeaderMap::new();
        session.authorize(&mut headers);
        let status = Resource.answer(headers.authorization(), takes).await;
        if status == StatusCode::UNAUTHORIZED {
            self.0.invalidate(&session);
        }
        Ok(status)
    }
}
