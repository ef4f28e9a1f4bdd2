//! xigsapi, where some writes are signed.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha512;

use super::{Api, signed_api_panel as panel};
use crate::{
    clock, jwt, node,
    provider::{Place, Provider},
    recorded::{Call, text},
    reply::Reply,
    tokens::{Check, Token, hex},
};

#[derive(Debug)]
pub(crate) struct SignedApi;

impl SignedApi {
    pub(crate) const PLACE: Place =
        Place { name: "signed-api", base_path: "/xigsapi", protected_path: "v1/profile", password_ends_tokens: false };
}

impl Api for SignedApi {
    fn is_login(&self, call: &Call<'_>) -> bool {
        call.method() == "POST" && matches!(call.path, "v1/auth/login" | "v1/auth/panel-login")
    }

    fn answer(&self, provider: &Provider, call: &Call<'_>) -> Reply {
        match (call.method(), call.path) {
            ("POST", "v1/auth/login") => login(provider, call),
            ("POST", "v1/auth/panel-login") => panel::login(provider, call),
            ("POST", "v1/auth/forgot-password") => panel::forgot_password(provider, call),
            ("POST", "v1/auth/reset-password") => panel::reset_password(provider, call),
            ("POST", "v1/auth/change-password") => panel::change_password(provider, call),
            ("GET", "v1/profile" | "v1/user" | "v1/game/session" | "v1/webhook") => match session(provider, call) {
                Some(_) => list(call),
                None => error(401),
            },
            ("POST", "v1/profile" | "v1/game/session" | "v1/webhook") => signed(provider, call, 201),
            ("POST", "v1/user/auth") => signed(provider, call, 200),
            ("PUT", path) if path.starts_with("v1/profile/") => signed(provider, call, 200),
            _ => error(404),
        }
    }

    fn error(&self, _provider: &Provider, status: u16, _wait: Option<u64>) -> Reply {
        error(status)
    }
}

fn login(provider: &Provider, call: &Call<'_>) -> Reply {
    let Some(body) = call.json() else { return failure(400, "Invalid JSON") };
    match text(&body, "apiKey") {
        "" => failure(400, "apiKey is required"),
        key if provider.account().accepts_api_key(key) => open(provider),
        _ => failure(401, "Invalid API key"),
    }
}

/// A new session: both tokens and their end.
pub(super) fn open(provider: &Provider) -> Reply {
    let (token, facts) = provider.tokens().issue(hex(64), |token| {
        let claims = json!({ "sub": "api-client-1", "iat": token.iat(), "exp": token.exp(), "jti": hex(32) });
        jwt::sign(provider.jwt_key(), jwt::ALG_FIRST, &claims)
    });
    let data = json!({
        "accessToken": token,
        "signatureToken": facts.secret,
        "expireAt": clock::iso(facts.expires()),
    });
    Reply::json(200, &json!({ "status": "success", "data": data }))
}

pub(super) fn session(provider: &Provider, call: &Call<'_>) -> Option<Token> {
    match provider.tokens().check(call.bearer()?) {
        Check::Live(token) => Some(token),
        Check::Expired | Check::Unknown => None,
    }
}

/// A write that must carry the signature of its body, made with the signature token of the same login.
fn signed(provider: &Provider, call: &Call<'_>, success: u16) -> Reply {
    let Some(session) = session(provider, call) else { return error(401) };
    if !call.request.body.is_empty() && !call.says_json() {
        return failure(400, "Content-Type must be application/json");
    }
    let Some(text) = node::normalize(&call.request.body) else { return failure(400, "Invalid JSON") };
    let Some(signature) = call.header("x-signed-request") else { return failure(401, "Missing signature") };
    if signature != sign(&session.secret, &text) {
        return failure(401, "Invalid signature");
    }
    provider.signature_verified();
    let id = match call.path.strip_prefix("v1/profile/") {
        Some(id) => id.to_owned(),
        None => hex(24),
    };
    Reply::json(success, &json!({ "status": "success", "data": { "id": id } }))
}

fn sign(signature_token: &str, text: &str) -> String {
    let mac = Hmac::<Sha512>::new_from_slice(signature_token.as_bytes());
    let mut mac = mac.expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    let mut hex = String::with_capacity(128);
    for byte in mac.finalize().into_bytes() {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn list(call: &Call<'_>) -> Reply {
    let (page, size) = (call.number("pageIndex", 1), call.number("pageSize", 10));
    let data = json!([{ "id": "profile-1", "name": "Demo", "profileType": "demo" }]);
    let pagination = json!({ "pageIndex": page, "pageSize": size, "totalCount": 1, "totalPages": 1 });
    Reply::json(200, &json!({ "status": "success", "data": data, "pagination": pagination }))
}

fn error(status: u16) -> Reply {
    let message = match status {
        400 => "Bad request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not found",
        429 => "Too many requests",
        _ => "Internal server error",
    };
    failure(status, message)
}

pub(super) fn failure(status: u16, message: &str) -> Reply {
    messages(status, "error", message)
}

pub(super) fn messages(status: u16, outcome: &str, message: &str) -> Reply {
    let body: Value = json!({ "status": outcome, "messages": [message] });
    Reply::json(status, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_rfc_4231_test_case_2() {
        let expected = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                        9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
        assert_eq!(sign("Jefe", "what do ya want for nothing?"), expected);
    }
}
