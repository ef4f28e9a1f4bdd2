//! The cases of the contract's test: each example of an answer, and what comes of it.

use serde::Serialize;

use super::{Result, component, fault};
use crate::codegen::document::{Document, Media, Operation, Response};
use crate::codegen::json::Json;
use crate::codegen::names;

/// One example of an answer, and what comes of it.
#[derive(Serialize)]
pub(crate) struct Case {
    pub(crate) operation: String,
    pub(crate) example: String,
    pub(crate) verb: String,
    pub(crate) path: String,
    pub(crate) is_login: bool,
    pub(crate) api: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) content_type: String,
    pub(crate) kind: Option<String>,
    /// Of a login that succeeds.
    pub(crate) token: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
}

pub(crate) fn read(document: &Document) -> Result<Vec<Case>> {
    let logins = document.auth.login.list();
    let mut cases = Vec::new();
    for (path, verb, operation) in document.operations() {
        let is_login = logins.contains(&operation.id.as_str());
        if !is_login && (verb != "get" || operation.is_open()) {
            continue;
        }
        let real_path = with_examples(document, operation, path);
        for (status, response) in &operation.responses {
            let response = document.response(response);
            for (content_type, media) in &response.content {
                for (name, value, kind) in examples(document, media, response) {
                    let good = status.starts_with('2') && kind.is_none();
                    if !good && kind.is_none() {
                        let at = format!("/paths/{}/{verb}/responses/{status}", path.replace('/', "~1"));
                        return fault(at, "an answer that is an error says its x-error-kind");
                    }
                    let token = (good && is_login).then(|| token(document, value)).flatten();
                    cases.push(Case {
                        operation: operation.id.clone(),
                        example: name.to_owned(),
                        verb: verb.to_ascii_uppercase(),
                        path: real_path.clone(),
                        is_login,
                        api: operation.api.as_deref().map(names::pascal),
                        method: operation.method.clone(),
                        status: status.parse().unwrap_or(500),
                        body: value.to_string(),
                        content_type: content_type.clone(),
                        kind: kind.map(str::to_owned),
                        token: token.and_then(Json::as_str).map(str::to_owned),
                        headers: headers(document, response),
                    });
                }
            }
        }
    }
    Ok(cases)
}

/// A path whose parameters are those of the examples.
fn with_examples(document: &Document, operation: &Operation, path: &str) -> String {
    let mut path = path.to_owned();
    for parameter in operation.parameters.iter().map(|parameter| document.parameter(parameter)) {
        if let Some(example) = parameter.schema.as_ref().and_then(|schema| schema.examples.first()) {
            let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
            path = path.replace(&format!("{{{}}}", parameter.name), &example);
        }
    }
    path
}

/// The headers of an answer, with their first examples.
fn headers(document: &Document, response: &Response) -> Vec<(String, String)> {
    let example = |(name, header): (&String, &Json)| {
        let referred = header.at("/$ref").and_then(Json::as_str).map(component);
        let header = referred.and_then(|name| document.components.headers.get(name)).unwrap_or(header);
        let example = header.at("/schema/examples/0")?;
        Some((name.to_ascii_lowercase(), example.as_str().map_or_else(|| example.to_string(), str::to_owned)))
    };
    response.headers.iter().filter_map(example).collect()
}

/// The token of an example, under any of its names.
fn token<'j>(document: &Document, answer: &'j Json) -> Option<&'j Json> {
    let pointer = document.auth.token.as_str();
    let (around, name) = pointer.rsplit_once('/')?;
    let properties = &document.components.schemas.get("LoginAnswer")?.properties;
    let aliases = properties.get(name).map(|property| property.aliases.as_slice()).unwrap_or_default();
    let mut names = [name].into_iter().chain(aliases.iter().map(String::as_str));
    names.find_map(|name| answer.at(&format!("{around}/{name}")))
}

/// Their names, values, and what comes of them.
fn examples<'d>(
    document: &'d Document,
    media: &'d Media,
    response: &'d Response,
) -> impl Iterator<Item = (&'d str, &'d Json, Option<&'d str>)> {
    media.examples.iter().filter_map(|(name, example)| {
        let referred =
            example.reference.as_deref().and_then(|reference| document.components.examples.get(component(reference)));
        let example = referred.unwrap_or(example);
        let kind = example.error_kind.as_deref().or(response.error_kind.as_deref());
        Some((name.as_str(), example.value.as_ref()?, kind))
    })
}
