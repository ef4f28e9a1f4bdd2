{{ header }}
//! How a login is shared with other processes: who the account is, and what of the login is kept.

{% if not by_hand.session %}
use std::time::{% if session_times or lifetime.clock %}{Duration, SystemTime}{% else %}Duration{% endif %};
{% endif %}

{% if by_hand.session %}
use auth_core::secrecy::ExposeSecret;
use auth_core::store::{Identify, Identity};
{% else %}
use auth_core::secrecy::{ExposeSecret, SecretSlice, SecretString};
use auth_core::store::{self, Identify, Identity, Portable};
use auth_core::{AccessToken, {% if lifetime.is_expiry %}Expiry, {% endif %}Result};
use serde::{Deserialize, Serialize};
{% if session_values %}
use serde_json::Value;
{% endif %}
{% endif %}

use crate::account::Account;
{% if not by_hand.session %}
use crate::session::Session;
{% for import in session_imports %}
use {{ import }};
{% endfor %}
{% endif %}

impl Identify for Account {
    fn identity(&self) -> Identity {
        Identity::of("{{ package | replace("-auth", "") }}")
{% if place.apis %}
            .with("api", self.api.login_path())
{% endif %}
{% for field in fields %}
            .with("{{ field.rust }}", {{ field.told }})
{% endfor %}
    }
}
{% if not by_hand.session %}

#[derive(Serialize)]
struct Saved<'a> {
    token: &'a str,
    lifetime: {{ "Option<Duration>" if lifetime.is_expiry else "Duration" }},
{% if lifetime.clock %}
    /// By the local clock.
    end: Option<SystemTime>,
{% endif %}
{% for field in session %}
    {{ field.rust }}: &'a {{ field.held }},
{% endfor %}
}

#[derive(Deserialize)]
struct Restored {
    token: SecretString,
    lifetime: {{ "Option<Duration>" if lifetime.is_expiry else "Duration" }},
{% if lifetime.clock %}
    /// By the local clock.
    end: Option<SystemTime>,
{% endif %}
{% for field in session %}
    {{ field.rust }}: {{ field.held }},
{% endfor %}
}

impl Portable for Session {
    fn save(&self) -> Result<SecretSlice<u8>> {
        let lifetime = self.lifetime();
{% if lifetime.clock %}
        let end = match self.expiry {
            Expiry::At(end) => Some(SystemTime::from(end)),
            _ => None,
        };
{% endif %}
        let Self { token, {% for field in session %}{{ field.rust }}, {% endfor %}.. } = self;
        store::to_json(&Saved { token: token.expose_secret(), lifetime, {% if lifetime.clock %}end, {% endif %}{% for field in session %}{{ field.rust }}, {% endfor %}})
    }

    fn restore(saved: &[u8]) -> Result<Self> {
        let Restored { token, lifetime, {% if lifetime.clock %}end, {% endif %}{% for field in session %}{{ field.rust }}, {% endfor %}} = store::from_json(saved)?;
        Ok(Self {
            token: AccessToken::{{ "raw" if raw else "bearer" }}(&token)?,
{% if lifetime.is_expiry %}
            expiry: {% if lifetime.clock %}lifetime.map(Expiry::In).or(end.map(|end| Expiry::At(end.into()))).unwrap_or({{ "Expiry::Never" if lifetime.never else "Expiry::In(Duration::ZERO)" }}){% else %}lifetime.map_or(Expiry::Never, Expiry::In){% endif %},
{% else %}
            lifetime,
{% endif %}
{% for field in session %}
            {{ field.rust }},
{% endfor %}
        })
    }
}
{% endif %}
