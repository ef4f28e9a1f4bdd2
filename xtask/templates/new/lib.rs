#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

{% for module, _ in modules %}
{% if module == "store" %}
#[cfg(feature = "store")]
{% endif %}
mod {{ module }};
{% endfor %}

pub use auth_core;
{% for module, exports in modules if exports %}
pub use {{ module }}::{ {{- exports | join(", ") -}} };
{% endfor %}
