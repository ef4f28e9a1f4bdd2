//! The Rust types of schemas: members, data types, and the search for secrets.

use std::collections::{HashSet, VecDeque};
use std::mem;
use std::sync::LazyLock;

use heck::ToLowerCamelCase;
use serde::Serialize;

use super::document::{Document, Node};
use super::login::Field;
use super::names;
use super::provenance::Note;

/// For each kind, the function of `parse` that reads it, its type in an answer and in what is sent, and an example. A list
/// and a named type have types of their own.
static KINDS: LazyLock<Node> = LazyLock::new(|| Node::made(include_str!("../../templates/kinds.json")));

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
            _ if matches!(schema.texts("type")[..], ["array"] | ["array", "null"] | ["null", "array"]) => Self::List,
            _ if is(schema, "array") || is(schema, "object") => Self::Value,
            _ if is(schema, "string") && (is(schema, "integer") || is(schema, "number")) => Self::Loose,
            _ if is(schema, "string") => Self::Text,
            _ if is(schema, "integer") => Self::Integer,
            _ if is(schema, "boolean") => Self::Bool,
            _ => Self::Value,
        }
    }

    /// Returns its description.
    fn form(self) -> &'static Node {
        KINDS.get(&format!("{self:?}")).unwrap_or(&KINDS)
    }
}

/// A property as a field of a Rust struct.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Member {
    pub(crate) rust: String,
    pub(crate) json: String,
    #[serde(skip)]
    pub(crate) property: Node,
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
    pub(crate) sent: String,
    /// The text between the items of a list in a query.
    pub(crate) separator: &'static str,
    /// True if an absent value is left out of what is sent.
    pub(crate) optional: bool,
    /// The path of the handwritten type, if it has one.
    pub(crate) custom: Option<String>,
    /// The field of the account that a request sends.
    pub(crate) field: Option<Field>,
    /// The type of an object in a request.
    pub(crate) parts: Option<Struct>,
    /// The value that is always sent, in JSON.
    pub(crate) fixed: Option<String>,
}

/// A struct of the wire, or a public data type.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Struct {
    pub(crate) name: String,
    pub(crate) docs: String,
    /// Its schema, or the operation whose parameters it has.
    #[serde(skip)]
    pub(crate) place: Node,
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
        let end = if self.of.as_ref().is_some_and(|of| taken.contains(of)) { "Body" } else { "" };
        let (of, around) = self.sent.split_at(self.sent.trim_end_matches('>').len());
        format!("{of}{end}{around}")
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
        let mut members: Vec<_> = properties.iter().map(|(json, it)| member(document, json, it)).collect();
        let camel = members.iter().any(|it| it.renamed) && members.iter().all(|it| is_camel(&it.json, &it.rust));
        for member in &mut members {
            member.renamed &= !camel;
            member.required = required.contains(&&*member.json);
        }
        Self { name: name.to_owned(), members, camel, ..Self::default() }
    }

    /// Returns the type of a schema.
    pub(crate) fn read(document: &Document, name: &str, schema: &Node) -> Self {
        let properties: Vec<_> = schema.members("properties").collect();
        let read = Self::of(document, name, &properties, &schema.texts("required"));
        Self { note: document.note(schema), place: schema.clone(), ..read }
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
    (target, place_name(document, target).map(|name| names::of_type(&name)))
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
    let of = schema.get("items").filter(|_| Kind::of(schema) == Kind::List)?;
    let (items, name) = named(document, of);
    let item = match (name.or_else(|| list(document, items)), Kind::of(items)) {
        (Some(own), _) => own,
        (None, Kind::Loose | Kind::Value | Kind::List) => return None,
        (None, kind) => kind.form().text("sent").to_owned(),
    };
    let may_be_null = is(items, "null") || [of, items].iter().any(|it| it.flag("nullable"));
    Some(if may_be_null { format!("Vec<Option<{item}>>") } else { format!("Vec<{item}>") })
}

/// Returns the schema itself, or that of the items of a list, of lists at any depth.
pub(crate) fn in_lists<'d>(document: &'d Document, schema: &'d Node) -> &'d Node {
    let target = document.resolve(schema);
    target.get("items").filter(|_| is(target, "array")).map_or(schema, |items| in_lists(document, items))
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
    let held = Held::by(document, schema);
    let boxed = |name| if held.circle.is_some() || held.size > 64 { format!("Box<{name}>") } else { name };
    let own = list.or(name.map(boxed));
    let form = kind.form();
    let docs = property.words("description").or(schema.words("description")).or(property.words("title"));
    Member {
        renamed: rust != json,
        json: json.to_owned(),
        property: property.clone(),
        aliases: property.texts("x-aliases").into_iter().map(str::to_owned).collect(),
        docs: docs.map_or_else(|| format!("The {}.", rust.trim_end_matches('_').replace('_', " ")), str::to_owned),
        note: document.note(property),
        custom: schema.words("x-rust").map(str::to_owned),
        held: own.as_ref().map_or_else(|| form.text("held").to_owned(), |own| format!("Option<{own}>")),
        sent: own.unwrap_or_else(|| form.text("sent").to_owned()),
        rust,
        kind,
        of,
        reader: form.words("reader"),
        ..Member::default()
    }
}

/// Returns the public types that sessions keep, and those that methods return.
pub(crate) fn data_types(document: &Document, kept: Vec<&Node>, returned: Vec<&Node>) -> Vec<Struct> {
    let mut types = Vec::<Struct>::new();
    for (roots, stored) in [(kept, true), (returned, false)] {
        for schema in reach(document, roots) {
            let is_new = types.iter().all(|known| known.place.pointer != schema.pointer);
            if let Some(name) = named(document, schema).1.filter(|_| is_new) {
                types.push(Struct { stored, ..data_type(document, &name, schema) });
            }
        }
    }
    types
}

fn data_type(document: &Document, name: &str, schema: &Node) -> Struct {
    let read = Struct::read(document, name, schema);
    read.members.iter().for_each(|member| check_printed(document, &member.property));
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
    let made = kind.form().get("example").cloned().unwrap_or_default();
    let is_any = matches!(kind, Kind::Loose | Kind::Value);
    let fits = |it: &&Node| is_any && !it.is_null() || mem::discriminant(&it.value) == mem::discriminant(&made.value);
    let stated =
        document.examples(property).into_iter().filter(|_| !matches!(kind, Kind::Type | Kind::List)).find(fits);
    stated.cloned().unwrap_or(made)
}

/// Returns a value of a schema: its examples, or values of its types. `known` has the objects in it.
pub(crate) fn sample(document: &Document, schema: &Node, known: &mut HashSet<String>) -> serde_json::Value {
    let schema = document.resolve(schema);
    if !has_members(schema) {
        // A secret is unlike any other text, so that tests find it where it is shown.
        if is_secret(schema) && schema.examples().next().is_none() {
            return "t0k3n".into();
        }
        return serde_json::to_value(example(document, schema, Kind::of(schema))).unwrap_or_default();
    }
    known.insert(schema.pointer.clone());
    let (circle, required) = (Held::by(document, schema).circle, schema.texts("required"));
    let mut members = serde_json::Map::new();
    for (name, member) in schema.members("properties") {
        let target = document.resolve(member);
        // A recursive schema ends at itself, and another one comes once, unless it is required.
        let is_new = !known.contains(&target.pointer) || required.contains(&name);
        if !has_members(target) || is_new && (circle.is_none() || Held::by(document, target).circle != circle) {
            members.insert(name.to_owned(), sample(document, target, known));
        }
    }
    members.into()
}

/// Adds a fault if a schema whose values users can print contains a secret at any depth. Handwritten types are not
/// searched.
pub(crate) fn check_printed(document: &Document, schema: &Node) {
    if Held::by(document, schema).secret {
        document.fault(schema, "users can print it, but it contains a secret: add x-rust, or leave it out");
    }
}

/// The parts of a schema, at any depth.
#[derive(Clone, Copy, Default)]
pub(crate) struct Held {
    /// True if one of them is a secret.
    secret: bool,
    /// The number of the circle of schemas that hold each other. While that is searched, the lowest number known in it.
    pub(crate) circle: Option<usize>,
    /// The number of them, which counts one again for each way to it.
    pub(crate) size: usize,
    is_open: bool,
}

impl Held {
    /// Searches a schema. Each is visited once, by Tarjan's algorithm: hundreds of them may hold each other.
    pub(crate) fn by(document: &Document, schema: &Node) -> Self {
        let (schema, known, open) = (document.resolve(schema), &document.held, &document.open);
        if let Some(known) = known.borrow().get(&schema.pointer) {
            return *known;
        }
        let (number, first, is_read) = (known.borrow().len(), open.borrow().len(), !schema.has("x-rust"));
        let mut held = Self { secret: is_read && is_secret(schema), circle: None, size: 1, is_open: true };
        known.borrow_mut().insert(schema.pointer.clone(), Self { circle: Some(number), ..held });
        open.borrow_mut().push(schema.pointer.clone());
        for part in parts(schema).filter(|_| is_read) {
            let part = Self::by(document, part);
            held.secret |= part.secret;
            held.size = held.size.saturating_add(part.size);
            held.circle = held.circle.into_iter().chain(part.circle.filter(|_| part.is_open)).min();
        }
        held.is_open = held.circle.is_some_and(|circle| circle < number);
        let all = if held.is_open { vec![schema.pointer.clone()] } else { open.borrow_mut().split_off(first) };
        known.borrow_mut().extend(all.into_iter().map(|pointer| (pointer, held)));
        held
    }
}

/// Returns these schemas and all in them that have types in Rust, except handwritten types.
fn reach<'d>(document: &'d Document, roots: Vec<&'d Node>) -> Vec<&'d Node> {
    let (mut found, mut known, mut waiting) = (Vec::new(), HashSet::new(), VecDeque::from(roots));
    while let Some(schema) = waiting.pop_front().map(|schema| document.resolve(schema)) {
        if !schema.has("x-rust") && known.insert(&schema.pointer) {
            found.push(schema);
            waiting.extend(shown(schema));
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
