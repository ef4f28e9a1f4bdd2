//! The shape of an answer: names and types, compared with a schema. No value of an answer is repeated.

use auth_core::http::HeaderMap;
use auth_core::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use auth_core::parse;
use serde_json::{self, Value};

use super::document::{Document, Element, words};
use super::finding::{Finding, Verdict};

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

/// One answer's body, next to the documented response that it should match.
pub(super) struct Comparison<'d> {
    pub(super) document: &'d Document,
    /// The beginning of the facts' names: `login`.
    pub(super) fact: &'d str,
    pub(super) response: Element<'d>,
}

impl Comparison<'_> {
    /// Compares a body. The findings begin with that of the body itself.
    pub(super) fn body(&self, headers: &HeaderMap, body: &[u8]) -> Vec<Finding> {
        let fact = format!("{}.body", self.fact);
        let Some(schema) = self.response.get("content").and_then(|content| content.get("application/json")) else {
            let seen = if body.is_empty() { "no body" } else { "a body" };
            return vec![Finding::compared(fact, body.is_empty(), seen).at(&self.response.pointer)];
        };
        let Some(value) = json(body) else {
            let seen = format!("{} instead of JSON", media(headers, body));
            return vec![Finding::otherwise(fact, seen).at(&self.response.pointer)];
        };
        let Some(schema) = schema.get("schema") else { return Vec::new() };
        let mut findings = Vec::new();
        self.value(&schema, &value, &fact, "", &mut findings);
        let root = format!("{}{}", kind(&value), self.undocumented(&schema, &value));
        if !findings.iter().any(|finding| finding.fact == fact) {
            findings.insert(0, Finding::documented(fact, root).at(&self.response.pointer));
        }
        findings
    }

    /// Compares the headers that the document states for this response.
    pub(super) fn headers(&self, headers: &HeaderMap) -> Vec<Finding> {
        let stated = self.response.get("headers").map(|stated| stated.members()).unwrap_or_default();
        let compare = |(name, element): (String, Element<'_>)| {
            let fact = format!("{}.header.{}", self.fact, name.to_lowercase());
            let finding = match headers.get(&name).map(|value| value.to_str().unwrap_or_default()) {
                None => Finding::otherwise(fact, "absent"),
                Some(value) if element.value["schema"]["type"] == "integer" => {
                    let is_integer = value.trim().parse::<i64>().is_ok();
                    Finding::compared(fact, is_integer, if is_integer { "an integer" } else { "not an integer" })
                }
                Some(_) => Finding::documented(fact, "present"),
            };
            finding.at(&element.pointer)
        };
        stated.into_iter().map(compare).collect()
    }

    fn value(&self, schema: &Element<'_>, value: &Value, fact: &str, pointer: &str, findings: &mut Vec<Finding>) {
        if let Err(seen) = fits(schema.value, value) {
            findings.push(Finding::otherwise(fact, seen).at(&schema.pointer));
            return;
        }
        if !pointer.is_empty() {
            findings.push(Finding::documented(fact, kind(value)).at(&schema.pointer));
        }
        if value.is_object() {
            for (name, property) in schema.get("properties").map(|all| all.members()).unwrap_or_default() {
                let (fact, pointer) = (format!("{fact}.{name}"), format!("{pointer}/{name}"));
                match member(value, &name, property.value) {
                    Some(value) => self.value(&property, value, &fact, &pointer, findings),
                    None => findings.push(self.absent(schema, &name, &pointer, value, fact).at(&property.pointer)),
                }
            }
        }
        if let (Some(items), Some(first)) = (schema.get("items"), value.get(0)) {
            self.value(&items, first, &format!("{fact}[]"), &format!("{pointer}/0"), findings);
        }
    }

    /// Returns the finding of a member that the answer lacks. The document's examples decide if that is allowed.
    fn absent(&self, schema: &Element<'_>, name: &str, pointer: &str, value: &Value, fact: String) -> Finding {
        let is_required = schema.value["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        let examples =
            self.response.get("content").and_then(|content| content.get("application/json")?.get("examples"));
        let mut examples = examples.map(|all| all.members()).unwrap_or_default();
        examples.retain(|(_, example)| example.value.get("x-error-kind").is_none());
        let is_in = |(_, example): &(String, Element<'_>)| example.value["value"].pointer(pointer).is_some();
        // Entries of a list differ from each other.
        let is_usual = !examples.is_empty() && !fact.contains("[]") && examples.iter().all(is_in);
        if is_required || is_usual {
            Finding::otherwise(fact, format!("absent{}", self.undocumented(schema, value)))
        } else {
            Finding::not_tried(fact, "absent from this answer, as the document allows")
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

/// Compares an error's body: it must be JSON and have a documented member, and its members must fit.
pub(super) fn error(comparison: &Comparison<'_>, headers: &HeaderMap, body: &[u8]) -> Finding {
    let mut parts = comparison.body(headers, body);
    let fact = format!("{}.body", comparison.fact);
    let members = |part: &Finding| part.verdict == Verdict::AsDocumented && part.fact.len() > fact.len();
    // A member that one example has and another lacks says nothing about a third answer.
    parts.retain(|part| !(part.departs() && part.seen.starts_with("absent")));
    if !parts.iter().any(Finding::departs) && !parts.iter().any(members) {
        let seen = parts.first().map_or_else(|| "another body".to_owned(), |part| part.seen.clone());
        return Finding::otherwise(fact, format!("no documented member: {seen}")).at(&comparison.response.pointer);
    }
    super::finding::folded(&fact, Some(&comparison.response.pointer), &parts)
}

/// Returns a body as JSON.
pub(super) fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok()
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

pub(super) fn date(value: &Value) -> Option<std::time::SystemTime> {
    parse::optional_date(value.clone()).ok().flatten()
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
