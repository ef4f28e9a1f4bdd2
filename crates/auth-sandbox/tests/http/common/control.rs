//! Requests to the control API.

use auth_sandbox::{Method, Sandbox};
use reqwest::RequestBuilder;
use serde_json::Value;

use super::client;

pub(crate) fn ask(sandbox: &Sandbox, method: Method, path: &str) -> RequestBuilder {
    client().request(method, format!("{}/{path}", sandbox.control_url()))
}

/// Sends a request and returns its status and body; `null` for an empty body.
pub(crate) async fn sent(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() })
}

pub(crate) async fn read(sandbox: &Sandbox, path: &str) -> Value {
    let (status, body) = sent(ask(sandbox, Method::GET, path)).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

pub(crate) async fn send(sandbox: &Sandbox, method: Method, path: &str, body: Value) -> (u16, Value) {
    sent(ask(sandbox, method, path).json(&body)).await
}

pub(crate) async fn delete(sandbox: &Sandbox, path: &str) -> u16 {
    sent(ask(sandbox, Method::DELETE, path)).await.0
}
