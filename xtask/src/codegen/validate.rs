//! The checks of a document: its form, by the JSON Schema of the dialect, and its meaning, unless rustc checks it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use heck::ToSnakeCase;
use jsonschema::{Validator, error::ValidationErrorKind};
use serde_json::Value as Json;

use super::document::{Document, Node, Value};
use super::model::{Model, environments};
use super::security::Scheme;
use super::types;

/// The JSON Schema of the dialect, which editors use as well.
const SCHEMA: &str = include_str!("../../../docs/contract.schema.json");

/// Made once, which takes longer than to check a document with it.
static VALIDATOR: LazyLock<Option<Validator>> =
    LazyLock::new(|| jsonschema::validator_for(&serde_json::from_str(SCHEMA).ok()?).ok());

/// The ends of the variables that every builder reads.
const VARIABLES: [&str; 5] = ["API", "BASE_URL", "ENVIRONMENT", "LOGIN_BASE_URL", "TOKEN"];

/// Compares the document with the JSON Schema of the dialect, and finds misspelt names and dangling references.
pub(crate) fn shape(document: &Document) {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap_or_default();
    let (Some(validator), Ok(instance)) = (&*VALIDATOR, serde_json::to_value(&document.root)) else {
        return document.fault(&document.root, "docs/contract.schema.json is not a valid JSON Schema: repair it");
    };
    for error in validator.iter_errors(&instance) {
        let at = document.root.at(error.instance_path().as_str()).unwrap_or(&document.root);
        let path = error.schema_path().as_str();
        let around = |member: &str| around(&schema, path, member);
        let text = |member: &str| around(member).and_then(Json::as_str);
        match (error.kind(), text("errorMessage")) {
            (ValidationErrorKind::AdditionalProperties { unexpected }, _) => {
                let known = around("properties").and_then(Json::as_object);
                let known: Vec<_> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                for name in unexpected {
                    let at = at.get(name).unwrap_or(at);
                    document.fault(at, format!("there is no member `{name}` here: {}", remedy(name, &known)));
                }
            }
            (ValidationErrorKind::Required { property: Json::String(name) }, _) if path.ends_with("/required") => {
                let means = around("properties").and_then(|known| known.get(name)?.get("description")?.as_str());
                let means = means.unwrap_or("docs/contracts.md describes it");
                document.fault(at, format!("the member `{name}` is missing: add it. {means}"));
            }
            _ if path.starts_with("/$defs/origin/") && document.root.has("x-source") => {}
            (_, Some(message)) if matches!(at.value, Value::Text(_) | Value::Number(_)) => {
                document.fault(at, format!("{at} is not valid: {message}"));
            }
            (_, Some(message)) => document.fault(at, message),
            (_, None) => document.fault(at, format!("{error}: docs/contract.schema.json describes this member")),
        }
    }
    references(document);
}

/// Returns a member of the nearest schema around a path in it.
fn around<'s>(schema: &'s Json, path: &str, member: &str) -> Option<&'s Json> {
    let (parent, _) = path.rsplit_once('/')?;
    schema.pointer(parent).and_then(|schema| schema.get(member)).or_else(|| around(schema, parent, member))
}

/// Returns the most similar of these names, if it is almost the same.
fn similar<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let distance = |known: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &known.to_lowercase());
    known.iter().copied().filter(|known| distance(known) <= 1 + known.len() / 6).min_by_key(|known| distance(known))
}

/// Returns the remedy for an unknown name.
fn remedy(name: &str, known: &[&str]) -> String {
    match similar(name, known) {
        Some(known) => format!("write `{known}`"),
        None if known.is_empty() => "describe it first".to_owned(),
        None => format!("it is one of {}", known.join(", ")),
    }
}

/// Checks each name that stands for another part of the document.
fn references(document: &Document) {
    // The start of all extensions makes none of them similar.
    let dialect: Vec<_> = SCHEMA.split('"').filter_map(|name| name.strip_prefix("x-")).collect();
    let other = |name| str::strip_prefix(name, "x-").filter(|name| !dialect.contains(name));
    let auth = document.auth();
    let sources: Vec<_> = auth.members("sources").map(|(key, _)| key).collect();
    let schemes: Vec<_> = document.components("securitySchemes").map(|(name, _)| name).collect();
    let ids: Vec<_> = document.operations().map(|operation| operation.id()).collect();
    let check = |at: &Node, what: &str, name: &str, known: &[&str]| {
        if !known.contains(&name) {
            document.fault(at, format!("there is no {what} {name:?}: {}", remedy(name, known)));
        }
    };
    for node in document.root.walk() {
        let misspelt = |(name, member)| Some((name, member, similar(other(name)?, &dialect)?));
        for (name, member, known) in node.entries().filter_map(misspelt) {
            document.fault(member, format!("there is no member `{name}` here: write `x-{known}`"));
        }
        let known: Vec<_> = node.members("properties").map(|(name, _)| name).collect();
        for required in node.items("required") {
            // Another part of the schema may describe a property that this one does not.
            if let Some(known) = similar(&required.plain(), &known).filter(|known| *known != required.plain()) {
                document.fault(required, format!("there is no such property: write {known:?}"));
            }
        }
        node.named("x-source").for_each(|key| check(key, "source", &key.plain(), &sources));
        for (name, scopes) in node.items("security").iter().flat_map(Node::entries) {
            check(scopes, "security scheme", name, &schemes);
        }
        let is_lost = node.words("$ref").is_some() && document.resolve(node).pointer == node.pointer;
        // Extensions of other tools may lead to other files.
        if let Some(at) = node.get("$ref").filter(|_| is_lost && !node.pointer.split('/').any(|it| other(it).is_some()))
        {
            document.fault(at, format!("{} leads to nothing: take #/components/… and a name there", at.plain()));
        }
    }
    for id in auth.named("login").chain(auth.get("quickstart")).chain(auth.at("/refresh/operation")) {
        check(id, "operation", &id.plain(), &ids.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// Checks the rules that neither the JSON Schema nor rustc checks.
pub(crate) fn meaning(document: &Document, model: &Model) {
    servers(document);
    security(document);
    operations(document, model);
    account(document, model);
}

/// Adds a fault for each name that is not the first of its kind.
pub(crate) fn unique<'n>(document: &Document, names: impl Iterator<Item = (&'n Node, String)>, of: &str, fix: &str) {
    let mut known = BTreeSet::new();
    for (at, name) in names {
        if !known.insert(name.clone()) {
            document.fault(at, format!("another {of} is called {name}: {fix}"));
        }
    }
}

fn servers(document: &Document) {
    let servers = document.root.items("servers");
    let name = |server: &Node| format!("{} {}", server.text("x-environment"), server.text("x-api")).to_snake_case();
    let names = servers.iter().filter(|it| it.has("x-environment")).map(|it| (it, name(it)));
    unique(document, names, "server", "give each its own x-environment and x-api");
    let words = environments(document).flat_map(|(name, server)| {
        [name].into_iter().chain(server.texts("x-also-called")).map(move |word| (server, word.to_ascii_lowercase()))
    });
    unique(document, words, "environment", "give each name once");
    let apis: Vec<_> = document.auth().members("apis").collect();
    for (word, api) in &apis {
        let has_server = servers.iter().any(|server| server.text("x-api") == *word);
        if !has_server || !document.logins().any(|login| login.node.text("x-api") == *word) {
            document.fault(api, "an API has a server and a login with its x-api");
        }
    }
    for node in servers.iter().chain(document.operations().map(|operation| operation.node)) {
        let is_known = |api: &str| apis.iter().any(|(known, _)| *known == api);
        if node.words("x-api").map_or(!apis.is_empty(), |api| !is_known(api)) {
            document.fault(node, "with several APIs, a server and an operation have an x-api of x-auth.apis");
        }
    }
    let of_login = document.logins().next().and_then(|login| login.own_servers());
    let is_one = |own: &Node, all: &Node| own.text("x-environment") == all.text("x-environment");
    let fits =
        |own: &[Node]| own.len() == servers.len() && own.iter().all(|own| servers.iter().any(|all| is_one(own, all)));
    for operation in document.operations() {
        let own = operation.own_servers();
        let fault = match own {
            Some(own) if operation.is_login() => (!apis.is_empty() || !fits(own.list())).then_some(
                "a login at a host of its own has one server for each x-environment of the document, and one API",
            ),
            _ if operation.is_refresh() => (own.map(Node::to_string) != of_login.map(Node::to_string))
                .then_some("a refresh token is sent to the servers of the login: give this operation the same ones"),
            _ => own.map(|_| "these are not the servers of the root that have the operation's x-api: repeat those"),
        };
        if let Some(fault) = fault {
            document.fault(own.unwrap_or(operation.node), fault);
        }
    }
}

fn security(document: &Document) {
    let (token, logs_in) = (Scheme::of_token(document), document.auth().has("login"));
    if logs_in && token.is_basic() {
        document.fault(token.node, "Basic has no place for the login's token: describe another one, or remove `login`");
    }
    if !logs_in && !["", "apiKey", "http"].contains(&token.node.text("type")) {
        document.fault(document.auth(), "`login` is missing: add it, the flow clientCredentials, or a scheme of http");
    }
    for operation in document.operations().filter(|operation| operation.is_login() || operation.is_refresh()) {
        let asked = operation.node.get("security").or(document.root.get("security"));
        let asks_token = asked.is_some_and(|all| all.list().iter().any(|one| one.has(token.name())));
        if asks_token && token.node.text("type") != "oauth2" {
            document.fault(operation.node, "a login, or an exchange, needs no token: add \"security\": []");
        }
    }
}

fn operations(document: &Document, model: &Model) {
    let operations = document.operations();
    let ids = operations.clone().map(|it| (it.node.get("operationId").unwrap_or(it.node), it.constant()));
    unique(document, ids, "operation", "give each its own operationId");
    let methods = operations.clone().filter_map(|operation| operation.node.get("x-method"));
    unique(document, methods.map(|method| (method, method.plain())), "method", "rename one");
    for of in model.types.iter().chain(&model.sent).chain(&model.requests) {
        let members = of.members.iter().map(|it| (&it.property, it.rust.clone()));
        unique(document, members, "property", "give one of them an x-name");
    }
    let types = model.types.iter().chain(&model.sent).map(|it| (&it.place, it.name.clone()));
    unique(document, types, "type", "rename one of the schemas, or the operation");
    if operations.clone().all(|operation| operation.is_open()) {
        let at = document.root.get("paths").unwrap_or(&document.root);
        document.fault(at, "an operation that needs the token is missing: describe one");
    }
    for operation in operations {
        let described = operation.parameters().filter(|it| it.text("in") == "path").count();
        if operation.filled().contains(['{', ' ']) || described != operation.path.matches('{').count() {
            document.fault(operation.node, "the path has a blank, or other parameters than are described: correct it");
        }
        for (status, response) in operation.responses() {
            let examples = response.members("content").flat_map(|(_, media)| media.members("examples"));
            let mut stated = examples.map(|(_, example)| document.resolve(example)).chain([response]);
            if operation.is_login() && !stated.any(|it| it.has("x-error-kind")) && !status.starts_with(['2', '3']) {
                document.fault(response, "an answer to a login that is an error has an x-error-kind");
            }
            let kinds = kinds(status);
            let is_free = operation.is_login() || !model.handwritten.is_empty() || kinds.is_empty();
            let is_other = |kind: &&Node| !is_free && !kinds.contains(&&*kind.plain());
            if let Some(at) = response.get("x-error-kind").filter(is_other) {
                document.fault(at, format!("the client returns {} for a {status}: write that", kinds.join(" or ")));
            }
        }
    }
}

/// Returns the kinds of error that the client returns for the status of a request.
pub(crate) fn kinds(status: &str) -> &'static [&'static str] {
    match status.replace("XX", "00").parse() {
        Ok(429) => &["RateLimited"],
        Ok(503) => &["Unavailable", "RateLimited"],
        Ok(408 | 425 | 500..) => &["Unavailable"],
        Ok(300..) => &["Status"],
        _ => &[],
    }
}

fn account(document: &Document, model: &Model) {
    let fields = model.login.fields().map(|field| (&field.schema, field));
    unique(document, fields.clone().map(|(at, field)| (at, field.variable.clone())), "variable", "add an x-variable");
    unique(document, fields.clone().map(|(at, field)| (at, field.rust.clone())), "field", "give one of them an x-name");
    for (at, field) in fields.clone() {
        let is_simple = ["string", "integer", "boolean", "apiKey"].iter().any(|kind| types::is(at, kind));
        if !is_simple && !at.has("x-rust") {
            document.fault(at, "a login sends texts, integers and booleans: give it one of these types, or a const");
        }
        if VARIABLES.contains(&field.variable.as_str()) && (field.variable != "TOKEN" || document.auth().has("login")) {
            document.fault(at, format!("every builder has a variable {}: add an x-variable", field.variable));
        }
    }
    let members = model.answer.wire.iter().flat_map(|it| &it.members).map(|it| (&it.property, it.rust.clone()));
    unique(document, members, "field of the answer", "give one of them an x-name");
    let by_hand = model.handwritten.iter().any(|file| file == "builder");
    let is_read = |end: &str| by_hand || VARIABLES.contains(&end) || fields.clone().any(|(_, it)| it.variable == end);
    for (_, variable) in document.auth().members("variables").filter(|(end, _)| !is_read(end)) {
        document.fault(variable, "nothing reads this variable, unless the builder is handwritten");
    }
}
