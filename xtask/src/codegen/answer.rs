//! The answer to a login: the token, its lifetime, and what a session keeps of the rest.

use heck::ToUpperCamelCase;
use serde::Serialize;
use serde_json::Value as Json;

use super::document::{Document, Node, Value, below, parts};
use super::names;
use super::provenance::Note;
use super::types::{self, Kind, Member, Struct};

#[derive(Default, Serialize)]
pub(crate) struct Answer {
    pub(crate) token: Token,
    /// The field of the refresh token, and that of its lifetime.
    pub(crate) refresh_token: Option<(String, Option<String>)>,
    pub(crate) refused: Vec<Refusal>,
    pub(crate) lifetime: Lifetime,
    /// The steps that destructure the login's answer.
    pub(crate) steps: Vec<Step>,
    pub(crate) wire: Vec<Struct>,
    /// The fields of a `Session`, other than its tokens and lifetime.
    pub(crate) session: Vec<Member>,
    /// The properties that these fields hold.
    #[serde(skip)]
    pub(crate) kept: Vec<Node>,
    pub(crate) session_docs: String,
    pub(crate) session_note: Note,
}

#[derive(Default, Serialize)]
pub(crate) struct Token {
    /// The name of its field in Rust, or that of the header or the cookie.
    pub(crate) field: String,
    /// `header` or `cookie`, if it is not in the body.
    pub(crate) outside: Option<&'static str>,
    /// The place of the token in the answer: `response.token`.
    pub(crate) path: String,
    /// The pointers to the token, under each of its names.
    pub(crate) places: Vec<String>,
    /// The description of its property.
    pub(crate) docs: String,
}

/// The mark of a refused login.
#[derive(Serialize)]
pub(crate) struct Refusal {
    pub(crate) field: Member,
    /// The mark, as the document has it.
    pub(crate) mark: Node,
}

/// One `let` that destructures a part of the answer.
#[derive(Serialize)]
pub(crate) struct Step {
    pub(crate) type_: String,
    pub(crate) fields: Vec<String>,
    /// The field that contains the part. `None` for the answer itself.
    pub(crate) from: Option<String>,
}

#[derive(Default, Serialize)]
pub(crate) struct Lifetime {
    /// The parts, as the document has them. The first that the answer states counts.
    pub(crate) parts: Vec<Node>,
    /// The fields of the answer that state it, once each.
    pub(crate) fields: Vec<Source>,
    /// True if the token's own claims count. Its `exp` then limits every other lifetime.
    pub(crate) jwt: bool,
    /// True if the lifetime of the cookie with the token counts, because the answer may state no other.
    pub(crate) cookie: bool,
    /// True if the answer's `Date` is needed.
    pub(crate) dated: bool,
    pub(crate) default: Otherwise,
}

/// A field of the answer that states a lifetime.
#[derive(Serialize)]
pub(crate) struct Source {
    pub(crate) pointer: String,
    pub(crate) rust: String,
    /// True for a number, which may arrive as a text. False for a text.
    pub(crate) number: bool,
    /// The function of `parse` that reads a time since 1970.
    pub(crate) unix: Option<&'static str>,
}

/// The lifetime of a token if the answer states none.
#[derive(Default, Serialize)]
pub(crate) struct Otherwise {
    pub(crate) seconds: u64,
    pub(crate) note: Note,
}

/// Names that the code of an answer and the session already uses.
const SESSION: &str = "answer authorize date end expiry given lifetime refresh_token token";

fn rust_name(json: &str, property: &Node) -> String {
    let name = types::rust_name(json, property);
    // The tokens have their own names.
    if types::is_secret(property) { name } else { names::free(&name, SESSION) }
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
    /// The pointers to the tokens.
    token_at: &'d str,
    refresh_at: &'d str,
    /// The pointer to the lifetime of the refresh token.
    refresh_lives_at: &'d str,
    by_hand: bool,
    answer: Answer,
}

impl Answer {
    pub(crate) fn read(document: &Document) -> Self {
        let auth = document.auth();
        let refresh = auth.get("refresh").map(|refresh| (refresh.text("token"), refresh.text("lifetime")));
        let (refresh_at, refresh_lives_at) = refresh.unwrap_or_default();
        let nothing = Node::made("{}");
        let schema = schema(document).unwrap_or(&nothing);
        let mut reader = Reader {
            document,
            schema,
            token_at: auth.text("token"),
            refresh_at,
            refresh_lives_at,
            by_hand: auth.texts("handwritten").contains(&"session"),
            answer: Self {
                session_docs: schema.words("description").unwrap_or("The result of a login.").to_owned(),
                session_note: schema.note(),
                ..Self::default()
            },
        };
        if document.logins().next().is_none() {
            return reader.answer;
        }
        reader.lifetime(auth);
        reader.tokens(auth);
        if !reader.by_hand {
            reader.refusals(auth);
        }
        reader.walk("LoginAnswer", schema, "", None);
        if reader.answer.wire.iter().all(|struct_| struct_.members.is_empty()) {
            (reader.answer.wire, reader.answer.steps) = (Vec::new(), Vec::new());
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

    /// Returns an example of the answer without the token and its lifetime.
    pub(crate) fn tokenless(&self, document: &Document, body: &str) -> String {
        let mut tokenless: Json = serde_json::from_str(body).unwrap_or_default();
        let stated = self.lifetime.fields.iter().map(|field| &field.pointer);
        for pointer in stated.chain(self.token.places.first()) {
            let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
            let schema = schema(document).and_then(|schema| document.property(schema, pointer));
            let aliases = schema.map(|schema| schema.texts("x-aliases")).unwrap_or_default();
            if let Some(members) = tokenless.pointer_mut(parent).and_then(Json::as_object_mut) {
                [name].iter().chain(&aliases).for_each(|name| drop(members.remove(*name)));
            }
        }
        tokenless.to_string()
    }
}

/// Returns the schema of the answer to a login.
pub(crate) fn schema(document: &Document) -> Option<&Node> {
    document.logins().find_map(|login| login.answered()).map(|schema| document.resolve(schema))
}

impl<'d> Reader<'d> {
    /// Returns the name in Rust and the schema at a pointer into the answer. A fault is at `said`.
    fn at(&self, pointer: &str, said: &Node) -> Option<(String, &'d Node)> {
        let found = self.document.property(self.schema, pointer);
        if found.is_none() {
            let known: Vec<_> = self.schema.members("properties").map(|(name, _)| format!("/{name}")).collect();
            let message =
                format!("{pointer} leads to no property of the login's answer, which has {}", known.join(", "));
            self.document.fault(said, message);
        }
        found.map(|schema| (rust_name(&parts(pointer).last().unwrap_or_default(), schema), schema))
    }

    fn secret(&self, pointer: &str, said: &Node) -> Option<(String, &'d Node)> {
        let (rust, schema) = self.at(pointer, said)?;
        if !types::is_secret(self.document.resolve(schema)) {
            self.document.fault(said, "the token's property is not a secret: give it the format password");
        }
        Some((rust, schema))
    }

    fn tokens(&mut self, auth: &Node) {
        let said = auth.get("token").unwrap_or(auth);
        if let Some((outside, name)) = ["header", "cookie"].iter().find_map(|kind| Some((*kind, said.words(kind)?))) {
            self.answer.token = Token {
                field: name.to_owned(),
                path: format!("{outside} {name}"),
                outside: Some(outside),
                ..Token::default()
            };
        } else if let Some((field, schema)) = self.secret(self.token_at, said) {
            let around = self.token_at.rsplit_once('/').map(|(around, _)| around).unwrap_or_default();
            let aliases = schema.texts("x-aliases").into_iter().map(|alias| below(around, alias));
            self.answer.token = Token {
                field,
                places: [self.token_at.to_owned()].into_iter().chain(aliases).collect(),
                path: names::dotted(self.token_at),
                docs: schema.text("description").to_owned(),
                outside: None,
            };
        }
        let Some(refresh) = auth.get("refresh") else { return };
        let lifetime = refresh.get("lifetime").and_then(|said| self.at(self.refresh_lives_at, said));
        let token = self.secret(self.refresh_at, refresh);
        self.answer.refresh_token = token.map(|(field, _)| (field, lifetime.map(|(rust, _)| rust)));
    }

    fn lifetime(&mut self, auth: &Node) {
        let parts = auth.items("lifetime");
        for part in parts {
            let (start, until) = (part.words("since"), part.words("until"));
            for pointer in [part.words("seconds"), part.words("minutes")].into_iter().flatten() {
                self.source(pointer, part, true);
            }
            for pointer in part.texts("difference").into_iter().chain(start).chain(until) {
                self.source(pointer, part, false);
            }
        }
        let default = parts.iter().position(|part| part.get("default").is_some());
        for part in parts.iter().skip(default.map_or(parts.len(), |index| index + 1)) {
            self.document.fault(part, "nothing comes after a default: put the default last");
        }
        if default.is_none() {
            let message = "a lifetime ends with a default: add {\"default\": SECONDS} for an answer that states none";
            self.document.fault(auth.get("lifetime").unwrap_or(auth), message);
        }
        let default = default.map_or(auth, |index| &parts[index]);
        let seconds = u64::try_from(default.number("default").unwrap_or_default()).unwrap_or_default();
        let note = default.note();
        let has = |name: &str| parts.iter().any(|part| part.get(name).is_some());
        let by_server = parts.iter().any(|part| part.text("by") == "server");
        self.answer.lifetime = Lifetime {
            parts: parts.to_vec(),
            fields: std::mem::take(&mut self.answer.lifetime.fields),
            jwt: has("jwt"),
            cookie: auth.at("/token/cookie").is_some(),
            dated: has("since") || has("difference") || has("jwt") || by_server,
            default: Otherwise { seconds, note },
        };
    }

    /// Adds a field that states a lifetime: a number, or a date.
    fn source(&mut self, pointer: &str, part: &Node, amount: bool) {
        let Some((rust, schema)) = self.at(pointer, part) else { return };
        let schema = self.document.resolve(schema);
        let unix = match schema.text("format") {
            "unix-time" if part.words("until") == Some(pointer) => Some("unix_seconds"),
            "unix-time-ms" if part.words("until") == Some(pointer) => Some("unix_millis"),
            _ => None,
        };
        let number = amount || unix.is_some();
        if !number && !types::is(schema, "string") {
            let message =
                format!("{pointer} is no text, and so no date: give it the type string, or the format unix-time");
            self.document.fault(part, message);
        }
        match self.answer.lifetime.fields.iter().find(|known| known.pointer == pointer) {
            Some(known) if known.number != number => {
                let message = format!("{pointer} is given as a number of seconds and as a date: keep one of them");
                self.document.fault(part, message);
            }
            Some(_) => {}
            None => self.answer.lifetime.fields.push(Source { pointer: pointer.to_owned(), rust, number, unix }),
        }
    }

    fn refusals(&mut self, auth: &'d Node) {
        for mark in auth.items("refused") {
            let Some(pointer) = mark.words("at") else { continue };
            let Some((_, schema)) = self.at(pointer, mark) else { continue };
            let json = pointer.trim_start_matches('/');
            if json.contains('/') {
                let message = "the mark of a refusal is at the top of the answer: take a member of the answer itself";
                self.document.fault(mark, message);
            }
            let mut field = named(types::member(self.document, json, schema, false), schema);
            let is_flag = matches!(mark.get("is").map(Node::value), Some(Value::Bool(_)));
            if is_flag { "Option<bool>" } else { "Option<String>" }.clone_into(&mut field.held);
            field.reader = Some("optional");
            self.answer.refused.push(Refusal { field, mark: mark.clone() });
        }
    }

    /// Adds the wire type of the answer, or of an object in it, and the fields that a session keeps.
    fn walk(&mut self, name: &str, schema: &'d Node, pointer: &str, from: Option<String>) {
        let mut wire = Struct::read(self.document, name, schema);
        let (at, mut inner, mut fields) = (self.answer.wire.len(), Vec::new(), Vec::new());
        for (known, (json, property)) in wire.members.into_iter().zip(schema.members("properties")) {
            let here = below(pointer, json);
            let target = self.document.resolve(property);
            let is_token = here == self.token_at || here == self.refresh_at;
            let is_secret = types::is_secret(target);
            let is_inner = types::has_members(target) && (property.get("$ref").is_none() || self.is_above(&here));
            let source = self.answer.lifetime.fields.iter().find(|field| field.pointer == here);
            let (states, number) = (source.is_some(), source.is_some_and(|field| field.number));
            let (states, number) = if here == self.refresh_lives_at { (true, true) } else { (states, number) };
            let marks_refusal = self.answer.refused.iter().any(|refused| refused.mark.text("at") == here);
            let is_needed =
                if self.by_hand { is_secret || is_inner || states } else { is_token || !(is_secret || marks_refusal) };
            if !is_needed {
                continue;
            }
            let mut member = named(known.clone(), property);
            if is_inner {
                let nested = format!("{name}{}", json.to_upper_camel_case());
                (member.held, member.reader) = (format!("Option<{nested}>"), None);
                inner.push((nested, target, here, member.rust.clone()));
            } else if is_token || is_secret {
                (member.held, member.reader) = ("Option<SecretString>".to_owned(), None);
            } else if number {
                (member.held, member.reader) = ("Value".to_owned(), None);
            } else {
                if types::holds_secret(self.document, property) {
                    let message = "a session can be printed, but it contains a secret: add x-rust, or leave it out";
                    self.document.fault(property, message);
                }
                self.answer.kept.push(property.clone());
                let parsed = known.kind == Kind::Date && states;
                self.answer.session.push(Member { rust: member.rust.clone(), parsed, ..known });
                if states {
                    (member.held, member.reader) = ("Option<String>".to_owned(), Some("optional"));
                }
            }
            fields.push(member);
        }
        let names = fields.iter().map(|field| field.rust.clone()).collect();
        self.answer.steps.push(Step { type_: name.to_owned(), fields: names, from });
        wire.members = fields;
        self.answer.wire.insert(at, wire);
        for (nested, target, here, from) in inner {
            self.walk(&nested, target, &here, Some(from));
        }
    }

    /// Returns true if a token or a lifetime is below this place.
    fn is_above(&self, here: &str) -> bool {
        let sources = self.answer.lifetime.fields.iter().map(|source| source.pointer.as_str());
        let mut all = sources.chain([self.token_at, self.refresh_at, self.refresh_lives_at]);
        all.any(|pointer| pointer.strip_prefix(here).is_some_and(|rest| rest.starts_with('/')))
    }
}
