// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
//! The requests to {{ name }}, and the answer to a login.

{% set answered = wire | flatten("members") %}
{% set helds = answered | map(attribute="held") | list %}
{% set verdicts = refused | map("first") | map(attribute="held") | list %}
{% set literals %}{% for member in requests | flatten("members") %}{{ is_literal(member.field) }}{% endfor %}{% endset %}
{% if "Option<SystemTime>" in helds %}
use std::time::SystemTime;

{% endif %}
{% if "path" in methods | flatten("arguments") | map(attribute="place") | list %}
use auth_core::url::form_urlencoded;
{% endif %}
{% if "Option<SecretString>" in helds %}
use auth_core::secrecy::SecretString;
{% endif %}
{% if "optional" in refused | map("first") | map(attribute="reader") | list or answered | selectattr("reader") | list %}
use auth_core::parse;
{% endif %}
{% if requests or wire %}
use serde::{ {{- "Deserialize, " if wire }}{{ "Serialize" if requests -}}{{ ", Serializer, ser::Error" if literals -}} };
{% endif %}
{% if "Value" in helds or literals or "Value" in verdicts %}
use serde_json::Value;
{% endif %}

{% for of in answered | selectattr("of") | map(attribute="of") | unique if "<" ~ of ~ ">" in helds | join(" ") %}
use crate::{{ of | snake }}::{{ of }};
{% endfor %}
{% for custom in requests | flatten("members") | selectattr("custom") | map(attribute="custom") | unique %}
use {{ custom }};
{% endfor %}

{% for endpoint in endpoints if endpoint.constant %}
{{ (endpoint.summary ~ ": `" ~ endpoint.verb ~ "`.") | doc(0) }}
pub(crate) const {{ endpoint.constant }}: &str = "{{ endpoint.path }}";
{% endfor %}

{% if "path" in methods | flatten("arguments") | map(attribute="place") | list %}
/// Puts values into a path, each as one segment.
pub(crate) fn fill(path: &str, values: &[(&str, &str)]) -> String {
    let encoded = |value: &str| form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20").replace("%2C", ",");
    values.iter().fold(path.to_owned(), |path, (name, value)| path.replace(&format!("{{ "{{{" }}name{{ "}}}" }}"), &encoded(value)))
}

{% endif %}
{% if "&[&str]" in methods | flatten("arguments") | selectattr("separator") | map(attribute="held") | list or sent | flatten("members") | selectattr("separator") | list %}
/// Returns the items of a list as one text.
pub(crate) fn joined<T: ToString>(items: &[T], separator: &str) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(separator)
}

{% endif %}
{% if literals %}
/// A text of the account that JSON has as an integer or a boolean.
pub(crate) struct Literal<'a>(pub(crate) &'a str);

impl Serialize for Literal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<Value>(self.0).map_err(S::Error::custom)?.serialize(serializer)
    }
}

{% endif %}
{% for request in requests %}
#[derive(Serialize)]
{% if request.camel %}
#[serde(rename_all = "camelCase")]
{% endif %}
pub(crate) struct {{ request.name }}{% if "'a" in request.members | map(attribute="held") | join %}<'a>{% endif %} {
{% for field in request.members %}
    {{ serde(field) }}pub(crate) {{ field.rust }}: {{ field.held | replace("&'a str", "Literal<'a>") if is_literal(field.field) else field.held }},
{% endfor %}
}

{% endfor %}
{% if refused %}
/// The mark of a refused login. It is read first and alone, because the rest of such an answer does not matter.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Verdict {
{% for field, _ in refused %}
    {{ serde(field) }}pub(crate) {{ field.rust }}: {{ field.held }},
{% endfor %}
}

{% endif %}
{% for type in wire %}
#[derive(Default, Deserialize)]
#[serde(default{% if type.camel %}, rename_all = "camelCase"{% endif %})]
pub(crate) struct {{ type.name }} {
{% for field in type.members %}
    {{ serde(field) }}pub(crate) {{ field.rust }}: {{ field.held }},
{% endfor %}
}

{% endfor %}
