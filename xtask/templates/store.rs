// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
//! The parts of a shared login: the account's fingerprint{{ "" if session_by_hand else ", and the stored form of the credential" }}.

{% if not session_by_hand %}
use std::time::{% if refresh_token or session | selectattr("held", "eq", "Option<SystemTime>") | list %}{Duration, SystemTime}{% else %}Duration{% endif %};
{% endif %}

{% if session_by_hand %}
use auth_core::secrecy::ExposeSecret;
use auth_core::store::{Identify, Fingerprint};
{% else %}
use auth_core::secrecy::{ExposeSecret, SecretSlice, SecretString};
use auth_core::store::{self, Identify, Fingerprint, Persist};
{% if "HeaderName" in moved ~ key_headers %}
use auth_core::http::HeaderName;
{% endif %}
use auth_core::{AccessToken, Expiry, {% if refresh_token %}RefreshToken, {% endif %}Result};
use serde::{Deserialize, Serialize};
{% if session | selectattr("held", "eq", "Value") | list %}
use serde_json::Value;
{% endif %}
{% endif %}

use crate::account::Account;
{% if not session_by_hand %}
use crate::session::Session;
{% for of in session | selectattr("of") | map(attribute="of") | unique %}
use crate::{{ of | snake }}::{{ of }};
{% endfor %}
{% endif %}

impl Identify for Account {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of("{{ package | replace("-auth", "") }}")
{% if place.apis %}
            .with("api", self.api.login_path())
{% endif %}
{% for field in fields %}
            .with{% if field.secret %}_secret{% endif %}("{{ field.rust }}", {% if field.secret and field.required %}self.{{ field.rust }}.expose_secret(){% elif field.secret %}&self.{{ field.rust }}.as_ref().map(ExposeSecret::expose_secret){% else %}&self.{{ field.rust }}{% endif %})
{% endfor %}
    }
}
{% if not session_by_hand %}

#[derive(Serialize)]
struct Saved<'a> {
    token: &'a str,
{% if keys %}
    keys: [&'a str; {{ keys | length }}],
{% endif %}
    lifetime: Option<Duration>,
{% if refresh_token %}
    refresh_token: Option<&'a str>,
    refresh_expires_at: Option<SystemTime>,
{% endif %}
{% for field in session %}
    {{ field.rust }}: &'a {{ field.held }},
{% endfor %}
}

#[derive(Deserialize)]
struct Restored {
    token: SecretString,
{% if keys %}
    keys: [SecretString; {{ keys | length }}],
{% endif %}
    lifetime: Option<Duration>,
{% if refresh_token %}
    refresh_token: Option<SecretString>,
    refresh_expires_at: Option<SystemTime>,
{% endif %}
{% for field in session %}
    {{ field.rust }}: {{ field.held }},
{% endfor %}
}

impl Persist for Session {
    fn save(&self) -> Result<SecretSlice<u8>> {
        let lifetime = self.lifetime();
        let Self { token, {{ "keys, " if keys }}{% if refresh_token %}refresh_token, {% endif %}{% for field in session %}{{ field.rust }}, {% endfor %}.. } = self;
{% if refresh_token %}
        let refresh_expires_at = refresh_token.as_ref().and_then(RefreshToken::expires_at);
        let refresh_token = refresh_token.as_ref().map(RefreshToken::expose_secret);
{% endif %}
{% if keys %}
        let keys = keys.each_ref().map(AccessToken::expose_secret);
{% endif %}
        store::to_json(&Saved { token: token.expose_secret(), lifetime, {{ "keys, " if keys }}{% if refresh_token %}refresh_token, refresh_expires_at, {% endif %}{% for field in session %}{{ field.rust }}, {% endfor %}})
    }

    fn restore(saved: &[u8]) -> Result<Self> {
        let Restored { token, lifetime, {{ "keys, " if keys }}{% if refresh_token %}refresh_token, refresh_expires_at, {% endif %}{% for field in session %}{{ field.rust }}, {% endfor %}} = store::from_json(saved)?;
{% if keys %}
        let [{% for key in keys %}{{ key.rust }}, {% endfor %}] = keys;
{% endif %}
        Ok(Self {
{% if keys %}
            keys: [{% for key in keys %}{{ key_of(key, key.rust) }}, {% endfor %}],
{% endif %}
            token: AccessToken::{{ carrier.make }}(&token)?{{ moved }},
            expiry: lifetime.map_or(Expiry::Never, Expiry::In),
{% if refresh_token %}
            refresh_token: refresh_token.map(|token| RefreshToken::new(token, refresh_expires_at.map_or(Expiry::Never, |end| Expiry::At(end.into())))),
{% endif %}
{% for field in session %}
            {{ field.rust }},
{% endfor %}
        })
    }
}
{% endif %}
