//! The answer to a login: the token, its lifetime, and what a session keeps of the rest.

use serde::Serialize;

use super::document::{Document, Node, Value, parts};
use super::login::below;
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
    /// The name of its field in Rust.
    pub(crate) field: String,
    /// The place of the token in the answer: `response.token`.
    pub(crate) path: String,
    /// The call that reads it from a header of the answer. That of a cookie also returns the cookie's lifetime.
    pub(crate) call: Option<String>,
    pub(crate) is_cookie: bool,
    /// The pointers to the token, under each of its names.
    #[serde(skip)]
    pub(crate) places: Vec<String>,
    /// The description of its property.
    pub(crate) docs: String,
}

/// The mark of a refused login.
#[derive(Serialize)]
pub(crate) struct Refusal {
    pub(crate) field: Member,
    /// The comparison, in Rust.
    pub(crate) is: String,
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
    /// The fields of the answer that state it, once each.
    pub(crate) fields: Vec<Source>,
    /// Expressions of `Option<Duration>`, or of `Option<Expiry>` if a token may never expire. The first that is `Some`
    /// counts.
    pub(crate) links: Vec<String>,
    /// True if a value means that the token never expires.
    pub(crate) never: bool,
    /// True if the token's own claims count. Its `exp` then limits every other lifetime.
    pub(crate) jwt: bool,
    /// True if the lifetime of the cookie with the token counts, because the answer may state no other.
    pub(crate) cookie: bool,
    /// True if the answer's `Date` is needed.
    pub(crate) dated: bool,
    pub(crate) default: Otherwise,
    /// The sentence for the docs: `expires_in`, else ….
    pub(crate) words: String,
    /// The parts of that sentence.
    #[serde(skip)]
    pub(crate) parts: Vec<String>,
}

/// A field of the answer that states a lifetime.
#[derive(Serialize)]
pub(crate) struct Source {
    #[serde(skip)]
    pub(crate) pointer: String,
    pub(crate) rust: String,
    /// True for a number, which may arrive as a text. False for a text.
    pub(crate) number: bool,
}

/// The lifetime of a token if the answer states none.
#[derive(Default, Serialize)]
pub(crate) struct Otherwise {
    /// The seconds in Rust: `3600`.
    pub(crate) seconds: String,
    /// The same in the largest exact unit: 1 `hour`.
    pub(crate) count: u64,
    pub(crate) unit: &'static str,
    /// The words for the docs: `an hour`.
    pub(crate) words: String,
    pub(crate) note: Note,
}

/// Names that the code of an answer and the session already uses.
const SESSION: &str = "answer authorize date end expiry given lifetime refresh_token token";

fn rust_name(json: &str, property: &Node) -> String {
    let name = types::rust_name(json, property);
    // The tokens have their own names.
    if types::is_secret(property) { name } else { names::free(&name, SESSION) }
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
    refused_at: Vec<&'d str>,
    answer: Answer,
}

impl Answer {
    pub(crate) fn read(document: &Document, auth: &Node, ids: &[String]) -> Self {
        let missing = Node::made("{}");
        let schema = schema(document, ids).unwrap_or(&missing);
        let refresh = auth.get("refresh");
        let mut reader = Reader {
            document,
            schema,
            token_at: auth.text("token"),
            refresh_at: refresh.map(|refresh| refresh.text("token")).unwrap_or_default(),
            refresh_lives_at: refresh.map(|refresh| refresh.text("lifetime")).unwrap_or_default(),
            by_hand: auth.texts("handwritten").contains(&"session"),
            refused_at: Vec::new(),
            answer: Self {
                session_docs: schema.words("description").unwrap_or("The result of a login.").to_owned(),
                session_note: document.note(schema),
                ..Self::default()
            },
        };
        if ids.is_empty() {
            return reader.answer;
        }
        reader.lifetime(auth);
        reader.tokens(auth, refresh);
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
        let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let of_cookie = |name: &str| header("set-cookie")?.split(';').next()?.strip_prefix(name)?.strip_prefix('=');
        let found = match (&self.token.call, self.token.field.as_str()) {
            (None, _) => self.token.places.iter().find_map(|place| value.at(place)?.as_str()),
            (Some(_), name) if self.token.is_cookie => of_cookie(name),
            (Some(_), name) => header(name),
        };
        found.map(str::to_owned)
    }
}

/// Returns the schema of the answer to a login.
pub(crate) fn schema<'d>(document: &'d Document, ids: &[String]) -> Option<&'d Node> {
    let operations = document.operations().into_iter().filter(|operation| ids.contains(&operation.id()));
    let responses = operations.flat_map(|operation| operation.node.members("responses"));
    let mut good = responses.filter(|(status, _)| status.starts_with('2'));
    good.find_map(|(_, response)| document.get(document.resolve(response).content("json")?, "schema"))
}

impl<'d> Reader<'d> {
    /// Returns the schema at a pointer into the answer. A fault is at `said`.
    fn at(&self, pointer: &str, said: &Node) -> Option<&'d Node> {
        let step = |schema: &'d Node, part: String| self.document.resolve(schema).get("properties")?.get(&part);
        let found = parts(pointer).try_fold(self.schema, step);
        if found.is_none() {
            let known: Vec<_> = self.schema.members("properties").map(|(name, _)| format!("/{name}")).collect();
            let message =
                format!("{pointer} leads to no property of the login's answer, which has {}", known.join(", "));
            self.document.fault(said, message);
        }
        found
    }

    fn secret(&self, pointer: &str, said: &Node) -> Option<&'d Node> {
        let schema = self.at(pointer, said)?;
        if !types::is_secret(self.document.resolve(schema)) {
            self.document.fault(said, "the token's property is not a secret: give it the format password");
        }
        Some(schema)
    }

    fn tokens(&mut self, auth: &Node, refresh: Option<&Node>) {
        let said = auth.get("token").unwrap_or(auth);
        if let Some((kind, name)) = ["header", "cookie"].iter().find_map(|kind| Some((*kind, said.words(kind)?))) {
            self.answer.token = Token {
                field: if kind == "cookie" { name.to_owned() } else { name.to_ascii_lowercase() },
                path: format!("{kind} {name}"),
                call: Some(format!("answer.{kind}({name:?})")),
                is_cookie: kind == "cookie",
                ..Token::default()
            };
        } else if let Some(schema) = self.secret(self.token_at, said) {
            let around = self.token_at.rsplit_once('/').map(|(around, _)| around).unwrap_or_default();
            let aliases = schema.texts("x-aliases").into_iter().map(|alias| below(around, alias));
            self.answer.token = Token {
                places: [self.token_at.to_owned()].into_iter().chain(aliases).collect(),
                field: rust_name(&parts(self.token_at).last().unwrap_or_default(), schema),
                path: names::dotted(self.token_at),
                call: None,
                is_cookie: false,
                docs: schema.text("description").to_owned(),
            };
        }
        if let Some(refresh) = refresh
            && let Some(schema) = self.secret(self.refresh_at, refresh)
        {
            let name = |schema| rust_name(&parts(self.refresh_lives_at).last().unwrap_or_default(), schema);
            let lifetime = refresh.get("lifetime").and_then(|said| self.at(self.refresh_lives_at, said)).map(name);
            let field = rust_name(&parts(self.refresh_at).last().unwrap_or_default(), schema);
            self.answer.refresh_token = Some((field, lifetime));
        }
    }

    fn lifetime(&mut self, auth: &Node) {
        self.answer.lifetime.never = auth.items("lifetime").iter().any(|part| part.get("never").is_some());
        for part in auth.items("lifetime") {
            if part.get("default").is_some() && auth.at("/token/cookie").is_some() {
                self.link("of_cookie".to_owned());
                self.answer.lifetime.cookie = true;
            }
            if !self.answer.lifetime.default.seconds.is_empty() {
                self.document.fault(part, "nothing comes after a default: put the default last");
            }
            let said = self.part(part);
            self.answer.lifetime.parts.push(said);
        }
        let mut words = self.answer.lifetime.parts.clone();
        if self.answer.lifetime.cookie {
            words.insert(words.len() - 1, "the cookie's `Max-Age` or `Expires`".to_owned());
        }
        self.answer.lifetime.words = words.join(", else ");
        if self.answer.lifetime.default.seconds.is_empty() {
            let message = "a lifetime ends with a default: add {\"default\": SECONDS} for an answer that states none";
            self.document.fault(auth.get("lifetime").unwrap_or(auth), message);
        }
    }

    /// Adds one part of a lifetime, and returns its words.
    fn part(&mut self, part: &Node) -> String {
        let amount = ["seconds", "minutes"].iter().find_map(|unit| Some((*unit, part.words(unit)?)));
        if let Some((unit, pointer)) = amount {
            let rust = self.source(pointer, part, true);
            let never = part.number("never");
            if let Some(value) = never {
                let link = format!("(parse::integer({rust}) == Some({value})).then_some(Expiry::Never)");
                self.answer.lifetime.links.push(link);
            }
            let times = if unit == "minutes" { ".map(|minutes| minutes * 60)" } else { "" };
            let in_unit = if unit == "minutes" { " in minutes" } else { "" };
            let mut link = format!("parse::seconds({rust}){times}");
            let mut words = format!("`{}`{in_unit}", names::dotted(pointer));
            if let Some(since) = part.words("since") {
                let start = self.source(since, part, false);
                link = format!("{link}.map(|all| parse::dates::remaining(all, {start}, date))");
                words = format!("{words} since `{}`", names::dotted(since));
                self.answer.lifetime.dated = true;
            }
            self.link(link);
            never.map_or(words.clone(), |value| format!("{words}, where `{value}` means for ever"))
        } else if let [start, end] = part.texts("difference")[..] {
            let (first, last) = (self.source(start, part, false), self.source(end, part, false));
            self.answer.lifetime.dated = true;
            let all = format!("parse::dates::difference({first}, {last})");
            self.link(format!("{all}.map(|all| parse::dates::remaining(all, {first}, date))"));
            format!("`{} − {}`", names::dotted(end), names::dotted(start))
        } else if let Some(pointer) = part.words("until") {
            let format = self.at(pointer, part).map(|schema| self.document.resolve(schema).text("format"));
            let unix = match format {
                Some("unix-time") => Some("unix_seconds"),
                Some("unix-time-ms") => Some("unix_millis"),
                _ => None,
            };
            let rust = self.source(pointer, part, unix.is_some());
            let by_server = part.text("by") == "server";
            self.answer.lifetime.dated |= by_server;
            self.link(match (unix, by_server) {
                (Some(read), true) => {
                    format!("parse::{read}({rust}).and_then(|end| parse::dates::until_time(end, date))")
                }
                (Some(read), false) => {
                    format!("parse::{read}({rust}).and_then(|end| parse::dates::until_time(end, None))")
                }
                (None, true) => format!("parse::dates::until({rust}, date)"),
                (None, false) => format!("parse::dates::from_now({rust})"),
            });
            let by = if by_server { "against the answer's `Date`" } else { "by the local clock" };
            format!("`{}` {by}", names::dotted(pointer))
        } else if part.get("jwt").is_some() {
            (self.answer.lifetime.jwt, self.answer.lifetime.dated) = (true, true);
            self.link("parse::jwt::lifetime(token.expose_secret())".to_owned());
            "the token's own `exp − iat`".to_owned()
        } else {
            let seconds = part.number("default").and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or_default();
            let (count, unit) = names::in_units(seconds);
            self.answer.lifetime.default = Otherwise {
                seconds: names::grouped(seconds),
                count,
                unit,
                words: names::span(seconds),
                note: self.document.note(part),
            };
            names::span(seconds)
        }
    }

    fn link(&mut self, link: String) {
        let lifetime = &mut self.answer.lifetime;
        lifetime.links.push(if lifetime.never { format!("{link}.map(Expiry::In)") } else { link });
    }

    /// Returns the field that states a lifetime, in Rust.
    fn source(&mut self, pointer: &str, part: &Node, number: bool) -> String {
        let Some(schema) = self.at(pointer, part) else { return String::new() };
        let rust = rust_name(&parts(pointer).last().unwrap_or_default(), schema);
        if !number && !types::is(self.document.resolve(schema), "string") {
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
            None => {
                let source = Source { pointer: pointer.to_owned(), rust: rust.clone(), number };
                self.answer.lifetime.fields.push(source);
            }
        }
        rust
    }

    fn refusals(&mut self, auth: &'d Node) {
        for refused in auth.items("refused") {
            let Some(pointer) = refused.words("at") else { continue };
            let Some(schema) = self.at(pointer, refused) else { continue };
            let json = pointer.trim_start_matches('/');
            if json.contains('/') {
                let message = "the mark of a refusal is at the top of the answer: take a member of the answer itself";
                self.document.fault(refused, message);
            }
            let rust = rust_name(json, schema);
            let (held, is) = match (refused.get("is").map(Node::value), refused.words("is_not")) {
                (Some(Value::Bool(value)), _) => ("Option<bool>", format!("{rust} == Some({value})")),
                (Some(value), _) => {
                    let text = if let Value::Text(text) = value { text.as_str() } else { "" };
                    ("Option<String>", format!("{rust}.as_deref() == Some({text:?})"))
                }
                (None, text) => {
                    let text = text.unwrap_or_default();
                    ("Option<String>", format!("{rust}.is_some_and(|it| !it.eq_ignore_ascii_case({text:?}))"))
                }
            };
            let mut field = self.member(json, schema, false);
            (field.held, field.reader) = (held.to_owned(), Some("optional"));
            self.refused_at.push(pointer);
            self.answer.refused.push(Refusal { field, is });
        }
    }

    fn member(&self, json: &str, schema: &Node, camel: bool) -> Member {
        let mut member = types::member(self.document, json, schema, camel);
        if member.kind == Kind::Text {
            member.reader = Some("optional");
        }
        let rust = rust_name(json, schema);
        (member.renamed, member.rust) = (member.renamed || rust != member.rust, rust);
        member
    }

    /// Adds the wire type of the answer, or of an object in it, and the fields that a session keeps.
    fn walk(&mut self, name: &str, schema: &'d Node, pointer: &str, from: Option<String>) {
        let (members, camel) = types::members(self.document, schema);
        let (at, mut inner, mut fields) = (self.answer.wire.len(), Vec::new(), Vec::new());
        for (known, (json, property)) in members.into_iter().zip(schema.members("properties")) {
            let here = below(pointer, json);
            let target = self.document.resolve(property);
            let is_token = here == self.token_at || here == self.refresh_at;
            let is_secret = types::is_secret(target);
            let is_inner = types::has_members(target) && (property.get("$ref").is_none() || self.is_above(&here));
            let sources = &self.answer.lifetime.fields;
            let states = sources.iter().find(|field| field.pointer == here).map(|field| field.number);
            let states = if here == self.refresh_lives_at { Some(true) } else { states };
            let is_needed = if self.by_hand {
                is_secret || is_inner || states.is_some()
            } else {
                is_token || !(is_secret || self.refused_at.contains(&here.as_str()))
            };
            if !is_needed {
                continue;
            }
            let mut member = self.member(json, property, camel);
            if is_inner {
                let nested = format!("{name}{}", names::pascal(json));
                (member.held, member.reader) = (format!("Option<{nested}>"), None);
                inner.push((nested, target, here, member.rust.clone()));
            } else if is_token || is_secret {
                (member.held, member.reader) = ("Option<SecretString>".to_owned(), None);
            } else if states == Some(true) {
                (member.held, member.reader) = ("Value".to_owned(), None);
            } else {
                if types::holds_secret(self.document, property) {
                    let message = "a session can be printed, but it contains a secret: add x-rust, or leave it out";
                    self.document.fault(property, message);
                }
                self.answer.kept.push(property.clone());
                let parsed = known.kind == Kind::Date && states.is_some();
                let (rust, seen) = (member.rust.clone(), member.rust.clone());
                self.answer.session.push(Member { rust, seen, parsed, ..known });
                if states.is_some() {
                    (member.held, member.reader) = ("Option<String>".to_owned(), Some("optional"));
                }
            }
            fields.push(member);
        }
        let names = fields.iter().map(|field| field.rust.clone()).collect();
        self.answer.steps.push(Step { type_: name.to_owned(), fields: names, from });
        self.answer.wire.insert(at, Struct::wire(name, fields, camel));
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
