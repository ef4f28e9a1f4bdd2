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
    /// The entry of the document, in words.
    says: String,
    headers: Vec<(String, String)>,
    body: String,
    /// The lifetime in seconds. `None` if the token never expires.
    seconds: Option<i64>,
    /// True if the body has a mark in place of a time in an hour, by the local clock.
    by_clock: bool,
}

/// Returns an answer for each entry of the lifetime, made from that of a successful login.
pub(crate) fn forms(document: &Document, auth: &Node, ids: &[String], answer: &Answer, cases: &[Case]) -> Vec<Form> {
    let (entries, by_hand) = (auth.items("lifetime"), auth.texts("handwritten").contains(&"session"));
    let Some(case) = cases.iter().find(|case| case.is_login && case.kind.is_none() && !by_hand) else {
        return Vec::new();
    };
    let schema_at = |pointer: &str| {
        let step = |schema, part: String| document.resolve(schema).get("properties")?.get(&part);
        parts(pointer).try_fold(answer::schema(document, ids)?, step)
    };
    let mut base = serde_json::from_str(&case.body).unwrap_or(Json::Null);
    let stated = ["seconds", "minutes", "since", "until", "difference"];
    let pointers = entries.iter().flat_map(|entry| stated.iter().flat_map(|name| entry.texts(name)));
    for pointer in pointers.chain(answer.token.places.first().map(String::as_str)) {
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        let aliases = schema_at(pointer).map(|schema| schema.texts("x-aliases")).unwrap_or_default();
        if let Some(members) = base.pointer_mut(parent).and_then(Json::as_object_mut) {
            [name].iter().chain(&aliases).for_each(|name| drop(members.remove(*name)));
        }
    }
    let make = |says: &str, token: &str, attributes: &str, values: &[(&str, Json)]| {
        let (mut body, mut headers) = (base.clone(), case.headers.clone());
        let name = if answer.token.is_cookie { "set-cookie" } else { &answer.token.field };
        headers.retain(|(known, _)| known != "date" && known != "age" && known != name);
        headers.push(("date".to_owned(), NOW.1.to_owned()));
        match (&answer.token.places[..], answer.token.is_cookie) {
            ([place, ..], _) => put(&mut body, place, token.into()),
            ([], true) => headers.push((name.to_owned(), format!("{}={token}{attributes}", answer.token.field))),
            ([], false) => headers.push((name.to_owned(), token.to_owned())),
        }
        values.iter().for_each(|(pointer, value)| put(&mut body, pointer, value.clone()));
        let body = if body.is_null() { case.body.clone() } else { body.to_string() };
        Form { says: says.to_owned(), headers, body, seconds: Some(1), by_clock: false }
    };
    let mut forms = Vec::new();
    for (entry, says) in entries.iter().zip(&answer.lifetime.parts) {
        let form = |values: &[(&str, Json)]| make(says, "t0k3n", "", values);
        if let Some(pointer) = entry.words("seconds") {
            let since = entry.words("since").map(|since| (since, json!(DATES[0])));
            forms.push(form(&[(pointer, json!(1))].into_iter().chain(since).collect::<Vec<_>>()));
            let never = entry.number("never").map(|never| form(&[(pointer, json!(never))]));
            forms.extend(never.map(|never| Form { seconds: None, ..never }));
        } else if let Some(pointer) = entry.words("minutes") {
            forms.push(Form { seconds: Some(60), ..form(&[(pointer, json!("1"))]) });
        } else if let [start, end] = entry.texts("difference")[..] {
            forms.push(form(&[(start, json!(DATES[0])), (end, json!(DATES[1]))]));
        } else if let Some(pointer) = entry.words("until") {
            let by_clock = entry.text("by") == "clock";
            let [date, seconds, millis] = if by_clock {
                ["@date", "@seconds", "@millis"].map(Json::from)
            } else {
                [json!(DATES[1]), json!(NOW.0 + 1), json!((NOW.0 + 1) * 1000)]
            };
            let end = match schema_at(pointer).map(|schema| document.resolve(schema).text("format")) {
                Some("unix-time") => seconds,
                Some("unix-time-ms") => millis,
                _ => date,
            };
            let mut form = form(&[(pointer, end)]);
            if by_clock {
                // An entry before this one may compare the same time with the answer's `Date`: the server sets its own.
                form.headers.retain(|(name, _)| name != "date");
                (form.seconds, form.by_clock) = (Some(3600), true);
            }
            forms.push(form);
        } else if entry.get("jwt").is_some() {
            let claims = json!({ "iat": NOW.0, "exp": NOW.0 + 1 }).to_string();
            forms.push(make(says, &["{}", &claims, "s"].map(|part| URL_SAFE_NO_PAD.encode(part)).join("."), "", &[]));
        } else {
            let attributes = ["; Max-Age=1", "; Expires=Tue, 17 Feb 2026 10:25:21 GMT"].into_iter();
            let of_cookie = attributes.filter(|_| answer.lifetime.cookie);
            forms.extend(of_cookie.map(|attribute| make(&format!("the cookie{attribute}"), "t0k3n", attribute, &[])));
            forms.push(Form { seconds: entry.number("default"), ..form(&[]) });
        }
    }
    forms
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
