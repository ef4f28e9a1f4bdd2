//! Checks of names for Rust, and of texts for the docs.

use std::collections::{BTreeMap, BTreeSet};

use super::reserved::{BUILDER, CLIENT, ERRORS, SESSION, TYPES, identifier};
use super::{Facts, Result, component, fault, schema};
use crate::codegen::document::{Document, Response, Schema};
use crate::codegen::json::escape;
use crate::codegen::names;

pub(crate) fn check(document: &Document, facts: &Facts) -> Result<()> {
    root(document)?;
    let token = format!("{}{}", pointer("LoginAnswer"), document.auth.token.replace('/', "/properties/"));
    for (name, reserved) in [("LoginRequest", BUILDER), ("LoginAnswer", SESSION)] {
        properties(&pointer(name), schema(document, name)?, |at| if at == token { "" } else { reserved })?;
    }
    for data_type in &facts.types {
        let at = pointer(&data_type.name);
        if names::pascal(&data_type.name) != data_type.name || TYPES.split(' ').any(|known| known == data_type.name) {
            return fault(
                at,
                format!("{} is no name for a type of this crate: say x-rust, or another", data_type.name),
            );
        }
        identifier(at.clone(), &data_type.snake, "")?;
        properties(&at, schema(document, &data_type.name)?, |_at| "")?;
        if facts.reaches(&data_type.name, &data_type.name) {
            return fault(at, "it holds itself: say x-rust, and write it by hand");
        }
    }
    for request in facts.requests.iter().skip(1) {
        properties(&pointer(&request.name), schema(document, &request.name)?, |_at| "")?;
    }
    apart(facts)?;
    operations(document, facts)
}

fn pointer(schema: &str) -> String {
    format!("/components/schemas/{schema}")
}

fn root(document: &Document) -> Result<()> {
    let prefix = &document.auth.prefix;
    let letters = prefix.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
    if !letters || !prefix.starts_with(|first: char| first.is_ascii_uppercase()) {
        return fault("/x-auth/prefix", "variables begin with capitals, digits and _, such as ACME_PAY");
    }
    for (index, file) in document.auth.handwritten.iter().enumerate() {
        identifier(format!("/x-auth/handwritten/{index}"), file, "")?;
    }
    for (index, server) in document.servers.iter().enumerate() {
        let here = format!("/servers/{index}");
        if server.description.is_empty() && server.environment.is_some() {
            return fault(here, "it has no description, which documents its environment");
        }
        let words = server.environment.iter().map(|word| ("x-environment".to_owned(), word));
        let also = server.also_called.iter().enumerate().map(|(at, word)| (format!("x-also-called/{at}"), word));
        for (at, word) in words.chain(also) {
            identifier(format!("{here}/{at}"), &names::snake(word), "")?;
        }
    }
    for (word, api) in &document.auth.apis {
        identifier(format!("/x-auth/apis/{word}"), &names::snake(word), "")?;
        described(&format!("/x-auth/apis/{word}"), &api.description)?;
    }
    Ok(())
}

/// Checks the properties of a schema and its inner objects.
fn properties<'r>(at: &str, schema: &Schema, reserved: impl Fn(&str) -> &'r str + Copy) -> Result<()> {
    if at == pointer(component(at)) {
        described(at, &schema.description)?;
    }
    let mut known = BTreeMap::new();
    for (json, property) in &schema.properties {
        let here = format!("{at}/properties/{}", escape(json));
        let rust = property.rust_name(json);
        identifier(here.clone(), &rust, reserved(&here))?;
        if let Some(other) = known.insert(rust.clone(), json) {
            return fault(here, format!("in Rust it is {rust}, as {other} is: say x-name"));
        }
        if at.ends_with("/LoginRequest") && property.constant.is_none() {
            described(&here, &property.description)?;
        }
        properties(&here, property, reserved)?;
    }
    Ok(())
}

/// Refuses two fields of one name, because all parts of a login's answer are destructured in one scope.
fn apart(facts: &Facts) -> Result<()> {
    let mut known = BTreeMap::new();
    for step in &facts.steps {
        for field in &step.fields {
            if let Some(other) = known.insert(field, &step.type_) {
                let message = format!("{field} is in {other} and in {}: give one of them an x-name", step.type_);
                return fault(pointer("LoginAnswer"), message);
            }
        }
    }
    Ok(())
}

fn operations(document: &Document, facts: &Facts) -> Result<()> {
    let (mut ids, mut methods) = (BTreeMap::new(), BTreeSet::new());
    for (path, verb, operation) in document.operations() {
        let here = format!("/paths/{}/{verb}", escape(path));
        identifier(format!("{here}/operationId"), &names::snake(&operation.id), "")?;
        if let Some(other) = ids.insert(names::shout(&operation.id), &operation.id) {
            return fault(format!("{here}/operationId"), format!("another operation is called {other}"));
        }
        if operation.summary.trim().is_empty() {
            return fault(format!("{here}/summary"), "it is empty; the table of endpoints shows it");
        }
        let api = operation.api.as_deref().map(names::pascal);
        if api.is_some() == facts.place.apis.is_empty()
            || api.is_some_and(|api| facts.place.apis.iter().all(|known| known.variant != api))
        {
            return fault(here, "where there are several APIs, an operation says the x-api of x-auth.apis");
        }
        for (status, response) in &operation.responses {
            let at = format!("{here}/responses/{status}");
            errors(&at, document, response, status.starts_with(['2', '3']))?;
        }
        let Some(method) = &operation.method else { continue };
        identifier(format!("{here}/x-method"), method, CLIENT)?;
        if !methods.insert(method) {
            return fault(format!("{here}/x-method"), format!("another operation has the method {method}"));
        }
        described(&here, &operation.description)?;
    }
    Ok(())
}

/// Checks the error kinds of an answer. An answer without success must have one.
fn errors(at: &str, document: &Document, response: &Response, is_good: bool) -> Result<()> {
    let response = document.response(response);
    let examples = response.content.values().flat_map(|media| media.examples.values());
    let kinds = examples.filter_map(|example| document.example(example).error_kind.as_deref());
    let kinds: Vec<_> = kinds.chain(response.error_kind.as_deref()).collect();
    if let Some(kind) = kinds.iter().find(|kind| !ERRORS.split(' ').any(|known| known == **kind)) {
        return fault(at, format!("there is no error {kind:?}: it is one of {ERRORS}"));
    }
    if kinds.is_empty() && !is_good {
        return fault(at, "an answer that is an error says its x-error-kind");
    }
    Ok(())
}

fn described(at: &str, description: &str) -> Result<()> {
    if description.trim().is_empty() {
        return fault(at, "it has no description, which is its documentation");
    }
    Ok(())
}
