//! The cases of the contract's test: each example of an answer, and its expected result.

use serde::Serialize;

use super::{Note, Result, fault, sources};
use crate::codegen::document::{Document, Header, Media, Operation, Response};
use crate::codegen::json::{Json, escape};
use crate::codegen::names;

/// One example of an answer, and its expected result.
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
    pub(crate) kind: Option<String>,
    /// The body of the request.
    pub(crate) sent: Option<String>,
    /// The token of a successful login.
    pub(crate) token: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    /// The origin, if the example has its own.
    pub(crate) note: Note,
}

pub(crate) fn read(document: &Document) -> Result<Vec<Case>> {
    let logins = document.auth.login.list();
    let mut cases = Vec::new();
    for (path, verb, operation) in document.operations() {
        let is_login = logins.contains(&operation.id.as_str());
        if !is_login && operation.is_open() {
            continue;
        }
        let real_path = with_examples(document, operation, path);
        let sent = sent(document, operation);
        for (status, response) in &operation.responses {
            let response = document.response(response);
            for (content_type, media) in &response.content {
                let is_json = content_type.contains("json");
                for Given { name, value, kind, note } in examples(document, media, response) {
                    let at = || format!("/paths/{}/{verb}/responses/{status}", escape(path));
                    let Ok(number) = status.parse() else {
                        return fault(at(), "the status of an answer that has examples is a number");
                    };
                    let good = status.starts_with('2') && kind.is_none();
                    if !good && kind.is_none() {
                        return fault(at(), "an answer that is an error says its x-error-kind");
                    }
                    let token = (good && is_login).then(|| token(document, value)).flatten().and_then(Json::as_str);
                    if good && is_login && token.is_none() {
                        return fault(
                            at(),
                            format!("the example of a login that succeeds has a token: {name} has none"),
                        );
                    }
                    cases.push(Case {
                        operation: operation.id.clone(),
                        example: name.to_owned(),
                        verb: verb.to_ascii_uppercase(),
                        path: real_path.clone(),
                        is_login,
                        api: operation.api.as_deref().map(names::pascal),
                        method: operation.method.clone(),
                        status: number,
                        body: if is_json { value.to_string() } else { value.as_str().unwrap_or_default().to_owned() },
                        kind: kind.map(str::to_owned),
                        token: token.map(str::to_owned),
                        sent: sent.clone(),
                        headers: headers(document, content_type, response),
                        note,
                    });
                }
            }
        }
    }
    Ok(cases)
}

/// Returns the path with the parameters' examples.
fn with_examples(document: &Document, operation: &Operation, path: &str) -> String {
    let mut path = path.to_owned();
    for parameter in operation.parameters.iter().map(|parameter| document.parameter(parameter)) {
        if let Some(example) = parameter.schema.as_ref().and_then(|schema| schema.examples.first()) {
            let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
            path = path.replace(&format!("{{{}}}", parameter.name), &encoded(&example));
        }
    }
    path
}

/// Encodes the text as a segment of a path.
pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Returns the first example of the request's body, or an empty object.
fn sent(document: &Document, operation: &Operation) -> Option<String> {
    let media = operation.body.as_ref()?.json()?;
    let value = media.examples.values().next().and_then(|example| document.example(example).value.as_ref());
    Some(value.map_or_else(|| "{}".to_owned(), ToString::to_string))
}

/// Returns the headers of an answer, with their first examples.
fn headers(document: &Document, content_type: &str, response: &Response) -> Vec<(String, String)> {
    let example = |(name, header): (&String, &Header)| {
        let example = document.header(header).schema.as_ref()?.examples.first()?;
        Some((name.to_ascii_lowercase(), example.as_str().map_or_else(|| example.to_string(), str::to_owned)))
    };
    let content_type = ("content-type".to_owned(), content_type.to_owned());
    [content_type].into_iter().chain(response.headers.iter().filter_map(example)).collect()
}

/// Returns the token of an example, under any of its names.
fn token<'j>(document: &Document, answer: &'j Json) -> Option<&'j Json> {
    let pointer = document.auth.token.as_str();
    let (around, name) = pointer.rsplit_once('/')?;
    let properties = &document.components.schemas.get("LoginAnswer")?.properties;
    let aliases = properties.get(name).map(|property| property.aliases.as_slice()).unwrap_or_default();
    let mut names = [name].into_iter().chain(aliases.iter().map(String::as_str));
    names.find_map(|name| answer.at(&format!("{around}/{name}")))
}

/// An example of an answer, as the document gives it.
struct Given<'d> {
    name: &'d str,
    value: &'d Json,
    kind: Option<&'d str>,
    note: Note,
}

fn examples<'d>(document: &'d Document, media: &'d Media, response: &'d Response) -> impl Iterator<Item = Given<'d>> {
    media.examples.iter().filter_map(|(name, example)| {
        let example = document.example(example);
        let kind = example.error_kind.as_deref().or(response.error_kind.as_deref());
        let value = example.value.as_ref()?;
        Some(Given { name, value, kind, note: sources::note(document, &example.source, example.assumption.as_deref()) })
    })
}
