//! The Rust types of schemas: members, data types, and the search for secrets.

use std::collections::{BTreeMap, HashSet, VecDeque};

use deunicode::deunicode;
use heck::{ToLowerCamelCase, ToUpperCamelCase};
use serde::Serialize;

use super::document::{Document, Node};
use super::login::Field;
use super::names;
use super::provenance::Note;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) enum Kind {
    Text,
    /// A text that may arrive as a number.
    Loose,
    Bool,
    Integer,
    Date,
    Unix,
    #[default]
    Value,
    List,
    Type,
}

impl Kind {
    pub(crate) fn of(schema: &Node) -> Self {
        match schema.text("format") {
            "date-time" => Self::Date,
            "unix-time" => Self::Unix,
            _ if is(schema, "array") || is(schema, "object") => match schema.texts("type")[..] {
                ["array"] | ["array", "null"] | ["null", "array"] => Self::List,
                _ => Self::Value,
            },
            _ if is(schema, "string") && (is(schema, "integer") || is(schema, "number")) => Self::Loose,
            _ if is(schema, "string") => Self::Text,
            _ if is(schema, "integer") => Self::Integer,
            _ if is(schema, "boolean") => Self::Bool,
            _ => Self::Value,
        }
    }

    /// Returns the function of `parse` that reads it, its type in an answer and in what is sent, and an example. A list
    /// and a named type have types of their own.
    fn forms(self) -> (Option<&'static str>, &'static str, &'static str, &'static str) {
        match self {
            Self::Text | Self::Loose => (Some("optional_text"), "Option<String>", "String", "\"texto\""),
            Self::Bool => (Some("optional"), "Option<bool>", "bool", "true"),
            Self::Integer => (Some("optional"), "Option<i64>", "i64", "1"),
            Self::Date => (Some("optional_date"), "Option<SystemTime>", "String", "\"2025-02-09T15:00:00Z\""),
            Self::Unix => (Some("optional_unix_time"), "Option<SystemTime>", "i64", "1739113200"),
            Self::Value => (None, "Value", "Value", "[1]"),
            Self::List => (Some("optional"), "", "", "[]"),
            Self::Type => (Some("optional"), "", "", "{}"),
        }
    }
}

/// A property as a field of a Rust struct.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Member {
    pub(crate) rust: String,
    pub(crate) json: String,
    #[serde(skip)]
    pub(crate) property: Node,
    #[serde(skip)]
    pub(crate) required: bool,
    /// True if the member needs `serde(rename)`: its JSON name follows neither the Rust name nor the `camelCase` of all
    /// members.
    pub(crate) renamed: bool,
    pub(crate) aliases: Vec<String>,
    pub(crate) docs: String,
    /// The origin, if the member has its own.
    pub(crate) note: Note,
    pub(crate) kind: Kind,
    /// The named type of the value, or of the items of a list.
    pub(crate) of: Option<String>,
    /// The function of `parse` that reads it.
    pub(crate) reader: Option<&'static str>,
    /// The type of the field.
    pub(crate) held: String,
    /// The type in which a method sends it. Dates are texts.
    #[serde(skip)]
    pub(crate) sent: String,
    /// True if an absent value is left out of what is sent.
    pub(crate) optional: bool,
    /// The path of the handwritten type, if it has one.
    pub(crate) custom: Option<String>,
    /// The field of the account that a request sends.
    pub(crate) field: Option<Field>,
    /// The type of an object in a request.
    pub(crate) parts: Option<Struct>,
    /// The value that is always sent, in Rust and in JSON.
    pub(crate) fixed: Option<(String, String)>,
}

/// A struct of the wire, or a public data type.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Struct {
    pub(crate) name: String,
    pub(crate) docs: String,
    note: Note,
    pub(crate) members: Vec<Member>,
    /// True if each JSON name is the Rust name in `camelCase`, and some differ from it.
    pub(crate) camel: bool,
    /// The example for the docs: an object with only the first member, and that member's value.
    example: String,
    value: Option<Node>,
    /// True if a session contains it, so that it is stored.
    stored: bool,
    /// The field that contains it in the answer to a login. `None` for the answer itself.
    pub(crate) from: Option<String>,
}

impl Member {
    /// Returns the type in which a borrowed text is sent.
    pub(crate) fn borrowed(&self) -> String {
        self.custom.as_deref().map_or("&'a str", last).to_owned()
    }

    /// Returns the type in which a method sends it. One of the `taken` types is another in a body.
    pub(crate) fn owned(&self, taken: &[String]) -> String {
        let of = self.of.as_ref().filter(|of| taken.contains(of));
        of.map_or_else(|| self.sent.clone(), |of| self.sent.replace(of, &format!("{of}Body")))
    }

    /// Sets the type in which it is sent.
    pub(crate) fn send(&mut self, type_: &str) {
        (self.optional, self.reader) = (!self.required, None);
        self.held = if self.required { type_.to_owned() } else { format!("Option<{type_}>") };
    }
}

impl Struct {
    /// Returns the type of an object with these properties.
    pub(crate) fn of(document: &Document, name: &str, properties: &[(&str, &Node)], required: &[&str]) -> Self {
        let is_camel = |json: &str, rust: &str| json == rust.to_lower_camel_case();
        let members = properties
            .iter()
            .map(|(json, property)| Member { required: required.contains(json), ..member(document, json, property) });
        let mut members: Vec<_> = members.collect();
        let camel = members.iter().any(|it| it.renamed) && members.iter().all(|it| is_camel(&it.json, &it.rust));
        for member in &mut members {
            member.renamed &= !camel;
        }
        Self { name: name.to_owned(), members, camel, ..Self::default() }
    }

    /// Returns the type of a schema.
    pub(crate) fn read(document: &Document, name: &str, schema: &Node) -> Self {
        let properties: Vec<_> = schema.members("properties").collect();
        Self { note: document.note(schema), ..Self::of(document, name, &properties, &schema.texts("required")) }
    }

    /// Returns this type and those of the objects in it.
    pub(crate) fn all(&self) -> Vec<Self> {
        let inner = self.members.iter().filter_map(|member| member.parts.as_ref()).flat_map(Self::all);
        [self.clone()].into_iter().chain(inner).collect()
    }
}

/// Returns the name of a property in Rust.
pub(crate) fn rust_name(json: &str, property: &Node) -> String {
    names::field(property.words("x-name").unwrap_or(json))
}

/// Returns the name at the end of a path in Rust.
pub(crate) fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

pub(crate) fn is_secret(schema: &Node) -> bool {
    schema.text("format") == "password"
}

pub(crate) fn is(schema: &Node, kind: &str) -> bool {
    schema.texts("type").contains(&kind)
}

pub(crate) fn has_members(schema: &Node) -> bool {
    schema.members("properties").next().is_some()
}

/// Returns the schema itself, or the target of its `$ref`, and the name of the type that it has in Rust: that of an
/// object with properties, or of an `x-rust`. An object in a list, and that of a whole body, are named after their
/// place: `OrderChargesItem`.
pub(crate) fn named<'d>(document: &'d Document, schema: &'d Node) -> (&'d Node, Option<String>) {
    let target = document.resolve(schema);
    let name = place_name(document, target).map(|name| deunicode(&name).to_upper_camel_case());
    (target, name.map(|name| names::free(&name, "types", "Data")))
}

fn place_name(document: &Document, schema: &Node) -> Option<String> {
    let parts: Vec<_> = super::document::parts(&schema.pointer).collect();
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    let is_custom = schema.has("x-rust");
    let (first, rest) = match parts[..] {
        ["components", "schemas", name] if is_custom || has_members(schema) => return Some(name.to_owned()),
        _ if is_custom || !has_members(schema) => return None,
        ["components", _, name, ref rest @ ..] => (name.to_owned(), rest),
        ["paths", path, verb, ref rest @ ..] => {
            let mut operations = document.operations();
            (operations.find(|operation| (operation.path, operation.verb) == (path, verb))?.id(), rest)
        }
        _ => return None,
    };
    let last = rest.iter().rfind(|part| **part != "allOf" && part.parse::<usize>().is_err());
    if !matches!(last, None | Some(&"items" | &"schema")) {
        return None;
    }
    let whole = if schema.pointer.contains("/requestBod") { "Body" } else { "Answer" };
    let words = [""].iter().chain(rest).zip(rest).filter_map(|(before, part)| match (*before, *part) {
        ("properties", name) => Some(name),
        (_, "items") => Some("Item"),
        (_, "schema") => Some(whole),
        _ => None,
    });
    Some([first.as_str()].into_iter().chain(words).collect::<Vec<_>>().join(" "))
}

/// Returns the type of a list in Rust, or `None` if its items have no type of their own.
fn list(document: &Document, schema: &Node) -> Option<String> {
    let (items, name) = named(document, schema.get("items").filter(|_| Kind::of(schema) == Kind::List)?);
    let item = match (name.or_else(|| list(document, items)), Kind::of(items)) {
        (Some(own), _) => own,
        (None, Kind::Loose | Kind::Value | Kind::List) => return None,
        (None, kind) => kind.forms().2.to_owned(),
    };
    let may_be_null = is(items, "null") || items.flag("nullable");
    Some(if may_be_null { format!("Vec<Option<{item}>>") } else { format!("Vec<{item}>") })
}

/// Returns the schema itself, or that of the items of a list, of lists at any depth.
pub(crate) fn in_lists<'d>(document: &'d Document, schema: &'d Node) -> &'d Node {
    let target = document.resolve(schema);
    let items = target.get("items").filter(|_| is(target, "array"));
    items.map_or(schema, |items| in_lists(document, items))
}

pub(crate) fn member(document: &Document, json: &str, property: &Node) -> Member {
    let rust = rust_name(json, property);
    let (schema, name) = named(document, property);
    let list = list(document, schema).filter(|_| name.is_none());
    let kind = match Kind::of(schema) {
        _ if name.is_some() => Kind::Type,
        Kind::List if list.is_none() => Kind::Value,
        kind => kind,
    };
    let of = if kind == Kind::List { named(document, in_lists(document, schema)).1 } else { name.clone() };
    let is_recursive = || parts(schema).any(|part| holds(document, part, schema));
    let own = list.or(name.map(|name| if is_recursive() { format!("Box<{name}>") } else { name }));
    let (reader, held, sent, _) = kind.forms();
    let docs = property.words("description").or(schema.words("description")).or(property.words("title"));
    Member {
        renamed: rust != json,
        json: json.to_owned(),
        property: property.clone(),
        aliases: property.texts("x-aliases").into_iter().map(str::to_owned).collect(),
        docs: docs.map_or_else(|| format!("The {}.", rust.trim_end_matches('_').replace('_', " ")), str::to_owned),
        note: document.note(property),
        custom: schema.words("x-rust").map(str::to_owned),
        held: own.as_ref().map_or_else(|| held.to_owned(), |own| format!("Option<{own}>")),
        sent: own.unwrap_or_else(|| sent.to_owned()),
        rust,
        kind,
        of,
        reader,
        ..Member::default()
    }
}

/// Returns the public types that sessions keep, and those that methods return.
pub(crate) fn data_types(document: &Document, kept: Vec<&Node>, returned: Vec<&Node>) -> Vec<Struct> {
    let (mut types, mut known) = (Vec::new(), BTreeMap::new());
    // A search for each member takes minutes if hundreds of types hold each other.
    let has_secret = reach(document, [&kept[..], &returned].concat(), parts).into_iter().any(is_secret);
    for (roots, stored) in [(kept, true), (returned, false)] {
        for schema in reach(document, roots, shown) {
            let Some(name) = named(document, schema).1 else { continue };
            match known.insert(name.clone(), &schema.pointer) {
                None => types.push(Struct { stored, ..data_type(document, &name, schema, has_secret) }),
                Some(other) if *other != schema.pointer => {
                    document.fault(schema, format!("another schema is called {name} in Rust: rename one of them"));
                }
                Some(_) => {}
            }
        }
    }
    types
}

fn data_type(document: &Document, name: &str, schema: &Node, has_secret: bool) -> Struct {
    let read = Struct::read(document, name, schema);
    for member in read.members.iter().filter(|_| has_secret) {
        check_printed(document, &member.property);
    }
    let example = read.members.first().map(|member| (member, example(document, &member.property, member.kind)));
    Struct {
        docs: schema.words("description").map_or_else(|| format!("A `{name}` of the API."), str::to_owned),
        example: example.as_ref().map(|(member, it)| format!("{{{:?}: {it}}}", member.json)).unwrap_or_default(),
        value: example.map(|(_, value)| value),
        ..read
    }
}

/// Returns the first example of a property that is not null, or a value of its type.
fn example(document: &Document, property: &Node, kind: Kind) -> Node {
    let examples = document.examples(property);
    match examples.iter().find(|example| !example.is_null()).or(examples.first()) {
        Some(example) if !matches!(kind, Kind::Type | Kind::List) => (*example).clone(),
        _ => Node::made(kind.forms().3),
    }
}

/// Returns a value of a schema: its examples, or values of its types.
pub(crate) fn sample(document: &Document, schema: &Node) -> serde_json::Value {
    let schema = document.resolve(schema);
    if !has_members(schema) {
        // A secret is unlike any other text, so that tests find it where it is shown.
        if is_secret(schema) && schema.examples().next().is_none() {
            return "t0k3n".into();
        }
        return serde_json::to_value(example(document, schema, Kind::of(schema))).unwrap_or_default();
    }
    // A recursive schema ends at the first member that is not required.
    let members = schema.members("properties").filter(|(_, member)| !holds(document, member, schema));
    members.map(|(name, member)| (name.to_owned(), sample(document, member))).collect()
}

/// Adds a fault if a schema whose values users can print contains a secret at any depth. Handwritten types are not
/// searched.
pub(crate) fn check_printed(document: &Document, schema: &Node) {
    if reach(document, vec![schema], parts).into_iter().any(is_secret) {
        document.fault(schema, "users can print it, but it contains a secret: add x-rust, or leave it out");
    }
}

/// Returns true if values of a schema can contain those of another.
fn holds(document: &Document, schema: &Node, other: &Node) -> bool {
    reach(document, vec![schema], parts).iter().any(|schema| schema.pointer == other.pointer)
}

/// Returns these schemas and all that follow from them by a step, except handwritten types.
fn reach<'d, Parts: Iterator<Item = &'d Node>>(
    document: &'d Document,
    roots: Vec<&'d Node>,
    step: impl Fn(&'d Node) -> Parts,
) -> Vec<&'d Node> {
    let (mut found, mut known, mut waiting) = (Vec::new(), HashSet::new(), VecDeque::from(roots));
    while let Some(schema) = waiting.pop_front().map(|schema| document.resolve(schema)) {
        if !schema.has("x-rust") && known.insert(&schema.pointer) {
            found.push(schema);
            waiting.extend(step(schema));
        }
    }
    found
}

/// Returns the schemas that are parts of this one.
fn parts(schema: &Node) -> impl Iterator<Item = &Node> {
    let combined = ["oneOf", "anyOf", "allOf"].into_iter().flat_map(|name| schema.items(name));
    shown(schema).chain(schema.get("additionalProperties")).chain(combined)
}

/// Returns the parts of a schema that have types in Rust.
fn shown(schema: &Node) -> impl Iterator<Item = &Node> {
    schema.members("properties").map(|(_, property)| property).chain(schema.get("items"))
}
