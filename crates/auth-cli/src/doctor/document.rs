//! The provider's document, and the API that the profile uses.

use auth_core::contract::{self, Element};
use serde_json::Value;

use crate::exit::{Failure, Result};
use crate::provider::Provider;

/// The environment of a base URL that the document does not have. The URL may be private, and is not shown.
pub(super) const UNKNOWN: &str = "another base URL";

/// The document of one provider, and the API that the profile uses.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) contract: contract::Document,
    api: Option<&'static str>,
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
        let contract =
            contract::Document::read(text).map_err(|error| Failure::other(format!("the document: {error}")))?;
        Ok(Self { contract, api })
    }

    pub(super) fn auth(&self) -> Element<'_> {
        self.contract.auth()
    }

    /// Returns the operations of the profile's API, in the order of the document.
    pub(super) fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, item) in self.contract.root().get("paths").into_iter().flat_map(|paths| paths.members()) {
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

    /// Returns the name of the environment with this base URL.
    pub(super) fn environment(&self, base_url: &str) -> Option<&str> {
        let servers = self.contract.root().value["servers"].as_array()?;
        let base_url = base_url.trim_end_matches('/');
        let server = servers.iter().find(|server| server["url"].as_str() == Some(base_url))?;
        Some(server["x-environment"].as_str().unwrap_or("production"))
    }

    /// Returns the version of the API that the document describes.
    pub(super) fn version(&self) -> &str {
        self.contract.root().value["info"]["version"].as_str().unwrap_or_default()
    }
}

impl<'d> Operation<'d> {
    pub(super) fn id(&self) -> &'d str {
        self.element.value["operationId"].as_str().unwrap_or_default()
    }

    pub(super) fn response(&self, status: u16) -> Option<Element<'d>> {
        self.element.response(status)
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
