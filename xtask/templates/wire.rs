{{ header }}
//! The requests to {{ name }}, and the answer to a login.

{% if uses_time %}
use std::time::SystemTime;

{% endif %}
use auth_core::secrecy::SecretString;
{% if uses_lenient %}
use auth_core::parse;
{% endif %}
use serde::{Deserialize, Serialize};
{% if uses_value %}
use serde_json::Value;
{% endif %}

{% for import in wire_imports %}
use {{ import }};
{% endfor %}

{% for endpoint in endpoints if endpoint.constant %}
{{ (endpoint.summary ~ ": `" ~ endpoint.verb ~ "`.") | doc(0) }}
pub(crate) const {{ endpoint.constant }}: &str = "{{ endpoint.path }}";
{% endfor %}

{% for request in requests %}
#[derive(Serialize)]
{% if request.camel %}
#[serde(rename_all = "camelCase")]
{% endif %}
pub(crate) struct {{ request.name }}{% if request.borrows %}<'a>{% endif %} {
{% for field in request.fields %}
    {{ serde(field) }}pub(crate) {{ field.rust }}: {{ field.type_ }},
{% endfor %}
}

{% endfor %}
{% if refused %}
/// The mark of a refused login. It is read first and alone, because the rest of such an answer does not matter.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Verdict {
{% for refusal in refused %}
    {{ serde(refusal.field) }}pub(crate) {{ refusal.field.rust }}: {{ refusal.field.type_ }},
{% endfor %}
}

{% endif %}
{% for type in wire %}
#[derive(Default, Deserialize)]
#[serde(default{% if type.camel %}, rename_all = "camelCase"{% endif %})]
pub(crate) struct {{ type.name }} {
{% for field in type.fields %}
    {{ serde(field) }}pub(crate) {{ field.rust }}: {{ field.type_ }},
{% endfor %}
}

{% endfor %}
