//! What a login returned.

use std::time::Duration;

use auth_core::http::HeaderMap;
use auth_core::{AccessToken, Credential, Expiry, lenient};
use serde::Deserialize;

/// What one login returned: the token, its lifetime, and whose it is.
///
/// ```no_run
/// # async fn run(client: pontotel_auth::Client) -> pontotel_auth::auth_core::Result<()> {
/// let session = client.credential().await?;
/// println!("{} for {:?}", session.token().masked(), session.lifetime());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Session {
    pub(crate) token: AccessToken,
    pub(crate) token_type: Option<String>,
    pub(crate) lifetime: Duration,
    pub(crate) user: Option<User>,
}

impl Session {
    /// The bearer token.
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

    /// What Pontotel calls the token, `Bearer`, where it says so. The token is sent as a bearer token in any case.
    ///
    /// ```no_run
    /// # fn run(session: &pontotel_auth::Session) {
    /// assert_eq!(session.token_type().unwrap_or("Bearer"), "Bearer");
    /// # }
    /// ```
    #[must_use]
    pub fn token_type(&self) -> Option<&str> {
        self.token_type.as_deref()
    }

    /// How long the token lives, counted from its login: `expires_in`, else the token's own `exp − iat`, else
    /// the hour that Pontotel documents.
    ///
    /// ```no_run
    /// # fn run(session: &pontotel_auth::Session) {
    /// println!("a login lasts {} minutes", session.lifetime().as_secs() / 60);
    /// # }
    /// ```
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Whose login it is. Some of Pontotel's pages show an answer without it.
    ///
    /// ```no_run
    /// # fn run(session: &pontotel_auth::Session) {
    /// let name = session.user().and_then(|user| user.username()).unwrap_or("somebody");
    /// # }
    /// ```
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        self.user.as_ref()
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

/// Whose login it is, as far as Pontotel says.
///
/// ```
/// let user: pontotel_auth::User = serde_json::from_str(r#"{"id": 123, "username": "maria"}"#)?;
/// assert_eq!((user.id(), user.username(), user.email()), (Some("123"), Some("maria"), None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct User {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    username: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    email: Option<String>,
}

impl User {
    /// The identifier, which Pontotel writes as a number or as a text.
    ///
    /// ```
    /// let user: pontotel_auth::User = serde_json::from_str(r#"{"id": 123}"#)?;
    /// assert_eq!(user.id(), Some("123"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The name for logging in.
    ///
    /// ```
    /// let user: pontotel_auth::User = serde_json::from_str(r#"{"username": "maria"}"#)?;
    /// assert_eq!(user.username(), Some("maria"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The e-mail address.
    ///
    /// ```
    /// let user: pontotel_auth::User = serde_json::from_str(r#"{"email": "maria@example.com"}"#)?;
    /// assert_eq!(user.email(), Some("maria@example.com"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }
}
