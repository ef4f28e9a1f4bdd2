//! The schemas of a document.

use indexmap::IndexMap;
use serde::Deserialize;

use super::Keys;
use crate::codegen::json::{Json, escape};

/// One type, or several alternatives.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Types {
    One(String),
    Several(Vec<String>),
}

/// The permission of other properties, or their schema.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Additional {
    Allowed(#[allow(dead_code, reason = "for other readers")] bool),
    Of(Box<Schema>),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Schema {
    #[serde(rename = "$ref")]
    pub(crate) reference: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<Types>,
    pub(crate) title: Option<String>,
    pub(crate) description: String,
    pub(crate) format: Option<String>,
    pub(crate) properties: IndexMap<String, Schema>,
    pub(crate) required: Vec<String>,
    pub(crate) items: Option<Box<Schema>>,
    #[serde(rename = "enum")]
    pub(crate) choices: Option<Vec<Json>>,
    #[serde(rename = "const")]
    pub(crate) constant: Option<Json>,
    #[serde(rename = "oneOf")]
    pub(crate) one_of: Vec<Schema>,
    #[serde(rename = "anyOf")]
    pub(crate) any_of: Vec<Schema>,
    #[serde(rename = "allOf")]
    pub(crate) all_of: Vec<Schema>,
    pub(crate) examples: Vec<Json>,
    #[serde(rename = "maxLength")]
    pub(crate) max_length: Option<usize>,
    #[serde(rename = "minLength")]
    pub(crate) min_length: Option<usize>,
    pub(crate) pattern: Option<String>,
    pub(crate) minimum: Option<Json>,
    pub(crate) maximum: Option<Json>,
    #[serde(rename = "default")]
    _default: Option<Json>,
    #[serde(rename = "additionalProperties")]
    pub(crate) additional: Option<Additional>,
    #[serde(rename = "writeOnly")]
    _write_only: Option<bool>,
    #[serde(rename = "readOnly")]
    _read_only: Option<bool>,
    #[serde(rename = "minItems")]
    _min_items: Option<usize>,
    #[serde(rename = "maxItems")]
    _max_items: Option<usize>,
    #[serde(rename = "x-rust")]
    pub(crate) rust: Option<String>,
    #[serde(rename = "x-name")]
    pub(crate) name: Option<String>,
    #[serde(rename = "x-aliases")]
    pub(crate) aliases: Vec<String>,
    #[serde(rename = "x-variable")]
    pub(crate) variable: Option<String>,
    #[serde(rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

impl Schema {
    /// Returns the schemas that are parts of this one, with their pointers from here.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (String, &Self)> {
        let properties = self.properties.iter().map(|(name, it)| (format!("/properties/{}", escape(name)), it));
        let items = self.items.as_deref().map(|items| ("/items".to_owned(), items));
        let additional = match &self.additional {
            Some(Additional::Of(additional)) => Some(("/additionalProperties".to_owned(), &**additional)),
            _ => None,
        };
        let combined = [("oneOf", &self.one_of), ("anyOf", &self.any_of), ("allOf", &self.all_of)];
        let combined = combined.into_iter().flat_map(|(name, schemas)| {
            schemas.iter().enumerate().map(move |(index, schema)| (format!("/{name}/{index}"), schema))
        });
        properties.chain(items).chain(additional).chain(combined)
    }
}
