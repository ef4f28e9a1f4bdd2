// Written by `cargo xtask codegen` from crates/api4com-auth/openapi.json: change that, and run it again.
//! The requests to Api4Com, and the answer to a login.

use auth_core::parse;
use auth_core::secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ttl::Ttl;

/// Log in with an e-mail address and a password: `POST`.
pub(crate) const LOGIN: &str = "users/login";
/// Create a token in addition to the current one: `POST`.
pub(crate) const CREATE_TOKEN: &str = "users/accessTokens";
/// End a token: `POST`.
pub(crate) const LOGOUT: &str = "users/logout";
/// The owner of the token: `GET`.
pub(crate) const ME: &str = "users/me";
/// List the calls: `GET`.
pub(crate) const CALLS: &str = "calls";

#[derive(Serialize)]
pub(crate) struct LoginRequest<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ttl: Option<Ttl>,
}

#[derive(Serialize)]
pub(crate) struct TokenRequest {
    pub(crate) ttl: Ttl,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct LoginAnswer {
    pub(crate) id: Option<SecretString>,
    pub(crate) ttl: Value,
    #[serde(deserialize_with = "parse::optional")]
    pub(crate) created: Option<String>,
    #[serde(deserialize_with = "parse::optional_text")]
    pub(crate) user_id: Option<String>,
}
