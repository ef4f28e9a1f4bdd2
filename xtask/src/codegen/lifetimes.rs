//! Answers to a login that state the token's lifetime in each form of a document, for the generated tests.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::answer::{self, Answer};
use super::document::{Document, Node, parts};
use super::operations::Case;

/// The time of each answer, in seconds since 1970 and as its `Date`.
const NOW: (i64, &str) = (1_771_323_920, "Tue, 17 Feb 2026 10:25:20 GMT");

/// The same time and the next second, as dates.
const DATES: [&str; 2] = ["2026-02-17T10:25:20Z", "2026-02-17T10:25:21Z"];

/// An answer to a login.
#[derive(Serialize)]
pub(crate) struct Form {
    /// The entry of the document.
    part: Node,
    /// The attribute of the cookie that states the lifetime.
    attribute: String,
    headers: Vec<(String, String)>,
    body: String,
    /// The lifetime in seconds. `None` if the token never expires.
    seconds: Option<i64>,
    /// True if the body has a mark in place of a time in an hour, by the local clock.
    by_clock: bool,
}

/// Returns an answer for each entry of the lifetime, made from that of a successful login.
pub(crate) fn forms(document: &Document, answer: &Answer, case: &Case) -> Vec<Form> {
    let (auth, token) = (document.auth(), &answer.token);
    if auth.texts("handwritten").contains(&"session") {
        return Vec::new();
    }
    let base = base(document, answer, case);
    let make = |part: &Node, text: &str, attribute: &str, seconds: Option<i64>, values: &[(&str, Json)]| {
        let (mut body, mut headers) = (base.clone(), case.headers.clone());
        let (name, value) = match token.outside {
            Some("cookie") => ("set-cookie".to_owned(), format!("{}={text}{attribute}", token.field)),
            _ => (token.field.to_ascii_lowercase(), text.to_owned()),
        };
        headers.retain(|(known, _)| ![name.as_str(), "date", "age"].contains(&known.as_str()));
        headers.push(("date".to_owned(), NOW.1.to_owned()));
        headers.extend(token.outside.map(|_| (name, value)));
        token.places.iter().take(1).for_each(|place| put(&mut body, place, text.into()));
        values.iter().for_each(|(pointer, value)| put(&mut body, pointer, value.clone()));
        let body = if body.is_null() { case.body.clone() } else { body.to_string() };
        let by_clock = body.contains("\"@");
        Form { part: part.clone(), attribute: attribute.to_owned(), headers, body, seconds, by_clock }
    };
    let mut forms = Vec::new();
    for part in auth.items("lifetime") {
        let form = |seconds, values: &[(&str, Json)]| make(part, "t0k3n", "", seconds, values);
        if let Some(pointer) = part.words("seconds") {
            let since = part.words("since").map(|since| (since, json!(DATES[0])));
            forms.push(form(Some(1), &[(pointer, json!(1))].into_iter().chain(since).collect::<Vec<_>>()));
            forms.extend(part.number("never").map(|never| form(None, &[(pointer, json!(never))])));
        } else if let Some(pointer) = part.words("minutes") {
            forms.push(form(Some(60), &[(pointer, json!("1"))]));
        } else if let [start, end] = part.texts("difference")[..] {
            forms.push(form(Some(1), &[(start, json!(DATES[0])), (end, json!(DATES[1]))]));
        } else if let Some(pointer) = part.words("until") {
            let unix =
                answer.lifetime.fields.iter().find(|field| field.pointer == pointer).and_then(|field| field.unix);
            let (end, seconds) = match (part.text("by"), unix) {
                ("clock", Some("unix_seconds")) => (json!("@seconds"), 3600),
                ("clock", Some(_)) => (json!("@millis"), 3600),
                ("clock", None) => (json!("@date"), 3600),
                (_, Some("unix_seconds")) => (json!(NOW.0 + 1), 1),
                (_, Some(_)) => (json!((NOW.0 + 1) * 1000), 1),
                (_, None) => (json!(DATES[1]), 1),
            };
            forms.push(form(Some(seconds), &[(pointer, end)]));
        } else if part.has("jwt") {
            let claims = json!({ "iat": NOW.0, "exp": NOW.0 + 1 }).to_string();
            let jwt = ["{}", &claims, "s"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
            forms.push(make(part, &jwt, "", Some(1), &[]));
        } else {
            let attributes = ["; Max-Age=1", "; Expires=Tue, 17 Feb 2026 10:25:21 GMT"].into_iter();
            let attributes = attributes.filter(|_| answer.lifetime.cookie);
            forms.extend(attributes.map(|attribute| make(part, "t0k3n", attribute, Some(1), &[])));
            forms.push(form(part.number("default"), &[]));
        }
    }
    forms
}

/// Returns an answer without a token and without a lifetime.
fn base(document: &Document, answer: &Answer, case: &Case) -> Json {
    let mut base = serde_json::from_str(&case.body).unwrap_or(Json::Null);
    let stated = answer.lifetime.fields.iter().map(|field| &field.pointer);
    for pointer in stated.chain(answer.token.places.first()) {
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        let schema = answer::schema(document).and_then(|schema| document.property(schema, pointer));
        let aliases = schema.map(|schema| schema.texts("x-aliases")).unwrap_or_default();
        if let Some(members) = base.pointer_mut(parent).and_then(Json::as_object_mut) {
            [name].iter().chain(&aliases).for_each(|name| drop(members.remove(*name)));
        }
    }
    base
}

/// Puts a value at a pointer, in objects that may be missing.
fn put(body: &mut Json, pointer: &str, value: Json) {
    let mut at = body;
    for part in parts(pointer) {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[part];
    }
    *at = value;
}
