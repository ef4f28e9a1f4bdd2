#![doc = include_str!("../README.md")]

{% for module in modules %}
{% if module.name == "store" %}
#[cfg(feature = "store")]
{% endif %}
mod {{ module.name }};
{% endfor %}

pub use auth_core;
{% for module in modules if module.exports %}
pub use {{ module.name }}::{{ braces(module.exports) }};
{% endfor %}
