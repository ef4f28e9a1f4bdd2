//! The endpoints, for the tables, the constants of paths and the sandbox.

use serde::Serialize;

use super::demands::{self, Demands};
use super::{Note, Result, fault, sources};
use crate::codegen::document::{Document, Operation, Response};
use crate::codegen::json::escape;
use crate::codegen::names;

#[derive(Serialize)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    /// The constant of the path, such as `LOGIN`, if this crate sends the request.
    pub(crate) constant: Option<String>,
    /// The HTTP method: `POST`.
    pub(crate) verb: String,
    /// The path below the base URL: `login/`.
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) api: Option<String>,
    pub(crate) is_login: bool,
    /// The method that sends it: `Client::users`.
    pub(crate) sent_by: Option<String>,
    pub(crate) open: bool,
    pub(crate) note: Note,
    pub(crate) answers: Vec<Answer>,
    /// The requirements that the sandbox checks.
    pub(crate) demands: Demands,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) status: String,
    pub(crate) means: String,
    pub(crate) kind: Option<String>,
    pub(crate) note: Note,
}

pub(crate) fn read(document: &Document) -> Result<Vec<Endpoint>> {
    let logins = document.auth.login.list();
    for login in &logins {
        let Some((_, verb, operation)) = document.operations().find(|(_, _, operation)| operation.id == *login) else {
            return fault("/x-auth/login", format!("there is no operation {login:?}"));
        };
        if verb != "post" || operation.body.as_ref().and_then(|body| body.json()).is_none() {
            return fault("/x-auth/login", "a login is a POST with a body of application/json");
        }
    }
    let endpoint = |(path, verb, operation): (&str, &str, &Operation)| {
        let is_login = logins.contains(&operation.id.as_str());
        let sent_by = match (&operation.method, &operation.sent_by) {
            (Some(method), _) => Some(format!("Client::{method}")),
            (None, sent_by) => sent_by.clone(),
        };
        let is_sent = is_login || operation.method.is_some() || operation.wire;
        let pointer = format!("/paths/{}/{verb}", escape(path));
        Ok(Endpoint {
            id: operation.id.clone(),
            constant: is_sent.then(|| names::shout(&operation.id)),
            verb: verb.to_ascii_uppercase(),
            path: path.trim_start_matches('/').to_owned(),
            summary: operation.summary.clone(),
            api: operation.api.as_deref().map(names::pascal),
            is_login,
            sent_by,
            open: operation.is_open(),
            note: sources::note(document, &operation.source, operation.assumption.as_deref()),
            answers: operation
                .responses
                .iter()
                .flat_map(|(status, response)| answers(document, status, response))
                .collect(),
            demands: demands::read(document, &pointer, operation)?,
        })
    };
    document.operations().map(endpoint).collect()
}

/// Returns the meaning of an answer, and those of its examples that are errors although the answer is not.
fn answers(document: &Document, status: &str, response: &Response) -> Vec<Answer> {
    let response = document.response(response);
    let answer = Answer {
        status: status.to_owned(),
        means: response.description.clone(),
        kind: response.error_kind.clone(),
        note: sources::note(document, &response.source, response.assumption.as_deref()),
    };
    let examples = response.content.values().flat_map(|media| media.examples.values());
    let errors = examples.filter(|_| response.error_kind.is_none()).filter_map(|example| {
        let example = document.example(example);
        Some(Answer {
            status: status.to_owned(),
            means: example.summary.clone(),
            kind: Some(example.error_kind.clone()?),
            note: sources::note(document, &example.source, example.assumption.as_deref()),
        })
    });
    [answer].into_iter().chain(errors).collect()
}
