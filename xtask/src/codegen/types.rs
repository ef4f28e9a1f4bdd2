//! The Rust types of schemas: members, data types, and the search for secrets.

use heck::{ToLowerCamelCase, ToUpperCamelCase};
use serde::Serialize;

use super::document::{Document, Node, Value};
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

/// A property as a field of a Rust struct.
#[derive(Clone, Debug, Default, Serialize)]
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
    /// The named type of the value.
    pub(crate) of: Option<String>,
    /// The function of `parse` that reads it.
    pub(crate) reader: Option<&'static str>,
    /// The type of the field.
    pub(crate) held: String,
    /// True if an absent value is left out of what is sent.
    pub(crate) optional: bool,
    /// True for a date that the wire type keeps as a text, because the lifetime is computed from it.
    pub(crate) parsed: bool,
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
    pub(crate) note: Note,
    pub(crate) members: Vec<Member>,
    /// True if each JSON name is the Rust name in `camelCase`, and some differ from it.
    pub(crate) camel: bool,
    /// The example for the docs: an object with only the first member, and that member's value.
    pub(crate) example: String,
    pub(crate) value: Option<Node>,
    /// True if a session contains it, so that it is stored.
    pub(crate) stored: bool,
}

/// Names of types that each crate has already.
const TYPES: &str = "AccessToken Account Accounts Api Authorize Box Builder Client Credential Deserialize Duration Environment \
    Err Error ErrorKind Expiry Fingerprint HeaderMap Http Identify Lib Login LoginAnswer LoginRequest LoginResponse Main \
    Mod None OffsetDateTime Ok Option Options Persist RefreshToken Request RequestBuilder Response Restored Result Saved \
    SecretSlice SecretString Self Serialize Session SharedStore Some Store String SystemTime Url Value Vars Vec Verdict Wire";

impl Member {
    /// Returns the type in which a borrowed text is sent.
    pub(crate) fn borrowed(&self) -> String {
        self.custom.as_deref().map_or("&'a str", last).to_owned()
    }

    /// Returns the type in which a method sends it. Dates are texts. One of the `taken` types is another in a body.
    pub(crate) fn owned(&self, taken: &[String]) -> String {
        let type_ = match self.kind {
            Kind::Text | Kind::Loose | Kind::Date => "String",
            Kind::Bool => "bool",
            Kind::Integer | Kind::Unix => "i64",
            Kind::Value => "Value",
            Kind::List | Kind::Type => self.held.trim_start_matches("Option<").strip_suffix('>').unwrap_or("Value"),
        };
        let of = self.of.as_deref().filter(|of| taken.iter().any(|taken| taken == of));
        of.map_or_else(|| type_.to_owned(), |of| type_.replace(of, &format!("{of}Body")))
    }

    /// Sets the type in which it is sent.
    pub(crate) fn send(&mut self, type_: &str, required: bool) {
        (self.optional, self.reader) = (!required, None);
        self.held = if required { type_.to_owned() } else { format!("Option<{type_}>") };
    }
}

impl Struct {
    /// Returns the type of an object with these properties.
    pub(crate) fn of<'n>(
        document: &Document,
        name: impl Into<String>,
        properties: impl Iterator<Item = (&'n str, &'n Node)> + Clone,
    ) -> Self {
        let names: Vec<_> = properties.clone().map(|(json, it)| (json, rust_name(json, it))).collect();
        let is_camel = |(json, rust): &(&str, String)| *json == rust.to_lower_camel_case();
        let camel = names.iter().any(|(json, rust)| json != rust) && names.iter().all(is_camel);
        let members = properties.map(|(json, property)| member(document, json, property, camel)).collect();
        Self { name: name.into(), members, camel, ..Self::default() }
    }

    /// Returns the type of a schema.
    pub(crate) fn read(document: &Document, name: impl Into<String>, schema: &Node) -> Self {
        let properties: Vec<_> = schema.members("properties").collect();
        Self { note: schema.note(), ..Self::of(document, name, properties.into_iter()) }
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

/// Returns the name of a component's type in Rust.
pub(crate) fn type_name(component: &str) -> String {
    let name = component.to_upper_camel_case();
    if TYPES.split_whitespace().any(|taken| taken == name) { format!("{name}Data") } else { name }
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
/// object with properties, or of an `x-rust`. An object in a list, and that of a whole body, are named after their place.
pub(crate) fn named<'d>(document: &'d Document, schema: &'d Node) -> (&'d Node, Option<String>) {
    let target = document.resolve(schema);
    let component = target.pointer.strip_prefix("/components/schemas/").filter(|_| target.pointer != schema.pointer);
    match component {
        Some(name) if !name.contains('/') && (target.get("x-rust").is_some() || has_members(target)) => {
            (target, Some(type_name(name)))
        }
        None if has_members(target) && target.get("x-rust").is_none() => {
            (target, place_name(document, &target.pointer))
        }
        _ => (target, None),
    }
}

/// Returns the name of an object in a list, or of a whole body, that has none of its own: `OrderChargesItem`.
fn place_name(document: &Document, pointer: &str) -> Option<String> {
    let parts: Vec<_> = super::document::parts(pointer).collect();
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    let (first, kind, rest) = match &parts[..] {
        ["components", "schemas", name, rest @ ..] if !rest.is_empty() => ((*name).to_owned(), "", rest),
        ["components", "responses", name, _, _, "schema", rest @ ..] => ((*name).to_owned(), "Answer", rest),
        ["components", "requestBodies", name, _, _, "schema", rest @ ..] => ((*name).to_owned(), "Body", rest),
        ["paths", path, verb, place, ..] => {
            let operation = document.operations().find(|operation| (operation.path, operation.verb) == (path, verb))?;
            let rest = parts.iter().position(|part| *part == "schema").map(|at| &parts[at + 1..])?;
            (operation.id(), if *place == "requestBody" { "Body" } else { "Answer" }, rest)
        }
        _ => return None,
    };
    let is_combined = rest.iter().all(|part| *part == "allOf" || part.parse::<usize>().is_ok());
    if !is_combined && !rest.ends_with(&["items"]) {
        return None;
    }
    let words = ["schema"].iter().chain(rest).zip(rest).filter_map(|(before, part)| match (*before, *part) {
        ("properties", name) => Some(name),
        (_, "items") => Some("Item"),
        _ => None,
    });
    let words: Vec<_> = [first.as_str(), kind].into_iter().chain(words).collect();
    Some(type_name(&words.join(" ")))
}

fn kind(schema: &Node, name: Option<&str>) -> Kind {
    match schema.text("format") {
        _ if name.is_some() => Kind::Type,
        "date-time" => Kind::Date,
        "unix-time" => Kind::Unix,
        _ if is(schema, "string") && (is(schema, "integer") || is(schema, "number")) => Kind::Loose,
        _ if is(schema, "string") => Kind::Text,
        _ if is(schema, "integer") => Kind::Integer,
        _ if is(schema, "boolean") => Kind::Bool,
        _ if is(schema, "array") => Kind::List,
        _ => Kind::Value,
    }
}

/// Returns the type of a list in Rust, or `None` if its items have no type of their own.
pub(crate) fn list(document: &Document, schema: &Node) -> Option<String> {
    let items = document.resolve(schema).get("items").filter(|_| is(document.resolve(schema), "array"));
    let (items, name) = named(document, items?);
    let item = match (kind(items, name.as_deref()), name) {
        (Kind::Type, name) => name?,
        (Kind::Text | Kind::Date, _) => "String".to_owned(),
        (Kind::Integer | Kind::Unix, _) => "i64".to_owned(),
        (Kind::Bool, _) => "bool".to_owned(),
        (Kind::List, _) => list(document, items)?,
        (Kind::Loose | Kind::Value, _) => return None,
    };
    Some(if is(items, "null") || items.flag("nullable") {
        format!("Vec<Option<{item}>>")
    } else {
        format!("Vec<{item}>")
    })
}

/// Returns the schema itself, or that of the items of a list, of lists at any depth.
pub(crate) fn in_lists<'d>(document: &'d Document, schema: &'d Node) -> &'d Node {
    let target = document.resolve(schema);
    let items = target.get("items").filter(|_| is(target, "array"));
    items.map_or(schema, |items| in_lists(document, items))
}

pub(crate) fn member(document: &Document, json: &str, property: &Node, camel: bool) -> Member {
    let rust = rust_name(json, property);
    let (schema, of) = named(document, property);
    let list = list(document, schema).filter(|_| of.is_none());
    let kind = match kind(schema, of.as_deref()) {
        Kind::List if list.is_none() => Kind::Value,
        kind => kind,
    };
    let of = if kind == Kind::List { named(document, in_lists(document, schema)).1 } else { of };
    let type_ = of.clone().unwrap_or_default();
    let docs = property.words("description").or(schema.words("description")).or(property.words("title"));
    let (reader, held) = match kind {
        Kind::Text | Kind::Loose => (Some("optional_text"), "Option<String>".to_owned()),
        Kind::Bool => (Some("optional"), "Option<bool>".to_owned()),
        Kind::Integer => (Some("optional"), "Option<i64>".to_owned()),
        Kind::Date => (Some("optional_date"), "Option<SystemTime>".to_owned()),
        Kind::Unix => (Some("optional_unix_time"), "Option<SystemTime>".to_owned()),
        Kind::Value => (None, "Value".to_owned()),
        Kind::List => (Some("optional"), format!("Option<{}>", list.unwrap_or_default())),
        Kind::Type if parts(schema).any(|part| holds(document, part, schema)) => {
            (Some("optional"), format!("Option<Box<{type_}>>"))
        }
        Kind::Type => (Some("optional"), format!("Option<{type_}>")),
    };
    Member {
        renamed: rust != json && !camel,
        json: json.to_owned(),
        aliases: property.texts("x-aliases").into_iter().map(str::to_owned).collect(),
        docs: docs.map_or_else(|| format!("The {}.", rust.trim_end_matches('_').replace('_', " ")), str::to_owned),
        note: property.note(),
        custom: schema.words("x-rust").map(str::to_owned),
        rust,
        kind,
        of,
        reader,
        held,
        ..Member::default()
    }
}

/// Returns the public types that these schemas are made of, in the order in which they are found.
pub(crate) fn data_types<'d>(document: &'d Document, roots: impl Iterator<Item = &'d Node>) -> Vec<Struct> {
    let mut waiting: Vec<&Node> = Vec::new();
    for root in roots {
        referred(document, root, &mut waiting);
    }
    let (mut types, mut known, mut next) = (Vec::<Struct>::new(), Vec::new(), 0);
    while let Some(schema) = waiting.get(next).copied() {
        next += 1;
        let (target, name) = named(document, schema);
        let name = name.unwrap_or_default();
        if target.has("x-rust") || known.contains(&&target.pointer) {
            continue;
        }
        known.push(&target.pointer);
        if types.iter().any(|other| other.name == name) {
            document.fault(target, format!("another schema is called {name} in Rust: rename one of them"));
        } else {
            target.members("properties").for_each(|(_, property)| referred(document, property, &mut waiting));
            types.push(data_type(document, name, target));
        }
    }
    types
}

fn referred<'d>(document: &'d Document, schema: &'d Node, found: &mut Vec<&'d Node>) {
    let schema = in_lists(document, schema);
    match named(document, schema) {
        (_, Some(_)) => found.push(schema),
        (target, None) => target.members("properties").for_each(|(_, part)| referred(document, part, found)),
    }
}

fn data_type(document: &Document, name: String, schema: &Node) -> Struct {
    let read = Struct::read(document, name, schema);
    if let Some((_, secret)) = schema.members("properties").find(|(_, property)| holds_secret(document, property)) {
        let message = "a type that users meet can be printed, but it contains a secret: add x-rust, or leave it out";
        document.fault(secret, message);
    }
    let first = read.members.first().zip(schema.members("properties").next());
    let example = first.map(|(member, (_, property))| (member, example(document, property, member.kind)));
    Struct {
        docs: schema.words("description").map_or_else(|| format!("A `{}` of the API.", read.name), str::to_owned),
        example: example.as_ref().map(|(member, it)| format!("{{{:?}: {it}}}", member.json)).unwrap_or_default(),
        value: example.map(|(_, value)| value),
        ..read
    }
}

/// Returns the first example of a property that is not null, or a value of its type.
fn example(document: &Document, property: &Node, kind: Kind) -> Node {
    let examples: Vec<_> = [property, document.resolve(property)].into_iter().flat_map(Node::examples).collect();
    let made = match kind {
        Kind::Type => "{}",
        Kind::Value => "[1]",
        Kind::List => "[]",
        Kind::Text | Kind::Loose => "\"texto\"",
        Kind::Bool => "true",
        Kind::Integer => "1",
        Kind::Date => "\"2025-02-09T15:00:00Z\"",
        Kind::Unix => "1739113200",
    };
    match examples.iter().find(|example| *example.value() != Value::Null).or(examples.first()) {
        Some(example) if !matches!(kind, Kind::Type | Kind::List) => (*example).clone(),
        _ => Node::made(made),
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
        return serde_json::to_value(example(document, schema, kind(schema, None))).unwrap_or_default();
    }
    // A recursive schema ends at the first member that is not required.
    let members = schema.members("properties").filter(|(_, member)| !holds(document, member, schema));
    members.map(|(name, member)| (name.to_owned(), sample(document, member))).collect()
}

/// Returns true if the schema contains a secret at any depth. Handwritten types are not searched.
pub(crate) fn holds_secret(document: &Document, schema: &Node) -> bool {
    reach(document, schema).into_iter().any(is_secret)
}

/// Returns true if values of a schema can contain those of another.
pub(crate) fn holds(document: &Document, schema: &Node, other: &Node) -> bool {
    reach(document, schema).iter().any(|schema| schema.pointer == other.pointer)
}

/// Returns the schema and all schemas that its values can contain.
pub(crate) fn reach<'d>(document: &'d Document, schema: &'d Node) -> Vec<&'d Node> {
    let (mut found, mut waiting): (Vec<&Node>, _) = (Vec::new(), vec![schema]);
    while let Some(schema) = waiting.pop().map(|schema| document.resolve(schema)) {
        if schema.get("x-rust").is_none() && found.iter().all(|known| known.pointer != schema.pointer) {
            found.push(schema);
            waiting.extend(parts(schema));
        }
    }
    found
}

/// Returns the schemas that are parts of this one.
pub(crate) fn parts(schema: &Node) -> impl Iterator<Item = &Node> {
    let single = ["items", "additionalProperties"].into_iter().filter_map(|name| schema.get(name));
    let combined = ["oneOf", "anyOf", "allOf"].into_iter().flat_map(|name| schema.items(name));
    schema.members("properties").map(|(_, property)| property).chain(single).chain(combined)
}
