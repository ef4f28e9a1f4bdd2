//! The part of xigsapi that serves its web panel: sessions and passwords of people.

use serde_json::Value;

use super::signed_api::{failure, messages, open, session};
use crate::{
    provider::Provider,
    recorded::{Call, text},
    reply::Reply,
};

pub(super) fn login(provider: &Provider, call: &Call<'_>) -> Reply {
    let Some(body) = call.json() else { return failure(400, "Invalid JSON") };
    if let Some(refusal) = missing(&body, &["email", "password", "captcha"]) {
        return refusal;
    }
    if !provider.account().accepts(text(&body, "email"), text(&body, "password")) {
        return failure(401, "Invalid email or password");
    }
    open(provider)
}

/// Always answers the same, so that nobody learns who has an account.
pub(super) fn forgot_password(_provider: &Provider, call: &Call<'_>) -> Reply {
    let Some(body) = call.json() else { return failure(400, "Invalid JSON") };
    if let Some(refusal) = missing(&body, &["email", "captcha"]) {
        return refusal;
    }
    let language = match text(&body, "lang") {
        "" => call.header("x-user-language").unwrap_or_default(),
        language => language,
    };
    let message = match language {
        "pt" => "Se o e-mail existir, um link de recuperação foi enviado",
        "es" => "Si el correo existe, se ha enviado un enlace de recuperación",
        _ => "If the email exists, a recovery link has been sent",
    };
    messages(200, "success", message)
}

pub(super) fn reset_password(provider: &Provider, call: &Call<'_>) -> Reply {
    let Some(body) = call.json() else { return failure(400, "Invalid JSON") };
    if text(&body, "token") != provider.recovery_token() {
        return failure(400, "Invalid or expired recovery token");
    }
    if let Some(refusal) = change(provider, &body) {
        return refusal;
    }
    provider.revoke_all();
    messages(200, "success", "Password reset successfully")
}

pub(super) fn change_password(provider: &Provider, call: &Call<'_>) -> Reply {
    if session(provider, call).is_none() {
        return failure(401, "Unauthorized");
    }
    let Some(body) = call.json() else { return failure(400, "Invalid JSON") };
    if !provider.account().accepts_password(text(&body, "currentPassword")) {
        return failure(401, "Current password is incorrect");
    }
    match change(provider, &body) {
        Some(refusal) => refusal,
        None => messages(200, "success", "Password updated successfully"),
    }
}

fn change(provider: &Provider, body: &Value) -> Option<Reply> {
    let password = text(body, "newPassword");
    if password.chars().count() < 8 {
        return Some(failure(400, "newPassword must have at least 8 characters"));
    }
    provider.account().change(|secrets| password.clone_into(&mut secrets.password));
    None
}

/// A refusal if a member is missing, or the captcha does not convince.
fn missing(body: &Value, members: &[&str]) -> Option<Reply> {
    let name = members.iter().find(|name| text(body, name).is_empty());
    if let Some(name) = name {
        return Some(failure(400, &format!("{name} is required")));
    }
    (text(body, "captcha") == "invalid").then(|| failure(400, "Invalid captcha"))
}
