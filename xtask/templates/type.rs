// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
//! {{ type.docs | trim | split("\n\n") | first | split | join(" ") }}

{% if "SystemTime" in type.members | map(attribute="held") | join %}
use std::time::SystemTime;

{% endif %}
{% if type.members | selectattr("reader") | list %}
use auth_core::parse;
{% endif %}
use serde::Deserialize;
{% set values = "Value" in type.members | map(attribute="held") | list %}
{% if values %}
use serde_json::Value;
{% endif %}

{% for of in type.members | selectattr("of") | map(attribute="of") | unique if of != type.name %}
use crate::{{ of | snake }}::{{ of }};
{% endfor %}

{{ (type.docs ~ " A missing or unreadable field is `" ~ ("None` or null" if values else "None`") ~ ".\n\n" ~ origin(type.note)) | doc(0) }}
///
/// ```
{# A value of the example, in Rust. The text is empty if it is not simple. #}
{% macro since_1970(millis) %}Some(UNIX_EPOCH {{ "-" if millis < 0 else "+" }} Duration::{{ "from_millis" if millis % 1000 else "from_secs" }}({{ grouped((millis if millis % 1000 else millis // 1000) | abs) }})){% endmacro %}
{% macro expect(kind, value) %}
{%- if value is none %}None
{%- elif kind in ["Text", "Loose"] and value is string %}Some({{ literal(value) }})
{%- elif kind == "Loose" and value is number %}Some("{{ value }}")
{%- elif kind == "Date" and value is string %}{% if value | millis %}{{ since_1970(value | millis) }}{% endif %}
{%- elif kind == "Unix" and value is number %}{{ since_1970(value * 1000) }}
{%- elif kind == "Integer" and value is number or kind == "Bool" and value is boolean %}Some({{ value | tojson }})
{%- endif %}
{%- endmacro %}
{% set expected = expect(type.members[0].kind, type.value) %}
{% if "UNIX_EPOCH" in expected %}
/// use std::time::{Duration, UNIX_EPOCH};
///
{% endif %}
/// let {{ type.name | snake }}: {{ module }}::{{ type.name }} = serde_json::from_str({{ literal(type.example) }})?;
{% if expected %}
/// assert_eq!({{ type.name | snake }}.{{ type.members[0].rust }}{{ ".as_deref()" if type.members[0].held == "Option<String>" }}, {{ expected }});
{% else %}
/// assert_ne!({{ type.name | snake }}, {{ module }}::{{ type.name }}::default());
{% endif %}
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
{% if type.stored %}
#[cfg_attr(feature = "store", derive(serde::Serialize))]
{% endif %}
#[serde(default{% if type.camel %}, rename_all = "camelCase"{% endif %})]
#[non_exhaustive]
pub struct {{ type.name }} {
{% for field in type.members %}
    {{ (field.docs ~ "\n\n" ~ origin(field.note)) | doc(4) }}
    {{ serde(field) }}pub {{ field.rust }}: {{ field.held }},
{% endfor %}
}
