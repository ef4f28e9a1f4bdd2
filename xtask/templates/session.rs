{{ header }}
//! The result of a login.

use std::time::{% if session_times %}{Duration, SystemTime}{% else %}Duration{% endif %};

use auth_core::http::HeaderMap;
use auth_core::{AccessToken, Credential, Expiry, parse};
{% if session_values %}
use serde_json::Value;
{% endif %}

{% for import in session_imports %}
use {{ import }};
{% endfor %}

{{ (session_docs ~ "\n\n" ~ origin(session_note)) | doc(0) }}
///
/// ```no_run
/// # async fn run(client: {{ module }}::Client) -> {{ module }}::auth_core::Result<()> {
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
{% for field in session %}
    {{ (field.docs ~ "\n\n" ~ origin(field.note)) | doc(4) }}
    pub {{ field.rust }}: {{ field.held }},
{% endfor %}
}

impl Session {
    {{ token_docs | after("Returns") | doc(4) }}
    ///
    /// ```no_run
    /// # fn run(session: &{{ module }}::Session) {
    /// println!("logged in with {}", session.token().masked());
    /// # }
    /// ```
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    {{ lifetime_docs | doc(4) }}
    ///
    /// ```no_run
    /// # fn run(session: &{{ module }}::Session) {
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
        Self { token, expiry, {% for field in session %}{{ field.rust }}: {{ "Value::Null" if field.held == "Value" else "None" }}, {% endfor %} }
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
