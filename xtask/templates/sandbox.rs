// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
//! The requirements for a request to {{ name }}.

use super::prelude::*;

{% macro shape(it) %}
{% set kinds = [it.type] if it.type is string else it.type or [] %}
{% set choices = (it.enum or [it.const]) | select | list %}
{% set bounds = [["shortest", it.minLength], ["longest", it.maxLength], ["least", it.minimum], ["most", it.maximum]] %}
{% set bounds = bounds | rejectattr(1, "undefined") | list %}
{% if kinds | length == 1 and not (bounds or choices or it.items or it.properties) %}
{{ kinds[0] | upper }}
{% else %}
Shape {
{% for name, bound in bounds %}
    {{ name }}: {{ bound }},
{% endfor %}
{% if choices %}
    choices: &[{% for choice in choices %}{{ literal(choice) }}, {% endfor %}],
{% endif %}
{% if it.items %}
    items: &[{{ shape(it.items) }}],
{% endif %}
{% if it.properties %}
    members: &[{{ members(it) }}],
{% endif %}
{% if kinds | length == 1 %}
    ..{{ kinds[0] | upper }}
{% else %}
    kinds: &[{% for kind in kinds %}Kind::{{ kind | capitalize }}, {% endfor %}],
    ..ANY
{% endif %}
}
{% endif %}
{% endmacro %}
{% macro member(name, required, schema) %}{{ "required" if required else "optional" }}({{ literal(name) }}, {{ shape(schema) }}),{% endmacro %}
{% macro members(it) %}{% for name, schema in it.properties | items %}{{ member(name, name in (it.required or []), schema) }}{% endfor %}{% endmacro %}
pub(crate) const OPERATIONS: &[Operation] = &[
{% for endpoint in endpoints %}
    Operation {
        id: "{{ endpoint.id }}",
        method: "{{ endpoint.verb }}",
        path: "{{ endpoint.path }}",
        open: {% if endpoint.open %}true{% else %}false{% endif %},
{% for place, field in [["path", "segments"], ["query", "query"], ["header", "headers"]] %}
{% set found = endpoint.parameters | selectattr("in", "eq", place) | list %}
{% if found %}
        {{ field }}: &[{% for it in found %}{{ member(it.name, it.required, it.schema) }}{% endfor %}],
{% endif %}
{% endfor %}
{% if endpoint.body.properties %}
        body: &[{{ members(endpoint.body) }}],
{% endif %}
        ..NOTHING
    },
{% endfor %}
];
