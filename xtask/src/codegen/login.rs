//! The login of a provider: the account that it sends, the parts of its answer, and the lifetime of its token.

use serde::Serialize;

use super::document::{Document, Node, Operation, Value, escape, parts};
use super::names;
use super::provenance::Note;
use super::types::{self, Kind, Member, Struct};

#[derive(Serialize)]
pub(crate) struct Login {
    /// The operations of the login: one for each API.
    #[serde(skip)]
    pub(crate) ids: Vec<String>,
    pub(crate) account: Vec<Field>,
    pub(crate) account_docs: String,
    pub(crate) account_note: Note,
    pub(crate) token: Token,
    pub(crate) refused: Vec<Refusal>,
    pub(crate) lifetime: Lifetime,
    /// The steps that destructure the login's answer.
    pub(crate) steps: Vec<Step>,
    pub(crate) wire: Vec<Struct>,
    /// The fields of a `Session`, other than its token and lifetime.
    pub(crate) session: Vec<Member>,
    pub(crate) session_docs: String,
    pub(crate) session_note: Note,
}

/// A field of the account.
#[derive(Clone, Serialize)]
pub(crate) struct Field {
    pub(crate) rust: String,
    pub(crate) json: String,
    /// The noun in the docs: `user name`.
    pub(crate) noun: String,
    /// The noun with its article: `a user name`.
    pub(crate) a_noun: String,
    pub(crate) docs: String,
    /// The origin, if the field has its own.
    pub(crate) note: Note,
    pub(crate) secret: bool,
    pub(crate) required: bool,
    /// The path of the handwritten type, if it has one.
    pub(crate) custom: Option<String>,
    /// The type that the builder takes.
    pub(crate) type_: String,
    /// The fixed text, if the user cannot choose it.
    pub(crate) constant: Option<String>,
    pub(crate) at_most: Option<i64>,
    /// The end of the environment variable's name: `USERNAME`.
    pub(crate) variable: String,
    /// The example as a Rust literal.
    pub(crate) example: String,
}

#[derive(Default, Serialize)]
pub(crate) struct Token {
    /// The name of its field in Rust.
    pub(crate) field: String,
    /// The path of the token in the answer: `response.token`.
    pub(crate) path: String,
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
    pub(crate) fields: Vec<LifetimeField>,
    /// Expressions of `Option<Duration>`, or of `Option<Expiry>` if a token may never expire. The first that is `Some`
    /// counts.
    pub(crate) links: Vec<String>,
    /// True if a value means that the token never expires.
    pub(crate) never: bool,
    /// True if the token's own claims count. Its `exp` then limits every other lifetime.
    pub(crate) jwt: bool,
    /// True if the answer's `Date` is needed.
    pub(crate) dated: bool,
    pub(crate) default: Default_,
    /// The sentence for the docs: `expires_in`, else ….
    pub(crate) words: String,
    /// The parts of that sentence.
    #[serde(skip)]
    pub(crate) parts: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct LifetimeField {
    #[serde(skip)]
    pub(crate) pointer: String,
    pub(crate) rust: String,
    /// True for a number, which may arrive as a text. False for a text.
    pub(crate) number: bool,
}

/// The lifetime of a token if the answer states none.
#[derive(Default, Serialize)]
pub(crate) struct Default_ {
    /// The seconds in Rust: `3600`.
    pub(crate) seconds: String,
    #[serde(skip)]
    pub(crate) plain_seconds: u64,
    /// The words for the docs: `an hour`.
    pub(crate) words: String,
    pub(crate) note: Note,
}

impl Login {
    pub(crate) fn read(document: &Document, auth: &Node) -> Self {
        let ids: Vec<_> = auth.texts("login").into_iter().map(str::to_owned).collect();
        let operations = document.operations();
        let logins: Vec<_> = operations.iter().filter(|operation| ids.iter().any(|id| *id == operation.id())).collect();
        for id in ids.iter().filter(|id| !logins.iter().any(|login| login.id() == **id)) {
            document.fault(
                auth.get("login").unwrap_or(auth),
                format!("there is no operation {id:?}: take the operationId of the login"),
            );
        }
        let missing = Node::made("{}");
        let request = logins.first().and_then(|login| request(document, login)).unwrap_or(&missing);
        let answer = logins.iter().find_map(|login| answer(document, login)).unwrap_or(&missing);
        let mut reader = Reader {
            document,
            answer,
            token_at: auth.text("token"),
            by_hand: auth.texts("handwritten").contains(&"session"),
            lifetime: Lifetime::default(),
            refused_at: Vec::new(),
            login: Self {
                account: account(document, request),
                account_docs: request.text("description").to_owned(),
                account_note: document.note(request),
                session_docs: answer.text("description").to_owned(),
                session_note: document.note(answer),
                ids: ids.clone(),
                token: Token::default(),
                refused: Vec::new(),
                lifetime: Lifetime::default(),
                steps: Vec::new(),
                wire: Vec::new(),
                session: Vec::new(),
            },
        };
        reader.lifetime(auth);
        reader.token(auth);
        if !reader.by_hand {
            reader.refusals(auth);
        }
        reader.walk("LoginAnswer", answer, "", None);
        Self { lifetime: reader.lifetime, ..reader.login }
    }

    /// Returns the token of an answer.
    pub(crate) fn token_of(&self, answer: &Node) -> Option<String> {
        self.token.places.iter().find_map(|place| answer.at(place)?.as_str().map(str::to_owned))
    }

    /// Returns the fields that a login requires and the user sets.
    pub(crate) fn required(&self) -> impl Iterator<Item = &Field> {
        self.account.iter().filter(|field| field.required && field.constant.is_none())
    }
}

/// Returns the schema of what a login sends.
pub(crate) fn request<'d>(document: &'d Document, login: &Operation<'d>) -> Option<&'d Node> {
    let body = document.get(login.node, "requestBody")?;
    document.get(body.content("json")?, "schema")
}

/// Returns the schema of the answer to a login.
pub(crate) fn answer<'d>(document: &'d Document, login: &Operation<'d>) -> Option<&'d Node> {
    let mut good = login.node.members("responses").filter(|(status, _)| status.starts_with('2'));
    good.find_map(|(_, response)| document.get(document.resolve(response).content("json")?, "schema"))
}

fn account(document: &Document, request: &Node) -> Vec<Field> {
    let required = request.texts("required");
    let field = |(json, property): (&str, &Node)| field(document, json, property, required.contains(&json));
    let fields: Vec<_> = request.members("properties").map(field).collect();
    if !fields.iter().any(|field| field.secret) {
        document.fault(
            request,
            "none of its properties is a secret: give the one that proves who logs in the format password",
        );
    }
    fields
}

fn field(document: &Document, json: &str, property: &Node, required: bool) -> Field {
    let schema = document.resolve(property);
    let (custom, constant) = (schema.words("x-rust").map(str::to_owned), schema.text_of("const"));
    if !types::is(schema, "string") && custom.is_none() && constant.is_none() {
        document.fault(property, "a login sends texts: give this property the type string, or an x-rust");
    }
    let (rust, secret) = (types::rust_name(json, property), types::is_secret(schema));
    let noun = schema.words("title").map_or_else(|| rust.replace('_', " "), str::to_owned);
    let example = schema.items("examples").iter().chain(schema.get("example")).find(|example| !example.is_null());
    let example = match example.map(Node::value) {
        Some(Value::Text(text)) => format!("{text:?}"),
        Some(_) => example.map(ToString::to_string).unwrap_or_default(),
        None if constant.is_some() => String::new(),
        None => format!("{:?}", format!("{}-de-exemplo", rust.replace('_', "-"))),
    };
    let type_ = match &custom {
        Some(custom) => custom.rsplit("::").next().unwrap_or(custom),
        None if secret => "Secret",
        None => "String",
    };
    Field {
        a_noun: names::with_article(&noun),
        json: json.to_owned(),
        docs: schema.words("description").map_or_else(|| format!("The {noun}."), str::to_owned),
        note: document.note(property),
        type_: type_.to_owned(),
        at_most: schema.number("maxLength"),
        variable: schema.words("x-variable").map_or_else(|| rust.to_ascii_uppercase(), str::to_owned),
        noun,
        rust,
        secret,
        required,
        custom,
        constant,
        example,
    }
}

/// A reader of a login's answer.
struct Reader<'d> {
    document: &'d Document,
    answer: &'d Node,
    token_at: &'d str,
    by_hand: bool,
    lifetime: Lifetime,
    refused_at: Vec<&'d str>,
    login: Login,
}

impl<'d> Reader<'d> {
    /// Returns the schema at a pointer into the answer. A fault is at `said`.
    fn at(&self, pointer: &str, said: &Node) -> Option<&'d Node> {
        let step = |schema: &'d Node, part: String| self.document.resolve(schema).get("properties")?.get(&part);
        let found = parts(pointer).try_fold(self.answer, step);
        if found.is_none() {
            let known: Vec<_> = self.answer.members("properties").map(|(name, _)| format!("/{name}")).collect();
            let message =
                format!("{pointer} leads to no property of the login's answer, which has {}", known.join(", "));
            self.document.fault(said, message);
        }
        found
    }

    fn token(&mut self, auth: &Node) {
        let said = auth.get("token").unwrap_or(auth);
        let Some(schema) = self.at(self.token_at, said) else { return };
        if !types::is_secret(schema) {
            self.document.fault(said, "the token's property is no secret: give it the format password");
        }
        let around = self.token_at.rsplit_once('/').map(|(around, _)| around).unwrap_or_default();
        let aliases = schema.texts("x-aliases").into_iter().map(|alias| format!("{around}/{}", escape(alias)));
        self.login.token = Token {
            places: [self.token_at.to_owned()].into_iter().chain(aliases).collect(),
            field: types::rust_name(&parts(self.token_at).last().unwrap_or_default(), schema),
            path: names::dotted(self.token_at),
            docs: schema.text("description").to_owned(),
        };
    }

    fn lifetime(&mut self, auth: &Node) {
        self.lifetime.never = auth.items("lifetime").iter().any(|part| part.get("never").is_some());
        for part in auth.items("lifetime") {
            if !self.lifetime.default.seconds.is_empty() {
                self.document.fault(part, "nothing comes after a default: put the default last");
            }
            let said = self.part(part);
            self.lifetime.parts.push(said);
        }
        self.lifetime.words = self.lifetime.parts.join(", else ");
        if self.lifetime.default.seconds.is_empty() {
            self.document.fault(
                auth.get("lifetime").unwrap_or(auth),
                "a lifetime ends with a default: add {\"default\": SECONDS} for an answer that says nothing",
            );
        }
    }

    /// Adds one part of a lifetime, and returns its words.
    fn part(&mut self, part: &Node) -> String {
        if let Some(pointer) = part.words("seconds") {
            let rust = self.source(pointer, part, true);
            let never = part.number("never");
            if let Some(value) = never {
                self.lifetime.links.push(format!("(parse::integer({rust}) == Some({value})).then_some(Expiry::Never)"));
            }
            let (mut link, mut words) = (format!("parse::seconds({rust})"), format!("`{}`", names::dotted(pointer)));
            if let Some(since) = part.words("since") {
                let start = self.source(since, part, false);
                link = format!("{link}.map(|all| parse::dates::remaining(all, {start}, date))");
                words = format!("{words} since `{}`", names::dotted(since));
                self.lifetime.dated = true;
            }
            self.link(link);
            never.map_or(words.clone(), |value| format!("{words}, where `{value}` means for ever"))
        } else if let [start, end] = part.texts("difference")[..] {
            let (first, last) = (self.source(start, part, false), self.source(end, part, false));
            self.lifetime.dated = true;
            self.link(format!(
                "parse::dates::difference({first}, {last}).map(|all| parse::dates::remaining(all, {first}, date))"
            ));
            format!("`{} − {}`", names::dotted(end), names::dotted(start))
        } else if let Some(pointer) = part.words("until") {
            let rust = self.source(pointer, part, false);
            let by_server = part.text("by") == "server";
            self.lifetime.dated |= by_server;
            self.link(if by_server {
                format!("parse::dates::until({rust}, date)")
            } else {
                format!("parse::dates::from_now({rust})")
            });
            let by = if by_server { "against the answer's `Date`" } else { "by the local clock" };
            format!("`{}` {by}", names::dotted(pointer))
        } else if part.get("jwt").is_some() {
            (self.lifetime.jwt, self.lifetime.dated) = (true, true);
            self.link("parse::jwt::lifetime(token.expose_secret())".to_owned());
            "the token's own `exp − iat`".to_owned()
        } else {
            let seconds = part.number("default").and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or_default();
            self.lifetime.default = Default_ {
                seconds: names::grouped(seconds),
                plain_seconds: seconds,
                words: names::span(seconds),
                note: self.document.note(part),
            };
            names::span(seconds)
        }
    }

    fn link(&mut self, link: String) {
        self.lifetime.links.push(if self.lifetime.never { format!("{link}.map(Expiry::In)") } else { link });
    }

    /// Returns the field that states a lifetime, in Rust.
    fn source(&mut self, pointer: &str, part: &Node, number: bool) -> String {
        let Some(schema) = self.at(pointer, part) else { return String::new() };
        let rust = types::rust_name(&parts(pointer).last().unwrap_or_default(), schema);
        let schema = self.document.resolve(schema);
        if !number && (!types::is(schema, "string") || schema.text("format") == "unix-time") {
            self.document.fault(part, format!("{pointer} is no text, and so no date: give it the type string"));
        }
        match self.lifetime.fields.iter().find(|known| known.pointer == pointer) {
            Some(known) if known.number != number => {
                self.document
                    .fault(part, format!("{pointer} is a number of seconds and a date at once: it is one of them"));
            }
            Some(_) => {}
            None => {
                self.lifetime.fields.push(LifetimeField { pointer: pointer.to_owned(), rust: rust.clone(), number });
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
                self.document.fault(
                    refused,
                    "the mark of a refusal is at the top of the answer: take a member of the answer itself",
                );
            }
            let rust = types::rust_name(json, schema);
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
            held.clone_into(&mut field.held);
            field.reader = Some("optional");
            self.refused_at.push(pointer);
            self.login.refused.push(Refusal { field, is });
        }
    }

    fn member(&self, json: &str, schema: &Node, camel: bool) -> Member {
        let mut member = types::member(self.document, json, schema, camel);
        if member.kind == Kind::Text {
            member.reader = Some("optional");
        }
        member
    }

    /// Adds the wire type of the answer, or of an object in it, and the fields that a session keeps.
    fn walk(&mut self, name: &str, schema: &'d Node, pointer: &str, from: Option<String>) {
        let (members, camel) = types::members(self.document, schema);
        let (at, mut inner, mut fields) = (self.login.wire.len(), Vec::new(), Vec::new());
        for (known, (json, property)) in members.into_iter().zip(schema.members("properties")) {
            let here = format!("{pointer}/{}", escape(json));
            let target = self.document.resolve(property);
            let (is_token, is_secret) = (here == self.token_at, types::is_secret(target));
            let below = format!("{here}/");
            let holds = self.token_at.starts_with(&below)
                || self.lifetime.fields.iter().any(|field| field.pointer.starts_with(&below));
            let is_inner = types::has_members(target) && (holds || property.get("$ref").is_none());
            let states = self.lifetime.fields.iter().find(|field| field.pointer == here).map(|field| field.number);
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
                self.keep(Member { parsed: known.kind == Kind::Date && states.is_some(), ..known }, property);
                if states.is_some() {
                    (member.held, member.reader) = ("Option<String>".to_owned(), Some("optional"));
                }
            }
            fields.push(member);
        }
        self.login.steps.push(Step {
            type_: name.to_owned(),
            fields: fields.iter().map(|field| field.rust.clone()).collect(),
            from,
        });
        self.login.wire.insert(at, Struct::wire(name, fields, camel));
        for (nested, target, here, from) in inner {
            self.walk(&nested, target, &here, Some(from));
        }
    }

    fn keep(&mut self, member: Member, property: &Node) {
        if types::holds_secret(self.document, property) {
            self.document.fault(
                property,
                "what is kept of an answer can be printed, and there is a secret in it: say x-rust, or leave it out",
            );
        }
        self.login.session.push(member);
    }
}
