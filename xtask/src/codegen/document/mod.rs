//! The parts of an `OpenAPI` 3.1 document that the contracts use, and the extension of docs/contracts.md. Any other
//! name is refused with its line and column, so that no typo passes unnoticed.

mod auth;
mod operation;
mod schema;

use indexmap::IndexMap;
use serde::Deserialize;

use super::json::Json;
pub(crate) use auth::{Auth, By};
pub(crate) use operation::{Example, Header, Media, Operation, Parameter, Response};
pub(crate) use schema::{Schema, Types};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    #[serde(rename = "openapi")]
    pub(crate) version: String,
    pub(crate) info: Info,
    pub(crate) servers: Vec<Server>,
    #[serde(default)]
    pub(crate) security: Vec<IndexMap<String, Vec<String>>>,
    #[serde(rename = "x-auth")]
    pub(crate) auth: Auth,
    pub(crate) paths: IndexMap<String, Path>,
    #[serde(default)]
    pub(crate) components: Components,
    #[serde(default, rename = "externalDocs")]
    _external_docs: Option<Json>,
    #[serde(default, rename = "tags")]
    _tags: Option<Json>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Info {
    pub(crate) title: String,
    #[serde(rename = "version")]
    _version: String,
    #[serde(default, rename = "summary")]
    _summary: Option<String>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default, rename = "license")]
    _license: Option<Json>,
    #[serde(default, rename = "contact")]
    _contact: Option<Json>,
}

/// The keys of a fact's sources.
#[derive(Clone, Default, Deserialize)]
#[serde(untagged)]
pub(crate) enum Keys {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) variables: IndexMap<String, Json>,
    #[serde(default, rename = "x-environment")]
    pub(crate) environment: Option<String>,
    #[serde(default, rename = "x-also-called")]
    pub(crate) also_called: Vec<String>,
    #[serde(default, rename = "x-api")]
    pub(crate) api: Option<String>,
    #[serde(default, rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(default, rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Path {
    #[serde(default)]
    pub(crate) get: Option<Operation>,
    #[serde(default)]
    pub(crate) post: Option<Operation>,
    #[serde(default)]
    pub(crate) put: Option<Operation>,
    #[serde(default)]
    pub(crate) patch: Option<Operation>,
    #[serde(default)]
    pub(crate) delete: Option<Operation>,
    #[serde(default)]
    pub(crate) servers: Option<Vec<Server>>,
    #[serde(default, rename = "summary")]
    _summary: Option<String>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Components {
    pub(crate) schemas: IndexMap<String, Schema>,
    pub(crate) responses: IndexMap<String, Response>,
    pub(crate) parameters: IndexMap<String, Parameter>,
    pub(crate) examples: IndexMap<String, Example>,
    pub(crate) headers: IndexMap<String, Header>,
    #[serde(rename = "securitySchemes")]
    pub(crate) security_schemes: IndexMap<String, SecurityScheme>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecurityScheme {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) scheme: Option<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default, rename = "in")]
    pub(crate) place: Option<String>,
    #[serde(default, rename = "description")]
    _description: String,
    #[serde(default, rename = "bearerFormat")]
    _bearer_format: Option<String>,
    #[serde(default, rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(default, rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

impl Document {
    /// Returns path, verb in lower case and operation, in the order of the document.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, &'static str, &Operation)> {
        self.paths.iter().flat_map(|(path, item)| {
            let verbs = [
                ("get", &item.get),
                ("post", &item.post),
                ("put", &item.put),
                ("patch", &item.patch),
                ("delete", &item.delete),
            ];
            verbs.into_iter().filter_map(|(verb, operation)| Some((path.as_str(), verb, operation.as_ref()?)))
        })
    }

    /// Returns the parameter itself, or the target of its `$ref`.
    pub(crate) fn parameter<'d>(&'d self, parameter: &'d Parameter) -> &'d Parameter {
        let referred = parameter.reference.as_deref().and_then(|name| name.rsplit('/').next());
        referred.and_then(|name| self.components.parameters.get(name)).unwrap_or(parameter)
    }

    /// Returns the header itself, or the target of its `$ref`.
    pub(crate) fn header<'d>(&'d self, header: &'d Header) -> &'d Header {
        let referred = header.reference.as_deref().and_then(|name| name.rsplit('/').next());
        referred.and_then(|name| self.components.headers.get(name)).unwrap_or(header)
    }

    /// Returns the example itself, or the target of its `$ref`.
    pub(crate) fn example<'d>(&'d self, example: &'d Example) -> &'d Example {
        let referred = example.reference.as_deref().and_then(|name| name.rsplit('/').next());
        referred.and_then(|name| self.components.examples.get(name)).unwrap_or(example)
    }

    /// Returns the answer itself, or the target of its `$ref`.
    pub(crate) fn response<'d>(&'d self, response: &'d Response) -> &'d Response {
        let referred = response.reference.as_deref().and_then(|name| name.rsplit('/').next());
        referred.and_then(|name| self.components.responses.get(name)).unwrap_or(response)
    }
}
