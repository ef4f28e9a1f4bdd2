//! Lookups of schemas and keys in a document.

use super::{Result, fault};
use crate::codegen::document::{Document, Keys, Schema, Types};
use crate::codegen::json::Json;
use crate::codegen::names;

/// Returns a schema of the components.
pub(crate) fn schema<'d>(document: &'d Document, name: &str) -> Result<&'d Schema> {
    match document.components.schemas.get(name) {
        Some(schema) => Ok(schema),
        None => fault("/components/schemas", format!("the schema {name} is missing")),
    }
}

/// Returns the name of the component that a `$ref` names.
pub(crate) fn component(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// Returns the schema itself, or the target of its `$ref`, unless the target has its own type: an object with
/// properties, or an `x-rust`.
pub(crate) fn plain<'d>(document: &'d Document, schema: &'d Schema) -> &'d Schema {
    let (mut here, mut seen) = (schema, Vec::new());
    while let Some(name) = here.reference.as_deref().map(component)
        && let Some(target) = document.components.schemas.get(name)
        && target.rust.is_none()
        && target.properties.is_empty()
        && !seen.contains(&name)
    {
        seen.push(name);
        here = target;
    }
    here
}

impl Schema {
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kinds().contains(&kind)
    }

    pub(crate) fn kinds(&self) -> Vec<&str> {
        match &self.kind {
            None => Vec::new(),
            Some(Types::One(kind)) => vec![kind],
            Some(Types::Several(kinds)) => kinds.iter().map(String::as_str).collect(),
        }
    }

    pub(crate) fn is_secret(&self) -> bool {
        self.format.as_deref() == Some("password")
    }

    pub(crate) fn rust_name(&self, json: &str) -> String {
        self.name.clone().unwrap_or_else(|| names::snake(json))
    }

    /// Returns the first example that is not null, or null if there is no other.
    pub(crate) fn example(&self, pointer: &str) -> Result<&Json> {
        match self.examples.iter().find(|example| **example != Json::Null).or(self.examples.first()) {
            Some(example) => Ok(example),
            None => fault(pointer, "it has no examples; the first stands in the docs"),
        }
    }
}

impl Keys {
    pub(crate) fn list(&self) -> Vec<&str> {
        match self {
            Self::None => Vec::new(),
            Self::One(key) => vec![key],
            Self::Many(keys) => keys.iter().map(String::as_str).collect(),
        }
    }
}
