{{ header }}
//! What {{ name }} demands of a request.

use super::{Field, Kind, Operation};

pub(crate) const OPERATIONS: &[Operation] = &[
{% for endpoint in endpoints %}
    Operation {
        method: "{{ endpoint.verb }}",
        path: "{{ endpoint.path }}",
        fields: &[
{% for field in endpoint.body %}
            Field {
                name: "{{ field.name }}",
                required: {{ field.required }},
                kinds: &[{% for kind in field.kinds %}Kind::{{ kind | capital }}, {% endfor %}],
                at_least: {{ field.at_least or 0 }},
                at_most: {{ field.at_most or "usize::MAX" }},
            },
{% endfor %}
        ],
    },
{% endfor %}
];
