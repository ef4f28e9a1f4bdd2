//! The account: the fields that a login sends.

use serde::Serialize;

use super::{Note, Result, fault, schema, sources};
use crate::codegen::document::{Document, Schema};
use crate::codegen::json::{Json, escape};
use crate::codegen::names;

#[derive(Serialize)]
pub(crate) struct Field {
    pub(crate) rust: String,
    pub(crate) json: String,
    /// The noun in the docs: `user name`.
    pub(crate) noun: String,
    /// The noun with its article: `a user name`.
    pub(crate) a_noun: String,
    pub(crate) docs: String,
    /// The origin, if the field has its own.
    pub(crate) note: Note,
    pub(crate) secret: bool,
    pub(crate) required: bool,
    /// The handwritten type, if it has one.
    pub(crate) custom: Option<String>,
    /// The fixed text, if the user cannot choose it.
    pub(crate) constant: Option<String>,
    pub(crate) at_most: Option<usize>,
    /// The end of the environment variable's name: `USERNAME`.
    pub(crate) variable: String,
    /// The example as a Rust literal.
    pub(crate) example: String,
}

pub(crate) fn read(document: &Document) -> Result<Vec<Field>> {
    let request = schema(document, "LoginRequest")?;
    let fields: Result<Vec<_>> =
        request.properties.iter().map(|(json, property)| field(document, json, property, request)).collect();
    match fields {
        Ok(fields) if !fields.iter().any(|field| field.secret) => fault(
            "/components/schemas/LoginRequest",
            "none of its properties is a secret: what proves who logs in has the format password",
        ),
        fields => fields,
    }
}

fn field(document: &Document, json: &str, property: &Schema, request: &Schema) -> Result<Field> {
    let pointer = format!("/components/schemas/LoginRequest/properties/{}", escape(json));
    if !property.is("string") && property.rust.is_none() && property.constant.is_none() {
        return fault(format!("{pointer}/type"), "what a login sends is a string, or says its x-rust");
    }
    let rust = property.rust_name(json);
    let constant = property.constant.as_ref().and_then(Json::as_str).map(str::to_owned);
    let example = match property.examples.iter().find(|example| **example != Json::Null) {
        Some(Json::String(text)) => format!("{text:?}"),
        Some(other) => other.to_string(),
        None if constant.is_some() => String::new(),
        None => return fault(pointer, "it has no examples; the first stands in the docs"),
    };
    let noun = property.title.clone().unwrap_or_else(|| rust.replace('_', " "));
    Ok(Field {
        a_noun: names::with_article(&noun),
        noun,
        json: json.to_owned(),
        docs: property.description.clone(),
        note: sources::note(document, &property.source, property.assumption.as_deref()),
        secret: property.is_secret(),
        required: request.required.iter().any(|required| required == json),
        custom: property.rust.clone(),
        constant,
        at_most: property.max_length,
        variable: property.variable.clone().unwrap_or_else(|| rust.to_ascii_uppercase()),
        example,
        rust,
    })
}
