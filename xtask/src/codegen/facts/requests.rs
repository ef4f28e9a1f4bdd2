//! The bodies of a crate's requests.

use serde::Serialize;

use super::{Field, Result, component, fault, schema};
use crate::codegen::document::Document;
use crate::codegen::names;

/// The body of a login, or of a request that handwritten code sends.
#[derive(Serialize)]
pub(crate) struct Request {
    pub(crate) name: String,
    pub(crate) camel: bool,
    pub(crate) borrows: bool,
    pub(crate) fields: Vec<RequestField>,
}

#[derive(Serialize)]
pub(crate) struct RequestField {
    pub(crate) rust: String,
    pub(crate) json: String,
    pub(crate) renamed: bool,
    pub(crate) type_: String,
    pub(crate) optional: bool,
    /// The handwritten type, with its path.
    pub(crate) custom: Option<String>,
}

pub(crate) fn read(document: &Document, account: &[Field]) -> Result<Vec<Request>> {
    let mut names = vec!["LoginRequest".to_owned()];
    for (_, _, operation) in document.operations().filter(|(_, _, operation)| operation.wire) {
        let media = operation.body.as_ref().and_then(|body| body.json());
        let reference = media.and_then(|media| media.schema.as_ref()?.reference.as_deref());
        names.extend(reference.map(|reference| component(reference).to_owned()));
    }
    names.dedup();
    names.into_iter().map(|name| request(document, &name, account)).collect()
}

fn request(document: &Document, name: &str, account: &[Field]) -> Result<Request> {
    let described = schema(document, name)?;
    let all: Vec<_> = described.properties.iter().map(|(json, property)| (json, property.rust_name(json))).collect();
    let camel =
        all.iter().any(|(json, rust)| *json != rust) && all.iter().all(|(json, rust)| **json == names::camel(rust));
    let mut fields = Vec::new();
    for (json, property) in &described.properties {
        let rust = property.rust_name(json);
        let optional = !described.required.contains(json);
        let referred = property.reference.as_deref().and_then(|name| document.components.schemas.get(component(name)));
        let custom = referred.unwrap_or(property).rust.clone();
        let type_ = match custom.as_deref() {
            Some(custom) => custom.rsplit("::").next().unwrap_or(custom),
            None if property.is("string") => "&'a str",
            None => {
                return fault(
                    format!("/components/schemas/{name}/properties/{json}"),
                    "it is a string, or says its x-rust",
                );
            }
        };
        let type_ = if optional { format!("Option<{type_}>") } else { type_.to_owned() };
        fields.push(RequestField {
            renamed: rust != *json && !camel,
            rust,
            json: json.clone(),
            type_,
            optional,
            custom,
        });
    }
    let known = name == "LoginRequest" && fields.len() != account.len();
    if known {
        return fault("/components/schemas/LoginRequest", "its properties and the account's differ");
    }
    let borrows = fields.iter().any(|field| field.type_.contains("'a"));
    Ok(Request { name: name.to_owned(), camel, borrows, fields })
}
