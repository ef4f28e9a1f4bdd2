//! The shape of an answer: names and types, compared with a schema. No value of an answer is repeated.

use std::ops::Deref;

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::Value;
use zeroize::Zeroize;

use super::document::{Document, Element, words};
use super::fact::Fact;
use super::schemas::{Schemas, kind};
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

/// The depth in a body below which alternatives are not compared, because each level may multiply them.
const MAX_CHOICE_DEPTH: usize = 6;

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
        let Some(content) = self.content() else {
            // A body of another format has no members to compare.
            let is_fit = body.is_empty() || self.response.get("content").is_some();
            let seen = if body.is_empty() { "no body" } else { "a body" };
            return vec![Fact::compared(name, is_fit, seen).at(&self.response.pointer)];
        };
        let Some(value) = Json::read(body) else {
            let seen = format!("{} instead of JSON", media(headers, body));
            return vec![Fact::otherwise(name, seen).at(&self.response.pointer)];
        };
        let Some(schema) = content.get("schema") else { return Vec::new() };
        let (schemas, mut facts) = (Schemas::of(schema), Vec::new());
        self.value(&schemas, &value, &name, "", &mut facts);
        if !facts.iter().any(|fact| fact.name == name) {
            let seen = format!("{}{}", kind(&value), self.undocumented(&schemas, &value));
            facts.insert(0, Fact::documented(name, seen).at(&self.response.pointer));
        }
        if headers.get(CONTENT_TYPE).is_some_and(|stated| !is_json(stated.to_str().unwrap_or_default())) {
            let seen = format!("{} for JSON", media(headers, body));
            let name = format!("{}.header.content-type", self.fact);
            facts.push(Fact::otherwise(name, seen).at(&self.response.pointer));
        }
        facts
    }

    /// Returns the documented content of the response, if it is JSON.
    fn content(&self) -> Option<Element<'_>> {
        let all = self.response.get("content")?.members();
        all.into_iter().find(|(media, _)| is_json(media) || media == "*/*").map(|(_, content)| content)
    }

    /// Compares the headers that the document states for this response.
    #[must_use]
    pub fn headers(&self, headers: &HeaderMap) -> Vec<Fact> {
        let stated = self.response.get("headers").map(|stated| stated.members()).unwrap_or_default();
        let compare = |(name, element): (String, Element<'_>)| {
            let fact = format!("{}.header.{}", self.fact, name.to_lowercase());
            let is_integer = element.get("schema").is_some_and(|schema| schema.value["type"] == "integer");
            let is_repeated = headers.get_all(&name).iter().count() > 1;
            let fact = match headers.get(&name).map(|value| value.to_str().unwrap_or_default()) {
                None => Fact { is_excused: element.is_assumed(), ..Fact::otherwise(fact, "absent") },
                Some(_) if is_integer && is_repeated => Fact::otherwise(fact, "several of them"),
                Some(value) if is_integer => {
                    let is_integer = value.trim().parse::<i64>().is_ok();
                    Fact::compared(fact, is_integer, if is_integer { "an integer" } else { "not an integer" })
                }
                Some(_) => Fact::documented(fact, "present"),
            };
            fact.at(&element.pointer)
        };
        stated.into_iter().map(compare).collect()
    }

    fn value(&self, schemas: &Schemas<'_>, value: &Value, name: &str, pointer: &str, facts: &mut Vec<Fact>) {
        if let Some((schema, seen)) = schemas.misfit(value) {
            facts.push(Fact::otherwise(name, seen).at(&schema.pointer));
            return;
        }
        let depth = pointer.matches('/').count();
        if let Some(alternatives) = schemas.alternatives().filter(|all| !all.is_empty() && depth < MAX_CHOICE_DEPTH) {
            facts.extend(self.nearest(&alternatives, value, name, pointer));
            return;
        }
        let own = facts.len();
        if !pointer.is_empty() {
            facts.push(Fact::documented(name, kind(value)).at(schemas.pointer()));
        }
        if value.is_object() {
            let (begin, mut is_known) = (facts.len(), false);
            for (member_name, property) in schemas.properties() {
                let (name, pointer) = (format!("{name}.{member_name}"), format!("{pointer}/{member_name}"));
                if let Some(value) = member(value, &member_name, &property) {
                    is_known = true;
                    self.value(&property, value, &name, &pointer, facts);
                } else {
                    let absent = self.absent(schemas, &member_name, &pointer, value, name).at(property.pointer());
                    facts.push(Fact { is_excused: property.is_assumed(), ..absent });
                }
            }
            let absent: Vec<_> = facts[begin..].iter().filter(|fact| fact.departs()).collect();
            if !is_known && absent.len() > 1 {
                // Another body, such as that of an error: one departure instead of one for each member.
                let is_excused = absent.iter().all(|fact| fact.is_excused);
                let seen = format!("none of its documented members{}", self.undocumented(schemas, value));
                facts.truncate(own);
                facts.push(Fact { is_excused, ..Fact::otherwise(name, seen).at(schemas.pointer()) });
            }
        }
        if let (Some(items), Some(first)) = (schemas.items(), value.get(0)) {
            self.value(&items, first, &format!("{name}[]"), &format!("{pointer}/0"), facts);
        }
    }

    /// Returns the facts of the alternative that the value fits, or else of the one with the fewest departures.
    fn nearest(&self, alternatives: &[Schemas<'_>], value: &Value, name: &str, pointer: &str) -> Vec<Fact> {
        let (mut nearest, mut fewest) = (Vec::new(), (true, usize::MAX));
        for alternative in alternatives {
            let mut facts = Vec::new();
            self.value(alternative, value, name, pointer, &mut facts);
            // An alternative of another type is the farthest.
            let is_other = facts.iter().any(|fact| fact.departs() && fact.name == name);
            let departures = (is_other, facts.iter().filter(|fact| fact.departs()).count());
            if departures < fewest {
                (nearest, fewest) = (facts, departures);
            }
            if fewest.1 == 0 {
                break;
            }
        }
        nearest
    }

    /// Returns the fact of a member that the response lacks. The document's examples decide if that is allowed.
    fn absent(&self, schemas: &Schemas<'_>, member: &str, pointer: &str, value: &Value, name: String) -> Fact {
        let examples = self.content().and_then(|content| content.get("examples"));
        let mut examples = examples.map(|all| all.members()).unwrap_or_default();
        examples.retain(|(_, example)| example.value.get("x-error-kind").is_none());
        let is_in = |(_, example): &(String, Element<'_>)| member_at(&example.value["value"], pointer).is_some();
        // Entries of a list differ from each other.
        let is_usual = !examples.is_empty() && !name.contains("[]") && examples.iter().all(is_in);
        if schemas.requires(member) || is_usual {
            Fact::otherwise(name, format!("absent{}", self.undocumented(schemas, value)))
        } else {
            Fact::not_tried(name, "absent from this answer, as the document allows")
        }
    }

    /// Returns the members that the document does not have, by name if their words are harmless.
    fn undocumented(&self, schemas: &Schemas<'_>, value: &Value) -> String {
        let properties = schemas.properties();
        if properties.is_empty() {
            return String::new();
        }
        let is_known = |name: &str| {
            properties.iter().any(|(own, property)| own == name || property.aliases().any(|alias| alias == name))
        };
        let members = value.as_object().into_iter().flatten();
        let others: Vec<_> = members
            .filter(|(name, _)| !is_known(name))
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

/// Returns a member by its documented name or one of its other names.
fn member<'v>(value: &'v Value, name: &str, property: &Schemas<'_>) -> Option<&'v Value> {
    std::iter::once(name).chain(property.aliases()).find_map(|name| value.get(name))
}

/// Returns the member at a pointer, or under its name with other capitals, as Sopague may write it.
pub(super) fn member_at<'v>(body: &'v Value, pointer: &str) -> Option<&'v Value> {
    let other = || {
        let name = pointer.strip_prefix('/')?;
        body.as_object()?.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    body.pointer(pointer).or_else(other)
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.to_ascii_lowercase().ends_with("json")
}

/// Returns the kind of a body that is not JSON.
fn media(headers: &HeaderMap, body: &[u8]) -> &'static str {
    let stated = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match stated.split(';').next().unwrap_or_default().trim() {
        _ if body.is_empty() => "an empty body",
        _ if headers.contains_key(CONTENT_ENCODING) => "a coding that was not asked for",
        stated if is_json(stated) && std::str::from_utf8(body).is_err() => "a text that is not UTF-8",
        stated if is_json(stated) => "a text with an error",
        "text/html" => "HTML",
        "text/plain" => "plain text",
        "application/xml" | "text/xml" => "XML",
        _ => "another format",
    }
}
