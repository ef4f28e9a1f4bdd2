//! A document as a tree of values, each with its place, and the faults that are found in it.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use deunicode::deunicode;
use heck::{ToLowerCamelCase, ToShoutySnakeCase, ToSnakeCase};
use indexmap::IndexMap;
use jsonc_parser::ast::Value as Ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseError;
use jsonc_parser::{CollectOptions, ParseOptions};
use serde::Serialize;

use super::names;
use super::types::Held;

/// A value of the document.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Node {
    pub(crate) value: Value,
    #[serde(skip)]
    pub(crate) pointer: String,
    /// The place of its first byte in the text.
    #[serde(skip)]
    offset: usize,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    #[default]
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Node>),
    Object(IndexMap<String, Node>),
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
        Self::parse(text, None, &mut Vec::new()).unwrap_or_default()
    }

    /// Parses a text. Its faults are at their own places, or all at one.
    fn parse(text: &str, place: Option<usize>, doubles: &mut Vec<Self>) -> Result<Self, ParseError> {
        let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default())?;
        Ok(Self::read(parsed.value.as_ref(), String::new(), place, doubles))
    }

    /// Reads a value with its place. Members whose name is there already are added to `doubles`.
    fn read(ast: Option<&Ast<'_>>, pointer: String, place: Option<usize>, doubles: &mut Vec<Self>) -> Self {
        let value = match ast {
            Some(Ast::Object(members)) => {
                let mut object = IndexMap::new();
                for member in &members.properties {
                    let name = member.name.as_str();
                    let read = Self::read(Some(&member.value), below(&pointer, name), place, doubles);
                    let offset = read.offset;
                    doubles.extend(object.insert(name.to_owned(), read).map(|first| Self { offset, ..first }));
                }
                Value::Object(object)
            }
            Some(Ast::Array(items)) => {
                let items = items.elements.iter().enumerate();
                let read = |(index, item)| Self::read(Some(item), format!("{pointer}/{index}"), place, doubles);
                Value::List(items.map(read).collect())
            }
            Some(Ast::StringLit(text)) => Value::Text(text.value.to_string()),
            Some(Ast::BooleanLit(flag)) => Value::Bool(flag.value),
            Some(Ast::NumberLit(number)) => serde_json::from_str(number.value).map_or(Value::Null, Value::Number),
            Some(Ast::NullKeyword(_)) | None => Value::Null,
        };
        Self { value, pointer, offset: place.or(ast.map(Ranged::start)).unwrap_or_default() }
    }

    /// Changes each item or member.
    fn change(&mut self, change: impl FnMut(&mut Self)) {
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(change),
            Value::Object(members) => members.values_mut().for_each(change),
            _ => {}
        }
    }

    /// Puts the members of another value in the place of one member.
    fn replace(&mut self, name: &str, other: Self) {
        if let Value::Object(members) = &mut self.value {
            members.shift_remove(name);
        }
        self.add(other);
    }

    /// Adds the members of another value that this one lacks, at any depth. The items of its lists follow.
    fn add(&mut self, other: Self) {
        match (&mut self.value, other.value) {
            (Value::Object(own), Value::Object(more)) => {
                for (name, member) in more {
                    match own.get_mut(&name) {
                        Some(own) => own.add(member),
                        None => drop(own.insert(name, member)),
                    }
                }
            }
            (Value::List(own), Value::List(more)) => {
                // Those of a schema that several parts have in common come once.
                let mut known: HashSet<_> = own.iter().map(|item| item.pointer.clone()).collect();
                own.extend(more.into_iter().filter(|item| known.insert(item.pointer.clone())));
            }
            _ => {}
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// Returns a text without its quotes, the items of a list with commas, and any other value as JSON.
    pub(crate) fn plain(&self) -> String {
        let items = self.list().iter().map(Self::plain).reduce(|all, item| all + "," + &item);
        items.unwrap_or_else(|| self.as_str().map_or_else(|| self.to_string(), str::to_owned))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Value::Object(members) => members.get(name),
            Value::List(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
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
        Some(self.text(name)).filter(|text| !text.trim().is_empty())
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|member| matches!(member.value, Value::Bool(true)))
    }

    /// Returns the members of an object.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Self)> + Clone {
        let members = if let Value::Object(members) = &self.value { Some(members) } else { None };
        members.into_iter().flatten().map(|(name, member)| (name.as_str(), member))
    }

    /// Returns the members of a member that is an object.
    pub(crate) fn members(&self, name: &str) -> impl Iterator<Item = (&str, &Self)> + Clone {
        self.get(name).into_iter().flat_map(Self::entries)
    }

    pub(crate) fn list(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// Returns the items of a member that is a list.
    pub(crate) fn items(&self, name: &str) -> &[Self] {
        self.get(name).map(Self::list).unwrap_or_default()
    }

    /// Returns a member that is one text, or the items of a list.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.get(name).filter(|one| one.as_str().is_some()).into_iter().chain(self.items(name))
    }

    /// Returns the texts of a member that is one text, or a list of texts.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        self.named(name).filter_map(Self::as_str).collect()
    }

    /// Returns the examples of a schema.
    pub(crate) fn examples(&self) -> impl Iterator<Item = &Self> {
        self.items("examples").iter().chain(self.get("example"))
    }

    /// Returns the content of a body or a response whose media type ends so, after that type.
    pub(crate) fn content(&self, kind: &str) -> Option<(&str, &Self)> {
        let is_kind = |(name, _): &(&str, &Self)| name.split(';').next().is_some_and(|name| name.ends_with(kind));
        self.members("content").find(is_kind)
    }

    /// Returns this value and all below it, except examples.
    pub(crate) fn walk(&self) -> Vec<&Self> {
        let is_example = |name: &str, member: &Self| match name {
            "example" | "value" => !self.pointer.ends_with("/properties"),
            _ => name == "examples" && !member.list().is_empty(),
        };
        let members = self.entries().filter(|(name, member)| !is_example(name, member)).map(|(_, member)| member);
        [self].into_iter().chain(self.list().iter().chain(members).flat_map(Self::walk)).collect()
    }
}

/// Returns the names and numbers of a pointer.
pub(crate) fn parts(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~"))
}

/// Returns the pointer of a member.
pub(crate) fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The media type of a body, and its schema.
pub(crate) type Body<'d> = (&'d str, &'d Node);

/// An operation with its path, as the document has it, and its verb in lower case.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'d> {
    pub(crate) document: &'d Document,
    pub(crate) path: &'d str,
    pub(crate) verb: &'d str,
    pub(crate) node: &'d Node,
    /// The description of its path.
    item: &'d Node,
}

impl<'d> Operation<'d> {
    /// Returns its `operationId`, or else its verb and path.
    pub(crate) fn id(&self) -> String {
        let made = || format!("{} {}", self.verb, self.path).to_lower_camel_case();
        self.node.words("operationId").map_or_else(made, str::to_owned)
    }

    /// Returns the name of its path in Rust: `LIST_USERS`.
    pub(crate) fn constant(&self) -> String {
        deunicode(&self.id()).to_shouty_snake_case()
    }

    /// Returns true for a login, or another operation that needs no token.
    pub(crate) fn is_open(&self) -> bool {
        self.node.get("security").is_some_and(|security| security.list().is_empty())
    }

    pub(crate) fn is_login(&self) -> bool {
        self.document.auth().texts("login").contains(&self.id().as_str())
    }

    /// Returns true for the exchange of a refresh token that is not the login.
    pub(crate) fn is_refresh(&self) -> bool {
        self.document.auth().at("/refresh/operation").is_some_and(|id| id.as_str() == Some(&*self.id()))
    }

    pub(crate) fn summary(&self) -> String {
        let written = self.node.words("summary").or(self.node.words("description"));
        written.map_or_else(|| self.id().to_snake_case().replace('_', " "), str::to_owned)
    }

    /// Returns its parameters, and those of its path that it does not describe itself.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'d Node> {
        let all = [self.node, self.item].into_iter().flat_map(|node| node.items("parameters"));
        let all = all.map(|parameter| self.document.resolve(parameter));
        let mut known = BTreeSet::new();
        all.filter(move |parameter| known.insert((parameter.text("in"), parameter.text("name"))))
    }

    /// Returns its path with the parameters' examples.
    pub(crate) fn filled(&self) -> String {
        let fill = |path: String, parameter: &Node| {
            let example = self.document.example(parameter).unwrap_or_else(|| "1".to_owned());
            path.replace(&format!("{{{}}}", parameter.text("name")), &names::encoded(&example))
        };
        let path = self.parameters().filter(|it| it.text("in") == "path").fold(self.path.to_owned(), fill);
        percent_encoding::utf8_percent_encode(&path, percent_encoding::CONTROLS).to_string()
    }

    /// Returns the servers of the operation or of its path, if they are not those of the root.
    pub(crate) fn own_servers(&self) -> Option<&'d Node> {
        let url = |server: &Node| (server.text("url").to_owned(), server.text("x-environment").to_owned());
        let root = self.document.root.items("servers").iter();
        let root = root.filter(|server| server.text("x-api") == self.node.text("x-api")).map(url);
        let own = self.node.get("servers").or(self.item.get("servers"))?;
        (!own.list().iter().map(url).eq(root)).then_some(own)
    }

    /// Returns the media type and the schema of its body: JSON, or the form of a login.
    pub(crate) fn body(&self) -> Option<Body<'d>> {
        let body = self.document.get(self.node, "requestBody")?;
        let form = || body.content("x-www-form-urlencoded").filter(|_| !self.node.has("x-method"));
        let found = body.content("json").or_else(form).and_then(|(media, it)| Some((media, it.get("schema")?)));
        if found.is_none() && !self.node.flag("x-wire") {
            self.document.fault(body, "a method sends JSON, a login also a form: describe the schema of one of these");
        }
        found
    }

    pub(crate) fn responses(&self) -> impl Iterator<Item = (&'d str, &'d Node)> {
        let document = self.document;
        self.node.members("responses").map(|(status, response)| (status, document.resolve(response)))
    }

    /// Returns the schema of its success.
    pub(crate) fn answered(&self) -> Option<&'d Node> {
        let mut good = self.responses().filter(|(status, _)| status.starts_with('2'));
        let text = |response: &'d Node| response.content("text/plain").filter(|_| self.is_login());
        good.find_map(|(_, response)| response.content("json").or_else(|| text(response))?.1.get("schema"))
    }
}

#[derive(Default)]
pub(crate) struct Document {
    pub(crate) root: Node,
    text: String,
    faults: RefCell<BTreeSet<(usize, String)>>,
    /// The schemas that were searched, by their pointers, and those whose circle may have more.
    pub(crate) held: RefCell<HashMap<String, Held>>,
    pub(crate) open: RefCell<Vec<String>>,
}

impl Document {
    /// Parses a text. An error begins with its place: `12:5: …`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let strict = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text);
        let remedy = "a document is one object in JSON; convert YAML to it first";
        strict.map_err(|error| format!("{}:{}: {error}: {remedy}", error.line(), error.column()))?;
        let mut doubles = Vec::new();
        let root = Node::parse(text, None, &mut doubles).map_err(|error| error.to_string())?;
        let mut document = Self { root, text: text.to_owned(), ..Self::default() };
        document.root = document.merged(&document.root, &mut HashMap::new());
        for second in doubles {
            document.fault(&second, "this member is there twice: keep one");
        }
        Ok(document)
    }

    /// Returns the value with the members of each `allOf` in the schema that has it.
    fn merged(&self, node: &Node, known: &mut HashMap<String, Node>) -> Node {
        let mut merged = node.clone();
        merged.change(|part| *part = self.merged(part, known));
        for name in ["allOf", "anyOf", "oneOf"] {
            let all = merged.items(name).to_vec();
            let parts: Vec<_> = all.iter().filter(|part| part.text("type") != "null").collect();
            // A schema that may be null, and a reference that has a description, is that one schema.
            if parts.len() == 1 && !merged.has("properties") {
                merged.replace(name, parts[0].clone());
                merged.add(Node::made(if all.len() > 1 { r#"{"nullable": true}"# } else { "{}" }));
            } else if name == "allOf" {
                for part in parts {
                    merged.replace(name, self.whole(part, known));
                }
            }
        }
        merged
    }

    /// Returns the target of a reference with all its members. `known` has those that were asked for before.
    fn whole(&self, part: &Node, known: &mut HashMap<String, Node>) -> Node {
        let target = self.resolve(part);
        if let Some(known) = known.get(&target.pointer) {
            return known.clone();
        }
        // A schema that is a part of itself adds nothing to itself.
        known.insert(target.pointer.clone(), Node::default());
        let merged = self.merged(target, known);
        let whole = if merged.has("$ref") { self.whole(&merged, known) } else { merged };
        known.insert(target.pointer.clone(), whole.clone());
        whole
    }

    /// Adds members that the document implies. Their faults are at `near`.
    pub(crate) fn imply(&mut self, text: &str, near: &Node) {
        self.root.add(Node::parse(text, Some(near.offset), &mut Vec::new()).unwrap_or_default());
    }

    /// Adds a fault.
    pub(crate) fn fault(&self, at: &Node, message: impl AsRef<str>) {
        let pointer = if at.pointer.is_empty() { "/" } else { &at.pointer };
        self.faults.borrow_mut().insert((at.offset, format!("{} ({pointer})", message.as_ref())));
    }

    /// Returns all faults, in the order of the text. Each begins with its line and column.
    pub(crate) fn faults(&self) -> Vec<String> {
        let place = |(offset, message): &(usize, String)| {
            let lines: Vec<_> = self.text[..*offset].split('\n').collect();
            let column = lines.last().map_or(0, |line| line.chars().count()) + 1;
            format!("{}:{column}: {message}", lines.len())
        };
        self.faults.borrow().iter().map(place).collect()
    }

    /// Returns the value itself, or the target of its `$ref`, of which the members next to the `$ref` are left out.
    pub(crate) fn resolve<'d>(&'d self, node: &'d Node) -> &'d Node {
        let target = |node: &&'d Node| self.root.at(node.words("$ref")?.strip_prefix('#')?);
        // A circle of references ends after more steps than any document has.
        std::iter::successors(Some(node), target).take(32).last().unwrap_or(node)
    }

    /// Returns the value with the targets of its references in their places, for the sandbox's checks of a request.
    pub(crate) fn inlined(&self, node: &Node) -> Node {
        let mut target = self.resolve(node).clone();
        let held = Held::by(self, node);
        if held.circle.is_some() || held.size > 4096 {
            self.fault(node, "what the sandbox receives holds itself, or too many schemas: describe it with fewer");
            return target;
        }
        target.change(|part| *part = self.inlined(part));
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

    /// Returns the property at a JSON pointer into the values of a schema.
    pub(crate) fn property<'d>(&'d self, schema: &'d Node, pointer: &str) -> Option<&'d Node> {
        let step = |schema: &'d Node, part: String| self.resolve(schema).get("properties")?.get(&part);
        parts(pointer).try_fold(schema, step)
    }

    /// Returns the extension at the root.
    pub(crate) fn auth(&self) -> &Node {
        self.root.get("x-auth").unwrap_or(&self.root)
    }

    /// Returns the examples of a schema, a parameter or a header: its own, and those of its schema.
    pub(crate) fn examples<'d>(&'d self, of: &'d Node) -> Vec<&'d Node> {
        let named = of.members("examples").filter_map(|(_, example)| self.resolve(example).get("value"));
        let schema = self.get(of, "schema").unwrap_or(self.resolve(of));
        of.examples().chain(named).chain(schema.examples()).collect()
    }

    /// Returns the first example of a parameter or a header, without quotes.
    pub(crate) fn example(&self, of: &Node) -> Option<String> {
        let schema = self.get(of, "schema")?;
        let stated = ["const", "default"].into_iter().filter_map(|name| schema.get(name)).chain(schema.items("enum"));
        self.examples(of).into_iter().chain(stated).find(|example| !example.is_null()).map(Node::plain)
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation<'_>> + Clone {
        let of_path = |(path, item)| {
            let item: &Node = self.resolve(item);
            let operation = move |verb| Some(Operation { document: self, path, verb, item, node: item.get(verb)? });
            ["get", "post", "put", "patch", "delete"].into_iter().filter_map(operation)
        };
        self.root.members("paths").flat_map(of_path).collect::<Vec<_>>().into_iter()
    }

    /// Returns the operations of the login: one for each API. Empty if nothing logs in.
    pub(crate) fn logins(&self) -> impl Iterator<Item = Operation<'_>> + Clone {
        self.operations().filter(Operation::is_login)
    }

    /// Returns the components of a kind.
    pub(crate) fn components(&self, kind: &str) -> impl Iterator<Item = (&str, &Node)> {
        self.root.get("components").and_then(|components| components.get(kind)).into_iter().flat_map(Node::entries)
    }
}
