#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(clippy::doc_markdown, clippy::doc_broken_link, reason = "the words are the provider's")]
#![allow(rustdoc::bare_urls, rustdoc::broken_intra_doc_links, reason = "the words are the provider's")]
#![allow(rustdoc::invalid_html_tags, reason = "the words are the provider's")]
#![allow(clippy::struct_field_names, clippy::too_many_arguments, reason = "the names and parameters are the provider's")]
{% if types | length > 20 %}
// The types may hold each other in a long chain, along which the compiler looks for `Send`.
#![recursion_limit = "{{ 128 + 8 * (types | length) }}"]
#![doc(test(attr(recursion_limit = "{{ 128 + 8 * (types | length) }}")))]
{% endif %}

mod account;
{% if place.apis %}
mod api;
{% endif %}
mod builder;
mod client;
{% if place.environments %}
mod environment;
{% endif %}
{% if sent %}
mod sent;
{% endif %}
mod session;
#[cfg(feature = "store")]
mod store;
mod wire;
{% for type in types %}
mod {{ type.name | snake }};
{% endfor %}
{% for file in handwritten if file not in ["account", "api", "builder", "client", "environment", "sent", "session", "store", "wire"] %}
mod {{ file }};
{% endfor %}

pub use account::{Account, Accounts};
pub use auth_core;
{% if place.apis %}
pub use api::Api;
{% endif %}
pub use builder::Builder;
pub use client::Client;
{% if place.environments %}
pub use environment::Environment;
{% endif %}
{% if sent %}
pub use sent::{ {{- sent | map(attribute="name") | join(", ") -}} };
{% endif %}
pub use session::Session;
{% for type in types %}
pub use {{ type.name | snake }}::{{ type.name }};
{% endfor %}

/// The description of the API as an `OpenAPI` 3.1 document, with the source of each fact.
///
/// ```
/// assert!({{ module }}::OPENAPI.contains("\"openapi\""));
/// ```
pub const OPENAPI: &str = include_str!("../openapi.json");
