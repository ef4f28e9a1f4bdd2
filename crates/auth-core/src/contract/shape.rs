//! The shape of an answer: names and types, compared with a schema. No value of an answer is repeated.

use std::ops::Deref;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use zeroize::Zeroize;

use super::document::{Document, Element, words};
use super::fact::Fact;
use crate::parse;
use crate::transport::secret_body;

/// Words of member names that are shown although the document does not contain them.
const COMMON_WORDS: [&str; 24] = [
    "access",
    "auth",
    "code",
    "data",
    "date",
    "error",
    "errors",
    "expires",
    "expiration",
    "id",
    "in",
    "jwt",
    "message",
    "name",
    "response",
    "result",
    "session",
    "status",
    "success",
    "token",
    "ttl",
    "type",
    "user",
    "value",
];

/// One response, next to the documented response that it should match.
#[derive(Debug)]
pub struct Comparison<'d> {
    /// The document, which names the words that may be shown.
    pub document: &'d Document,
    /// The beginning of the facts' names: `login`.
    pub fact: &'d str,
    /// The documented response.
    pub response: Element<'d>,
}

impl Comparison<'_> {
    /// Compares a body. The facts begin with that of the body itself.
    #[must_use]
    pub fn body(&self, headers: &HeaderMap, body: &[u8]) -> Vec<Fact> {
        let name = format!("{}.body", self.fact);
        let Some(content) = self.response.get("content").and_then(|content| content.get("application/json")) else {
            let seen = if body.is_empty() { "no body" } else { "a body" };
            return vec![Fact::compared(name, body.is_empty(), seen).at(&self.response.pointer)];
        };
        let Some(value) = Json::read(body) else {
            let seen = format!("{} instead of JSON", media(headers, body));
            return vec![Fact::otherwise(name, seen).at(&self.response.pointer)];
        };
        let Some(schema) = content.get("schema") else { return Vec::new() };
        let mut facts = Vec::new();
        self.value(&schema, &value, &name, "", &mut facts);
        if !facts.iter().any(|fact| fact.name == name) {
            let seen = format!("{}{}", kind(&value), self.undocumented(&schema, &value));
            facts.insert(0, Fact::documented(name, seen).at(&self.response.pointer));
        }
        if headers.get(CONTENT_TYPE).is_some_and(|stated| !is_json(stated)) {
            let seen = format!("{} for JSON", media(headers, body));
            let name = format!("{}.header.content-type", self.fact);
            facts.push(Fact::otherwise(name, seen).at(&self.response.pointer));
        }
        facts
    }

    /// Compares the headers that the document states for this response.
    #[must_use]
    pub fn headers(&self, headers: &HeaderMap) -> Vec<Fact> {
        let stated = self.response.get("headers").map(|stated| stated.members()).unwrap_or_default();
        let compare = |(name, element): (String, Element<'_>)| {
            let fact = format!("{}.header.{}", self.fact, name.to_lowercase());
            let fact = match headers.get(&name).map(|value| value.to_str().unwrap_or_default()) {
                None => Fact { is_excused: element.is_assumed(), ..Fact::otherwise(fact, "absent") },
                Some(value) if element.value["schema"]["type"] == "integer" => {
                    let is_integer = value.trim().parse::<i64>().is_ok();
                    Fact::compared(fact, is_integer, if is_integer { "an integer" } else { "not an integer" })
                }
                Some(_) => Fact::documented(fact, "present"),
            };
            fact.at(&element.pointer)
        };
        stated.into_iter().map(compare).collect()
    }

    fn value(&self, schema: &Element<'_>, value: &Value, name: &str, pointer: &str, facts: &mut Vec<Fact>) {
        if let Err(seen) = fits(schema.value, value) {
            facts.push(Fact::otherwise(name, seen).at(&schema.pointer));
            return;
        }
        if !pointer.is_empty() {
            facts.push(Fact::documented(name, kind(value)).at(&schema.pointer));
        }
        if value.is_object() {
            for (member_name, property) in schema.get("properties").map(|all| all.members()).unwrap_or_default() {
                let (name, pointer) = (format!("{name}.{member_name}"), format!("{pointer}/{member_name}"));
                if let Some(value) = member(value, &member_name, property.value) {
                    self.value(&property, value, &name, &pointer, facts);
                } else {
                    let absent = self.absent(schema, &member_name, &pointer, value, name).at(&property.pointer);
                    facts.push(Fact { is_excused: property.is_assumed(), ..absent });
                }
            }
        }
        if let (Some(items), Some(first)) = (schema.get("items"), value.get(0)) {
            self.value(&items, first, &format!("{name}[]"), &format!("{pointer}/0"), facts);
        }
    }

    /// Returns the fact of a member that the response lacks. The document's examples decide if that is allowed.
    fn absent(&self, schema: &Element<'_>, member: &str, pointer: &str, value: &Value, name: String) -> Fact {
        let is_required = schema.value["required"].as_array().is_some_and(|all| all.iter().any(|one| one == member));
        let examples =
            self.response.get("content").and_then(|content| content.get("application/json")?.get("examples"));
        let mut examples = examples.map(|all| all.members()).unwrap_or_default();
        examples.retain(|(_, example)| example.value.get("x-error-kind").is_none());
        let is_in = |(_, example): &(String, Element<'_>)| member_at(&example.value["value"], pointer).is_some();
        // Entries of a list differ from each other.
        let is_usual = !examples.is_empty() && !name.contains("[]") && examples.iter().all(is_in);
        if is_required || is_usual {
            Fact::otherwise(name, format!("absent{}", self.undocumented(schema, value)))
        } else {
            Fact::not_tried(name, "absent from this answer, as the document allows")
        }
    }

    /// Returns the members that the document does not have, by name if their words are harmless.
    fn undocumented(&self, schema: &Element<'_>, value: &Value) -> String {
        let Some(properties) = schema.value["properties"].as_object() else { return String::new() };
        let aliases = |name: &str| {
            let alias = |property: &Value| {
                property["x-aliases"].as_array().is_some_and(|all| all.iter().any(|one| one == name))
            };
            properties.values().any(alias)
        };
        let members = value.as_object().into_iter().flatten();
        let others: Vec<_> = members
            .filter(|(name, _)| !properties.contains_key(*name) && !aliases(name))
            .map(|(name, value)| format!("{} ({})", self.shown(name), kind(value)))
            .collect();
        if others.is_empty() { String::new() } else { format!("; undocumented: {}", others.join(", ")) }
    }

    fn shown(&self, name: &str) -> String {
        let is_known = |word: String| COMMON_WORDS.contains(&word.as_str()) || self.document.contains_word(&word);
        if name.len() <= 40 && words(name).all(is_known) { format!("`{name}`") } else { "another name".to_owned() }
    }
}

/// A body of JSON. Its texts are wiped from memory when it is dropped, because one of them is the token.
#[derive(Debug)]
pub struct Json(Value);

impl Json {
    /// Reads a body. A byte order mark is ignored.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let plain = secret_body::without_escapes(body);
        let body = plain.as_ref().map_or(body, |plain| plain.as_slice());
        serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok().map(Self)
    }
}

impl Deref for Json {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Drop for Json {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(all) => all.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        _ => {}
    }
}

/// Returns the kind of a value, without the value.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(_) => "an integer",
        Value::String(text) if text.is_empty() => "an empty text",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Returns the difference between a value and the types of a schema.
fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    let has_type = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    if !types.iter().any(|name| has_type(name)) {
        return Err(format!("{} instead of {}", kind(value), types.join(" or ")));
    }
    if schema["format"] == "date-time" && value.is_string() && date(value).is_none() {
        return Err("a text that is not a date".to_owned());
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return Err("a value that the document does not list".to_owned());
    }
    Ok(())
}

/// Returns a member by its documented name or one of its other names.
fn member<'v>(value: &'v Value, name: &str, property: &Value) -> Option<&'v Value> {
    let aliases = property["x-aliases"].as_array().into_iter().flatten().filter_map(Value::as_str);
    std::iter::once(name).chain(aliases).find_map(|name| value.get(name))
}

/// Returns the member at a pointer, or under its name with other capitals, as Sopague may write it.
pub(super) fn member_at<'v>(body: &'v Value, pointer: &str) -> Option<&'v Value> {
    let other = || {
        let name = pointer.strip_prefix('/')?;
        body.as_object()?.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    body.pointer(pointer).or_else(other)
}

pub(super) fn date(value: &Value) -> Option<std::time::SystemTime> {
    parse::optional_date(value.clone()).ok().flatten()
}

fn is_json(content_type: &HeaderValue) -> bool {
    let essence = content_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    essence.to_ascii_lowercase().ends_with("json")
}

/// Returns the kind of a body that is not JSON.
fn media(headers: &HeaderMap, body: &[u8]) -> &'static str {
    let stated = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match stated.split(';').next().unwrap_or_default().trim() {
        _ if body.is_empty() => "an empty body",
        _ if headers.contains_key(CONTENT_ENCODING) => "a coding that was not asked for",
        "text/html" => "HTML",
        "text/plain" => "plain text",
        "application/xml" | "text/xml" => "XML",
        _ => "another format",
    }
}
