//! A search for secrets in schemas.

use super::component;
use crate::codegen::document::{Document, Schema};

/// Returns true if the schema contains a secret at any depth. Handwritten types are not searched.
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
        waiting.extend(schema.parts().map(|(_, part)| part));
        let referred = schema.reference.as_deref().map(component).filter(|name| !seen.contains(name));
        if let Some(name) = referred {
            seen.push(name);
            waiting.extend(document.components.schemas.get(name));
        }
    }
    false
}
