//! Probes of the provider: one request each, and one finding.

use auth_core::contract::Comparison;
use auth_core::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, LOCATION};
use serde_json::{Map, Value};

use super::authorization::{text, with_value};
use super::document::{Document, Operation};
use super::finding::{Finding, folded, of_error};
use super::visit::Visit;

/// Asks for compression.
pub(super) async fn compression(visit: &mut Visit, harmless: &Operation<'_>, token: &HeaderMap) -> Finding {
    let mut headers = token.clone();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"));
    match visit.send(harmless, headers).await {
        Err(missing) => missing.finding("http.compression"),
        Ok(answer) => match answer.headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
            None | Some(b"identity") => Finding::documented("http.compression", "none"),
            Some(b"gzip") => Finding::documented("http.compression", "gzip"),
            Some(b"br") => Finding::documented("http.compression", "br"),
            Some(_) => Finding::otherwise("http.compression", "a coding that was not asked for"),
        },
    }
}

/// Sends the scheme in lower case, which HTTP allows. Returns `None` if there is no scheme.
pub(super) async fn lower_case(visit: &mut Visit, harmless: &Operation<'_>, token: &HeaderMap) -> Option<Finding> {
    let (scheme, rest) = text(token)?.split_once(' ')?;
    let headers = with_value(&format!("{} {rest}", scheme.to_lowercase()));
    Some(match visit.send(harmless, headers).await {
        Err(missing) => missing.finding("header.lower-case"),
        Ok(answer) => Finding::compared("header.lower-case", answer.status != 401, answer.status.to_string()),
    })
}

/// Sends the path without its final slash. Returns `None` if it has none.
pub(super) async fn slash(visit: &mut Visit, harmless: &Operation<'_>, token: &HeaderMap) -> Option<Finding> {
    let (path, query) = harmless.target();
    let without = path.strip_suffix('/')?;
    Some(match visit.send_to(&harmless.method, without, &query, token.clone(), None).await {
        Err(missing) => missing.finding("redirect.slash"),
        Ok(answer) if (300..400).contains(&answer.status) => {
            let target = answer.headers.get(LOCATION).and_then(|target| target.to_str().ok()).unwrap_or_default();
            let is_same = visit.base_url.join(&path).is_ok_and(|expected| {
                let target = expected.join(target);
                target.is_ok_and(|to| to.origin() == expected.origin() && to.path() == expected.path())
            });
            let seen = if is_same { "to the path with a slash" } else { "to another address" };
            Finding::compared("redirect.slash", is_same, format!("{} {seen}", answer.status))
        }
        Ok(answer) => Finding::otherwise("redirect.slash", format!("{} and no redirect", answer.status)),
    })
}

/// Reads another list, if it needs nothing that only the customer knows.
pub(super) async fn read(
    visit: &mut Visit,
    document: &Document,
    operation: &Operation<'_>,
    token: &HeaderMap,
) -> Finding {
    let fact = format!("read.{}", operation.id());
    if operation.needs_values() {
        return Finding::not_tried(fact, "it needs values of your account: authctl request sends it");
    }
    let answer = match visit.send(operation, token.clone()).await {
        Ok(answer) => answer,
        Err(missing) => return missing.finding(fact),
    };
    match operation.response(answer.status) {
        Some(_) if answer.status == 403 => Finding::not_tried(fact, "403: the account may not read it"),
        Some(response) if is_fit(operation, answer.status) => {
            let pointer = response.pointer.clone();
            let parts = Comparison { document: &document.contract, fact: &fact, response };
            folded(&fact, &pointer, &parts.body(&answer.headers, &answer.body))
        }
        _ => Finding::otherwise(fact, answer.status.to_string()).at(&operation.element.pointer),
    }
}

/// Sends one login with a wrong password.
pub(super) async fn refusal(visit: &mut Visit, document: &Document, login: &Operation<'_>, user: &str) -> Finding {
    let fact = "refusal";
    let body = wrong_login(login, user);
    let answer = match visit.send_to("POST", &login.path, &[], HeaderMap::new(), Some(&body)).await {
        Ok(answer) => answer,
        Err(missing) => return missing.finding(fact),
    };
    let seen = format!("HTTP {}", answer.status);
    let response = login
        .response(answer.status)
        .filter(|_| (200..300).contains(&answer.status) || (400..500).contains(&answer.status));
    match response {
        Some(response) => {
            let comparison = Comparison { document: &document.contract, fact, response };
            let finding = of_error(&comparison, &answer.headers, &answer.body);
            let seen = format!("{seen}, {}", finding.seen);
            Finding { fact: fact.to_owned(), seen, ..finding }
        }
        None => Finding::otherwise(fact, seen).at(&login.element.pointer),
    }
}

/// Sends the document's example of an operation that creates something.
pub(super) async fn write(visit: &mut Visit, operation: &Operation<'_>, token: HeaderMap) -> Finding {
    let fact = format!("write.{}", operation.id());
    let (path, query) = operation.target();
    let body = operation.body();
    match visit.send_to(&operation.method, &path, &query, token, body.as_ref()).await {
        Err(missing) => missing.finding(fact),
        Ok(answer) => {
            let pointer = operation.response(answer.status).map(|response| response.pointer);
            let pointer = pointer.unwrap_or_else(|| operation.element.pointer.clone());
            Finding::compared(fact, answer.status == 201, answer.status.to_string()).at(&pointer)
        }
    }
}

/// Returns true if the document has this status for a request that a token authorizes.
pub(super) fn is_fit(operation: &Operation<'_>, status: u16) -> bool {
    let is_success = (200..300).contains(&status);
    // The document's examples may name nothing in this account.
    let is_unknown = operation.needs_values() && matches!(status, 400 | 404);
    operation.response(status).is_some() && (is_success || is_unknown)
}

/// Returns the body of a login with a wrong secret.
fn wrong_login(login: &Operation<'_>, user: &str) -> Value {
    let schema =
        login.element.get("requestBody").and_then(|body| body.get("content")?.get("application/json")?.get("schema"));
    let properties = schema.as_ref().and_then(|schema| schema.get("properties"));
    let required = schema.map(|schema| schema.value["required"].clone()).unwrap_or_default();
    let mut body = Map::new();
    for (name, property) in properties.map(|all| all.members()).unwrap_or_default() {
        if required.as_array().is_some_and(|all| all.iter().any(|one| *one == name)) {
            let is_secret = property.value["format"] == "password";
            body.insert(name, if is_secret { "authctl-doctor-wrong-password" } else { user }.into());
        }
    }
    Value::Object(body)
}
