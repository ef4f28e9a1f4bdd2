//! What a login returned.

use std::time::Duration;

use auth_core::http::HeaderMap;
use auth_core::{AccessToken, Credential, Expiry, lenient};
use serde::Deserialize;

/// What one login returned: the token, its lifetime, and whose it is.
///
/// ```no_run
/// # async fn run(client: econpay_auth::Client) -> econpay_auth::auth_core::Result<()> {
/// let session = client.credential().await?;
/// println!("{} for {:?}", session.token().masked(), session.lifetime());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Session {
    pub(crate) token: AccessToken,
    pub(crate) lifetime: Duration,
    pub(crate) user: Option<User>,
}

impl Session {
    /// The bearer token of this login; not the establishment's `access_token`, which no login returns.
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

    /// How long the token lives, counted from its login: the token's own `exp − iat`, else the hour that EconPay
    /// documents.
    ///
    /// ```no_run
    /// # fn run(session: &econpay_auth::Session) {
    /// println!("a login lasts {} minutes", session.lifetime().as_secs() / 60);
    /// # }
    /// ```
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Whose login it is.
    ///
    /// ```no_run
    /// # fn run(session: &econpay_auth::Session) {
    /// let role = session.user().and_then(|user| user.role());
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

/// A user of EconPay's.
///
/// ```
/// let user: econpay_auth::User = serde_json::from_str(r#"{"id": 1, "name": "João da Silva", "role": "admin"}"#)?;
/// assert_eq!((user.id(), user.name()), (Some("1"), Some("João da Silva")));
/// assert_eq!((user.role(), user.email()), (Some("admin"), None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct User {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    role: Option<String>,
}

impl User {
    /// The identifier, which EconPay writes as a number.
    ///
    /// ```
    /// let user: econpay_auth::User = serde_json::from_str(r#"{"id": 1}"#)?;
    /// assert_eq!(user.id(), Some("1"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The person's name.
    ///
    /// ```
    /// let user: econpay_auth::User = serde_json::from_str(r#"{"name": "João da Silva"}"#)?;
    /// assert_eq!(user.name(), Some("João da Silva"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The e-mail address.
    ///
    /// ```
    /// let user: econpay_auth::User = serde_json::from_str(r#"{"email": "joao@loja.example"}"#)?;
    /// assert_eq!(user.email(), Some("joao@loja.example"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// What the user may do: `admin`, `app` or `client`.
    ///
    /// ```
    /// let user: econpay_auth::User = serde_json::from_str(r#"{"role": "admin"}"#)?;
    /// assert_eq!(user.role(), Some("admin"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }
}
