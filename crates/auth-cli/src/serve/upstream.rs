//! Requests to a provider. They are the same for all providers, except that xigsapi's documented writes are signed.

use std::time::Duration;

use auth_core::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName};
use auth_core::http::{HeaderValue, Method};
use auth_core::reqwest::Response;
use auth_core::{Client, Login, Result, Stats};
use signed_api_auth::SignedBody;

use super::body::RequestBody;
use super::problem::Problem;
use crate::client::{AnyClient, with_client};

/// The sidecar has time limits of its own, which allow a stream without end.
const NO_LIMIT: Duration = Duration::from_secs(30 * 24 * 3600);
const SIGNATURE: HeaderName = HeaderName::from_static("x-signed-request");

/// The operations of xigsapi that need a signature, by its `openapi.json`. `*` stands for one segment.
const SIGNED: [(Method, &str); 5] = [
    (Method::POST, "v1/profile"),
    (Method::PUT, "v1/profile/*"),
    (Method::POST, "v1/user/auth"),
    (Method::POST, "v1/game/session"),
    (Method::POST, "v1/webhook"),
];

/// A request on its way to the provider.
pub(super) struct Outgoing<'a> {
    pub(super) method: Method,
    /// The path and the query.
    pub(super) path: &'a str,
    pub(super) headers: HeaderMap,
    pub(super) body: RequestBody,
}

impl Outgoing<'_> {
    /// Sends a request, authenticated. It follows no redirect, and is sent again at most once, after a 401.
    pub(super) async fn send(self, client: &AnyClient) -> Result<Response, Problem> {
        match client {
            AnyClient::SignedApi(client) if is_signed(&self.method, self.path) => {
                self.signed(&client.clone().into()).await
            }
            AnyClient::Pontotel(client) => self.with_readable_links().plain(client).await.map_err(Into::into),
            client => with_client!(client, client => self.plain(client).await).map_err(Into::into),
        }
    }

    async fn plain<L: Login>(self, client: &Client<L>) -> Result<Response> {
        let Self { method, path, headers, body } = self;
        let request = client.request(method, path).no_redirect().timeout(NO_LIMIT);
        let request = request.map(|builder| builder.headers(headers));
        let request = match body {
            RequestBody::Nothing => request,
            RequestBody::Kept(bytes) => request.body(bytes),
            RequestBody::Streamed(body, _progress) => request.body(body),
        };
        request.send().await
    }

    /// Asks for a body without compression, because the links of a page are rewritten.
    fn with_readable_links(mut self) -> Self {
        if self.method == Method::GET {
            self.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        self
    }

    /// Signs the body, and sends exactly what was signed.
    async fn signed(self, client: &signed_api_auth::Client) -> Result<Response, Problem> {
        let body = match &self.body {
            RequestBody::Nothing => SignedBody::empty(),
            RequestBody::Kept(text) => SignedBody::json_bytes(text),
            RequestBody::Streamed(..) => {
                return Err(Problem::too_long(
                    "only a body that is kept can be signed, and it is longer than --keep-body",
                ));
            }
        };
        let mut request = client.signed(self.method, self.path, body).timeout(NO_LIMIT);
        for (name, value) in &self.headers {
            // The body is JSON, whatever type the caller states, and the caller's own signature has another key.
            if ![CONTENT_TYPE, CONTENT_ENCODING, SIGNATURE].contains(name) {
                request = request.header(name.as_str(), value);
            }
        }
        Ok(request.send().await?)
    }
}

/// Returns true if the provider demands a signature for this operation.
fn is_signed(method: &Method, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default().trim_matches('/');
    let is = |pattern: &str| {
        let (mut given, mut wanted) = (path.split('/'), pattern.split('/'));
        loop {
            match (given.next(), wanted.next()) {
                (None, None) => return true,
                // The provider's server does not distinguish cases.
                (Some(given), Some(wanted)) if wanted == "*" || given.eq_ignore_ascii_case(wanted) => {}
                _ => return false,
            }
        }
    };
    SIGNED.iter().any(|(signed, pattern)| signed == method && is(pattern))
}

/// Returns true if the provider's pages link to each other.
pub(super) fn has_links(client: &AnyClient) -> bool {
    matches!(client, AnyClient::Pontotel(_))
}

/// Returns the counters of a client.
pub(super) fn stats(client: &AnyClient) -> Stats {
    with_client!(client, client => client.stats())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_operations_are_those_of_the_document() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../signed-api-auth/openapi.json");
        let document = std::fs::read_to_string(path).unwrap();
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        let mut documented = 0;
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let signed =
                    parameters.into_iter().any(|name| name["$ref"] == "#/components/parameters/x-signed-request");
                let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
                assert_eq!(is_signed(&method, &path.replace(['{', '}'], "_")), signed, "{method} {path}");
                documented += usize::from(signed);
            }
        }
        assert_eq!(documented, SIGNED.len());
    }

    #[test]
    fn a_path_is_signed_however_it_is_written() {
        for path in ["/v1/profile?a=b", "/V1/Profile", "/v1/profile/", "v1/profile"] {
            assert!(is_signed(&Method::POST, path), "{path}");
        }
        for path in ["/v1/profile/7", "/v2/profile", "/v1/profiles", "/"] {
            assert!(!is_signed(&Method::POST, path), "{path}");
        }
    }
}
