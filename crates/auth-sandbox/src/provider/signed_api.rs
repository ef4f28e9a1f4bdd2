//! xigsapi, where some writes are signed, and its web panel.

use std::{fmt::Write, sync::Arc, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha512;

use super::signed_api_data as data;
use crate::{
    account::Entry,
    clock,
    contract::{self, What, Wrong, signed_api::OPERATIONS},
    jwt, node,
    provider::{
        Method, RunningApi,
        api::{Api, bearer},
    },
    recorded::{Call, text},
    reply::Reply,
    tokens::Token,
};

/// The header that carries a signature.
const SIGNATURE: &str = "x-signed-request";

pub(crate) static SIGNED_API: Api = Api {
    name: "signed-api",
    base_path: "/xigsapi",
    protected_method: Method::GET,
    protected_path: "v1/profile",
    login_paths: &["v1/auth/login", "v1/auth/panel-login"],
    lifetime: Duration::from_secs(2 * 3600),
    password_ends_tokens: false,
    hourly_limit: None,
    refuse: bearer,
    answer,
    error: |status, _refused| error(status),
};

fn answer(provider: &RunningApi, call: &Call<'_>) -> Reply {
    let Some(operation) = contract::find(OPERATIONS, call) else { return error(404) };
    let session = provider.session(call);
    if !operation.open && session.is_none() {
        return error(401);
    }
    if let (true, Some(session)) = (operation.demands_header(SIGNATURE), &session) {
        if let Err((status, message)) = verify(session, call) {
            return failure(status, message);
        }
        provider.signature_verified();
    }
    let body = match operation.read(call) {
        Ok(body) => body,
        Err(wrong) => return messages(400, "error", &wrong.iter().map(words).collect::<Vec<_>>()),
    };
    match (operation.id, session) {
        ("login", _) => match provider.accounts.log_in_by_key(text(&body, "apiKey")) {
            Some(account) => open(provider, account),
            None => failure(401, "Invalid API key"),
        },
        ("panelLogin" | "forgotPassword", _) if text(&body, "captcha") == "invalid" => failure(400, "Invalid captcha"),
        ("panelLogin", _) => match provider.accounts.log_in(text(&body, "email"), text(&body, "password")) {
            Some(account) => open(provider, account),
            None => failure(401, "Invalid email or password"),
        },
        ("forgotPassword", _) => forgot_password(call, &body),
        ("resetPassword", _) => reset_password(provider, &body),
        ("changePassword", Some(session)) => change_password(&session.account, &body),
        (id, _) => data::answer(id, call, provider.now()).unwrap_or_else(|| error(404)),
    }
}

/// Opens a session and answers with its two tokens and their expiry.
fn open(provider: &RunningApi, account: Arc<Entry>) -> Reply {
    let claims = json!({ "sub": format!("api-client-{}", 1 + account.number) });
    let token = provider.new_token(account);
    let data = json!({
        "accessToken": provider.issue_jwt(&token, jwt::ALG_FIRST, claims),
        "signatureToken": token.secret,
        "expireAt": clock::iso(token.expires),
    });
    Reply::ok(&json!({ "status": "success", "data": data }))
}

/// Answers the same for every e-mail address, so the answer does not show who has an account.
fn forgot_password(call: &Call<'_>, body: &Value) -> Reply {
    let language = match text(body, "lang") {
        "" => call.header("x-user-language").unwrap_or_default(),
        language => language,
    };
    success(match language {
        "pt" => "Se o e-mail existir, um link de recuperação foi enviado",
        "es" => "Si el correo existe, se ha enviado un enlace de recuperación",
        _ => "If the email exists, a recovery link has been sent",
    })
}

fn reset_password(provider: &RunningApi, body: &Value) -> Reply {
    let Some(account) = provider.accounts.find(|account| account.recovery_token == text(body, "token")) else {
        return failure(400, "Invalid or expired recovery token");
    };
    account.set_password(text(body, "newPassword"));
    provider.revoke_of(&account);
    success("Password reset successfully")
}

fn change_password(account: &Entry, body: &Value) -> Reply {
    if !account.accepts_password(text(body, "currentPassword")) {
        return failure(401, "Current password is incorrect");
    }
    account.set_password(text(body, "newPassword"));
    success("Password updated successfully")
}

/// Checks the body's signature, whose key is the signature token of the same login.
fn verify(session: &Token, call: &Call<'_>) -> Result<(), (u16, &'static str)> {
    if !call.request.body.is_empty() && !call.says_json() {
        return Err((400, "Content-Type must be application/json"));
    }
    let text = node::normalize(&call.request.body).ok_or((400, "Invalid JSON"))?;
    match call.header(SIGNATURE) {
        None => Err((401, "Missing signature")),
        Some(signature) if signature != sign(&session.secret, &text) => Err((401, "Invalid signature")),
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

fn success(message: &str) -> Reply {
    messages(200, "success", &[message.to_owned()])
}

fn failure(status: u16, message: &str) -> Reply {
    messages(status, "error", &[message.to_owned()])
}

fn messages(status: u16, outcome: &str, messages: &[String]) -> Reply {
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
