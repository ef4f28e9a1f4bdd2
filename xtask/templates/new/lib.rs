#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(clippy::doc_markdown, clippy::struct_field_names, reason = "the words and names are the provider's")]

{% for module, _ in modules | items %}
{% if module == "store" %}
#[cfg(feature = "store")]
{% endif %}
mod {{ module }};
{% endfor %}

pub use auth_core;
{% for module, exports in modules | items if exports %}
pub use {{ module }}::{ {{- exports -}} };
{% endfor %}

/// The description of the API as an `OpenAPI` 3.1 document, with the source of each fact.
///
/// ```
/// assert!({{ module }}::OPENAPI.contains("\"openapi\""));
/// ```
pub const OPENAPI: &str = include_str!("../openapi.json");
