//! The part of xigsapi that serves its web panel: sessions and passwords of people.

use serde_json::Value;

use super::signed_api::{failure, messages, open};
use crate::{
    account::Entry,
    provider::Provider,
    recorded::{Call, text},
    reply::Reply,
};

pub(super) fn login(provider: &Provider, body: &Value) -> Reply {
    if refuses_captcha(body) {
        return failure(400, "Invalid captcha");
    }
    match provider.known().log_in(text(body, "email"), text(body, "password")) {
        Some(account) => open(provider, account),
        None => failure(401, "Invalid email or password"),
    }
}

/// Always answers the same, so that nobody learns who has an account.
pub(super) fn forgot_password(call: &Call<'_>, body: &Value) -> Reply {
    if refuses_captcha(body) {
        return failure(400, "Invalid captcha");
    }
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

pub(super) fn reset_password(provider: &Provider, body: &Value) -> Reply {
    let Some(account) = provider.known().find(|account| account.recovery_token == text(body, "token")) else {
        return failure(400, "Invalid or expired recovery token");
    };
    account.set_password(text(body, "newPassword"));
    provider.tokens().revoke_of(&account);
    success("Password reset successfully")
}

pub(super) fn change_password(account: &Entry, body: &Value) -> Reply {
    if !account.accepts_password(text(body, "currentPassword")) {
        return failure(401, "Current password is incorrect");
    }
    account.set_password(text(body, "newPassword"));
    success("Password updated successfully")
}

fn refuses_captcha(body: &Value) -> bool {
    text(body, "captcha") == "invalid"
}

fn success(message: &str) -> Reply {
    messages(200, "success", &[message.to_owned()])
}
