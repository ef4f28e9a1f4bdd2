//! A provider in memory whose refresh tokens can each be used once, as OAuth2 recommends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::http::HeaderMap;
use auth_core::url::Url;
use auth_core::{
    AccessToken, Client, Credential, Error, ErrorKind, Expiry, Http, Login, Options, RefreshToken, Result, Secret,
};

const HOUR: Duration = Duration::from_secs(3600);

/// The answer to refreshes that are sent from now on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Fate {
    /// Grants the refresh token that was issued last, and refuses earlier ones.
    #[default]
    Decided,
    Fails(ErrorKind),
    Hangs,
}

#[derive(Debug, Default)]
pub(crate) struct Issuer {
    pub(crate) fate: Mutex<Fate>,
    pub(crate) refuses_logins: AtomicBool,
    /// The lifetime of new refresh tokens, or `None` if it is unknown.
    pub(crate) refresh_lifetime: Mutex<Option<Duration>>,
    logins: AtomicU64,
    refreshes: AtomicU64,
    issued: AtomicU64,
}

impl Issuer {
    pub(crate) fn account(self: &Arc<Self>) -> Account {
        let base_url = Url::parse("http://127.0.0.1/api/").unwrap();
        Account { base_url, issuer: Arc::clone(self), password: "segredo".into() }
    }

    pub(crate) fn client(self: &Arc<Self>) -> Client<Account> {
        Client::with_options(self.account(), Options::default()).unwrap()
    }

    /// Returns the numbers of logins and refreshes that were sent.
    pub(crate) fn sent(&self) -> (u64, u64) {
        (self.logins.load(SeqCst), self.refreshes.load(SeqCst))
    }

    pub(crate) fn fates(&self, fate: Fate) {
        *self.fate.lock().unwrap() = fate;
    }

    fn issue(&self) -> Result<Session> {
        let number = self.issued.fetch_add(1, SeqCst) + 1;
        let expiry = self.refresh_lifetime.lock().unwrap().map_or(Expiry::Never, Expiry::In);
        Session::restore(number, RefreshToken::new(format!("refresh-{number}").into(), expiry))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Account {
    base_url: Url,
    issuer: Arc<Issuer>,
    pub(crate) password: Secret,
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) number: u64,
    token: AccessToken,
    pub(crate) refresh_token: RefreshToken,
}

impl Session {
    pub(crate) fn restore(number: u64, refresh_token: RefreshToken) -> Result<Self> {
        let token = AccessToken::bearer(&format!("token-{number}").into())?;
        Ok(Self { number, token, refresh_token })
    }
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        Expiry::In(HOUR)
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.token.authorize(headers);
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        Some(&self.refresh_token)
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, _http: &Http) -> Result<Session> {
        self.issuer.logins.fetch_add(1, SeqCst);
        tokio::time::sleep(Duration::from_millis(100)).await;
        if self.issuer.refuses_logins.load(SeqCst) {
            return Err(Error::new(ErrorKind::LoginRefused, "wrong password"));
        }
        self.issuer.issue()
    }

    async fn refreshed(&self) -> Result<Option<Self>> {
        let mut account = self.clone();
        Ok(account.password.refresh().await?.then_some(account))
    }

    async fn renew(&self, _http: &Http, previous: &Session) -> Result<Session> {
        self.issuer.refreshes.fetch_add(1, SeqCst);
        tokio::time::sleep(Duration::from_millis(100)).await;
        let fate = *self.issuer.fate.lock().unwrap();
        match fate {
            Fate::Hangs => std::future::pending().await,
            Fate::Fails(kind) => Err(Error::new(kind, "the refresh failed")),
            Fate::Decided => {
                let latest = format!("refresh-{}", self.issuer.issued.load(SeqCst));
                if previous.refresh_token.expose_secret() != latest {
                    return Err(Error::new(ErrorKind::LoginRefused, "the refresh token was used before"));
                }
                self.issuer.issue()
            }
        }
    }
}
