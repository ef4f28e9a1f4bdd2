// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
//! The result of a login.

use std::time::{% if session | selectattr("held", "eq", "Option<SystemTime>") | list %}{Duration, SystemTime}{% else %}Duration{% endif %};

use auth_core::http::HeaderMap;
use auth_core::{AccessToken, Credential, Expiry, {% if refresh_token %}RefreshToken, {% endif %}parse};
{% if session | selectattr("held", "eq", "Value") | list %}
use serde_json::Value;
{% endif %}

{% for of in session | selectattr("of") | map(attribute="of") | unique %}
use crate::{{ of | snake }}::{{ of }};
{% endfor %}

{{ ((session_schema.description or "The result of a login.") ~ "\n\n" ~ origin(session_schema)) | doc(0) }}
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
{% if keys %}
    /// The keys that requests carry in addition to the token.
    pub(crate) keys: [AccessToken; {{ keys | length }}],
{% endif %}
    pub(crate) expiry: Expiry,
{% if refresh_token %}
    pub(crate) refresh_token: Option<RefreshToken>,
{% endif %}
{% for field in session %}
    {{ (field.docs ~ "\n\n" ~ origin(field.note)) | doc(4) }}
    pub {{ field.rust }}: {{ field.held }},
{% endfor %}
}

impl Session {
    {% set what = token.docs or ("The token." if carrier.make == "raw" else "The bearer token.") %}
    {{ after("Returns", what ~ (" It is sent as it is, without `Bearer`." if carrier.make == "raw" and carrier.header == "authorization" and "`Bearer`" not in what else "")) | doc(4) }}
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

    {{ ("Returns the lifetime of the token, counted from its login: " ~ lifetime_words ~ (", but never beyond the token's own `exp`" if lifetime.jwt else "") ~ ". Returns `None` if the token never expires, or if it was given to the builder and its expiry is unknown.") | doc(4) }}
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
    pub(crate) fn given(token: AccessToken{{ ", keys: [AccessToken; " ~ keys | length ~ "]" if keys }}) -> Self {
        let expiry = parse::jwt::expiry(token.expose_secret());
        Self { token, {{ "keys, " if keys }}expiry, {% if refresh_token %}refresh_token: None, {% endif %}{% for field in session %}{{ field.rust }}: {{ "Value::Null" if field.held == "Value" else "None" }}, {% endfor %} }
    }
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        self.expiry
    }

    fn token(&self) -> Option<&AccessToken> {
        Some(&self.token)
    }

{% if query_parameter %}
{% if keys %}
    fn authorize(&self, headers: &mut HeaderMap) {
        self.keys.iter().for_each(|key| key.authorize(headers));
    }
{% else %}
    fn authorize(&self, _headers: &mut HeaderMap) {}
{% endif %}

    fn query_parameter(&self) -> Option<(&str, &str)> {
        Some(({{ literal(query_parameter) }}, self.token.expose_secret()))
    }
{% else %}
    fn authorize(&self, headers: &mut HeaderMap) {
        self.token.authorize(headers);
{% if keys %}
        self.keys.iter().for_each(|key| key.authorize(headers));
{% endif %}
    }
{% endif %}
{% if refresh_token %}

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }
{% endif %}
}
