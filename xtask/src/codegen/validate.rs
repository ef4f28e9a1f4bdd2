//! The checks of a document: its form, by the JSON Schema of the dialect, and its meaning, unless rustc checks it.

use std::collections::BTreeSet;

use jsonschema::error::ValidationErrorKind;
use serde_json::Value as Json;

use super::document::{Document, Node, Operation, Value};
use super::model::Model;
use super::security::Scheme;
use super::{names, types};

/// The JSON Schema of the dialect, which editors use as well.
const SCHEMA: &str = include_str!("../../../docs/contract.schema.json");

/// Names that the client has already.
const CLIENT: &str = "account authorize base_url builder cached clear_cooldown clone credential delete deref forget \
    forget_everywhere from_credential from_env from_vars get head headers http invalidate label new patch post put \
    request send shared stats with_credential with_options";

const FORMATS: &str = "date date-time double email float int32 int64 password unix-time unix-time-ms uri uuid";

/// The ends of the variables that every builder reads.
const VARIABLES: [&str; 5] = ["API", "BASE_URL", "ENVIRONMENT", "LOGIN_BASE_URL", "TOKEN"];

/// Compares the document with the JSON Schema of the dialect, and finds misspelt names and dangling references.
pub(crate) fn shape(document: &Document) {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap_or_default();
    let (Ok(validator), Ok(instance)) = (jsonschema::validator_for(&schema), serde_json::to_value(&document.root))
    else {
        return document.fault(&document.root, "docs/contract.schema.json is not a valid JSON Schema: repair it");
    };
    for error in validator.iter_errors(&instance) {
        let at = document.root.at(error.instance_path().as_str()).unwrap_or(&document.root);
        let path = error.schema_path().as_str();
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = around(&schema, path, "properties").and_then(Json::as_object);
                let known: Vec<_> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                for name in unexpected {
                    let remedy = match similar(name, &known) {
                        Some(known) => format!("write `{known}`"),
                        None => format!("it is one of {}", known.join(", ")),
                    };
                    document.fault(at.get(name).unwrap_or(at), format!("there is no member `{name}` here: {remedy}"));
                }
            }
            ValidationErrorKind::Required { property } if path.ends_with("/required") => {
                let name = property.as_str().unwrap_or_default();
                let means =
                    around(&schema, path, "properties").and_then(|known| known.get(name)?.get("description")?.as_str());
                document.fault(
                    at,
                    format!("the member `{name}` is missing: add it. {}", means.unwrap_or_default()).trim_end(),
                );
            }
            _ => match around(&schema, path, "errorMessage").and_then(Json::as_str) {
                Some(message) if matches!(at.value(), Value::Text(_) | Value::Number(_)) => {
                    document.fault(at, format!("{at} cannot stand here: {message}"));
                }
                Some(message) => document.fault(at, message),
                None => document.fault(at, format!("{error}: docs/contracts.md describes this member")),
            },
        }
    }
    names_and_references(document);
}

/// Returns a member of the nearest schema around a path in it.
fn around<'s>(schema: &'s Json, path: &str, member: &str) -> Option<&'s Json> {
    let mut path = path;
    while let Some((parent, _)) = path.rsplit_once('/') {
        if let Some(found) = schema.pointer(parent).and_then(|schema| schema.get(member)) {
            return Some(found);
        }
        path = parent;
    }
    None
}

/// Returns the most similar of these names, if it is almost the same.
fn similar<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let distance = |known: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &known.to_lowercase());
    known.iter().copied().filter(|known| distance(known) <= 1 + known.len() / 6).min_by_key(|known| distance(known))
}

fn names_and_references(document: &Document) {
    let dialect: BTreeSet<_> = SCHEMA.split('"').filter(|name| name.starts_with("x-") && !name.contains(' ')).collect();
    let dialect: Vec<_> = dialect.into_iter().collect();
    let mut all = Vec::new();
    document.root.walk(&mut all);
    let is_data = |node: &&Node| ["/value/", "/example/", "/examples/"].iter().any(|part| node.pointer.contains(part));
    for node in all.into_iter().filter(|node| !is_data(node)) {
        for (name, member) in node.entries().filter(|(name, _)| name.starts_with("x-") && !dialect.contains(name)) {
            if let Some(known) = similar(name, &dialect) {
                document.fault(member, format!("there is no member `{name}` here: write `{known}`"));
            }
        }
        let Some(reference) = node.get("$ref").and_then(Node::as_str) else { continue };
        let found = reference.strip_prefix('#').and_then(|pointer| document.root.at(pointer));
        if found.is_none_or(|found| found.pointer == node.pointer) {
            document.fault(
                node.get("$ref").unwrap_or(node),
                format!("{reference} leads to nothing: take #/components/… and a name that is there"),
            );
        }
    }
}

/// Checks the rules that neither the JSON Schema nor rustc checks.
pub(crate) fn meaning(document: &Document, model: &Model) {
    let missing = Node::made("{}");
    let auth = document.root.get("x-auth").unwrap_or(&missing);
    schemas(document);
    servers(document, model, auth);
    security(document, model, auth);
    operations(document, model);
    account(document, model, auth);
}

/// Adds a fault for each name that is not the first of its kind.
fn unique<'n>(document: &Document, names: impl Iterator<Item = (&'n Node, String)>, what: &str, remedy: &str) {
    let mut known = BTreeSet::new();
    for (at, name) in names {
        if !known.insert(name.clone()) {
            document.fault(at, format!("another {what} is called {name}: {remedy}"));
        }
    }
}

fn schemas(document: &Document) {
    let formats: Vec<_> = FORMATS.split(' ').collect();
    for schema in types::schemas(document) {
        let format = schema.words("format").filter(|format| !formats.contains(format));
        if let Some((format, known)) = format.and_then(|format| Some((format, similar(format, &formats)?))) {
            let at = schema.get("format").unwrap_or(schema);
            document.fault(at, format!("the format {format:?} is not known: write {known}"));
        }
        for required in schema.items("required") {
            let is_there = schema.get("properties").is_none_or(|all| all.get(&required.plain()).is_some());
            if !is_there && schema.get("allOf").is_none() {
                document.fault(required, format!("there is no such property: describe {required}, or leave it out"));
            }
        }
        let properties = schema.members("properties");
        let names = properties.map(|(json, property)| (property, types::rust_name(json, property)));
        unique(document, names, "property", "give one of them an x-name");
    }
}

fn servers(document: &Document, model: &Model, auth: &Node) {
    let servers = document.root.items("servers");
    let words = |server: &Node| -> Vec<String> {
        let environment = server.words("x-environment").into_iter();
        environment.chain(server.texts("x-also-called")).map(str::to_ascii_lowercase).collect()
    };
    for server in servers {
        if server.get("x-environment").is_none() && (servers.len() > 1 || server.get("variables").is_some()) {
            document.fault(server, "one of several servers, or one that is not public, says its x-environment");
        }
        let others = servers.iter().filter(|other| other.text("x-environment") != server.text("x-environment"));
        let taken: Vec<_> = others.flat_map(words).collect();
        if let Some(word) = words(server).iter().find(|word| taken.contains(word)) {
            document.fault(server, format!("another environment is called {word} as well: give each name once"));
        }
    }
    let operations = document.operations();
    let is_login = |operation: &&Operation<'_>| model.login.ids.contains(&operation.id());
    for (word, api) in auth.members("apis") {
        let mut logins = operations.iter().filter(is_login);
        let has_server = servers.iter().any(|server| server.text("x-api") == word);
        if !has_server || !logins.any(|login| login.node.text("x-api") == word) {
            document.fault(api, "an API has a server and a login, which say its x-api");
        }
    }
    for node in servers.iter().chain(operations.iter().map(|operation| operation.node)) {
        let is_known = |api: &str| auth.members("apis").any(|(known, _)| known == api);
        if node.words("x-api").map_or(!model.place.apis.is_empty(), |api| !is_known(api)) {
            document
                .fault(node, "where there are several APIs, a server and an operation say the x-api of x-auth.apis");
        }
    }
    let refresh = model.login.refresh.as_ref().map(|refresh| refresh.constant.as_str());
    let login = operations.iter().find(is_login).and_then(|login| document.own_servers(login));
    for operation in &operations {
        let own = document.own_servers(operation);
        let message = if model.login.ids.contains(&operation.id()) {
            let environments: Vec<_> = servers.iter().map(|server| server.text("x-environment")).collect();
            let is_one = |own: &Node| environments.contains(&own.text("x-environment"));
            let own = own.map_or(servers, Node::list);
            let each_once = own.len() == servers.len() && own.iter().all(is_one);
            let is_safe = |own: &Node| own.get("variables").is_some() || own.text("url").starts_with("https://");
            match own.iter().all(is_safe) {
                true if each_once && (login.is_none() || model.place.apis.is_empty()) => continue,
                true => {
                    "a login at a host of its own has one server for each x-environment of the document, and one API"
                }
                false => "a server's address begins with https://",
            }
        } else if refresh == Some(names::shout(&operation.id()).as_str()) {
            if own == login {
                continue;
            }
            "a refresh token is sent to the servers of the login: give this operation the same ones"
        } else {
            "these are not the servers of the root that have the operation's x-api: repeat those"
        };
        if own.is_some() || message.starts_with("a refresh") {
            document.fault(own.unwrap_or(operation.node), message);
        }
    }
}

fn security(document: &Document, model: &Model, auth: &Node) {
    let token = Scheme::of_token(document).node;
    if !model.login.ids.is_empty() && token.text("scheme") == "basic" {
        let message = "requests carry the login's token, and Basic has none: describe a token, or remove `login`";
        document.fault(token, message);
    }
    if model.login.ids.is_empty() && !["apiKey", "http"].contains(&token.text("type")) {
        document
            .fault(auth, "the member `login` is missing: without one, requests carry a scheme of type apiKey or http");
    }
    let schemes = document.root.at("/components/securitySchemes");
    let known = |security: Option<&Node>| {
        for (name, one) in security.into_iter().flat_map(Node::list).flat_map(Node::entries) {
            if schemes.is_none_or(|schemes| schemes.get(name).is_none()) {
                let message = format!("there is no security scheme {name:?}: take one of components.securitySchemes");
                document.fault(one, message);
            }
        }
    };
    known(document.root.get("security"));
    for operation in document.operations() {
        let own = operation.node.get("security");
        known(own);
        let Some(asked) =
            own.or(document.root.get("security")).filter(|asked| own.is_some() || !asked.list().is_empty())
        else {
            let message = "its need of a token is not stated: give the document, or the operation, a security";
            document.fault(operation.node, message);
            continue;
        };
        let names_token = |(name, _): (&str, &Node)| token.pointer.ends_with(&format!("/{name}"));
        let asks_token = asked.list().iter().flat_map(Node::entries).any(names_token) && token.text("type") != "oauth2";
        if model.login.ids.contains(&operation.id()) && asks_token {
            document.fault(operation.node, "a login needs no token: add \"security\": []");
        }
    }
}

fn operations(document: &Document, model: &Model) {
    let operations = document.operations();
    let id = |operation: &Operation<'_>| names::shout(&operation.id());
    let ids =
        operations.iter().map(|operation| (operation.node.get("operationId").unwrap_or(operation.node), id(operation)));
    unique(document, ids, "operation", "give each its own operationId");
    let methods = operations.iter().filter_map(|operation| operation.node.get("x-method"));
    unique(document, methods.clone().map(|method| (method, method.plain())), "method", "rename one");
    for method in methods.filter(|method| CLIENT.split_whitespace().any(|name| name == method.plain())) {
        document.fault(method, format!("the client has a method {} of its own: take another name", method.plain()));
    }
    for (operation, status, response) in operations.iter().flat_map(|operation| {
        operation.node.members("responses").map(move |(status, response)| (operation, status, response))
    }) {
        if !model.login.ids.contains(&operation.id()) && model.handwritten.is_empty() {
            kind(document, status, response);
        }
        let target = document.resolve(response);
        let examples = target.members("content").flat_map(|(_, media)| media.members("examples"));
        let mut stated = examples.map(|(_, example)| document.resolve(example)).chain([target]);
        if !stated.any(|it| it.get("x-error-kind").is_some()) && !status.starts_with(['2', '3']) {
            document.fault(response, "an answer that is an error says its x-error-kind");
        }
    }
}

/// Compares the `x-error-kind` of a request's answer with the kind that the client returns for its status.
fn kind(document: &Document, status: &str, response: &Node) {
    let returned: &[&str] = match status.parse() {
        Ok(429) => &["RateLimited"],
        Ok(503) => &["Unavailable", "RateLimited"],
        Ok(408 | 425 | 500..) => &["Unavailable"],
        Ok(300..) => &["Status"],
        _ => return,
    };
    let stated = document.resolve(response).get("x-error-kind").filter(|it| !returned.contains(&it.plain().as_str()));
    if let Some(stated) = stated {
        document.fault(stated, format!("the client returns {} for a {status}: write that", returned.join(" or ")));
    }
}

fn account(document: &Document, model: &Model, auth: &Node) {
    for name in ["token", "lifetime"].iter().filter(|name| !model.login.ids.is_empty() && auth.get(name).is_none()) {
        document.fault(auth, format!("the member `{name}` is missing: a login has one"));
    }
    let fields = model.login.account.iter().filter(|field| field.constant.is_none());
    let fields = fields.map(|field| (document.root.at(&field.pointer).unwrap_or(auth), field));
    unique(document, fields.clone().map(|(at, field)| (at, field.variable.clone())), "variable", "say x-variable");
    unique(document, fields.clone().map(|(at, field)| (at, field.rust.clone())), "field", "give one of them an x-name");
    for (at, field) in fields.clone() {
        if field.noun.contains(['"', '\\', '{', '}', '|', '\n', '\r']) {
            document.fault(at, "its title stands in code and tables as it is: one line without quotes, braces and |");
        }
        if VARIABLES.contains(&field.variable.as_str()) {
            document.fault(at, format!("{} is a variable of the builder's: add x-variable", field.variable));
        }
    }
    let steps = model.answer.steps.iter().flat_map(|step| &step.fields);
    unique(document, steps.map(|field| (auth, field.clone())), "field of the answer", "give one of them an x-name");
    let by_hand = model.handwritten.iter().any(|file| file == "builder");
    let is_read =
        |end: &str| by_hand || VARIABLES.contains(&end) || fields.clone().any(|(_, field)| field.variable == end);
    for (_, variable) in auth.members("variables").filter(|(end, _)| !is_read(end)) {
        document.fault(variable, "nothing reads this variable, unless the builder is handwritten");
    }
}
