// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! The result of a login.

use std::time::Duration;

use auth_core::http::HeaderMap;
use auth_core::{AccessToken, Credential, Expiry, parse};

use crate::user::User;

/// The result of one login: the token, its lifetime, and its user.
///
/// Source: [EconPay, POST /auth](https://docs.econpay.com.br/api-reference/auth/login);
/// [EconPay, Autenticação](https://docs.econpay.com.br/authentication);
/// [EconPay, Guia de Início Rápido](https://docs.econpay.com.br/quickstart).
///
/// ```no_run
/// # async fn run(client: econpay_auth::Client) -> econpay_auth::auth_core::Result<()> {
/// let session = client.credential().await?;
/// println!("{} for {:?}", session.token().masked(), session.lifetime());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Session {
    pub(crate) token: AccessToken,
    pub(crate) expiry: Expiry,
    /// The user who logged in.
    pub user: Option<User>,
}

impl Session {
    /// Returns the bearer token of this login; not the establishment's `access_token`, which no login returns.
    ///
    /// ```no_run
    /// # fn run(session: &econpay_auth::Session) {
    /// println!("logged in with {}", session.token().masked());
    /// # }
    /// ```
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Returns the lifetime of the token, counted from its login: the token's own `exp − iat`, else an hour, but never
    /// beyond the token's own `exp`. Returns `None` if the token never expires, or if it was given to the builder and
    /// its expiry is unknown.
    ///
    /// ```no_run
    /// # fn run(session: &econpay_auth::Session) {
    /// println!("a login is good for {:?}", session.lifetime());
    /// # }
    /// ```
    #[must_use]
    pub fn lifetime(&self) -> Option<Duration> {
        match self.expiry {
            Expiry::In(lifetime) => Some(lifetime),
            _ => None,
        }
    }

    /// Creates a session from an existing token. Its expiry is known only if it is a JWT that states it.
    pub(crate) fn given(token: AccessToken) -> Self {
        let expiry = parse::jwt::expiry(token.expose_secret());
        Self { token, expiry, user: None }
    }
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        self.expiry
    }

    fn token(&self) -> Option<&AccessToken> {
        Some(&self.token)
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.token.authorize(headers);
    }
}
