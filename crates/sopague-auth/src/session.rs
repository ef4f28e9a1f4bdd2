// Written by `cargo xtask codegen` from crates/sopague-auth/openapi.json: change that, and run it again.
//! The result of a login.

use std::time::Duration;

use auth_core::http::HeaderMap;
use auth_core::{AccessToken, Credential, Expiry, parse};

/// The result of one login: the token, its lifetime, and the dates as Sopague wrote them.
///
/// Source: [Sopague, Autenticação](https://docs.sopague.com.br/autenticacao);
/// [Sopague, Authentication](https://docs.sopague.com.br/en/autenticacao).
///
/// ```no_run
/// # async fn run(client: sopague_auth::Client) -> sopague_auth::auth_core::Result<()> {
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
    /// The time at which the token was created, as Sopague wrote it: possibly without a zone, and by Sopague's clock.
    ///
    /// It is a text, because a date without a zone is not a point in time. Only the difference of the two dates is
    /// reliable.
    pub created: Option<String>,
    /// The time at which the token expires, as Sopague wrote it: possibly without a zone, and by Sopague's clock.
    pub expiration: Option<String>,
    /// Sopague's message about the login.
    pub message: Option<String>,
}

impl Session {
    /// Returns the bearer token.
    ///
    /// ```no_run
    /// # fn run(session: &sopague_auth::Session) {
    /// println!("logged in with {}", session.token().masked());
    /// # }
    /// ```
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Returns the lifetime of the token, counted from its login: `expiration − created`, else the token's own `exp −
    /// iat`, else `expiration` against the answer's `Date`, else 5 minutes, but never beyond the token's own `exp`.
    /// Returns `None` if the token never expires, or if it was given to the builder and its expiry is unknown.
    ///
    /// ```no_run
    /// # fn run(session: &sopague_auth::Session) {
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
        Self { token, expiry, created: None, expiration: None, message: None }
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
