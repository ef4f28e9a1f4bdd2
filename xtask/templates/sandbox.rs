{{ header }}
//! The requirements for a request to {{ name }}.

use super::prelude::*;

{% macro shape(it) %}
{% if it.kinds | length == 1 and it.shortest is none and it.longest is none and it.least is none and it.most is none and not it.choices and it.items is none and not it.members %}
{{ it.kinds[0] | upper }}
{% else %}
Shape {
{% if it.shortest is not none %}
    shortest: {{ it.shortest }},
{% endif %}
{% if it.longest is not none %}
    longest: {{ it.longest }},
{% endif %}
{% if it.least is not none %}
    least: {{ it.least }},
{% endif %}
{% if it.most is not none %}
    most: {{ it.most }},
{% endif %}
{% if it.choices %}
    choices: &[{% for choice in it.choices %}{{ literal(choice) }}, {% endfor %}],
{% endif %}
{% if it.items is not none %}
    items: &[{{ shape(it.items) }}],
{% endif %}
{% if it.members %}
    members: &[{{ members(it.members) }}],
{% endif %}
{% if it.kinds | length == 1 %}
    ..{{ it.kinds[0] | upper }}
{% else %}
    kinds: &[{% for kind in it.kinds %}Kind::{{ kind | capital }}, {% endfor %}],
    ..ANY
{% endif %}
}
{% endif %}
{% endmacro %}
{% macro members(list) %}
{% for member in list %}
{% if member.required %}required{% else %}optional{% endif %}({{ literal(member.name) }}, {{ shape(member.shape) }}),
{% endfor %}
{% endmacro %}
pub(crate) const OPERATIONS: &[Operation] = &[
{% for endpoint in endpoints %}
    Operation {
        id: "{{ endpoint.id }}",
        method: "{{ endpoint.verb }}",
        path: "{{ endpoint.path }}",
        open: {% if endpoint.open %}true{% else %}false{% endif %},
{% for place in ["path", "query", "headers", "body"] %}
{% if endpoint.demands[place] %}
        {% if place == "path" %}segments{% else %}{{ place }}{% endif %}: &[{{ members(endpoint.demands[place]) }}],
{% endif %}
{% endfor %}
        ..NOTHING
    },
{% endfor %}
];
