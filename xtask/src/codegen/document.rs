//! A document as a tree of values, each with its place, and the faults that are found in it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use indexmap::IndexMap;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::names;

/// A value of the document.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Node {
    value: Value,
    #[serde(skip)]
    pub(crate) pointer: String,
    /// The place of its first byte in the text.
    #[serde(skip)]
    offset: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Node>),
    Object(IndexMap<String, Node>),
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl fmt::Display for Node {
    /// Writes the value on one line. An object keeps the order of its members.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_not_json| fmt::Error)?)
    }
}

impl Node {
    /// Returns a value that is not part of a document. Its text is JSON.
    pub(crate) fn made(text: &str) -> Self {
        Document::parse(text)
            .map_or_else(|_| Self { value: Value::Null, pointer: String::new(), offset: 0 }, |made| made.root)
    }

    fn moved(mut self, offset: usize) -> Self {
        self.offset = offset;
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| *item = item.clone().moved(offset)),
            Value::Object(members) => members.values_mut().for_each(|member| *member = member.clone().moved(offset)),
            _ => {}
        }
        self
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        match &self.value {
            Value::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// Returns a text without its quotes, and any other value as JSON.
    pub(crate) fn plain(&self) -> String {
        self.as_str().map_or_else(|| self.to_string(), str::to_owned)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Value::Object(members) => members.get(name),
            Value::List(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// Returns the value at a JSON pointer below this one.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Self> {
        parts(pointer).try_fold(self, |node, part| node.get(&part))
    }

    /// Returns the text of a member, or an empty one.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Self::as_str).unwrap_or_default()
    }

    /// Returns the text of a member, if it has any.
    pub(crate) fn words(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Self::as_str).filter(|text| !text.is_empty())
    }

    pub(crate) fn text_of(&self, name: &str) -> Option<String> {
        self.get(name).and_then(Self::as_str).map(str::to_owned)
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(Self::as_i64)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|member| member.value == Value::Bool(true))
    }

    /// Returns the members of an object.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let members = match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        };
        members.into_iter().flatten().map(|(name, member)| (name.as_str(), member))
    }

    /// Returns the members of a member that is an object.
    pub(crate) fn members(&self, name: &str) -> impl Iterator<Item = (&str, &Self)> {
        self.get(name).into_iter().flat_map(Self::entries)
    }

    pub(crate) fn list(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the items of a member that is a list.
    pub(crate) fn items(&self, name: &str) -> &[Self] {
        self.get(name).map(Self::list).unwrap_or_default()
    }

    /// Returns a member that is one text, or a list of texts.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let one = self.get(name).and_then(Self::as_str);
        one.into_iter().chain(self.items(name).iter().filter_map(Self::as_str)).collect()
    }

    /// Returns the content of a body or a response whose media type ends so.
    pub(crate) fn content(&self, kind: &str) -> Option<&Self> {
        let is_kind = |(name, _): &(&str, &Self)| name.split(';').next().is_some_and(|name| name.ends_with(kind));
        self.members("content").find(is_kind).map(|(_, media)| media)
    }

    /// Returns this value and all below it.
    pub(crate) fn walk<'d>(&'d self, seen: &mut Vec<&'d Self>) {
        seen.push(self);
        self.list().iter().for_each(|item| item.walk(seen));
        self.entries().for_each(|(_, member)| member.walk(seen));
    }
}

/// Returns the names and numbers of a pointer.
pub(crate) fn parts(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~"))
}

/// Escapes a name for a pointer.
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

const VERBS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The maximum depth of a request that the sandbox checks.
const DEEPEST: usize = 32;

/// An operation with its path, as the document has it, and its verb in lower case.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'d> {
    pub(crate) path: &'d str,
    pub(crate) verb: &'d str,
    pub(crate) node: &'d Node,
}

impl Operation<'_> {
    /// Returns its `operationId`, or else its verb and path.
    pub(crate) fn id(&self) -> String {
        let made = || names::camel(&format!("{} {}", self.verb, self.path).replace(['{', '}'], ""));
        self.node.words("operationId").map_or_else(made, str::to_owned)
    }

    /// Returns true for a login, or another operation that needs no token.
    pub(crate) fn is_open(&self) -> bool {
        self.node.get("security").is_some_and(|security| *security.value() == Value::List(Vec::new()))
    }
}

pub(crate) struct Document {
    pub(crate) root: Node,
    text: String,
    faults: RefCell<BTreeSet<(usize, String)>>,
}

impl Document {
    /// Parses a text. An error begins with its place: `12:5: …`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parsed = serde_json::from_str::<&RawValue>(text).map_err(|error| {
            let message = error.to_string();
            let message = message.rsplit_once(" at line").map_or(message.as_str(), |(message, _)| message);
            format!("{}:{}: {message}", error.line(), error.column())
        })?;
        let mut doubles = Vec::new();
        let root = node(text, parsed, String::new(), &mut doubles);
        let mut document = Self { root, text: text.to_owned(), faults: RefCell::default() };
        document.root = document.merged(&document.root, 0);
        document.share_parameters();
        for second in doubles {
            document.fault(&second, "this member is there twice: keep one");
        }
        Ok(document)
    }

    /// Adds the parameters of each path to its operations.
    fn share_parameters(&mut self) {
        let Value::Object(root) = &mut self.root.value else { return };
        let Some(Node { value: Value::Object(paths), .. }) = root.get_mut("paths") else { return };
        for path in paths.values_mut() {
            let Some(shared) = path.get("parameters").cloned() else { continue };
            let Value::Object(members) = &mut path.value else { continue };
            for verb in VERBS {
                let Some(Node { value: Value::Object(operation), .. }) = members.get_mut(verb) else { continue };
                match operation.get_mut("parameters").map(|own| &mut own.value) {
                    Some(Value::List(own)) => own.extend(shared.list().iter().cloned()),
                    _ => drop(operation.insert("parameters".to_owned(), shared.clone())),
                }
            }
        }
    }

    /// Returns the value with the members of each `allOf` in the schema that has it.
    fn merged(&self, node: &Node, depth: usize) -> Node {
        let mut merged = node.clone();
        match &mut merged.value {
            Value::List(items) => items.iter_mut().for_each(|item| *item = self.merged(item, depth)),
            Value::Object(members) => {
                members.values_mut().for_each(|member| *member = self.merged(member, depth));
                // A reference that may be null, or that has a description, is that reference.
                for name in ["allOf", "anyOf", "oneOf"] {
                    let is_null = |part: &&Node| part.text("type") == "null";
                    let parts = members.get(name).map(Node::list).unwrap_or_default();
                    let reference = match parts.iter().filter(|part| !is_null(part)).collect::<Vec<_>>()[..] {
                        [one] if !members.contains_key("properties") => one.get("$ref").cloned(),
                        _ => None,
                    };
                    if let Some(reference) = reference {
                        members.shift_remove(name);
                        members.insert("$ref".to_owned(), reference);
                    }
                }
                let parts = members.shift_remove("allOf").filter(|parts| !parts.list().is_empty() && depth < DEEPEST);
                for part in parts.iter().flat_map(Node::list) {
                    let part = self.merged(self.resolve(part), depth + 1);
                    for (name, member) in part.entries() {
                        match (members.get_mut(name).map(|own| &mut own.value), member.value()) {
                            (Some(Value::Object(own)), Value::Object(more)) => {
                                for (name, it) in more {
                                    own.entry(name.clone()).or_insert_with(|| it.clone());
                                }
                            }
                            (Some(Value::List(own)), Value::List(more)) => own.extend(more.iter().cloned()),
                            (Some(_), _) => {}
                            (None, _) => drop(members.insert(name.to_owned(), member.clone())),
                        }
                    }
                }
            }
            _ => {}
        }
        merged
    }

    /// Adds a member that the document implies. Its faults are at `near`.
    pub(crate) fn graft(&mut self, pointer: &str, text: &str, near: &Node) {
        let Ok(raw) = serde_json::from_str::<&RawValue>(text) else { return };
        let member = node(text, raw, pointer.to_owned(), &mut Vec::new()).moved(near.offset);
        let mut around: Vec<_> = parts(pointer).collect();
        let name = around.pop().unwrap_or_default();
        let parent = around.iter().try_fold(&mut self.root, |node, part| match &mut node.value {
            Value::Object(members) => members.get_mut(part),
            _ => None,
        });
        if let Some(Node { value: Value::Object(members), .. }) = parent {
            members.insert(name, member);
        }
    }

    /// Adds a fault.
    pub(crate) fn fault(&self, at: &Node, message: impl AsRef<str>) {
        let pointer = if at.pointer.is_empty() { "/" } else { &at.pointer };
        self.faults.borrow_mut().insert((at.offset, format!("{} ({pointer})", message.as_ref())));
    }

    /// Returns all faults, in the order of the text. Each begins with its line and column.
    pub(crate) fn faults(&self) -> Vec<String> {
        let place = |(offset, message): &(usize, String)| {
            let before = &self.text[..*offset];
            let line_start = before.rfind('\n').map_or(0, |end| end + 1);
            let (line, column) = (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1);
            format!("{line}:{column}: {message}")
        };
        self.faults.borrow().iter().map(place).collect()
    }

    /// Returns the value itself, or the target of its `$ref`, of which the members next to the `$ref` are left out.
    pub(crate) fn resolve<'d>(&'d self, mut node: &'d Node) -> &'d Node {
        // A circle of references ends after more steps than any document has.
        for _ in 0..32 {
            let target = node.words("$ref").and_then(|reference| self.root.at(reference.strip_prefix('#')?));
            let Some(target) = target else { break };
            node = target;
        }
        node
    }

    /// Returns the value with the targets of its references in their places, for the sandbox's checks of a request.
    pub(crate) fn inlined(&self, node: &Node, depth: usize) -> Node {
        let mut target = self.resolve(node).clone();
        if depth == DEEPEST {
            self.fault(node, "what the sandbox receives holds itself, or is too deep");
            return target;
        }
        match &mut target.value {
            Value::List(items) => items.iter_mut().for_each(|item| *item = self.inlined(item, depth + 1)),
            Value::Object(members) => members.values_mut().for_each(|member| *member = self.inlined(member, depth + 1)),
            _ => {}
        }
        let unknown = ["oneOf", "anyOf", "allOf", "pattern"].iter().find_map(|name| target.get(name));
        if let Some(unknown) = unknown.filter(|_| !target.pointer.ends_with("/properties")) {
            self.fault(unknown, "what the sandbox receives is described without oneOf, anyOf, allOf and pattern");
        }
        target
    }

    /// Returns a member, or the target of its `$ref`.
    pub(crate) fn get<'d>(&'d self, node: &'d Node, name: &str) -> Option<&'d Node> {
        node.get(name).map(|member| self.resolve(member))
    }

    /// Returns the servers of an operation or of its path, if they are not those of the root.
    pub(crate) fn own_servers<'d>(&'d self, operation: &Operation<'d>) -> Option<&'d Node> {
        let of_path = self.root.get("paths").and_then(|paths| paths.get(operation.path)?.get("servers"));
        let url = |server: &&Node| (server.text("url").to_owned(), server.text("x-environment").to_owned());
        let root = self.root.items("servers").iter();
        let root = root.filter(|server| server.text("x-api") == operation.node.text("x-api"));
        let own = operation.node.get("servers").or(of_path)?;
        (!own.list().iter().map(|own| url(&own)).eq(root.map(|root| url(&root)))).then_some(own)
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let of_path = |(path, item)| {
            let item: &Node = self.resolve(item);
            VERBS.into_iter().filter_map(move |verb| Some(Operation { path, verb, node: item.get(verb)? }))
        };
        self.root.members("paths").flat_map(of_path).collect()
    }
}

/// Members in their order, even if two have one name.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

/// Reads a value and its place in the text.
fn node(text: &str, raw: &RawValue, pointer: String, doubles: &mut Vec<Node>) -> Node {
    let here = raw.get();
    let value = match here.as_bytes().first() {
        Some(b'{') => {
            let members = serde_json::from_str::<Members<'_>>(here).map(|members| members.0).unwrap_or_default();
            let mut object = IndexMap::new();
            for (name, member) in members {
                let member = node(text, member, format!("{pointer}/{}", escape(&name)), doubles);
                if let Some(first) = object.insert(name, member.clone()) {
                    doubles.push(Node { offset: member.offset, ..first });
                }
            }
            Value::Object(object)
        }
        Some(b'[') => {
            let items = serde_json::from_str::<Vec<&RawValue>>(here).unwrap_or_default().into_iter().enumerate();
            Value::List(items.map(|(index, item)| node(text, item, format!("{pointer}/{index}"), doubles)).collect())
        }
        Some(b'"') => Value::Text(serde_json::from_str(here).unwrap_or_default()),
        Some(b't' | b'f') => Value::Bool(here == "true"),
        Some(b'n') | None => Value::Null,
        Some(_) => serde_json::from_str(here).map_or(Value::Null, Value::Number),
    };
    Node { value, pointer, offset: (here.as_ptr() as usize).saturating_sub(text.as_ptr() as usize) }
}
