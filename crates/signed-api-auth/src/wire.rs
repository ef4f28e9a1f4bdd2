// Written by `cargo xtask codegen` from crates/signed-api-auth/openapi.json: change that, and run it again.
//! The requests to xigsapi, and the answer to a login.

use auth_core::parse;
use auth_core::secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::language::Language;

/// Log in with an API key: `POST`.
pub(crate) const LOGIN: &str = "v1/auth/login";
/// Log a person in, behind a captcha: `POST`.
pub(crate) const PANEL_LOGIN: &str = "v1/auth/panel-login";
/// Send a link that resets the password: `POST`.
pub(crate) const FORGOT_PASSWORD: &str = "v1/auth/forgot-password";
/// Set a new password with the recovery token of the e-mail: `POST`.
pub(crate) const RESET_PASSWORD: &str = "v1/auth/reset-password";
/// Change the panel's password: `POST`.
pub(crate) const CHANGE_PASSWORD: &str = "v1/auth/change-password";
/// List the profiles: `GET`.
pub(crate) const PROFILES: &str = "v1/profile";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoginRequest<'a> {
    pub(crate) api_key: &'a str,
}

#[derive(Serialize)]
pub(crate) struct PanelLoginRequest<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    pub(crate) captcha: &'a str,
}

#[derive(Serialize)]
pub(crate) struct ForgotPasswordRequest<'a> {
    pub(crate) email: &'a str,
    pub(crate) captcha: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lang: Option<Language>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResetPasswordRequest<'a> {
    pub(crate) token: &'a str,
    pub(crate) new_password: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangePasswordRequest<'a> {
    pub(crate) current_password: &'a str,
    pub(crate) new_password: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct LoginAnswer {
    pub(crate) data: Option<LoginAnswerData>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct LoginAnswerData {
    pub(crate) access_token: Option<SecretString>,
    pub(crate) signature_token: Option<SecretString>,
    #[serde(deserialize_with = "parse::optional")]
    pub(crate) expire_at: Option<String>,
}
