//! xigsapi, where some writes are signed.

use std::{fmt::Write, sync::Arc};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha512;

use super::{Api, signed_api_data as data, signed_api_panel as panel};
use crate::{
    account::Entry,
    clock,
    contract::{self, What, Wrong, signed_api::OPERATIONS},
    jwt, node,
    provider::{Place, Provider},
    recorded::{Call, text},
    reply::Reply,
    tokens::{Check, Token, hex},
};

/// The header that carries a signature.
const SIGNATURE: &str = "x-signed-request";

#[derive(Debug)]
pub(crate) struct SignedApi;

impl SignedApi {
    pub(crate) const PLACE: Place = Place {
        name: "signed-api",
        base_path: "/xigsapi",
        protected_method: "GET",
        protected_path: "v1/profile",
        password_ends_tokens: false,
    };
}

impl Api for SignedApi {
    fn is_login(&self, call: &Call<'_>) -> bool {
        call.method() == "POST" && matches!(call.path, "v1/auth/login" | "v1/auth/panel-login")
    }

    fn answer(&self, provider: &Provider, call: &Call<'_>) -> Reply {
        let Some(operation) = contract::find(OPERATIONS, call) else { return error(404) };
        let session = session(provider, call);
        if let (false, None) = (operation.open, &session) {
            return error(401);
        }
        if let (true, Some(session)) = (operation.demands_header(SIGNATURE), &session) {
            if let Err(refusal) = verify(session, call) {
                return refusal;
            }
            provider.signature_verified();
        }
        match operation.read(call) {
            Err(wrong) => messages(400, "error", &wrong.iter().map(words).collect::<Vec<_>>()),
            Ok(body) => served(operation.id, provider, session.as_ref(), call, &body),
        }
    }

    fn error(&self, _provider: &Provider, status: u16, _wait: Option<u64>) -> Reply {
        error(status)
    }
}

fn served(id: &str, provider: &Provider, session: Option<&Token>, call: &Call<'_>, body: &Value) -> Reply {
    match id {
        "login" => match provider.known().log_in_by_key(text(body, "apiKey")) {
            Some(account) => open(provider, account),
            None => failure(401, "Invalid API key"),
        },
        "panelLogin" => panel::login(provider, body),
        "forgotPassword" => panel::forgot_password(call, body),
        "resetPassword" => panel::reset_password(provider, body),
        "changePassword" => match session {
            Some(session) => panel::change_password(&session.account, body),
            None => error(401),
        },
        id => data::answer(id, call).unwrap_or_else(|| error(404)),
    }
}

/// A new session: both tokens and their end.
pub(super) fn open(provider: &Provider, account: Arc<Entry>) -> Reply {
    let subject = format!("api-client-{}", 1 + account.number);
    let (token, facts) = provider.tokens().issue(account, hex(64), |token| {
        let claims = json!({ "sub": subject, "iat": token.iat(), "exp": token.exp(), "jti": hex(32) });
        jwt::sign(provider.jwt_key(), jwt::ALG_FIRST, &claims)
    });
    let data = json!({
        "accessToken": token,
        "signatureToken": facts.secret,
        "expireAt": clock::iso(facts.expires()),
    });
    Reply::json(200, &json!({ "status": "success", "data": data }))
}

fn session(provider: &Provider, call: &Call<'_>) -> Option<Token> {
    match provider.tokens().check(call.bearer()?) {
        Check::Live(token) => Some(token),
        Check::Expired | Check::Unknown => None,
    }
}

/// Checks the signature of the body, made with the signature token of the same login.
fn verify(session: &Token, call: &Call<'_>) -> Result<(), Reply> {
    if !call.request.body.is_empty() && !call.says_json() {
        return Err(failure(400, "Content-Type must be application/json"));
    }
    let Some(text) = node::normalize(&call.request.body) else { return Err(failure(400, "Invalid JSON")) };
    match call.header(SIGNATURE) {
        None => Err(failure(401, "Missing signature")),
        Some(signature) if signature != sign(&session.secret, &text) => Err(failure(401, "Invalid signature")),
        Some(_) => Ok(()),
    }
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

fn error(status: u16) -> Reply {
    let message = match status {
        400 => "Bad request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not found",
        409 => "Webhook already exists",
        429 => "Too many requests",
        _ => "Internal server error",
    };
    failure(status, message)
}

pub(super) fn failure(status: u16, message: &str) -> Reply {
    messages(status, "error", &[message.to_owned()])
}

pub(super) fn messages(status: u16, outcome: &str, messages: &[String]) -> Reply {
    Reply::json(status, &json!({ "status": outcome, "messages": messages }))
}

fn words(Wrong { at, what }: &Wrong) -> String {
    match what {
        What::Unreadable => "Invalid JSON".to_owned(),
        What::Missing => format!("{at} is required"),
        What::Shorter(bound) => format!("{at} must have at least {bound} characters"),
        What::Choice(choices) => format!("{at} must be one of {}", choices.join(", ")),
        What::Less(bound) => format!("{at} must be at least {bound}"),
        What::More(bound) => format!("{at} must be at most {bound}"),
        What::Kind(_) | What::Longer(_) if at.is_empty() => "The body must be an object".to_owned(),
        What::Kind(_) | What::Longer(_) => format!("{at} is invalid"),
    }
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
