{{ header }}
//! {{ type.docs | first }}

{% if type.times %}
use std::time::SystemTime;

{% endif %}
use auth_core::lenient;
use serde::Deserialize;
{% if type.values %}
use serde_json::Value;
{% endif %}

{% for import in type.imports %}
use {{ import }};
{% endfor %}

{{ (type.docs ~ " A field that is missing or unreadable is `None`.\n\n" ~ origin(type.note)) | doc(0) }}
///
/// ```
/// let {{ type.snake }}: {{ module }}::{{ type.name }} = serde_json::from_str({{ literal(type.members[0].example) }})?;
/// assert_eq!({{ type.snake }}.{{ type.members[0].rust }}(), {{ type.members[0].expected }});
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
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
    /// ```
{% if field.kind == "date" or field.kind == "unix" %}
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
{% endif %}
    /// let {{ type.snake }}: {{ module }}::{{ type.name }} = serde_json::from_str({{ literal(field.example) }})?;
{% if field.expected %}
    /// assert_eq!({{ type.snake }}.{{ field.rust }}(), {{ field.expected }});
{% else %}
    /// assert!({{ type.snake }}.{{ field.rust }}().is_some());
{% endif %}
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn {{ field.rust }}(&self) -> {{ field.returned }} {
        {{ field.got }}
    }
{% if not loop.last %}

{% endif %}
{% endfor %}
}
