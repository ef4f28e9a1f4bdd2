//! The checks of a document: its form, by the JSON Schema of the dialect, and its meaning, as far as rustc cannot say it.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::error::ValidationErrorKind;
use serde_json::Value as Json;

use super::document::{Document, Node, Value};
use super::model::Model;
use super::security::Scheme;
use super::{answer, login, names, types};

/// The JSON Schema of the dialect, which editors use as well.
const SCHEMA: &str = include_str!("../../../docs/contract.schema.json");

/// The keywords of Rust 2024, including those reserved for the future.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false \
    final fn for gen if impl in let loop macro macro_rules match mod move mut override priv pub ref return self static \
    struct super trait true try type typeof union unsafe unsized use virtual where while yield";

/// Names that the generated builder, session, client and imports have themselves.
const BUILDER: &str = "account api base_url build environment from_env from_vars options place read shared_store token";
const SESSION: &str = "answer authorize date end expiry given lifetime token";
const CLIENT: &str = "account authorize base_url builder cached clone credential delete deref forget forget_everywhere from_credential from_env from_vars get head headers http \
    invalidate clear_cooldown new patch post put request send shared stats with_credential with_options";
const TYPES: &str = "AccessToken Account Accounts Api Authorize Builder Client Credential Deserialize Duration \
    Environment Err Error ErrorKind Expiry HeaderMap Http Identify Fingerprint Lib Login LoginAnswer LoginRequest LoginResponse Main Mod None \
    OffsetDateTime Ok Option Options Persist RequestBuilder Response Restored Result Saved SecretSlice SecretString Self Serialize \
    Session SharedStore Some Store String SystemTime Url Value Vars Vec Verdict Wire";
const FORMATS: &str = "date date-time double email float int32 int64 password unix-time uri uuid";

/// The ends of the variables that every builder reads.
const VARIABLES: [&str; 4] = ["API", "BASE_URL", "ENVIRONMENT", "TOKEN"];

/// Compares the document with the JSON Schema of the dialect, and finds misspelt names and dangling references.
pub(crate) fn shape(document: &Document) {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap_or_default();
    let (Ok(validator), Ok(instance)) = (jsonschema::validator_for(&schema), serde_json::to_value(&document.root))
    else {
        return document.fault(&document.root, "docs/contract.schema.json is no JSON Schema: repair it");
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
                None => document.fault(at, format!("{error}: docs/contracts.md says what stands here")),
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

/// Returns the name of these that is almost the same.
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

/// Checks what neither the JSON Schema nor rustc can say.
pub(crate) fn meaning(document: &Document, model: &Model) {
    let root = &document.root;
    let missing = Node::made("{}");
    let auth = root.get("x-auth").unwrap_or(&missing);
    schemas(document);
    servers(document, model, auth);
    security(document, model);
    operations(document, model);
    account(document, model, auth);
    for data_type in &model.types {
        let Some(schema) = root
            .at("/components/schemas")
            .and_then(|all| all.entries().find(|(name, _)| names::pascal(name) == data_type.name))
            .map(|(_, schema)| schema)
        else {
            continue;
        };
        if is_in(TYPES, &data_type.name) {
            document.fault(
                schema,
                format!("{} is a type of every crate: rename the component, or say x-rust", data_type.name),
            );
        }
        identifier(document, schema, &data_type.snake, "");
        properties(document, schema, |_| "");
        if schema.members("properties").any(|(_, part)| types::holds(document, part, schema)) {
            document.fault(schema, "it holds itself: say x-rust, and write it by hand");
        }
    }
}

fn is_in(names: &str, name: &str) -> bool {
    names.split_whitespace().any(|taken| taken == name)
}

/// Refuses a name that is invalid for a field, method or module in Rust, or that is `reserved`.
fn identifier(document: &Document, at: &Node, name: &str, reserved: &str) {
    let letters = name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if !letters || !name.starts_with(|first: char| first.is_ascii_lowercase()) || is_in(KEYWORDS, name) {
        document.fault(at, format!("{name:?} is no name in Rust: take small letters, digits and _, and no word of the language; x-name says it"));
    } else if is_in(reserved, name) {
        document.fault(at, format!("{name} is what the generated code itself has: say x-name"));
    }
}

/// Checks the names of properties, and of those of inner objects. `reserved` has the names that a property must not have.
fn properties<'r>(document: &Document, schema: &Node, reserved: impl Fn(&Node) -> &'r str + Copy) {
    let mut known = BTreeMap::new();
    for (json, property) in schema.members("properties") {
        let rust = types::rust_name(json, property);
        identifier(document, property, &rust, reserved(property));
        if let Some(other) = known.insert(rust.clone(), json) {
            document.fault(property, format!("in Rust it is {rust}, as {other} is: say x-name"));
        }
        properties(document, property, reserved);
    }
}

fn schemas(document: &Document) {
    let formats: Vec<_> = FORMATS.split(' ').collect();
    for schema in types::schemas(document) {
        if let Some(format) = schema.words("format").filter(|format| !formats.contains(format))
            && let Some(known) = similar(format, &formats)
        {
            document.fault(
                schema.get("format").unwrap_or(schema),
                format!("the format {format:?} is not known: write {known}"),
            );
        }
        for required in schema.items("required") {
            let is_there = schema.get("properties").is_none_or(|all| all.get(&required.plain()).is_some());
            if !is_there && schema.get("allOf").is_none() {
                document.fault(required, format!("there is no such property: describe {required}, or leave it out"));
            }
        }
    }
}

fn servers(document: &Document, model: &Model, auth: &Node) {
    let root = &document.root;
    let servers = root.items("servers");
    for server in servers {
        let words: Vec<_> = server.words("x-environment").into_iter().chain(server.texts("x-also-called")).collect();
        for word in &words {
            identifier(document, server, &names::snake(word), "");
        }
        if words.is_empty() && (servers.len() > 1 || server.get("variables").is_some()) {
            document.fault(server, "one of several servers, or one that is not public, says its x-environment");
        }
        let others = servers.iter().filter(|other| other.text("x-environment") != server.text("x-environment"));
        let taken: Vec<_> = others
            .flat_map(|other| [vec![other.text("x-environment")], other.texts("x-also-called")].concat())
            .collect();
        if let Some(word) = words.iter().find(|word| taken.iter().any(|taken| taken.eq_ignore_ascii_case(word))) {
            document.fault(server, format!("another environment is called {word} as well: give each name once"));
        }
        let is_known = |api: &str| auth.members("apis").any(|(known, _)| known == api);
        if server.words("x-api").map_or(!model.place.apis.is_empty(), |api| !is_known(api)) {
            document.fault(server, "where there are several APIs, a server says the x-api of x-auth.apis");
        }
    }
    for (word, api) in auth.members("apis") {
        identifier(document, api, &names::snake(word), "");
        let operations = document.operations();
        let mut logins = operations.iter().filter(|operation| model.login.ids.contains(&operation.id()));
        let has_login = logins.any(|login| login.node.text("x-api") == word);
        if !has_login || !servers.iter().any(|server| server.text("x-api") == word) {
            document.fault(api, "an API has a server and a login, which say its x-api");
        }
    }
    let of_paths = root.members("paths").flat_map(|(_, path)| {
        ["get", "post", "put", "patch", "delete"]
            .iter()
            .filter_map(move |verb| Some((path.get("servers")?, path.get(verb)?)))
    });
    let of_operations = document
        .operations()
        .into_iter()
        .filter_map(|operation| Some((operation.node.get("servers")?, operation.node)));
    for (own, operation) in of_paths.chain(of_operations) {
        let of_root = servers.iter().filter(|server| server.text("x-api") == operation.text("x-api"));
        let of_root = of_root.map(|server| (server.text("url"), server.text("x-environment")));
        let own_urls = own.list().iter().map(|server| (server.text("url"), server.text("x-environment")));
        if !own_urls.eq(of_root) {
            document.fault(
                own,
                "these are not the servers of the root that have the operation's x-api: no client would ask them",
            );
        }
    }
}

fn security(document: &Document, model: &Model) {
    let root = &document.root;
    let schemes: Vec<_> = root.at("/components/securitySchemes").into_iter().flat_map(Node::entries).collect();
    if model.carrier.make == "basic" {
        let message = "requests carry a token, and Basic is for a login: describe a token, or an apiKey in a header";
        document.fault(Scheme::of_token(document).node, message);
    }
    let known = |security: Option<&Node>| {
        for (name, one) in security.into_iter().flat_map(Node::list).flat_map(Node::entries) {
            if schemes.iter().all(|(known, _)| *known != name) {
                document.fault(
                    one,
                    format!("there is no security scheme {name:?}: take one of components.securitySchemes"),
                );
            }
        }
    };
    known(root.get("security"));
    for operation in document.operations() {
        let own = operation.node.get("security");
        known(own);
        let asked = own.or(root.get("security"));
        let needs = asked.is_some_and(|all| !all.list().is_empty());
        let token = Scheme::of_token(document).node;
        let names_token = |node: &Node| node.entries().any(|(name, _)| token.pointer.ends_with(&format!("/{name}")));
        let asks_token = asked.is_some_and(|all| all.list().iter().any(names_token)) && token.text("type") != "oauth2";
        if model.login.ids.contains(&operation.id()) && asks_token {
            document.fault(operation.node, "a login needs no token: say \"security\": []");
        }
        if own.is_none() && !needs {
            document.fault(
                operation.node,
                "its need of a token is not stated: give the document, or the operation, a security",
            );
        }
    }
}

fn operations(document: &Document, model: &Model) {
    let (mut ids, mut methods) = (BTreeSet::new(), BTreeSet::new());
    for operation in document.operations() {
        let node = operation.node;
        let at = node.get("operationId").unwrap_or(node);
        identifier(document, at, &names::snake(&operation.id()), "");
        if !ids.insert(names::shout(&operation.id())) {
            document.fault(at, format!("another operation is called {}: give each its own name", operation.id()));
        }
        if node
            .words("x-api")
            .map_or(!model.place.apis.is_empty(), |api| !model.place.apis.iter().any(|known| known.words[0] == api))
        {
            document.fault(node, "where there are several APIs, an operation says the x-api of x-auth.apis");
        }
        for (status, response) in node.members("responses") {
            let target = document.resolve(response);
            let examples = target.members("content").flat_map(|(_, media)| media.members("examples"));
            let stated = examples.map(|(name, example)| {
                if name.contains(['"', '\\', '{', '}']) {
                    document.fault(example, "an example's name stands in code: take one without quotes and braces");
                }
                document.resolve(example)
            });
            let is_stated = stated.fold(target.get("x-error-kind").is_some(), |known, example| {
                known | example.get("x-error-kind").is_some()
            });
            if !is_stated && !status.starts_with(['2', '3']) {
                document.fault(response, "an answer that is an error says its x-error-kind");
            }
        }
        if let Some(method) = node.get("x-method") {
            identifier(document, method, &method.plain(), CLIENT);
            if !methods.insert(method.plain()) {
                document.fault(method, format!("another operation has the method {}: rename one", method.plain()));
            }
        }
    }
}

fn account(document: &Document, model: &Model, auth: &Node) {
    for name in ["token", "lifetime"].iter().filter(|name| !model.login.ids.is_empty() && auth.get(name).is_none()) {
        document.fault(auth, format!("the member `{name}` is missing: a login has one"));
    }
    if model.login.ids.is_empty() && Scheme::of_token(document).node.text("type") != "apiKey" {
        document.fault(auth, "the member `login` is missing: without one, requests carry a key of type apiKey");
    }
    let (mut variables, mut known) = (BTreeSet::new(), BTreeSet::new());
    let operations = document.operations();
    let login = operations.iter().find(|operation| model.login.ids.contains(&operation.id()));
    if let Some((_, schema)) = login.and_then(|login| login::body(document, login.node)) {
        properties(document, schema, |_| "");
    }
    for field in &model.login.account {
        let at = document.root.at(&field.pointer).unwrap_or(auth);
        identifier(document, at, &field.rust, BUILDER);
        if !known.insert(&field.rust) {
            document.fault(at, format!("in Rust it is {}, as another property is: say x-name", field.rust));
        }
        if field.noun.contains(['"', '\\', '{', '}', '|', '\n', '\r']) {
            let message = "its title stands in code and tables as it is: one line without quotes, braces and |";
            document.fault(at, message);
        }
        if VARIABLES.contains(&field.variable.as_str()) {
            document.fault(at, format!("{} is a variable of the builder's: say x-variable", field.variable));
        }
        if field.constant.is_none() && !variables.insert(field.variable.as_str()) {
            document.fault(at, format!("two properties have the variable {}: say x-variable", field.variable));
        }
    }
    if let Some(answer) = answer::schema(document, &model.login.ids) {
        let token = format!("{}{}", answer.pointer, auth.text("token").replace('/', "/properties/"));
        properties(document, answer, |property| if property.pointer == token { "" } else { SESSION });
        let mut known = BTreeMap::new();
        for step in &model.answer.steps {
            for field in &step.fields {
                if let Some(other) = known.insert(field, &step.type_) {
                    let message = format!("{field} is in {other} and in {}: give one of them an x-name", step.type_);
                    document.fault(answer, message);
                }
            }
        }
    }
    for (end, variable) in auth.members("variables") {
        let read = variables.contains(end)
            || VARIABLES.contains(&end)
            || model.handwritten.iter().any(|file| file == "builder");
        if !read {
            document.fault(variable, "nothing reads this variable, unless the builder is handwritten");
        }
    }
}
