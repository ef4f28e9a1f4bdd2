{% if place.environments %}
// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
//! The environments of {{ name }}.

{% if place.servers[0]["x-rate-limit"] %}
use std::time::Duration;

use auth_core::Quota;

{% endif %}
/// An environment of {{ name }}. Each environment has its own secrets.{% if place.apis %} Its base URL is
/// [`Api::base_url`](crate::Api::base_url).{% endif %}

///
/// ```
/// use {{ module }}::Environment;
///
/// assert_eq!(Environment::default(), Environment::{{ (place.environments[0].word | camel) }});
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
{% for environment in place.environments %}
    {{ (environment.description ~ "\n\n" ~ origin(environment)) | doc(4) }}
{% if loop.first %}
    #[default]
{% endif %}
    {{ (environment.word | camel) }},
{% endfor %}
}

{% macro address(server, is_option) %}{% if not server.variables %}{% set text = literal((server.url | trim("/")) ~ "/") %}{{ "Some(" ~ text ~ ")" if is_option else text }}{% else %}None{% endif %}{% endmacro %}
{# The arms of a match, one for each address. #}
{% macro arms(servers, is_option) %}
{% for server in servers %}
{% set own = address(server, is_option) %}
{% set same %}{% for other in servers if address(other, is_option) == own %}{{ "| " if not loop.first }}Self::{{ (other["x-environment"] | camel) }} {% endfor %}{% endset %}
{% if same is startingwith("Self::" ~ (server["x-environment"] | camel) ~ " ") %}
            {{ same }} => {{ own }},
{% endif %}
{% endfor %}
{% endmacro %}
{% set unknown_login = place.logins | selectattr("variables") | list %}
{% set limited = place.servers[0]["x-rate-limit"] %}
{% if not place.apis %}
impl Environment {
    /// Returns the base URL of the environment{% if unknown %}, or `None` if it is not public{% endif %}.
    ///
    /// ```
    /// use {{ module }}::Environment;
    ///
{% for server in place.servers %}
    /// assert_eq!(Environment::{{ (server["x-environment"] | camel) }}.base_url(), {{ url(server) }});
{% endfor %}
    /// ```
    #[must_use]
    pub fn base_url(self) -> {{ "Option<&'static str>" if unknown else "&'static str" }} {
        match self {
{{ arms(place.servers, unknown) }}
        }
    }
{% if place.logins %}

    /// Returns the base URL of the environment's login, which has a host of its own{{ ", or `None` if it is not public" if unknown_login }}.
    ///
    /// ```
    /// use {{ module }}::Environment;
    ///
{% for server in place.logins %}
    /// assert_eq!(Environment::{{ (server["x-environment"] | camel) }}.login_base_url(), {{ address(server, unknown_login) }});
{% endfor %}
    /// ```
    #[must_use]
    pub fn login_base_url(self) -> {{ "Option<&'static str>" if unknown_login else "&'static str" }} {
        match self {
{{ arms(place.logins, unknown_login) }}
        }
    }
{% endif %}
{% if limited %}

    /// Returns the number of requests that {{ name }} documents for the environment, for
    /// [`Options::quota`](auth_core::Options::quota). All processes that use the account count together.
    ///
    /// ```
    /// use {{ module }}::{Client, Environment};
    /// use std::time::Duration;
    ///
{% for server in place.servers %}
    /// let quota = Environment::{{ (server["x-environment"] | camel) }}.quota();
    /// assert_eq!(format!("{quota:?}"), "{% for limit in server["x-rate-limit"] %}{{ limit.requests }} requests in {{ limit.per }}s{% if not loop.last %} and {% endif %}{% endfor %}");
{% endfor %}
    /// let quota = Environment::default().quota().wait(Duration::from_secs(30));
    /// let builder = Client::builder().options(|options| options.quota(quota));
    /// ```
    pub fn quota(self) -> Quota {
        match self {
{% for server in place.servers %}
            Self::{{ (server["x-environment"] | camel) }} => {% for limit in server["x-rate-limit"] %}{% if loop.first %}Quota::new{% else %}.and{% endif %}({{ limit.requests }}, Duration::from_secs({{ limit.per }})){% endfor %},
{% endfor %}
        }
    }
{% endif %}
}
{% endif %}
{% endif %}
