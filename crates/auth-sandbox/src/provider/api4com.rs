//! Api4Com, which is LoopBack 3.

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{
    account::Entry,
    clock,
    contract::{self, api4com::OPERATIONS},
    limits::{Limit, Refused},
    provider::{Api, Method, RunningApi},
    recorded::{Call, text},
    reply::Reply,
    tokens::{Check, Token, alphanumerics},
};

/// `LoopBack` clamps longer lifetimes to a year, in seconds.
const LONGEST: f64 = 31_556_926.0;

pub(crate) static API4COM: Api = Api {
    name: "api4com",
    base_path: "/api4com/api/v1",
    protected_method: Method::GET,
    protected_path: "users/me",
    login_paths: &["users/login"],
    lifetime: Duration::from_secs(14 * 86_400),
    password_ends_tokens: true,
    hourly_limit: None,
    refuse,
    answer,
    error,
};

fn answer(provider: &RunningApi, call: &Call<'_>) -> Reply {
    let reply = route(provider, call);
    let wants_page = call.header("accept").is_some_and(|accept| accept.starts_with("text/html"));
    let status = reply.status.as_u16();
    if status >= 400 && wants_page {
        let page = format!("<!DOCTYPE html><html><body><h1>Error {status}</h1></body></html>");
        return Reply::new(status, "text/html; charset=utf-8", page);
    }
    reply
}

fn route(provider: &RunningApi, call: &Call<'_>) -> Reply {
    if call.says_json() && !call.request.body.is_empty() && call.json().is_none() {
        return failure(400, "SyntaxError", "Unexpected token in JSON at position 0", None);
    }
    let body = call.json().unwrap_or_default();
    // LoopBack checks the token before it looks for the route.
    let session = match session(provider, call, &body) {
        Ok(session) => session,
        Err(refused) => return *refused,
    };
    let operation = contract::find(OPERATIONS, call);
    match (operation.map(|operation| operation.id), call.path, session) {
        (Some("login"), ..) => login(provider, &body),
        // LoopBack serves this with any method.
        (_, "users/logout", Some((text, _))) => {
            provider.revoke(&text);
            Reply::new(204, "application/json; charset=utf-8", "")
        }
        (_, "users/logout", None) => failure(401, "Error", "accessToken is required to logout", None),
        // This account may not use integrations. LoopBack refuses that with 401 even if the token is live.
        (Some(_), _, None) | (_, "integrations", _) => unauthorized(),
        (Some("createToken"), _, Some((_, account))) => issue(provider, account, &body),
        (Some("me"), _, Some((_, account))) => Reply::ok(&user(&account)),
        (Some("calls"), ..) => Reply::ok(&json!({
            "data": [{"id": "call-1", "call_type": "outbound", "from": "1000", "to": "4833328530", "duration": 60}],
            "meta": {"totalItemCount": 1, "totalPageCount": 1, "itemsPerPage": 100, "currentPage": 1},
        })),
        (Some("users"), ..) => {
            let all: Vec<_> = provider.accounts.all().iter().map(|account| user(account)).collect();
            Reply::ok(&json!(all))
        }
        (_, path, _) => {
            let message = format!("There is no method to handle {} /{path}", call.method());
            failure(404, "Error", &message, None)
        }
    }
}

/// Returns the live token with its account; an error if the token is expired or breaks the server.
fn session(provider: &RunningApi, call: &Call<'_>, body: &Value) -> Result<Option<(String, Arc<Entry>)>, Box<Reply>> {
    let Some(text) = token(call, body) else { return Ok(None) };
    match provider.check(&text) {
        Check::Expired => Err(failure(401, "Error", "Invalid Access Token", Some("INVALID_TOKEN")).into()),
        Check::Live(token) if token.broken => Err(broken(500).into()),
        Check::Live(token) => Ok(Some((text, token.account))),
        Check::Unknown => Ok(None),
    }
}

fn refuse(provider: &RunningApi, call: &Call<'_>) -> Option<Reply> {
    match session(provider, call, &call.json().unwrap_or_default()) {
        Ok(Some(_)) => None,
        Ok(None) => Some(unauthorized()),
        Err(refused) => Some(*refused),
    }
}

/// Finds the token in the places where `LoopBack` looks for it, in the same order.
fn token(call: &Call<'_>, body: &Value) -> Option<String> {
    let named = body.get("access_token").and_then(Value::as_str).map(str::to_owned);
    let named = named.or_else(|| call.query("access_token"));
    if let Some(token) = named.or_else(|| call.header("x-access-token").map(str::to_owned)) {
        return Some(token);
    }
    let value = call.header("authorization")?;
    let Some(encoded) = value.strip_prefix("Bearer ") else { return Some(value.to_owned()) };
    // LoopBack expects base64 of the token after `Bearer`, so the raw token is not found there.
    let decoded = BASE64_STANDARD.decode(encoded).unwrap_or_default();
    Some(String::from_utf8_lossy(&decoded).into_owned())
}

fn login(provider: &RunningApi, body: &Value) -> Reply {
    let email = body.get("email").or_else(|| body.get("username"));
    let Some(email) = email.filter(|email| !email.is_null() && **email != json!("")) else {
        return failure(400, "Error", "username or email is required", Some("USERNAME_EMAIL_REQUIRED"));
    };
    let Some(email) = email.as_str() else {
        return failure(400, "Error", "Invalid email", Some("INVALID_EMAIL"));
    };
    // The part of the e-mail address before the `@` is the username.
    let short = |account: &Entry| body.get("email").is_none() && account.username.split('@').next() == Some(email);
    let named = provider.accounts.find(short);
    let email = named.as_ref().map_or(email, |account| &account.username);
    match provider.accounts.log_in(email, text(body, "password")) {
        Some(account) => issue(provider, account, body),
        None => failure(401, "Error", "login failed", Some("LOGIN_FAILED")),
    }
}

fn issue(provider: &RunningApi, account: Arc<Entry>, body: &Value) -> Reply {
    let ttl = seconds(body.get("ttl"), provider.state().lifetime.as_secs_f64());
    let eternal = ttl.total_cmp(&-1.0).is_eq();
    let lifetime = Duration::try_from_secs_f64(ttl);
    let broken = lifetime.is_err() && !eternal;
    let token = Token { broken, ..provider.token_for(account, lifetime.unwrap_or(Duration::MAX)) };
    let (id, created, user_id) = (alphanumerics(64), clock::iso(token.issued), 1 + token.account.number);
    provider.issue(id.clone(), token);
    // The documentation shows text, and a number for -1.
    let ttl = if eternal { json!(-1) } else { json!(ttl.to_string()) };
    Reply::ok(&json!({ "id": id, "ttl": ttl, "created": created, "userId": user_id }))
}

/// Returns `min(ttl || usual, longest)`. A value that is not a number is NaN, as in JavaScript.
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

fn error(status: u16, refused: Refused) -> Reply {
    match status {
        401 => unauthorized(),
        403 => failure(403, "Error", "Access Denied", Some("ACCESS_DENIED")),
        404 => failure(404, "Error", "Unknown resource", Some("MODEL_NOT_FOUND")),
        429 => {
            let Limit { requests, window } = refused.limit.unwrap_or(Limit { requests: 100, window: 60 });
            failure(429, "TooManyRequests", "Too many requests, please try again later.", None)
                .header("ratelimit-policy", format!("{requests};w={window}"))
                .header("ratelimit-limit", requests)
                .header("ratelimit-remaining", 0)
                .header_if("ratelimit-reset", refused.wait)
        }
        500.. => broken(status),
        _ => failure(status, "Error", "Bad Request", None),
    }
}

fn unauthorized() -> Reply {
    failure(401, "Error", "Authorization Required", Some("AUTHORIZATION_REQUIRED"))
}

fn broken(status: u16) -> Reply {
    Reply::json(status, &json!({ "error": { "statusCode": status, "message": "Internal Server Error" } }))
}

fn failure(status: u16, name: &str, message: &str, code: Option<&str>) -> Reply {
    let mut error = json!({ "statusCode": status, "name": name, "message": message });
    if let Some(code) = code {
        error["code"] = json!(code);
    }
    Reply::json(status, &json!({ "error": error }))
}
