//! Operations, with their requests and answers.

use indexmap::IndexMap;
use serde::Deserialize;

use super::{Keys, Schema, Server};
use crate::codegen::json::Json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operation {
    #[serde(rename = "operationId")]
    pub(crate) id: String,
    pub(crate) summary: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) security: Option<Vec<IndexMap<String, Vec<String>>>>,
    #[serde(default)]
    pub(crate) parameters: Vec<Parameter>,
    #[serde(default, rename = "requestBody")]
    pub(crate) body: Option<Body>,
    pub(crate) responses: IndexMap<String, Response>,
    #[serde(default)]
    pub(crate) servers: Option<Vec<Server>>,
    #[serde(default, rename = "tags")]
    _tags: Option<Json>,
    #[serde(default, rename = "externalDocs")]
    _external_docs: Option<Json>,
    #[serde(default, rename = "x-api")]
    pub(crate) api: Option<String>,
    #[serde(default, rename = "x-method")]
    pub(crate) method: Option<String>,
    #[serde(default, rename = "x-sent-by")]
    pub(crate) sent_by: Option<String>,
    #[serde(default, rename = "x-wire")]
    pub(crate) wire: bool,
    #[serde(default, rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(default, rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameter {
    #[serde(default, rename = "$ref")]
    pub(crate) reference: Option<String>,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default, rename = "in")]
    pub(crate) place: String,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default, rename = "description")]
    _description: String,
    #[serde(default)]
    pub(crate) schema: Option<Schema>,
    #[serde(default, rename = "examples")]
    _examples: Option<Json>,
    #[serde(default, rename = "style")]
    _style: Option<String>,
    #[serde(default, rename = "explode")]
    _explode: Option<bool>,
    #[serde(default, rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(default, rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    #[serde(default, rename = "$ref")]
    pub(crate) reference: Option<String>,
    #[serde(default, rename = "description")]
    _description: String,
    #[serde(default, rename = "required")]
    _required: bool,
    #[serde(default)]
    pub(crate) schema: Option<Schema>,
    #[serde(default, rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(default, rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Body {
    #[serde(default, rename = "required")]
    _required: bool,
    #[serde(default, rename = "description")]
    _description: String,
    pub(crate) content: IndexMap<String, Media>,
    #[serde(default, rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(default, rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Media {
    #[serde(default)]
    pub(crate) schema: Option<Schema>,
    #[serde(default)]
    pub(crate) examples: IndexMap<String, Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Example {
    #[serde(default, rename = "$ref")]
    pub(crate) reference: Option<String>,
    #[serde(default)]
    pub(crate) summary: String,
    #[serde(default, rename = "description")]
    _description: String,
    #[serde(default)]
    pub(crate) value: Option<Json>,
    #[serde(default, rename = "x-error-kind")]
    pub(crate) error_kind: Option<String>,
    #[serde(default, rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(default, rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Response {
    #[serde(default, rename = "$ref")]
    pub(crate) reference: Option<String>,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) headers: IndexMap<String, Header>,
    #[serde(default)]
    pub(crate) content: IndexMap<String, Media>,
    #[serde(default, rename = "x-error-kind")]
    pub(crate) error_kind: Option<String>,
    #[serde(default, rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(default, rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

impl Operation {
    /// Returns true for a login, or another operation that needs no token.
    pub(crate) fn is_open(&self) -> bool {
        self.security.as_ref().is_some_and(Vec::is_empty)
    }
}

impl Body {
    pub(crate) fn json(&self) -> Option<&Media> {
        self.content.get("application/json")
    }
}
