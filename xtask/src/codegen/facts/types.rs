//! The public data types that a login or a method returns.

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::kinds::{Access, Kind, access, kind};
use super::secrets::holds_secret;
use super::{Note, Result, component, fault, plain, schema, sources};
use crate::codegen::document::{Document, Operation, Schema};
use crate::codegen::json::{Json, escape};
use crate::codegen::names;

#[derive(Serialize)]
pub(crate) struct DataType {
    pub(crate) name: String,
    /// The name of its file, and of a variable of this type.
    pub(crate) snake: String,
    pub(crate) docs: String,
    pub(crate) note: Note,
    pub(crate) members: Vec<Member>,
    /// True if each JSON name is the Rust name in `camelCase`, and some differ from it.
    pub(crate) camel: bool,
}

#[derive(Serialize)]
pub(crate) struct Member {
    pub(crate) rust: String,
    pub(crate) json: String,
    /// True if the member needs `serde(rename)`: its JSON name follows neither the Rust name nor the `camelCase` of all
    /// members.
    pub(crate) renamed: bool,
    pub(crate) aliases: Vec<String>,
    pub(crate) docs: String,
    /// The origin, if the member has its own.
    pub(crate) note: Note,
    pub(crate) kind: Kind,
    /// The target of a `$ref`.
    pub(crate) of: Option<String>,
    /// The example: an object with only this member.
    pub(crate) example: String,
    /// The accessor's result for the example, in Rust.
    pub(crate) expected: String,
    #[serde(flatten)]
    pub(crate) access: Access,
}

/// Returns the data types in the order in which they are found.
pub(crate) fn read(document: &Document) -> Result<Vec<DataType>> {
    let mut names = Vec::new();
    referred(document, schema(document, "LoginAnswer")?, &mut names);
    for (_, _, operation) in document.operations() {
        if operation.method.is_some()
            && let Some(name) = returned(document, operation)
        {
            names.push(name.to_owned());
        }
    }
    let mut types: Vec<DataType> = Vec::new();
    while let Some(name) = (!names.is_empty()).then(|| names.remove(0)) {
        let described = schema(document, &name)?;
        if described.rust.is_some() || types.iter().any(|known| known.name == name) {
            continue;
        }
        referred(document, described, &mut names);
        types.push(data_type(document, &name, described)?);
    }
    Ok(types)
}

/// Returns the component of an operation's 200, if that has its own type.
pub(crate) fn returned<'d>(document: &'d Document, operation: &'d Operation) -> Option<&'d str> {
    plain(document, answered(document, operation)?).reference.as_deref().map(component)
}

/// Returns the schema of an operation's 200.
pub(crate) fn answered<'d>(document: &'d Document, operation: &'d Operation) -> Option<&'d Schema> {
    let answer = document.response(operation.responses.get("200")?);
    answer.content.get("application/json")?.schema.as_ref()
}

fn referred(document: &Document, schema: &Schema, names: &mut Vec<String>) {
    for property in schema.properties.values() {
        match &plain(document, property).reference {
            Some(reference) => names.push(component(reference).to_owned()),
            None => referred(document, property, names),
        }
    }
}

fn data_type(document: &Document, name: &str, schema: &Schema) -> Result<DataType> {
    let pointer = format!("/components/schemas/{name}");
    if schema.properties.is_empty() {
        return fault(pointer, "a type that users meet is an object with properties, or says its x-rust");
    }
    let all: Vec<_> = schema.properties.iter().map(|(json, property)| (json, property.rust_name(json))).collect();
    let camel =
        all.iter().any(|(json, rust)| *json != rust) && all.iter().all(|(json, rust)| **json == names::camel(rust));
    let members: Result<Vec<_>> = schema
        .properties
        .iter()
        .map(|(json, property)| {
            member(document, json, property, camel, &format!("{pointer}/properties/{}", escape(json)))
        })
        .collect();
    Ok(DataType {
        name: name.to_owned(),
        snake: names::snake(name),
        docs: schema.description.clone(),
        note: sources::note(document, &schema.source, schema.assumption.as_deref()),
        members: members?,
        camel,
    })
}

fn member(document: &Document, json: &str, property: &Schema, camel: bool, pointer: &str) -> Result<Member> {
    let rust = property.rust_name(json);
    let described = plain(document, property);
    let kind = kind(described);
    if holds_secret(document, property) {
        return fault(pointer, "a type that users meet and can print holds no secret");
    }
    let docs = [property, described].map(|schema| &schema.description).into_iter().find(|docs| !docs.is_empty());
    let Some(docs) = docs else {
        return fault(pointer, "it has no description, which is its documentation");
    };
    let of = described.reference.as_deref().map(|reference| component(reference).to_owned());
    let example = match kind {
        Kind::Type => &Json::Object(indexmap::IndexMap::new()),
        _ if property.examples.is_empty() => described.example(pointer)?,
        _ => property.example(pointer)?,
    };
    Ok(Member {
        renamed: rust != json && !camel,
        aliases: property.aliases.clone(),
        docs: docs.clone(),
        note: sources::note(document, &property.source, property.assumption.as_deref()),
        access: access(kind, of.as_deref(), &rust),
        of,
        expected: expected(kind, example, pointer)?,
        example: format!("{{{json:?}: {example}}}"),
        json: json.to_owned(),
        rust,
        kind,
    })
}

/// Returns the accessor's result for the example.
fn expected(kind: Kind, example: &Json, pointer: &str) -> Result<String> {
    let expected = match (kind, example) {
        (_, Json::Null) => return Ok("None".to_owned()),
        (Kind::Type | Kind::Value, _) => return Ok(String::new()),
        (Kind::Text | Kind::Loose, Json::String(text)) => format!("{text:?}"),
        (Kind::Loose, Json::Number(number)) => format!("\"{number}\""),
        (Kind::Date, Json::String(text)) => match OffsetDateTime::parse(text, &Rfc3339) {
            Ok(date) => since_1970(date.unix_timestamp_nanos() / 1_000_000),
            Err(error) => return fault(format!("{pointer}/examples/0"), format!("it is no date: {error}")),
        },
        (Kind::Unix, Json::Number(number)) if number.is_u64() => {
            since_1970(i128::from(number.as_u64().unwrap_or_default()) * 1000)
        }
        (Kind::Integer, Json::Number(number)) if number.is_i64() => example.to_string(),
        (Kind::Bool, Json::Bool(_)) => example.to_string(),
        _ => return fault(format!("{pointer}/examples/0"), "the example is not of the property's type"),
    };
    Ok(format!("Some({expected})"))
}

/// Returns the time as an offset from 1970 in Rust, with milliseconds only if there are any.
fn since_1970(millis: i128) -> String {
    let sign = if millis < 0 { '-' } else { '+' };
    let number = |number: i128| names::grouped(u64::try_from(number.abs()).unwrap_or_default());
    let span = match millis % 1000 {
        0 => format!("Duration::from_secs({})", number(millis / 1000)),
        _ => format!("Duration::from_millis({})", number(millis)),
    };
    format!("UNIX_EPOCH {sign} {span}")
}
