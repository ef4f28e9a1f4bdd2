//! The login of a provider: the account, and the requests that send it.

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use serde::Serialize;

use super::document::{Document, Node, Operation, Value};
use super::names;
use super::provenance::Note;
use super::security::{Carrier, Scheme};
use super::types::{self, Struct};

/// Names that the builder has already.
const BUILDER: &str =
    "account api base_url build environment from_env from_vars login_base_url options place read shared_store token";

/// The part of a provider's contract about what is sent.
#[derive(Default, Serialize)]
pub(crate) struct Login {
    pub(crate) account: Vec<Field>,
    pub(crate) account_docs: String,
    pub(crate) account_note: Note,
    /// The request of a login. `None` if the account itself is the credential.
    #[serde(rename = "login")]
    pub(crate) first: Option<Request>,
    /// The request that exchanges a refresh token.
    pub(crate) refresh: Option<Request>,
    /// The fields that each request sends by HTTP Basic, if nothing logs in.
    pub(crate) basic: Vec<Field>,
    /// True if the exchange of a refresh token sends one.
    #[serde(skip)]
    exchanges: bool,
}

/// A field of the account.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Field {
    pub(crate) rust: String,
    /// The noun in the docs: `user name`.
    pub(crate) noun: String,
    /// The noun with its article: `a user name`.
    pub(crate) a_noun: String,
    pub(crate) docs: String,
    /// The origin, if the field has its own.
    pub(crate) note: Note,
    pub(crate) secret: bool,
    /// The place of a key that requests carry in addition to the token.
    pub(crate) carrier: Option<Carrier>,
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
    /// The example, or the constant, as a literal of Rust and JSON.
    pub(crate) example: String,
    /// True for a refresh token, which the account does not have.
    pub(crate) exchanged: bool,
    #[serde(skip)]
    pub(crate) pointer: String,
}

/// A request of a login, or of a refresh.
#[derive(Default, Serialize)]
pub(crate) struct Request {
    pub(crate) verb: String,
    pub(crate) path: String,
    /// The constant of the path: `LOGIN`.
    pub(crate) constant: String,
    /// The user name and the password of HTTP Basic. A key alone has no password.
    pub(crate) basic: Vec<Field>,
    /// True if they are the client credentials of OAuth 2.0, which are encoded.
    pub(crate) oauth2: bool,
    /// Headers, in small letters, each with its value.
    pub(crate) headers: Vec<(String, Field)>,
    /// `json` or `form`; `None` without a body.
    pub(crate) encoding: Option<&'static str>,
    pub(crate) body: Option<Struct>,
    pub(crate) query: Option<Struct>,
    /// The types of the body and the query, and those in them.
    pub(crate) structs: Vec<Struct>,
}

impl Login {
    pub(crate) fn read(document: &Document) -> Self {
        let (auth, mut login) = (document.auth(), Self::default());
        let token = Scheme::of_token(document);
        let beside = token.beside(document);
        let key_beside =
            |scheme: &Scheme<'_>| Field { carrier: Some(scheme.carrier(document)), ..key(document, *scheme) };
        login.account = beside.iter().map(key_beside).collect();
        let Some(operation) = document.logins().next() else {
            // Without a login, the fields of the scheme are the credential.
            let title = document.root.at("/info/title").map(Node::plain).unwrap_or_default();
            login.account_docs = format!("The credential of {title}.");
            let is_named = !beside.is_empty() && token.node.text("type") == "apiKey";
            let own = if is_named { vec![key(document, token)] } else { fields(document, token) };
            login.basic = if token.is_basic() { own.clone() } else { Vec::new() };
            login.account.splice(0..0, own);
            login.check(document, token.node);
            return login;
        };
        let body = operation.body().map(|(encoding, schema)| (encoding, document.resolve(schema)));
        let schema = body.map_or(operation.node, |(_, schema)| schema);
        (login.account_docs, login.account_note) = (schema.text("description").to_owned(), schema.note());
        login.first = Some(login.request("Login", document, &operation, body, false));
        login.check(document, schema);
        if let Some(refresh) = auth.get("refresh") {
            let other = refresh.get("operation").map_or(Some(operation), |named| document.operation(named));
            login.refresh = other.map(|operation| {
                let (encoding, own) = operation.body().unzip();
                let schema = refresh.get("request").or(own).map(|schema| document.resolve(schema));
                let known = login.account.clone();
                let request = login.request("Refresh", document, &operation, encoding.zip(schema), true);
                login.account = known;
                if !login.exchanges {
                    let message = "the exchange sends no refresh token: describe it as a property or query parameter, \
                                   of the format password, that is called refresh_token or is no field of the account";
                    document.fault(refresh, message);
                }
                request
            });
        }
        login
    }

    /// Returns the fields that the user sets.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> + Clone {
        self.account.iter().filter(|field| field.constant.is_none())
    }

    fn check(&self, document: &Document, at: &Node) {
        if !self.account.iter().any(|field| field.secret) {
            let message =
                "none of its properties is a secret: give the one that proves who logs in the format password";
            document.fault(at, message);
        }
    }

    /// Reads a request, and adds its fields to the account, unless it is a refresh.
    fn request(
        &mut self,
        name: &str,
        document: &Document,
        operation: &Operation<'_>,
        body: Option<(&'static str, &Node)>,
        is_refresh: bool,
    ) -> Request {
        let mut request = Request {
            verb: operation.verb.to_owned(),
            path: operation.path.trim_start_matches('/').to_owned(),
            constant: operation.id().to_shouty_snake_case(),
            encoding: body.map(|(encoding, _)| encoding),
            ..Request::default()
        };
        if let Some(scheme) = Scheme::of_login(document, operation) {
            request.basic = fields(document, scheme);
            request.oauth2 = scheme.node.text("type") == "oauth2";
            self.account.extend(request.basic.clone());
        }
        for scheme in Scheme::keys_of(document, operation) {
            let (key, carrier) = (key(document, scheme), scheme.carrier(document));
            if carrier.header.is_empty() || !carrier.before.is_empty() {
                document.fault(scheme.node, "a login sends a key as it is in a header: describe a parameter instead");
            }
            request.headers.push((carrier.header, key.clone()));
            if self.account.iter().all(|known| known.rust != key.rust) {
                self.account.push(key);
            }
        }
        let (headers, query): (Vec<_>, Vec<_>) = operation.parameters().partition(|it| it.text("in") == "header");
        for header in headers {
            let Some(schema) = header.get("schema") else { continue };
            let field = field(document, header.text("name"), schema, true);
            request.headers.push((header.text("name").to_ascii_lowercase(), field.clone()));
            self.account.push(field);
        }
        request.body = body.map(|(encoding, schema)| {
            let properties: Vec<_> = schema.members("properties").collect();
            let is_deep = |schema: &Node| types::has_members(schema) || types::is(schema, "array");
            let deep = properties.iter().find(|(_, it)| encoding == "form" && is_deep(document.resolve(it)));
            if let Some((_, deep)) = deep {
                let message = "a form has neither objects nor lists: describe each field under its whole name, such as \
                               `address[city]`, with an x-name, or the body as JSON";
                document.fault(deep, message);
            }
            self.object(document, &format!("{name}Request"), &properties, &schema.texts("required"), is_refresh)
        });
        if !query.is_empty() {
            let required = query.iter().filter(|it| it.flag("required")).map(|it| it.text("name")).collect::<Vec<_>>();
            let properties = query.iter().filter_map(|it| Some((it.text("name"), it.get("schema")?)));
            let properties: Vec<_> = properties.collect();
            request.query = Some(self.object(document, &format!("{name}Query"), &properties, &required, is_refresh));
        }
        request.structs = [&request.body, &request.query].into_iter().flatten().flat_map(Struct::all).collect();
        request
    }

    /// Returns the type of an object in a request, and adds its fields to the account, unless it is that of a refresh.
    fn object(
        &mut self,
        document: &Document,
        name: &str,
        properties: &[(&str, &Node)],
        required: &[&str],
        is_refresh: bool,
    ) -> Struct {
        let mut object = Struct::of(document, name, properties, required);
        for (member, (json, property)) in object.members.iter_mut().zip(properties) {
            let target = document.resolve(property);
            member.reader = None;
            if types::has_members(target) && target.get("x-rust").is_none() {
                let inner: Vec<_> = target.members("properties").collect();
                let name = format!("{name}{}", json.to_upper_camel_case());
                let parts = self.object(document, &name, &inner, &target.texts("required"), is_refresh);
                let borrows = parts.members.iter().any(|member| member.held.contains("'a"));
                member.held = format!("{}{}", parts.name, if borrows { "<'a>" } else { "" });
                member.parts = Some(parts);
                continue;
            }
            if let Some((held, rust, json)) = fixed(target) {
                held.clone_into(&mut member.held);
                member.fixed = Some((rust, json));
                continue;
            }
            let mut field = field(document, json, property, required.contains(json));
            if is_refresh {
                // An account may itself begin with a refresh token, which is that of the exchange from then on.
                let is_known = |known: &&Field| known.rust == field.rust && field.rust != "refresh_token";
                if let Some(known) = self.account.iter().find(is_known) {
                    field = known.clone();
                } else if field.secret {
                    (field.exchanged, field.example) = (true, "\"r3fr3sh\"".to_owned());
                    self.exchanges = true;
                }
            } else {
                self.account.push(field.clone());
            }
            member.rust.clone_from(&field.rust);
            member.renamed = member.rust != *json && !object.camel;
            member.send(&member.borrowed());
            member.field = Some(field);
        }
        object
    }
}

/// Returns the fields of the account that a scheme sends.
fn fields(document: &Document, scheme: Scheme<'_>) -> Vec<Field> {
    let fields: Vec<_> = scheme.fields().map(|(json, schema)| field(document, json, schema, true)).collect();
    if scheme.node.text("type") != "apiKey" && ![1, 2].contains(&fields.len()) {
        let message = "HTTP Basic sends a user name and a password, or a key alone: give x-fields these";
        document.fault(scheme.node, message);
    }
    fields
}

/// Returns the field of a key in a header. Unless its scheme names one, it has the scheme's name.
fn key(document: &Document, scheme: Scheme<'_>) -> Field {
    let noun = scheme.name().to_snake_case().replace('_', " ");
    let made = Node::made(&format!(r#"{{"type": "string", "format": "password", "title": "{noun}"}}"#));
    let own = scheme.node.get("x-fields").and_then(|fields| fields.entries().next());
    let (json, property) = own.unwrap_or((scheme.name(), &made));
    let field = field(document, json, property, true);
    Field { secret: true, type_: "Secret".to_owned(), pointer: scheme.node.pointer.clone(), ..field }
}

/// Returns the type of a property that is no text and always has one value, and that value in Rust and in JSON.
fn fixed(schema: &Node) -> Option<(&'static str, String, String)> {
    let only = Some(schema.items("enum")).filter(|all| all.len() == 1).map(|all| &all[0]);
    let value = schema.get("const").or(only).or(schema.get("default")).filter(|_| !types::is(schema, "string"))?;
    let json = value.to_string();
    match value.value() {
        Value::Bool(_) => Some(("bool", json.clone(), json)),
        Value::Number(number) if number.is_i64() => {
            Some(("i64", number.as_u64().map_or(json.clone(), names::grouped), json))
        }
        Value::List(items) if items.iter().all(|item| item.as_str().is_some()) => {
            Some(("&'a [&'a str]", format!("&{json}"), json))
        }
        _ => None,
    }
}

fn field(document: &Document, json: &str, property: &Node, required: bool) -> Field {
    let schema = document.resolve(property);
    let custom = schema.words("x-rust").map(str::to_owned);
    let only = || Some(schema.items("enum")).filter(|all| all.len() == 1).and_then(|all| all[0].as_str());
    let constant = schema.get("const").and_then(Node::as_str).or_else(only);
    if !types::is(schema, "string") && custom.is_none() && constant.is_none() {
        let message =
            "a login sends texts: give this property the type string, a const that is always sent, or an x-rust";
        document.fault(property, message);
    }
    let (rust, secret) = (names::free(&types::rust_name(json, property), BUILDER), types::is_secret(schema));
    let noun = schema.words("title").map_or_else(|| rust.replace('_', " "), str::to_owned);
    let example = schema.examples().find(|example| *example.value() != Value::Null);
    let made = || format!("{:?}", format!("{}-de-exemplo", rust.replace('_', "-")));
    Field {
        a_noun: names::with_article(&noun),
        pointer: property.pointer.clone(),
        docs: schema.words("description").map_or_else(|| format!("The {noun}."), str::to_owned),
        note: property.note(),
        type_: types::last(custom.as_deref().unwrap_or(if secret { "Secret" } else { "String" })).to_owned(),
        at_most: schema.number("maxLength"),
        variable: schema.words("x-variable").map_or_else(|| rust.to_ascii_uppercase(), str::to_owned),
        example: match constant {
            Some(constant) => format!("{constant:?}"),
            None => example.map_or_else(made, Node::to_string),
        },
        constant: constant.map(str::to_owned),
        noun,
        rust,
        secret,
        carrier: None,
        required,
        custom,
        exchanged: false,
    }
}
