// Written by `cargo xtask codegen` from crates/pontotel-auth/openapi.json: change that, and run it again.
//! The result of a login.

use std::time::Duration;

use auth_core::http::HeaderMap;
use auth_core::{AccessToken, Credential, Expiry, parse};

use crate::user::User;

/// The result of one login: the token, its lifetime, and its user.
///
/// Source: [Pontotel, Authentication](https://hml-docs-api.pontotel.com.br/en/getting-started/autenticacao);
/// [Pontotel, Authentication (newer pages)](https://integracoes.pontotel.com.br/en/getting-started/autenticacao);
/// [Pontotel, Starting: Integration Guide](https://integracoes.pontotel.com.br/en/guias/get-started).
///
/// ```no_run
/// # async fn run(client: pontotel_auth::Client) -> pontotel_auth::auth_core::Result<()> {
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
    /// The type of the token, `Bearer`, if Pontotel states it. The token is always sent as a bearer token.
    pub token_type: Option<String>,
    /// The user who logged in. Some of Pontotel's pages show an answer without it.
    pub user: Option<User>,
}

impl Session {
    /// Returns the bearer token.
    ///
    /// ```no_run
    /// # fn run(session: &pontotel_auth::Session) {
    /// println!("logged in with {}", session.token().masked());
    /// # }
    /// ```
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Returns the lifetime of the token, counted from its login: `expires_in`, else the token's own `exp − iat`, else
    /// an hour, but never beyond the token's own `exp`. Returns `None` if the token never expires, or if it was given
    /// to the builder and its expiry is unknown.
    ///
    /// ```no_run
    /// # fn run(session: &pontotel_auth::Session) {
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
        Self { token, expiry, token_type: None, user: None }
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
