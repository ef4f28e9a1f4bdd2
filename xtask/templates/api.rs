{% if place.apis %}
// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
//! The APIs of {{ name }}, each with its own hosts and login.

use crate::environment::Environment;
use crate::wire;

/// An API of {{ name }}. Create one client for each API, because a token of one may not be valid for another.
///
/// ```
/// use {{ module }}::Api;
///
/// assert_eq!(Api::default(), Api::{{ (place.apis[0].word | camel) }});
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
{% for api in place.apis %}
    {{ (api.description ~ "\n\n" ~ origin(api)) | doc(4) }}
{% if loop.first %}
    #[default]
{% endif %}
    {{ (api.word | camel) }},
{% endfor %}
}

impl Api {
    /// Returns the base URL of the API in an environment.
    ///
    /// ```
    /// use {{ module }}::{Api, Environment};
    ///
{% for server in place.servers %}
    /// assert_eq!(Api::{{ (server["x-api"] | camel) }}.base_url(Environment::{{ (server["x-environment"] | camel) }}), {{ url(server) }});
{% endfor %}
    /// ```
    #[must_use]
    pub fn base_url(self, environment: Environment) -> &'static str {
        match (self, environment) {
{% for server in place.servers %}
            (Self::{{ (server["x-api"] | camel) }}, Environment::{{ (server["x-environment"] | camel) }}) => {{ url(server) }},
{% endfor %}
        }
    }

    /// Returns the path of the API's login, below the base URL.
    ///
    /// ```
    /// use {{ module }}::Api;
    ///
{% for endpoint in endpoints if endpoint.is_login %}
    /// assert_eq!(Api::{{ endpoint.api }}.login_path(), "{{ endpoint.path }}");
{% endfor %}
    /// ```
    #[must_use]
    pub fn login_path(self) -> &'static str {
        match self {
{% for endpoint in endpoints if endpoint.is_login %}
            Self::{{ endpoint.api }} => wire::{{ endpoint.constant }},
{% endfor %}
        }
    }
}
{% endif %}
