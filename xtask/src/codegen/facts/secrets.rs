//! Where secrets are.

use super::component;
use crate::codegen::document::{Document, Schema};

/// Whether there is a secret in it, however deep. A handwritten type sees to its own.
pub(crate) fn holds_secret(document: &Document, schema: &Schema) -> bool {
    let mut seen = Vec::new();
    let mut waiting = vec![schema];
    while let Some(schema) = waiting.pop() {
        if schema.rust.is_some() {
            continue;
        }
        if schema.is_secret() {
            return true;
        }
        let parts = schema.properties.values().chain(schema.items.as_deref());
        waiting.extend(parts.chain(&schema.one_of).chain(&schema.any_of).chain(&schema.all_of));
        let referred = schema.reference.as_deref().map(component).filter(|name| !seen.contains(name));
        if let Some(name) = referred {
            seen.push(name);
            waiting.extend(document.components.schemas.get(name));
        }
    }
    false
}
