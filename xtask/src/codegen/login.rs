//! The login of a provider: the account, and the requests that send it.

use indexmap::IndexMap;
use serde::Serialize;

use super::document::{Document, Node, Operation, Value, escape};
use super::names;
use super::provenance::Note;
use super::security::Scheme;
use super::types::{self, Struct};

/// Names that the builder has already.
const BUILDER: &str =
    "account api base_url build environment from_env from_vars login_base_url options place read shared_store token";

/// The part of a provider's contract about what is sent.
#[derive(Default, Serialize)]
pub(crate) struct Login {
    /// The operations of the login: one for each API. Empty if nothing logs in.
    #[serde(skip)]
    pub(crate) ids: Vec<String>,
    pub(crate) account: Vec<Field>,
    pub(crate) account_docs: String,
    pub(crate) account_note: Note,
    /// The request of a login. `None` if the account itself is the credential.
    #[serde(rename = "login")]
    pub(crate) first: Option<Request>,
    /// The request that exchanges a refresh token.
    pub(crate) refresh: Option<Request>,
    /// The token of an account that needs no login: its initializer in Rust, and the text after its header's scheme for
    /// the account of the examples.
    pub(crate) key: Option<(String, String)>,
    /// The keys that requests carry in addition to the token.
    pub(crate) keys: Vec<Key>,
}

/// A key of the account in a header of its own.
#[derive(Serialize)]
pub(crate) struct Key {
    /// The name of its field in Rust.
    rust: String,
    noun: String,
    /// The calls that set its scheme and its place, in Rust.
    moved: String,
    header: String,
    /// The header's value for the account of the examples.
    sent: String,
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
    /// True for a key that requests carry in addition to the token.
    pub(crate) is_key: bool,
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
    #[serde(skip)]
    pub(crate) pointer: String,
}

/// A request of a login, or of a refresh.
#[derive(Clone, Serialize)]
pub(crate) struct Request {
    pub(crate) verb: String,
    pub(crate) path: String,
    /// The constant of the path: `LOGIN`.
    pub(crate) constant: String,
    /// The client's own credentials in `Authorization`: the method of `auth_core`, the user and the password.
    pub(crate) basic: Option<(String, String, String)>,
    /// That header, for the account of the examples.
    pub(crate) authorization: Option<String>,
    /// Headers, each with its value in Rust and that of the examples.
    pub(crate) headers: Vec<(String, String, String)>,
    /// `json` or `form`; `None` without a body.
    pub(crate) encoding: Option<&'static str>,
    /// The initializer of the body, in Rust.
    pub(crate) body: String,
    /// The body of the examples' account: JSON, or the pairs of a form in Rust.
    pub(crate) sent: String,
    /// The initializer of the query, in Rust, and its pairs for the examples' account.
    pub(crate) query: Option<(String, String)>,
    #[serde(skip)]
    pub(crate) structs: Vec<Struct>,
    /// The names of these types of the wire.
    pub(crate) types: Vec<String>,
}

impl Login {
    pub(crate) fn read(document: &Document, auth: &Node, token: Scheme<'_>) -> Self {
        let ids: Vec<_> = auth.texts("login").into_iter().map(str::to_owned).collect();
        let operations = document.operations();
        for id in ids.iter().filter(|id| !operations.iter().any(|operation| operation.id() == **id)) {
            let at = auth.get("login").unwrap_or(auth);
            document.fault(at, format!("there is no operation {id:?}: take the operationId of the login"));
        }
        let found = operations.iter().find(|operation| ids.contains(&operation.id()));
        let mut login = Self { ids: ids.clone(), ..Self::default() };
        let beside = token.beside(document);
        for scheme in &beside {
            let (field, carrier) = (key(document, *scheme), scheme.carrier(document));
            login.keys.push(Key {
                rust: field.rust.clone(),
                noun: field.noun.clone(),
                moved: carrier.moved,
                header: carrier.header,
                sent: format!("{}{}", carrier.before, field.shown()),
            });
            login.account.push(Field { is_key: true, ..field });
        }
        let Some(operation) = found else {
            // Without a login, the fields of the scheme are the credential.
            login.account_docs =
                format!("The credential of {}.", document.root.at("/info/title").map(Node::plain).unwrap_or_default());
            let own = token.fields().map(|(json, schema)| field(document, json, schema, true));
            let fields: Vec<_> = if beside.is_empty() || token.node.text("type") != "apiKey" {
                own.collect()
            } else {
                vec![key(document, token)]
            };
            login.key = if token.is_basic() {
                basic(document, token, &fields)
                    .map(|(user, password, sent)| (format!("AccessToken::basic({user}, {password})?"), sent))
            } else {
                let carrier = token.carrier(document);
                fields.iter().find(|field| field.secret).map(|key| {
                    let read = format!("env::token({}, {:?})?", given(key, "self.").1, key.noun);
                    (format!("AccessToken::{}(&{read})?{}", carrier.make, carrier.moved), key.shown())
                })
            };
            login.account.splice(0..0, fields);
            login.check(document, token.node);
            return login;
        };
        let body = body(document, operation.node);
        let schema = body.map_or(operation.node, |(_, schema)| schema);
        (login.account_docs, login.account_note) = (schema.text("description").to_owned(), document.note(schema));
        let request = login.request("Login", document, operation, body, "");
        login.check(document, schema);
        login.first = Some(request);
        if let Some(refresh) = auth.get("refresh") {
            let wanted = refresh.words("operation").unwrap_or(&ids[0]);
            let operation = operations.iter().find(|operation| operation.id() == wanted);
            let schema = document.get(refresh, "request");
            if operation.is_none() {
                document.fault(refresh, format!("there is no operation {wanted:?}: take an operationId"));
            }
            login.refresh = operation.map(|operation| {
                let body = match (self::body(document, operation.node), schema) {
                    (Some((encoding, _)), Some(schema)) => Some((encoding, schema)),
                    (body, _) => body,
                };
                let known = login.account.clone();
                let request = login.request("Refresh", document, operation, body, "refresh_token");
                login.account = known;
                request
            });
        }
        login
    }

    /// Returns the fields that a login requires and the user sets.
    pub(crate) fn required(&self) -> impl Iterator<Item = &Field> {
        self.account.iter().filter(|field| field.required && field.constant.is_none())
    }

    fn check(&self, document: &Document, at: &Node) {
        if !self.account.iter().any(|field| field.secret) {
            let message =
                "none of its properties is a secret: give the one that proves who logs in the format password";
            document.fault(at, message);
        }
    }

    /// Reads a request, and adds its fields to the account. `own` is the name of a refresh token's property in Rust.
    fn request(
        &mut self,
        name: &str,
        document: &Document,
        operation: &Operation<'_>,
        body: Option<(&'static str, &Node)>,
        own: &str,
    ) -> Request {
        let mut request = Request {
            verb: operation.verb.to_owned(),
            path: operation.path.trim_start_matches('/').to_owned(),
            constant: names::shout(&operation.id()),
            basic: None,
            authorization: None,
            headers: Vec::new(),
            encoding: body.map(|(encoding, _)| encoding),
            body: String::new(),
            sent: String::new(),
            query: None,
            structs: Vec::new(),
            types: Vec::new(),
        };
        if let Some(scheme) = Scheme::of_login(document, operation) {
            let from = self.account.len();
            let fields: Vec<_> = scheme.fields().map(|(json, schema)| field(document, json, schema, true)).collect();
            if let Some((user, password, sent)) = basic(document, scheme, &fields) {
                request.basic = Some((scheme.method().to_owned(), user, password));
                request.authorization = Some(format!("Basic {sent}"));
            }
            self.account.splice(from..from, fields);
        }
        for scheme in Scheme::keys_of(document, operation) {
            let (key, carrier) = (key(document, scheme), scheme.carrier(document));
            if carrier.header.is_empty() || !carrier.before.is_empty() {
                document.fault(scheme.node, "a login sends a key as it is in a header: describe a parameter instead");
            }
            request.headers.push((carrier.header, given(&key, "self.").1, key.shown()));
            if self.account.iter().all(|known| known.rust != key.rust) {
                self.account.push(key);
            }
        }
        let mut query = IndexMap::new();
        let parameters = operation.node.items("parameters").iter().map(|parameter| document.resolve(parameter));
        for parameter in parameters {
            let Some(schema) = parameter.get("schema") else { continue };
            let name = parameter.text("name");
            match parameter.text("in") {
                "header" => {
                    let field = field(document, name, schema, true);
                    let value = if field.constant.is_some() {
                        format!("{:?}", field.constant.clone().unwrap_or_default())
                    } else {
                        given(&field, "self.").1
                    };
                    request.headers.push((name.to_ascii_lowercase(), value, field.shown()));
                    self.account.push(field);
                }
                _ => drop(query.insert(name.to_owned(), (schema, parameter.flag("required")))),
            }
        }
        if let Some((encoding, schema)) = body {
            let (init, sent) = self.object(document, &format!("{name}Request"), schema, own, &mut request.structs);
            request.body = init;
            request.sent = if encoding == "json" { format!("{{{}}}", sent.join(", ")) } else { pairs(&sent) };
        }
        if !query.is_empty() {
            let required: Vec<_> =
                query.iter().filter(|(_, (_, required))| *required).map(|(name, _)| name.as_str()).collect();
            let properties = query.iter().map(|(name, (schema, _))| (name.as_str(), *schema));
            let (init, sent) =
                self.members(document, &format!("{name}Query"), properties, &required, own, &mut request.structs);
            request.query = Some((init, pairs(&sent)));
        }
        request.types = request.structs.iter().map(|struct_| struct_.name.clone()).collect();
        request
    }

    fn object(
        &mut self,
        document: &Document,
        name: &str,
        schema: &Node,
        own: &str,
        structs: &mut Vec<Struct>,
    ) -> (String, Vec<String>) {
        let schema = document.resolve(schema);
        self.members(document, name, schema.members("properties"), &schema.texts("required"), own, structs)
    }

    /// Adds the wire type of an object and the fields of the account in it. Returns the initializer, and the members
    /// for the examples' account.
    fn members<'n>(
        &mut self,
        document: &Document,
        name: &str,
        properties: impl Iterator<Item = (&'n str, &'n Node)>,
        required: &[&str],
        own: &str,
        structs: &mut Vec<Struct>,
    ) -> (String, Vec<String>) {
        let properties: Vec<_> = properties.collect();
        let (mut members, camel) = types::members_of(document, properties.iter().copied());
        let (at, mut inits, mut sent) = (structs.len(), Vec::new(), Vec::new());
        for (member, (json, property)) in members.iter_mut().zip(&properties) {
            let target = document.resolve(property);
            member.reader = None;
            if types::has_members(target) && target.get("x-rust").is_none() {
                let inner = format!("{name}{}", names::pascal(json));
                let (init, members) = self.object(document, &inner, target, own, structs);
                let borrows = structs.iter().any(|known| known.name == inner && known.borrows());
                member.held = format!("{inner}{}", if borrows { "<'a>" } else { "" });
                inits.push(format!("{}: {init}", member.rust));
                sent.push(format!("{json:?}: {{{}}}", members.join(", ")));
                continue;
            }
            if let Some((held, value, shown)) = fixed(target) {
                held.clone_into(&mut member.held);
                inits.push(format!("{}: {value}", member.rust));
                sent.push(format!("{json:?}: {shown}"));
                continue;
            }
            let mut field = field(document, json, property, required.contains(json));
            let known = self.account.iter().find(|known| known.rust == field.rust);
            let is_own = field.secret && known.is_none() && !own.is_empty();
            if let (Some(known), false) = (known, own.is_empty()) {
                field = known.clone();
            }
            let type_ =
                field.custom.as_deref().map_or("&'a str", |custom| custom.rsplit("::").next().unwrap_or(custom));
            member.rust.clone_from(&field.rust);
            member.renamed |= names::snake(json) != member.rust && !camel;
            member.optional = !field.required;
            member.held = if member.optional { format!("Option<{type_}>") } else { type_.to_owned() };
            let (init, value) =
                if is_own { (format!("{}: {own}", field.rust), own.to_owned()) } else { given(&field, "self.") };
            inits.push(if init.is_empty() { format!("{}: {value}", field.rust) } else { init });
            if field.required || field.constant.is_some() {
                sent.push(format!("{json:?}: {}", if is_own { "\"r3fr3sh\"".to_owned() } else { field.literal() }));
            }
            if own.is_empty() {
                self.account.push(field);
            }
        }
        structs.insert(at, Struct::wire(name, members, camel));
        (format!("{name} {{ {} }}", inits.join(", ")), sent)
    }
}

impl Field {
    /// Returns the value of the examples' account, as a literal of Rust and of JSON.
    fn literal(&self) -> String {
        self.constant.as_ref().map_or_else(|| self.example.clone(), |constant| format!("{constant:?}"))
    }

    fn shown(&self) -> String {
        self.constant.clone().unwrap_or_else(|| self.example.trim_matches('"').to_owned())
    }
}

/// Returns the field of a key in a header. Unless its scheme names one, it has the scheme's name.
fn key(document: &Document, scheme: Scheme<'_>) -> Field {
    let noun = names::snake(scheme.name()).replace('_', " ");
    let made = Node::made(&format!(r#"{{"type": "string", "format": "password", "title": "{noun}"}}"#));
    let own = scheme.node.get("x-fields").and_then(|fields| fields.entries().next());
    let (json, schema) = own.unwrap_or((scheme.name(), &made));
    let field = field(document, json, schema, true);
    Field { secret: true, type_: "Secret".to_owned(), pointer: scheme.node.pointer.clone(), ..field }
}

/// Returns the user name and the password of HTTP Basic in Rust, and both in Base64 for the examples' account. A key
/// alone is sent as the user name, with an empty password.
fn basic(document: &Document, scheme: Scheme<'_>, fields: &[Field]) -> Option<(String, String, String)> {
    let read = |field: &Field| (given(field, "self.").1, field.shown());
    let ((user, shown), (password, hidden)) = match fields {
        [user, password] => (read(user), read(password)),
        [key] => (read(key), ("\"\"".to_owned(), String::new())),
        _ => {
            let message = "HTTP Basic sends a user name and a password, or a key alone: give x-fields these";
            document.fault(scheme.node, message);
            return None;
        }
    };
    Some((user, password, names::base64(&format!("{shown}:{hidden}"))))
}

/// Returns members of JSON as pairs in Rust.
fn pairs(members: &[String]) -> String {
    let pairs: Vec<_> = members.iter().map(|member| format!("({})", member.replacen(": ", ", ", 1))).collect();
    pairs.join(", ")
}

/// Returns the initializer of a field of a request, and its value, in Rust.
fn given(field: &Field, of: &str) -> (String, String) {
    let rust = &field.rust;
    let value = match (&field.constant, field.secret, &field.custom, field.required) {
        (Some(constant), ..) => format!("{constant:?}"),
        (None, true, _, true) => format!("{of}{rust}.expose_secret()"),
        (None, true, _, false) => format!("{of}{rust}.as_ref().map(ExposeSecret::expose_secret)"),
        (None, false, Some(_), _) => format!("{of}{rust}"),
        (None, false, None, true) => format!("&{of}{rust}"),
        (None, false, None, false) => format!("{of}{rust}.as_deref()"),
    };
    (format!("{rust}: {value}"), value)
}

/// Returns the type, the value in Rust and that in JSON of a property that is no text and always has one value.
fn fixed(schema: &Node) -> Option<(&'static str, String, String)> {
    let only = if let [one] = schema.items("enum") { Some(one) } else { None };
    let value = schema.get("const").or(only).or(schema.get("default")).filter(|_| !types::is(schema, "string"))?;
    let held = match value.value() {
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "i64",
        Value::List(items) if items.iter().all(|item| item.as_str().is_some()) => "&'a [&'a str]",
        _ => return None,
    };
    let amount = value.as_i64().and_then(|number| u64::try_from(number).ok()).map(names::grouped);
    let rust = if held.starts_with('&') { format!("&{value}") } else { amount.unwrap_or_else(|| value.to_string()) };
    Some((held, rust, value.to_string()))
}

/// Returns the encoding and the schema of an operation's body.
pub(crate) fn body<'d>(document: &'d Document, operation: &'d Node) -> Option<(&'static str, &'d Node)> {
    let body = document.get(operation, "requestBody")?;
    let media = [("json", "json"), ("form", "x-www-form-urlencoded")];
    media.into_iter().find_map(|(name, end)| Some((name, document.get(body.content(end)?, "schema")?)))
}

fn field(document: &Document, json: &str, property: &Node, required: bool) -> Field {
    let schema = document.resolve(property);
    let custom = schema.text_of("x-rust");
    let constant = schema.text_of("const").or_else(|| match schema.items("enum") {
        [one] => one.as_str().map(str::to_owned),
        _ => None,
    });
    if !types::is(schema, "string") && custom.is_none() && constant.is_none() {
        document.fault(
            property,
            "a login sends texts: give this property the type string, or a const that is always sent, or an x-rust",
        );
    }
    let (rust, secret) = (names::free(&types::rust_name(json, property), BUILDER), types::is_secret(schema));
    let noun = schema.words("title").map_or_else(|| rust.replace('_', " "), str::to_owned);
    let example = schema.items("examples").iter().chain(schema.get("example")).find(|example| !example.is_null());
    let example = match (example, example.map(Node::value)) {
        (_, Some(Value::Text(text))) => format!("{text:?}"),
        (Some(other), _) => other.to_string(),
        (None, _) if constant.is_some() => String::new(),
        (None, _) => format!("{:?}", format!("{}-de-exemplo", rust.replace('_', "-"))),
    };
    let type_ = match &custom {
        Some(custom) => custom.rsplit("::").next().unwrap_or(custom),
        None if secret => "Secret",
        None => "String",
    };
    Field {
        a_noun: names::with_article(&noun),
        pointer: property.pointer.clone(),
        json: json.to_owned(),
        docs: schema.words("description").map_or_else(|| format!("The {noun}."), str::to_owned),
        note: document.note(property),
        type_: type_.to_owned(),
        at_most: schema.number("maxLength"),
        variable: schema.words("x-variable").map_or_else(|| rust.to_ascii_uppercase(), str::to_owned),
        noun,
        rust,
        secret,
        is_key: false,
        required,
        custom,
        constant,
        example,
    }
}

/// Returns the pointer of a property that is named by a path of names.
pub(crate) fn below(pointer: &str, json: &str) -> String {
    format!("{pointer}/{}", escape(json))
}
