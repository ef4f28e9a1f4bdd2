{{ header }}
//! {{ type.docs | opening }}

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
{% if "UNIX_EPOCH" in type.expected %}
/// use std::time::{Duration, UNIX_EPOCH};
///
{% endif %}
/// let {{ type.name | snake }}: {{ module }}::{{ type.name }} = serde_json::from_str({{ literal(type.example) }})?;
{% if type.expected %}
/// assert_eq!({{ type.name | snake }}.{{ type.members[0].rust }}{{ ".as_deref()" if type.members[0].held == "Option<String>" }}, {{ type.expected }});
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
