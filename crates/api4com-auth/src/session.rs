// Written by `cargo xtask codegen` from crates/api4com-auth/openapi.json: change that, and run it again.
//! The result of a login.

use std::time::{Duration, SystemTime};

use auth_core::http::HeaderMap;
use auth_core::{AccessToken, Credential, Expiry, parse};

/// The result of a login or of the creation of a token: the token, its lifetime, and its user.
///
/// Source: [Api4Com, Authentication](https://developers.api4com.com/authentication.html);
/// [Api4Com, reference of the login](https://developers.api4com.com/operations/Users.loginUser.html);
/// [Api4Com, reference of the creation of tokens](https://developers.api4com.com/operations/Users.createAccessToken.html);
/// [Api4Com, Integration with a webphone of one's own](https://developers.api4com.com/integration-own-webphone.html).
///
/// ```no_run
/// # async fn run(client: api4com_auth::Client) -> api4com_auth::auth_core::Result<()> {
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
    /// The time at which the token was created, by Api4Com's clock. One page shows it without a zone, which is read as
    /// UTC.
    pub created: Option<SystemTime>,
    /// The user of the token. Answers contain it, although the documentation does not show it.
    ///
    /// Assumed: Users observe it, and an unchanged LoopBack 3 sends it.
    pub user_id: Option<String>,
}

impl Session {
    /// Returns the token. Upper and lower case matter, and it is sent without `Bearer`.
    ///
    /// ```no_run
    /// # fn run(session: &api4com_auth::Session) {
    /// println!("logged in with {}", session.token().masked());
    /// # }
    /// ```
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Returns the lifetime of the token, counted from its login: `ttl` since `created`, where `-1` means for ever,
    /// else 14 days. Returns `None` if the token never expires, or if it was given to the builder and its expiry is
    /// unknown.
    ///
    /// ```no_run
    /// # fn run(session: &api4com_auth::Session) {
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
        Self { token, expiry, created: None, user_id: None }
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
