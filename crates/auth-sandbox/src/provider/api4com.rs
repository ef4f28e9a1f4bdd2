//! Api4Com, which is LoopBack 3.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::Api;
use crate::{
    account::Entry,
    clock,
    contract::{self, api4com::OPERATIONS},
    provider::{Place, Provider},
    recorded::{Call, text},
    reply::Reply,
    tokens::{Check, Life, Token, alphanumerics},
};

/// LoopBack clamps longer lifetimes to a year, in seconds.
const LONGEST: f64 = 31_556_926.0;

#[derive(Debug)]
pub(crate) struct Api4com;

impl Api4com {
    pub(crate) const PLACE: Place = Place {
        name: "api4com",
        base_path: "/api4com/api/v1",
        protected_method: "GET",
        protected_path: "users/me",
        password_ends_tokens: true,
    };
}

impl Api for Api4com {
    fn is_login(&self, call: &Call<'_>) -> bool {
        (call.method(), call.path) == ("POST", "users/login")
    }

    fn answer(&self, provider: &Provider, call: &Call<'_>) -> Reply {
        let reply = route(provider, call);
        let wants_page = call.header("accept").is_some_and(|accept| accept.starts_with("text/html"));
        if reply.status >= 400 && wants_page {
            let page = format!("<!DOCTYPE html><html><body><h1>Error {}</h1></body></html>", reply.status);
            return Reply::new(reply.status, "text/html; charset=utf-8", page);
        }
        reply
    }

    fn error(&self, _provider: &Provider, status: u16, wait: Option<u64>) -> Reply {
        match status {
            401 => required(),
            403 => failure(403, "Error", "Access Denied", Some("ACCESS_DENIED")),
            404 => failure(404, "Error", "Unknown resource", Some("MODEL_NOT_FOUND")),
            429 => {
                let reply = failure(429, "TooManyRequests", "Too many requests, please try again later.", None)
                    .header("ratelimit-policy", "100;w=60")
                    .header("ratelimit-limit", 100)
                    .header("ratelimit-remaining", 0);
                match wait {
                    Some(wait) => reply.header("ratelimit-reset", wait),
                    None => reply,
                }
            }
            500.. => {
                Reply::json(status, &json!({ "error": { "statusCode": status, "message": "Internal Server Error" } }))
            }
            _ => failure(status, "Error", "Bad Request", None),
        }
    }
}

fn route(provider: &Provider, call: &Call<'_>) -> Reply {
    if call.says_json() && !call.request.body.is_empty() && call.json().is_none() {
        return failure(400, "SyntaxError", "Unexpected token in JSON at position 0", None);
    }
    let body = call.json().unwrap_or_default();
    // LoopBack looks at the token before it looks at the route.
    let text = token(call, &body);
    let session = match text.as_deref().map(|text| provider.tokens().check(text)) {
        Some(Check::Expired) => return failure(401, "Error", "Invalid Access Token", Some("INVALID_TOKEN")),
        Some(Check::Live(Token { life: Life::Broken, .. })) => return Api4com.error(provider, 500, None),
        Some(Check::Live(Token { account, .. })) => text.map(|text| (text, account)),
        Some(Check::Unknown) | None => None,
    };
    let operation = contract::find(OPERATIONS, call);
    match (operation.map(|operation| operation.id), call.path, session) {
        (Some("login"), ..) => login(provider, &body),
        // Any method will do.
        (_, "users/logout", Some((text, _))) => {
            provider.tokens().revoke(&text);
            Reply::new(204, "application/json; charset=utf-8", "")
        }
        (_, "users/logout", None) => failure(401, "Error", "accessToken is required to logout", None),
        // Also with a live token: this account may not use integrations, and LoopBack says 401 to that.
        (Some(_), _, None) | (_, "integrations", _) => required(),
        (Some("createToken"), _, Some((_, account))) => issue(provider, account, &body),
        (Some("me"), _, Some((_, account))) => Reply::json(200, &user(&account)),
        (Some("users"), ..) => {
            let all: Vec<_> = provider.known().all().iter().map(|account| user(account)).collect();
            Reply::json(200, &json!(all))
        }
        (_, path, _) => {
            let (method, message) = (call.method(), "There is no method to handle");
            failure(404, "Error", &format!("{message} {method} /{path}"), None)
        }
    }
}

/// Finds the token where LoopBack looks for it, in its order.
fn token(call: &Call<'_>, body: &Value) -> Option<String> {
    let named = body.get("access_token").and_then(Value::as_str).map(str::to_owned);
    let named = named.or_else(|| call.query("access_token"));
    if let Some(token) = named.or_else(|| call.header("x-access-token").map(str::to_owned)) {
        return Some(token);
    }
    let value = call.header("authorization")?;
    let Some(encoded) = value.strip_prefix("Bearer ") else { return Some(value.to_owned()) };
    // Here a bearer token is base64 of the token: the raw one after `Bearer` is no token at all.
    let decoded = BASE64_STANDARD.decode(encoded).unwrap_or_default();
    Some(String::from_utf8_lossy(&decoded).into_owned())
}

fn login(provider: &Provider, body: &Value) -> Reply {
    let email = body.get("email").or_else(|| body.get("username"));
    let Some(email) = email.filter(|email| !email.is_null() && **email != json!("")) else {
        return failure(400, "Error", "username or email is required", Some("USERNAME_EMAIL_REQUIRED"));
    };
    let Some(email) = email.as_str() else {
        return failure(400, "Error", "Invalid email", Some("INVALID_EMAIL"));
    };
    // A user name is what an e-mail address begins with.
    let short = |account: &Entry| body.get("email").is_none() && account.username.split('@').next() == Some(email);
    let named = provider.known().find(short);
    let email = named.as_ref().map_or(email, |account| &account.username);
    match provider.known().log_in(email, text(body, "password")) {
        Some(account) => issue(provider, account, body),
        None => failure(401, "Error", "login failed", Some("LOGIN_FAILED")),
    }
}

fn issue(provider: &Provider, account: Arc<Entry>, body: &Value) -> Reply {
    let usual = provider.tokens().lifetime().as_secs_f64();
    let ttl = seconds(body.get("ttl"), usual);
    let issued = clock::now();
    let life = if ttl.total_cmp(&-1.0).is_eq() {
        Life::Eternal
    } else if ttl >= 0.0 {
        let millis = std::time::Duration::try_from_secs_f64(ttl).map_or(u64::MAX, clock::millis);
        Life::Until(issued.saturating_add(millis))
    } else {
        Life::Broken
    };
    let id = alphanumerics(64);
    let user_id = 1 + account.number;
    provider.tokens().keep(id.clone(), Token { account, issued, life, secret: String::new() });
    // The documentation shows text, and a number for -1.
    let told = if life == Life::Eternal { json!(-1) } else { json!(ttl.to_string()) };
    Reply::json(200, &json!({ "id": id, "ttl": told, "created": clock::iso(issued), "userId": user_id }))
}

/// `min(ttl || usual, longest)`; not a number is NaN, as in JavaScript.
fn seconds(asked: Option<&Value>, usual: f64) -> f64 {
    let asked = match asked {
        None | Some(Value::Null | Value::Bool(false)) => 0.0,
        Some(Value::Number(number)) => number.as_f64().unwrap_or(f64::NAN),
        Some(Value::String(text)) if text.is_empty() => 0.0,
        Some(Value::String(text)) => text.parse().unwrap_or(f64::NAN),
        Some(_) => f64::NAN,
    };
    let ttl = if asked == 0.0 { usual } else { asked };
    if ttl > LONGEST { LONGEST } else { ttl }
}

fn user(account: &Entry) -> Value {
    json!({
        "uuid": "356b20ce-143f-4847-8cf1-a79959f4b390",
        "name": "Maria Souza",
        "email": account.username,
        "phone": "4833328530",
        "role": "ADMIN",
        "emailVerified": true,
        "createdAt": "2025-01-01T00:00:00.000Z",
        "updatedAt": "2025-01-01T00:00:00.000Z",
        "lastLoginAt": "2025-01-01T00:00:00.000Z",
    })
}

fn required() -> Reply {
    failure(401, "Error", "Authorization Required", Some("AUTHORIZATION_REQUIRED"))
}

fn failure(status: u16, name: &str, message: &str, code: Option<&str>) -> Reply {
    let mut error = json!({ "statusCode": status, "name": name, "message": message });
    if let Some(code) = code {
        error["code"] = json!(code);
    }
    Reply::json(status, &json!({ "error": error }))
}
