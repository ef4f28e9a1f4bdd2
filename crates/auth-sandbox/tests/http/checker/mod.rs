//! Checks of exchanges against the provider's `openapi.json`.
#![allow(dead_code, reason = "each test uses only some of it")]
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

mod schema;

use std::{collections::BTreeSet, fs, path::Path};

use auth_sandbox::{Exchange, Provider, Recorded};
use serde_json::Value;

// The including test imports these from its HTTP client.
use super::{HeaderMap, Url};

/// One provider's `openapi.json`.
pub(crate) struct Contract {
    document: Value,
    /// The path of the base URL: `/econpay`.
    base: String,
}

/// One documented operation.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'c> {
    pub(crate) path: &'c str,
    pub(crate) method: &'c str,
    described: &'c Value,
}

/// Returns the package whose document describes a provider.
pub(crate) fn package(provider: &Provider) -> String {
    format!("{}-auth", provider.name().trim_end_matches("-gateway"))
}

impl Contract {
    pub(crate) fn of(provider: &Provider) -> Self {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("crates"));
        let document = crates.map(|crates| crates.join(package(provider)).join("openapi.json")).find(|it| it.exists());
        let document = serde_json::from_slice(&fs::read(document.unwrap()).unwrap()).unwrap();
        let base = provider.base_url().splitn(4, '/').nth(3).unwrap();
        Self { document, base: format!("/{base}") }
    }

    /// Returns all operations, or those of the named API if the document describes several.
    pub(crate) fn operations(&self, api: Option<&str>) -> Vec<Operation<'_>> {
        let paths = self.document["paths"].as_object().unwrap().iter();
        let operations = paths.flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter().filter(|(_, operation)| operation.is_object());
            operations.map(move |(method, described)| Operation { path, method, described })
        });
        let ours = |operation: &Operation<'_>| operation.described["x-api"].as_str().is_none_or(|it| Some(it) == api);
        operations.filter(ours).collect()
    }

    /// Finds the operation for a request.
    pub(crate) fn find(&self, request: &Recorded) -> Option<Operation<'_>> {
        let given = request.path.split('?').next().unwrap().strip_prefix(&self.base)?;
        let is = |path: &str| {
            let (wanted, given): (Vec<_>, Vec<_>) = (path.split('/').collect(), given.split('/').collect());
            let same = |(wanted, given): (&&str, &&str)| wanted.starts_with('{') || wanted == given;
            wanted.len() == given.len() && wanted.iter().zip(&given).all(same)
        };
        let method = request.method.as_str().to_lowercase();
        let ours = |operation: &Operation<'_>| operation.method == method && is(operation.path);
        self.operations(Some(if self.base == "/gateway" { "gateway" } else { "integration" })).into_iter().find(ours)
    }

    /// Returns the differences between a request and the document.
    pub(crate) fn request(&self, request: &Recorded) -> Vec<String> {
        let Some(operation) = self.find(request) else {
            return vec![format!("{} {} is not documented", request.method, request.path)];
        };
        let mut wrong = Vec::new();
        self.parameters(operation, request, &mut wrong);
        self.security(operation, &request.headers, &mut wrong);
        let body = &operation.described["requestBody"];
        match (body.is_object(), request.body.is_empty()) {
            (false, true) => {}
            (false, false) => wrong.push("the request has a body, which is not documented".to_owned()),
            (true, true) if body["required"] != true => {}
            (true, _) => {
                self.content("the request", &body["content"], &request.headers, &request.body, &mut wrong);
            }
        }
        wrong.into_iter().map(|wrong| format!("{operation}: {wrong}")).collect()
    }

    /// Returns the differences between an answer and the document.
    pub(crate) fn answer(&self, exchange: &Exchange) -> Vec<String> {
        let Some(operation) = self.find(&exchange.request) else {
            return vec![format!("{} {} is not documented", exchange.request.method, exchange.request.path)];
        };
        let documented = self.resolved(&operation.described["responses"][exchange.status.as_str()]);
        if documented.is_null() {
            return vec![format!("{operation}: the status {} is not documented", exchange.status)];
        }
        let mut wrong = Vec::new();
        for (name, header) in documented["headers"].as_object().into_iter().flatten() {
            let header = self.resolved(header);
            let value = exchange.headers.get(name).map(|value| value.to_str().unwrap());
            self.text(&format!("the header {name}"), header, value, &mut wrong);
        }
        let content = &documented["content"];
        if content.is_object() {
            self.content("the answer", content, &exchange.headers, &exchange.body, &mut wrong);
        } else if !exchange.body.is_empty() {
            wrong.push("the answer has a body, which is not documented".to_owned());
        }
        wrong.into_iter().map(|wrong| format!("{operation}, {}: {wrong}", exchange.status)).collect()
    }

    fn parameters(&self, operation: Operation<'_>, request: &Recorded, wrong: &mut Vec<String>) {
        let url = Url::parse("http://sandbox").unwrap().join(&request.path).unwrap();
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let mut unknown: BTreeSet<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
        let below = request.path.split('?').next().unwrap().strip_prefix(&self.base).unwrap();
        for parameter in operation.described["parameters"].as_array().into_iter().flatten() {
            let parameter = self.resolved(parameter);
            let name = parameter["name"].as_str().unwrap();
            let (segment, pair) = (format!("{{{name}}}"), query.iter().find(|(key, _)| key == name));
            let value = match parameter["in"].as_str().unwrap() {
                "query" => pair.map(|(_, value)| value.as_str()),
                "header" => request.header(name),
                _ => operation.path.split('/').zip(below.split('/')).find(|(key, _)| *key == segment).map(|(_, it)| it),
            };
            unknown.remove(name);
            self.text(&format!("the parameter {name}"), parameter, value, wrong);
        }
        wrong.extend(unknown.into_iter().map(|name| format!("the parameter {name} is not documented")));
    }

    fn security(&self, operation: Operation<'_>, headers: &HeaderMap, wrong: &mut Vec<String>) {
        let own = operation.described.get("security");
        let Some(wanted) = own.unwrap_or(&self.document["security"]).as_array().unwrap().first() else { return };
        let name = wanted.as_object().unwrap().keys().next().unwrap();
        let scheme = &self.document["components"]["securitySchemes"][name];
        let header = headers.get("authorization").map(|value| value.to_str().unwrap());
        let is_bearer = header.is_some_and(|value| value.starts_with("Bearer "));
        if header.is_none() || is_bearer != (scheme["scheme"] == "bearer") {
            wrong.push(format!("the token is not sent as the scheme {name} says"));
        }
    }

    /// Checks a parameter or header, which arrives as text.
    fn text(&self, what: &str, described: &Value, value: Option<&str>, wrong: &mut Vec<String>) {
        match value {
            None if described["required"] == true => wrong.push(format!("{what} is missing")),
            None => {}
            Some(value) => {
                let read = serde_json::from_str(value).ok().filter(|value: &Value| !value.is_string());
                let fits = [Value::from(value)].into_iter().chain(read);
                let faults: Vec<_> = fits.map(|value| self.faults(&described["schema"], &value)).collect();
                if faults.iter().all(|faults| !faults.is_empty()) {
                    wrong.push(format!("{what}: {}", faults.concat().join(", ")));
                }
            }
        }
    }

    fn content(&self, what: &str, documented: &Value, headers: &HeaderMap, body: &[u8], wrong: &mut Vec<String>) {
        let told = headers.get("content-type").map_or("", |value| value.to_str().unwrap());
        let Some(media) = documented.get(told.split(';').next().unwrap()) else {
            return wrong.push(format!("the content type {told:?} of {what} is not documented"));
        };
        match serde_json::from_slice(body) {
            Err(error) => wrong.push(format!("{what} is no JSON: {error}")),
            Ok(body) => wrong.extend(self.faults(&media["schema"], &body).iter().map(|it| format!("{what}: {it}"))),
        }
    }
}
