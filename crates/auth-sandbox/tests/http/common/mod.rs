//! The tests' HTTP client, and a login at each provider.
#![allow(dead_code, reason = "each test file uses only some of it")]
#![allow(clippy::unwrap_used, reason = "a failed step fails the test")]

pub(crate) mod control;

use std::sync::LazyLock;

use auth_sandbox::{Provider, Sandbox};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

pub(crate) fn get(provider: &Provider, path: &str) -> RequestBuilder {
    client().get(url(provider, path))
}

/// Returns a request for the provider's protected path, without a token.
pub(crate) fn protected(provider: &Provider) -> RequestBuilder {
    client().request(provider.protected_method(), url(provider, provider.protected_path()))
}

pub(crate) fn post(provider: &Provider, path: &str, body: &Value) -> RequestBuilder {
    client().post(url(provider, path)).json(body)
}

/// Returns the client of all tests, because each new one reads the machine's authorities. It keeps no connection,
/// which would end with the runtime of its test.
pub(crate) fn client() -> Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        Client::builder().redirect(reqwest::redirect::Policy::none()).pool_max_idle_per_host(0).build().unwrap()
    });
    CLIENT.clone()
}

pub(crate) fn url(provider: &Provider, path: &str) -> String {
    format!("{}/{path}", provider.base_url())
}

pub(crate) fn all(sandbox: &Sandbox) -> &[Provider; 6] {
    sandbox.providers()
}

/// Returns a provider's login request with this secret, which is the API key if the provider has one.
pub(crate) fn login(provider: &Provider, secret: &str) -> RequestBuilder {
    login_as(provider, provider.username(), secret)
}

pub(crate) fn login_as(provider: &Provider, name: &str, secret: &str) -> RequestBuilder {
    let (path, body) = match provider.name() {
        "pontotel" => ("login/", json!({ "username": name, "password": secret })),
        "econpay" => ("auth", json!({ "email": name, "password": secret })),
        "sopague" => ("api/authentication/login", json!({ "userName": name, "password": secret })),
        "sopague-gateway" => ("api/auth/token", json!({ "userName": name, "password": secret })),
        "api4com" => ("users/login", json!({ "email": name, "password": secret })),
        _ => ("v1/auth/login", json!({ "apiKey": secret })),
    };
    post(provider, path, &body)
}

pub(crate) fn secret(provider: &Provider) -> &str {
    if provider.api_key().is_empty() { provider.password() } else { provider.api_key() }
}

pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// Returns the token in the answer to a login; `None` if it has no token.
pub(crate) fn token(provider: &Provider, answer: &Value) -> Option<String> {
    let place = match provider.name() {
        "pontotel" => "/access_token",
        "econpay" => "/response/token",
        "sopague" | "sopague-gateway" => "/accessToken",
        "api4com" => "/id",
        _ => "/data/accessToken",
    };
    answer.pointer(place)?.as_str().map(str::to_owned)
}

pub(crate) async fn logged_in(provider: &Provider) -> String {
    let (_, body) = answer(login(provider, secret(provider))).await;
    token(provider, &body).unwrap()
}

/// Adds the token to a request in the header that the provider expects.
pub(crate) fn with(provider: &Provider, token: &str, request: RequestBuilder) -> RequestBuilder {
    let scheme = if provider.name() == "api4com" { "" } else { "Bearer " };
    request.header("authorization", format!("{scheme}{token}"))
}

/// Returns the status of the protected path with this token.
pub(crate) async fn status(provider: &Provider, token: &str) -> u16 {
    let request = with(provider, token, protected(provider));
    request.send().await.unwrap().status().as_u16()
}

/// Returns the claims of a JWT.
pub(crate) fn claims(token: &str) -> Value {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64.decode(payload).unwrap()).unwrap()
}

/// Returns the value of `x-signed-request` for this text.
pub(crate) fn sign(key: &[u8], text: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha512>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    let hex = |byte: u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap());
    mac.finalize().into_bytes().into_iter().flat_map(hex).collect()
}
