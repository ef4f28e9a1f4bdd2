//! The login of a provider: the account, and the requests that send it.

use heck::ToUpperCamelCase;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::document::{self, Body, Document, Node, Operation};
use super::names;
use super::security::Scheme;
use super::types::{self, Kind, Struct};

/// The part of a provider's contract about what is sent.
#[derive(Default, Serialize)]
pub(crate) struct Login {
    account: Vec<Field>,
    /// The schema of the account, or of the operation that logs in.
    account_schema: Option<Node>,
    /// The request of a login. `None` if the account itself is the credential.
    #[serde(rename = "login")]
    first: Option<Value>,
    /// The request that exchanges a refresh token.
    refresh: Option<Value>,
    /// The fields that each request sends by HTTP Basic, if nothing logs in.
    basic: Vec<Field>,
    /// The types of the bodies and queries of both.
    #[serde(skip)]
    pub(crate) sent: Vec<Struct>,
}

/// A field of the account.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Field {
    /// Its schema, or the security scheme of a key.
    #[serde(flatten)]
    pub(crate) schema: Node,
    pub(crate) rust: String,
    /// The noun in the docs: `user name`.
    pub(crate) noun: String,
    secret: bool,
    /// The place of a key that requests carry in addition to the token.
    carrier: Option<Value>,
    required: bool,
    /// The fixed text, if the user cannot choose it.
    constant: Option<String>,
    /// The end of the environment variable's name: `USERNAME`.
    pub(crate) variable: String,
    /// The example, or the constant, as a literal of Rust and JSON.
    example: String,
    /// True for a refresh token, which the account does not have.
    exchanged: bool,
    /// JSON has an integer and a boolean as they are, and any other kind as a text.
    kind: Kind,
}

impl Login {
    pub(crate) fn read(document: &Document) -> Self {
        let token = Scheme::of_token(document);
        let beside = token.beside(document);
        let key = |scheme: &Scheme<'_>| Field { carrier: Some(scheme.carrier(document)), ..key(document, *scheme) };
        let mut login = Self { account: beside.iter().map(key).collect(), ..Self::default() };
        if let Some(operation) = document.logins().next() {
            login.requests(document, operation);
        } else {
            // Without a login, the fields of the scheme are the credential.
            let is_named = !beside.is_empty() && token.node.text("type") == "apiKey";
            let mut own = if is_named { vec![self::key(document, token)] } else { fields(document, token) };
            // Nor has the builder a token of its own.
            own.iter_mut().filter(|field| field.rust == "token_").for_each(|field| "token".clone_into(&mut field.rust));
            login.basic = if token.is_basic() { own.clone() } else { Vec::new() };
            login.account.splice(0..0, own);
        }
        if !login.account.iter().any(|field| field.secret && field.required) {
            let message = "none of its `required` properties is a secret: give one of them the format password";
            document.fault(login.account_schema.as_ref().unwrap_or(token.node), message);
        }
        login
    }

    fn requests(&mut self, document: &Document, operation: Operation<'_>) {
        let body = operation.body().map(|(media, schema)| (media, document.resolve(schema)));
        let (login, fields) = self.request(operation, body, false);
        // A key may accompany the token as well.
        let keys = self.account.clone();
        let is_new = |field: &Field| keys.iter().all(|key| key.schema.pointer != field.schema.pointer);
        self.account.extend(fields.into_iter().filter(is_new));
        self.account_schema = Some(body.map_or(operation.node, |(_, schema)| schema).clone());
        self.first = Some(login);
        let Some(refresh) = document.auth().get("refresh") else { return };
        let other = document.operations().find(Operation::is_refresh);
        let Some(operation) = other.or((!refresh.has("operation")).then_some(operation)) else { return };
        let (media, own) = operation.body().unzip();
        let schema = refresh.get("request").or(own).map(|schema| document.resolve(schema));
        let (exchange, fields) = self.request(operation, media.zip(schema), true);
        if !fields.iter().any(|field| field.exchanged) {
            document
                .fault(refresh, "the exchange sends no refresh token: describe a secret called refresh_token in it");
        }
        self.refresh = Some(exchange);
    }

    /// Reads a request, and returns it with all fields that it sends. That of a refresh sends those of the account.
    fn request(&mut self, of: Operation<'_>, body: Option<Body<'_>>, is_refresh: bool) -> (Value, Vec<Field>) {
        let (document, name) = (of.document, if is_refresh { "Refresh" } else { "Login" });
        let known = is_refresh.then_some(self.account.as_slice());
        let is_basic = |scheme: &Scheme<'_>| scheme.is_basic() || scheme.node.text("type") == "oauth2";
        let authorization = Scheme::of_login(document, of).find(is_basic);
        let basic = authorization.into_iter().flat_map(|scheme| fields(document, scheme));
        let basic: Vec<_> = basic.map(|own| exchanged(document, own, of.node, known)).collect();
        let headers = headers(document, of, known);
        for parameter in of.parameters().filter(|it| !["header", "query"].contains(&it.text("in"))) {
            document.fault(parameter, "a login sends parameters in headers and the query: give the server `variables`");
        }
        let query: Vec<_> = of.parameters().filter(|it| it.text("in") == "query").collect();
        let required: Vec<_> = query.iter().filter(|it| it.flag("required")).map(|it| it.text("name")).collect();
        let query: Vec<_> = query.iter().filter_map(|it| Some((it.text("name"), it.get("schema")?))).collect();
        let named = Struct::of(document, &format!("{name}Query"), &query, &required);
        let query = (!query.is_empty()).then(|| object(document, named, known));
        let body = body.map(|(media, schema)| {
            let is_deep = |schema: &Node| types::has_members(schema) || types::is(schema, "array");
            let mut properties = schema.members("properties").filter(|_| !media.contains("json"));
            if let Some((_, deep)) = properties.find(|(_, it)| is_deep(document.resolve(it))) {
                document.fault(deep, "a form has neither objects nor lists: describe `a[b]` as a field with an x-name");
            }
            (media, object(document, Struct::read(document, &format!("{name}Request"), schema), known))
        });
        let (media, body) = body.unzip();
        let structs: Vec<_> = [&body, &query].into_iter().flatten().flat_map(Struct::all).collect();
        let members = structs.iter().flat_map(|it| &it.members).filter_map(|member| member.field.as_ref());
        let fields = basic.iter().chain(headers.iter().map(|(_, field)| field)).chain(members).cloned().collect();
        let request = context! {
            verb => of.verb, path => of.path.trim_start_matches('/'),
            // The constant of the path: `LOGIN`.
            constant => of.constant(),
            // The user name and the password of HTTP Basic, which OAuth 2.0 encodes. A key alone has no password.
            basic => Serde(basic), oauth2 => authorization.is_some_and(|scheme| scheme.node.text("type") == "oauth2"),
            headers => Serde(headers),
            // None without a body.
            media, body => Serde(body), query => Serde(query), structs => Serde(&structs),
        };
        self.sent.extend(structs);
        (request, fields)
    }

    /// Returns the fields that the user sets.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> + Clone {
        self.account.iter().filter(|field| field.constant.is_none())
    }
}

/// Returns the headers of a login, in small letters, each with its value: those of keys, and those of parameters.
fn headers(document: &Document, operation: Operation<'_>, known: Option<&[Field]>) -> Vec<(String, Field)> {
    let is_key = |scheme: &Scheme<'_>| ["apiKey", "http"].contains(&scheme.node.text("type")) && !scheme.is_basic();
    let keys = Scheme::of_login(document, operation).filter(is_key).map(|scheme| {
        if scheme.node.text("in") != "header" || scheme.node.has("x-scheme") {
            document.fault(scheme.node, "a login sends a key as it is in a header: describe a parameter instead");
        }
        (scheme.node.text("name"), key(document, scheme), scheme.node)
    });
    // The body has its own type.
    let is_meant = |it: &&Node| it.text("in") == "header" && !it.text("name").eq_ignore_ascii_case("content-type");
    let own = |it: &Node| field(document, it.text("name"), it.get("schema").unwrap_or(it), it.flag("required"));
    let parameters = operation.parameters().filter(is_meant).map(|it| (it.text("name"), own(it), it));
    let sent = |(name, own, at): (&str, _, _)| (name.to_ascii_lowercase(), exchanged(document, own, at, known));
    keys.chain(parameters).map(sent).collect()
}

/// Returns the type of an object in a request. That of a refresh knows the account.
fn object(document: &Document, mut object: Struct, known: Option<&[Field]>) -> Struct {
    for member in &mut object.members {
        let target = document.resolve(&member.property);
        member.reader = None;
        if types::has_members(target) && !target.has("x-rust") {
            let name = format!("{}{}", object.name, member.rust.to_upper_camel_case());
            let parts = self::object(document, Struct::read(document, &name, target), known);
            let borrows = parts.members.iter().any(|member| member.held.contains("'a"));
            member.held = format!("{}{}", parts.name, if borrows { "<'a>" } else { "" });
            member.parts = Some(parts);
        } else if let Some((held, json)) = fixed(target) {
            held.clone_into(&mut member.held);
            member.fixed = Some(json);
        } else {
            let own = field(document, &member.json, &member.property, member.required);
            let field = exchanged(document, own, &member.property, known);
            member.rust.clone_from(&field.rust);
            member.renamed = member.rust != member.json && !object.camel;
            member.required = field.required || field.constant.is_some();
            member.send(&member.borrowed());
            member.field = Some(field);
        }
    }
    object
}

/// Returns a field as the exchange of a refresh token sends it, which knows the account: a text of its own, a field of
/// the account, or the refresh token.
fn exchanged(document: &Document, own: Field, at: &Node, known: Option<&[Field]>) -> Field {
    let Some(account) = known.filter(|_| own.constant.is_none()) else { return own };
    // An account may itself begin with a refresh token, which is that of the exchange from then on.
    let is_known = |known: &&Field| known.rust == own.rust && own.rust != "refresh_token";
    if let Some(known) = account.iter().find(is_known) {
        return known.clone();
    }
    if !own.secret {
        document.fault(at, "the account has no such field: give it a const, or leave it out");
    }
    Field { exchanged: own.secret, required: true, example: "\"r3fr3sh\"".to_owned(), ..own }
}

/// Returns the fields of the account that a scheme sends.
fn fields(document: &Document, scheme: Scheme<'_>) -> Vec<Field> {
    let fields: Vec<_> = scheme.fields().map(|(json, schema)| field(document, json, schema, true)).collect();
    if ["http", "oauth2"].contains(&scheme.node.text("type")) && ![1, 2].contains(&fields.len()) {
        document.fault(scheme.node, "HTTP Basic sends a user name and a password, or a key alone: give x-fields these");
    }
    fields
}

/// Returns the field of a key in a header. Unless its scheme names one, it has the scheme's name.
fn key(document: &Document, of: Scheme<'_>) -> Field {
    let (json, schema) = of.node.members("x-fields").next().unwrap_or((of.name(), of.node));
    Field { secret: true, ..field(document, json, schema, true) }
}

/// Returns the type of a property that is no text and always has one value, and that value in JSON.
fn fixed(schema: &Node) -> Option<(&'static str, String)> {
    let value = only(schema).or(schema.get("default")).filter(|_| !types::is(schema, "string"))?;
    let held = match &value.value {
        document::Value::Bool(_) => "bool",
        document::Value::Number(number) if number.is_i64() => "i64",
        document::Value::List(items) if items.iter().all(|item| item.as_str().is_some()) => "&'a [&'a str]",
        _ => return None,
    };
    Some((held, value.to_string()))
}

/// Returns the only value that a schema allows.
pub(crate) fn only(schema: &Node) -> Option<&Node> {
    schema.get("const").or(schema.items("enum").first().filter(|_| schema.items("enum").len() == 1))
}

fn field(document: &Document, json: &str, property: &Node, required: bool) -> Field {
    let schema = document.resolve(property);
    let rust = names::free(&types::rust_name(json, property), "builder", "_");
    let constant = only(schema).and_then(Node::as_str).map(str::to_owned);
    let (plain, kind, secret) = (rust.trim_end_matches('_'), Kind::of(schema), types::is_secret(schema));
    // A secret is unlike any other text, also the name of its field, so that tests find it where it is shown.
    let is_meant = |it: &&Node| !it.is_null() && !(secret && (it.plain().len() < 6 || rust.contains(&it.plain())));
    // Without accents, because a header may carry it.
    let example = schema.examples().find(is_meant).map(|example| deunicode::deunicode(&example.plain()));
    let made = || match kind {
        Kind::Bool => "true".to_owned(),
        Kind::Integer => if secret { "7319024" } else { "17" }.to_owned(),
        _ => format!("{}{}-de-exemplo", if secret { "s3gr3d0-" } else { "" }, plain.replace('_', "-")),
    };
    // The builder allows no more.
    let most = schema.get("maxLength").and_then(|it| it.plain().parse().ok()).unwrap_or(usize::MAX);
    let example = constant.clone().or(example).unwrap_or_else(made).chars().take(most).collect::<String>();
    Field {
        noun: schema.words("title").map_or_else(|| plain.replace('_', " "), str::to_owned),
        variable: schema.words("x-variable").map_or_else(|| plain.to_ascii_uppercase(), str::to_owned),
        example: format!("{example:?}"),
        kind,
        secret,
        schema: schema.clone(),
        rust,
        constant,
        required,
        ..Field::default()
    }
}
