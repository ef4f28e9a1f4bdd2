//! The provider's `OpenAPI` document, read as data.

use serde_json::{self, Value};

use crate::exit::{Failure, Result};
use crate::provider::Provider;

/// The document of one provider, and the API that the profile uses.
#[derive(Debug)]
pub(super) struct Document {
    root: Value,
    api: Option<&'static str>,
}

/// An element of the document, with its JSON pointer.
#[derive(Clone, Debug)]
pub(super) struct Element<'d> {
    root: &'d Value,
    pub(super) pointer: String,
    pub(super) value: &'d Value,
}

/// One method of one path.
#[derive(Clone, Debug)]
pub(super) struct Operation<'d> {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) element: Element<'d>,
    /// The path, whose parameters all its operations share.
    item: Element<'d>,
}

impl Document {
    pub(super) fn of(provider: Provider, api: Option<&'static str>) -> Result<Self> {
        let text = match provider {
            Provider::Api4com => api4com_auth::OPENAPI,
            Provider::Econpay => econpay_auth::OPENAPI,
            Provider::Pontotel => pontotel_auth::OPENAPI,
            Provider::SignedApi => signed_api_auth::OPENAPI,
            Provider::Sopague => sopague_auth::OPENAPI,
        };
        let root = serde_json::from_str(text).map_err(|error| Failure::other(format!("the document: {error}")))?;
        Ok(Self { root, api })
    }

    fn root(&self) -> Element<'_> {
        Element { root: &self.root, pointer: String::new(), value: &self.root }
    }

    pub(super) fn auth(&self) -> Element<'_> {
        self.root().get("x-auth").unwrap_or_else(|| self.root())
    }

    /// Returns the operations of the profile's API, in the order of the document.
    pub(super) fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, item) in self.root().get("paths").into_iter().flat_map(|paths| paths.members()) {
            for method in ["get", "post", "put", "patch", "delete"] {
                let Some(element) = item.get(method) else { continue };
                let api = element.value["x-api"].as_str();
                if api.is_none() || self.api.is_none() || api == self.api {
                    let (method, path) = (method.to_ascii_uppercase(), path.trim_start_matches('/').to_owned());
                    operations.push(Operation { method, path, element, item: item.clone() });
                }
            }
        }
        operations
    }

    /// Returns the login of the profile's API.
    pub(super) fn login(&self) -> Option<Operation<'_>> {
        let named = &self.auth().value["login"];
        let is_login =
            |id: &str| *named == *id || named.as_array().is_some_and(|all| all.iter().any(|one| *one == *id));
        self.operations().into_iter().find(|operation| is_login(operation.id()))
    }

    /// Returns the harmless request of the profile's API: the quick start, or else its first read.
    pub(super) fn harmless(&self) -> Option<Operation<'_>> {
        let quickstart = self.auth().value["quickstart"].as_str().unwrap_or_default();
        let all = self.operations();
        let named = all.iter().find(|operation| operation.id() == quickstart);
        named.or_else(|| all.iter().find(|operation| operation.method == "GET" && operation.needs_token())).cloned()
    }

    /// Returns the security scheme of requests.
    pub(super) fn scheme(&self) -> Option<Element<'_>> {
        let schemes = self.root().get("components")?.get("securitySchemes")?;
        schemes.members().into_iter().next().map(|(_name, scheme)| scheme)
    }

    /// Returns the name of the environment with this base URL.
    pub(super) fn environment(&self, base_url: &str) -> Option<&str> {
        let servers = self.root["servers"].as_array()?;
        let base_url = base_url.trim_end_matches('/');
        let server = servers.iter().find(|server| server["url"].as_str() == Some(base_url))?;
        Some(server["x-environment"].as_str().unwrap_or("production"))
    }

    /// Returns the version of the API that the document describes.
    pub(super) fn version(&self) -> &str {
        self.root["info"]["version"].as_str().unwrap_or_default()
    }

    pub(super) fn contains_word(&self, word: &str) -> bool {
        fn names(value: &Value, word: &str) -> bool {
            match value {
                Value::Object(members) => {
                    members.iter().any(|(name, value)| words(name).any(|one| one == word) || names(value, word))
                }
                Value::Array(all) => all.iter().any(|value| names(value, word)),
                _ => false,
            }
        }
        names(&self.root["components"], word)
    }
}

/// Returns the words of a name in `snake_case` or `camelCase`, in lower case.
pub(super) fn words(name: &str) -> impl Iterator<Item = String> {
    let mut all = vec![String::new()];
    for letter in name.chars() {
        if letter.is_uppercase() || !letter.is_alphanumeric() {
            all.push(String::new());
        }
        if let Some(word) = all.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    all.into_iter().filter(|word| !word.is_empty())
}

impl<'d> Element<'d> {
    /// Returns a member, or the element that its `$ref` names.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        let pointer = format!("{}/{escaped}", self.pointer);
        let value = match self.value {
            Value::Array(all) => all.get(name.parse::<usize>().ok()?)?,
            value => value.get(name)?,
        };
        self.resolved(pointer, value)
    }

    fn resolved(&self, pointer: String, value: &'d Value) -> Option<Self> {
        match value.get("$ref").and_then(Value::as_str) {
            Some(target) => {
                let pointer = target.strip_prefix('#')?.to_owned();
                let value = self.root.pointer(&pointer)?;
                self.resolved(pointer, value)
            }
            None => Some(Self { root: self.root, pointer, value }),
        }
    }

    /// Returns all members of an object, or the entries of a list by their numbers.
    pub(super) fn members(&self) -> Vec<(String, Self)> {
        let names: Vec<String> = match self.value {
            Value::Object(members) => members.keys().cloned().collect(),
            Value::Array(all) => (0..all.len()).map(|number| number.to_string()).collect(),
            _ => Vec::new(),
        };
        names.into_iter().filter_map(|name| Some((name.clone(), self.get(&name)?))).collect()
    }
}

impl<'d> Operation<'d> {
    pub(super) fn id(&self) -> &'d str {
        self.element.value["operationId"].as_str().unwrap_or_default()
    }

    pub(super) fn response(&self, status: u16) -> Option<Element<'d>> {
        self.element.get("responses")?.get(&status.to_string())
    }

    /// Returns the first successful status of the document.
    pub(super) fn success(&self) -> Option<u16> {
        let responses = self.element.get("responses")?;
        let statuses = responses.members().into_iter().filter_map(|(status, _)| status.parse().ok());
        statuses.into_iter().find(|status| (200..300).contains(status))
    }

    pub(super) fn needs_token(&self) -> bool {
        self.element.value.get("security").is_none()
    }

    /// Returns true if the operation has parameters that only a customer knows, or has to be signed.
    pub(super) fn needs_values(&self) -> bool {
        self.path.contains('{') || self.parameters().iter().any(|parameter| parameter.value["required"] == true)
    }

    /// Returns the path with the document's examples in it, and the required parameters of its query.
    pub(super) fn target(&self) -> (String, Vec<(String, String)>) {
        let (mut path, mut query) = (self.path.clone(), Vec::new());
        for parameter in self.parameters() {
            let (name, schema) = (parameter.value["name"].as_str().unwrap_or_default(), &parameter.value["schema"]);
            let example = match &schema["examples"][0] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            match parameter.value["in"].as_str() {
                Some("path") => path = path.replace(&format!("{{{name}}}"), &example),
                Some("query") if parameter.value["required"] == true => query.push((name.to_owned(), example)),
                _ => {}
            }
        }
        (path, query)
    }

    fn parameters(&self) -> Vec<Element<'d>> {
        let all = [&self.item, &self.element].into_iter().filter_map(|element| element.get("parameters"));
        all.flat_map(|all| all.members()).map(|(_, parameter)| parameter).collect()
    }

    /// Returns the first example of the request's body.
    pub(super) fn body(&self) -> Option<Value> {
        let content = self.element.get("requestBody")?.get("content")?.get("application/json")?;
        let (_, example) = content.get("examples")?.members().into_iter().next()?;
        Some(example.value["value"].clone())
    }
}
