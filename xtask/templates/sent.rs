{% if sent %}
// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
//! The parameters and the bodies of the client's methods.

use serde::{Deserialize, Serialize};
{% set helds = sent | flatten("members") | map(attribute="held") | join(" ") %}
{% if "Value" in helds %}
use serde_json::Value;
{% endif %}
{% set queries = methods | flatten("arguments") | selectattr("place", "eq", "options") | map(attribute="held") | list %}
{% for type in sent %}
{% set is_query = "&" ~ type.name in queries %}

{{ (type.docs ~ "\n\n" ~ origin(type.note)) | doc(0) }}
{% set required = type.members | rejectattr("optional") | list %}
{% if not required %}
///
/// ```
/// assert_eq!({{ module }}::{{ type.name }}::default(), serde_json::from_str("{}")?);
/// # Ok::<(), serde_json::Error>(())
/// ```
{% endif %}
#[derive(Clone, Debug, {{ "Default, " if not required }}PartialEq, Eq, Deserialize, Serialize)]
{% if type.camel %}
#[serde(rename_all = "camelCase")]
{% endif %}
#[non_exhaustive]
pub struct {{ type.name }} {
{% for field in type.members %}
    {{ (field.docs ~ "\n\n" ~ origin(field.note)) | doc(4) }}
    {{ serde(field) | replace('skip_serializing_if = "Option::is_none"', "skip_serializing") if is_query and field.kind == "List" else serde(field) }}pub {{ field.rust }}: {{ field.held }},
{% endfor %}
}

impl {{ type.name }} {
{% if required %}
    /// Creates it with all that the API requires.
    #[must_use]
    pub fn new({% for field in required %}{{ field.rust }}: {{ "impl Into<String>" if field.held == "String" else field.held }}, {% endfor %}) -> Self {
        Self { {% for field in type.members %}{{ field.rust }}{{ ": None" if field.optional else ": " ~ field.rust ~ ".into()" if field.held == "String" }}, {% endfor %} }
    }
{% endif %}
{% for field in type.members if field.optional %}
{% set inner = field.held[7:-1] %}

    {{ after("Sets", field.docs) | doc(4) }}
    #[must_use]
    pub fn {{ field.rust }}(mut self, {{ field.rust }}: {{ "impl Into<String>" if inner == "String" else inner }}) -> Self {
        self.{{ field.rust }} = Some({{ field.rust }}{{ ".into()" if inner == "String" }});
        self
    }
{% endfor %}
}
{% endfor %}
{% endif %}
