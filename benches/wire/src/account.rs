//! A login in memory, because the measurement is of the request and not of the login.

use auth_core::http::HeaderMap;
use auth_core::url::Url;
use auth_core::{AccessToken, Credential, Expiry, Http, Login};

/// 180 characters, the length of a small JWT.
pub const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoxMjMsImlhdCI6MTc1MDAwMDAwMCwiZXhwIjoxNzUw\
                         MDAzNjAwLCJqdGkiOiI4ZjBjMWQyZTNiNGE1OTY4In0.Zm9yLWEtYmVuY2gtb25seS1ub3QtYS1zaWduYXR1cmUtMDEyMw";

/// An account that logs in without a server.
#[derive(Debug)]
pub struct Account {
    /// The base URL of its requests.
    pub base_url: Url,
}

/// [`TOKEN`] for an hour.
#[derive(Debug)]
pub struct Session(AccessToken);

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        Expiry::In(std::time::Duration::from_hours(1))
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.0.authorize(headers);
    }
}

impl Login for Account {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, _http: &Http) -> auth_core::Result<Session> {
        Ok(Session(AccessToken::bearer(&TOKEN.into())?))
    }
}
