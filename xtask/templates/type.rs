{% macro example(field, margin) %}
{{ margin }}/// ```
{% if "UNIX_EPOCH" in field.expected %}
{{ margin }}/// use std::time::{Duration, UNIX_EPOCH};
{{ margin }}///
{% endif %}
{{ margin }}/// let {{ type.snake }}: {{ module }}::{{ type.name }} = serde_json::from_str({{ literal(field.example) }})?;
{% if field.expected %}
{{ margin }}/// assert_eq!({{ type.snake }}.{{ field.rust }}(), {{ field.expected }});
{% else %}
{{ margin }}/// assert!({{ type.snake }}.{{ field.rust }}().is_some());
{% endif %}
{{ margin }}/// # Ok::<(), serde_json::Error>(())
{{ margin }}/// ```
{% endmacro %}
{{ header }}
//! {{ type.docs | first }}

{% if type.times %}
use std::time::SystemTime;

{% endif %}
{% if type.lenient %}
use auth_core::parse;
{% endif %}
use serde::Deserialize;
{% if type.values %}
use serde_json::Value;
{% endif %}

{% for import in type.imports %}
use {{ import }};
{% endfor %}

{{ (type.docs ~ " A field that is missing or unreadable is `None`.\n\n" ~ origin(type.note)) | doc(0) }}
///
{{ example(type.members[0], "") }}#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
{% if session | selectattr("of", "eq", type.name) | list %}
#[cfg_attr(feature = "store", derive(serde::Serialize))]
{% endif %}
#[serde(default{% if type.camel %}, rename_all = "camelCase"{% endif %})]
pub struct {{ type.name }} {
{% for field in type.members %}
    {{ serde(field) }}{{ field.rust }}: {{ field.held }},
{% endfor %}
}

impl {{ type.name }} {
{% for field in type.members %}
    {{ (field.docs ~ "\n\n" ~ origin(field.note)) | doc(4) }}
    ///
{{ example(field, "    ") }}    #[must_use]
    pub fn {{ field.rust }}(&self) -> {{ field.returned }} {
        {{ field.got }}
    }
{% if not loop.last %}

{% endif %}
{% endfor %}
}
