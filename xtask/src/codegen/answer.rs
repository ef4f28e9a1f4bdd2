//! The answer to a login: the token, its lifetime, and what a session keeps of the rest.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use minijinja::context;
use serde::Serialize;

use super::document::{Document, Node, Value, below, parts};
use super::names;
use super::types::{self, Kind, Member, Struct};

#[derive(Default, Serialize)]
pub(crate) struct Answer {
    pub(crate) token: Token,
    /// The field of the refresh token, and that of its lifetime.
    refresh_token: Option<(String, Option<String>)>,
    /// The fields that mark a refused login, each with its mark as the document has it.
    pub(crate) refused: Vec<(Member, Node)>,
    /// The fields that state the lifetime of the token, once each.
    stated: Vec<minijinja::Value>,
    /// The types of the answer, and of the objects in it.
    pub(crate) wire: Vec<Struct>,
    /// The fields of a `Session`, other than its tokens and lifetime.
    pub(crate) session: Vec<Member>,
    session_schema: Node,
    /// The pointers to the tokens and the lifetimes, under each of their names.
    pub(crate) places: Vec<String>,
}

#[derive(Default, Serialize)]
pub(crate) struct Token {
    /// The name of its field in Rust, or that of the header or the cookie.
    pub(crate) field: String,
    /// `header` or `cookie`, if it is not in the body.
    pub(crate) outside: Option<&'static str>,
    /// The pointers to the token, under each of its names.
    pub(crate) places: Vec<String>,
    /// The description of its property.
    docs: String,
}

/// The meaning of a member for the login.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Token,
    Seconds,
    Date,
    Refusal,
}

fn rust_name(json: &str, property: &Node) -> String {
    let name = types::rust_name(json, property);
    // The tokens have their own names.
    if types::is_secret(property) { name } else { names::free(&name, "session", "_") }
}

/// Returns a member of the answer under the name that it has in the code of the login.
fn named(mut member: Member, schema: &Node) -> Member {
    if member.kind == Kind::Text {
        member.reader = Some("optional");
    }
    let rust = rust_name(&member.json, schema);
    (member.renamed, member.rust) = (member.renamed || rust != member.rust, rust);
    member
}

/// A reader of a login's answer.
struct Reader<'d> {
    document: &'d Document,
    schema: &'d Node,
    /// The members that the login reads, by their pointers.
    roles: BTreeMap<&'d str, Role>,
    by_hand: bool,
    answer: Answer,
}

impl Answer {
    pub(crate) fn read(document: &Document) -> Self {
        let nothing = Node::made("{}");
        let schema = schema(document).unwrap_or(&nothing);
        let answer = Self { session_schema: schema.clone(), ..Self::default() };
        let by_hand = document.auth().texts("handwritten").contains(&"session");
        let mut reader = Reader { document, schema, roles: BTreeMap::new(), by_hand, answer };
        if document.logins().next().is_none() {
            return reader.answer;
        }
        reader.lifetime();
        reader.tokens();
        reader.refusals();
        reader.walk("LoginAnswer", schema, "", None);
        if reader.answer.wire.iter().all(|struct_| struct_.members.is_empty()) {
            reader.answer.wire.clear();
        }
        reader.answer
    }

    /// Returns the token of an example of the answer, and its headers.
    pub(crate) fn token_of(&self, value: &Node, headers: &[(String, String)]) -> Option<String> {
        let name = self.token.field.as_str();
        let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let found = match self.token.outside {
            None => self.token.places.iter().find_map(|place| value.at(place)?.as_str()),
            Some("cookie") => header("set-cookie")?.split(';').next()?.strip_prefix(name)?.strip_prefix('='),
            Some(_) => header(&name.to_ascii_lowercase()),
        };
        found.map(str::to_owned)
    }
}

/// Returns the schema of the answer to a login.
pub(crate) fn schema(document: &Document) -> Option<&Node> {
    document.logins().find_map(|login| login.answered()).map(|schema| document.resolve(schema))
}

/// Returns the pointers to a property, under each of its names.
fn places(pointer: &str, property: &Node) -> Vec<String> {
    let around = pointer.rsplit_once('/').map_or("", |(around, _)| around);
    let aliases = property.texts("x-aliases").into_iter().map(|alias| below(around, alias));
    [pointer.to_owned()].into_iter().chain(aliases).collect()
}

impl<'d> Reader<'d> {
    /// Returns the name in Rust and the schema of the member at a pointer, which has a role from now on. A fault is at
    /// `said`.
    fn find(&mut self, pointer: &'d str, role: Role, said: &Node) -> Option<(String, &'d Node)> {
        let Some(property) = self.document.property(self.schema, pointer) else {
            let known: Vec<_> = self.schema.members("properties").map(|(name, _)| format!("/{name}")).collect();
            let message = format!("{pointer} leads to no property of the answer ({}): correct it", known.join(", "));
            self.document.fault(said, message + ", or remove `login`, and users give the token");
            return None;
        };
        let schema = self.document.resolve(property);
        let other = self.roles.insert(pointer, role).filter(|known| *known != role);
        let fault = match role {
            Role::Token if !types::is_secret(schema) => "is the token, but no secret: give it the format password",
            Role::Date if !types::is(schema, "string") => "is no date: take the type string, or the format unix-time",
            _ if other.is_some() => "is given as a number of seconds and as a date: keep one of them",
            _ => "",
        };
        if !fault.is_empty() {
            self.document.fault(said, format!("{pointer} {fault}").trim_start());
        }
        if role != Role::Refusal {
            self.answer.places.extend(places(pointer, property));
        }
        Some((rust_name(&parts(pointer).last().unwrap_or_default(), property), property))
    }

    fn tokens(&mut self) {
        let auth = self.document.auth();
        let (pointer, said) = (auth.text("token"), auth.get("token").unwrap_or(auth));
        let outside = ["header", "cookie"].into_iter().find_map(|kind| Some((kind, said.words(kind)?)));
        if let Some((outside, name)) = outside {
            self.answer.token = Token { field: name.to_owned(), outside: Some(outside), ..Token::default() };
        } else if let Some((field, property)) = self.find(pointer, Role::Token, said) {
            let docs = property.text("description").to_owned();
            self.answer.token = Token { field, outside: None, places: places(pointer, property), docs };
        }
        if let Some(refresh) = auth.get("refresh") {
            let lifetime = refresh.words("lifetime").and_then(|pointer| self.find(pointer, Role::Seconds, refresh));
            let token = self.find(refresh.text("token"), Role::Token, refresh);
            self.answer.refresh_token = token.map(|(field, _)| (field, lifetime.map(|(field, _)| field)));
        }
    }

    fn lifetime(&mut self) {
        let parts = self.document.auth().items("lifetime");
        for part in parts {
            for name in ["seconds", "minutes", "difference", "since", "until"] {
                part.texts(name).into_iter().for_each(|pointer| self.stated(pointer, name, part));
            }
        }
        for part in parts.iter().skip_while(|part| !part.has("default")).skip(1) {
            self.document.fault(part, "nothing comes after a default: put the default last");
        }
    }

    /// Adds a field that states a lifetime, by the name of the member that says so.
    fn stated(&mut self, pointer: &'d str, name: &str, part: &Node) {
        let schema = self.document.property(self.schema, pointer).map(|schema| self.document.resolve(schema));
        // Only the end of a lifetime may be in Unix time, which a function of `parse` reads.
        let unix = match schema.map(|schema| schema.text("format")).filter(|_| name == "until") {
            Some("unix-time") => Some("unix_seconds"),
            Some("unix-time-ms") => Some("unix_millis"),
            _ => None,
        };
        // A number may arrive as a text.
        let number = unix.is_some() || ["seconds", "minutes"].contains(&name);
        let role = if number { Role::Seconds } else { Role::Date };
        let is_new = !self.roles.contains_key(pointer);
        if let Some((rust, _)) = self.find(pointer, role, part).filter(|_| is_new) {
            self.answer.stated.push(context! { pointer, rust, number, unix });
        }
    }

    fn refusals(&mut self) {
        let marks = if self.by_hand { &[] } else { self.document.auth().items("refused") };
        for mark in marks {
            let at = mark.text("at");
            let Some((_, schema)) = self.find(at, Role::Refusal, mark) else { continue };
            let mut field = named(types::member(self.document, at.trim_start_matches('/'), schema), schema);
            let (held, reader) = match mark.get("is").or(mark.get("is_not")).map(|it| &it.value) {
                Some(Value::Null) => ("Value", None),
                Some(Value::Bool(_)) => ("Option<bool>", Some("optional")),
                _ => ("Option<String>", Some("optional")),
            };
            (field.held, field.reader) = (held.to_owned(), reader);
            self.answer.refused.push((field, mark.clone()));
        }
    }

    /// Adds the wire type of the answer, or of an object in it, and the fields that a session keeps.
    fn walk(&mut self, name: &str, schema: &'d Node, pointer: &str, from: Option<String>) {
        let mut wire = Struct::read(self.document, name, schema);
        let (mut inner, mut fields) = (Vec::new(), Vec::new());
        for (known, (json, property)) in wire.members.iter().cloned().zip(schema.members("properties")) {
            let here = below(pointer, json);
            let (target, role) = (self.document.resolve(property), self.roles.get(here.as_str()).copied());
            let is_secret = types::is_secret(target);
            let is_below = |pointer: &&str| pointer.strip_prefix(&*here).is_some_and(|rest| rest.starts_with('/'));
            let is_inner = types::has_members(target) && (!property.has("$ref") || self.roles.keys().any(is_below));
            let is_needed = || if self.by_hand { is_secret || is_inner } else { !is_secret };
            if !role.map_or_else(is_needed, |role| role != Role::Refusal) {
                continue;
            }
            let mut member = named(known.clone(), property);
            if is_inner {
                let nested = format!("{name}{}", member.rust.to_upper_camel_case());
                (member.held, member.reader) = (format!("Option<{nested}>"), None);
                inner.push((nested, target, here, member.rust.clone()));
            } else if is_secret {
                (member.held, member.reader) = ("Option<SecretString>".to_owned(), None);
            } else if role == Some(Role::Seconds) {
                (member.held, member.reader) = ("Value".to_owned(), None);
            } else {
                types::check_printed(self.document, property);
                self.answer.session.push(Member { rust: member.rust.clone(), ..known });
                if role.is_some() {
                    (member.held, member.reader) = ("Option<String>".to_owned(), Some("optional"));
                }
            }
            fields.push(member);
        }
        (wire.members, wire.from) = (fields, from);
        self.answer.wire.push(wire);
        for (nested, target, here, from) in inner {
            self.walk(&nested, target, &here, Some(from));
        }
    }
}
