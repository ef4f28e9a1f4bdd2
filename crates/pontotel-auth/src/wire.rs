// Written by `cargo xtask codegen` from crates/pontotel-auth/openapi.json: change that, and run it again.
//! The requests to Pontotel, and the answer to a login.

use auth_core::parse;
use auth_core::secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::user::User;

/// Log in with a user name and password: `POST`.
pub(crate) const LOGIN: &str = "login/";
/// List the users: `GET`.
pub(crate) const USERS: &str = "usuarios/";

#[derive(Serialize)]
pub(crate) struct LoginRequest<'a> {
    pub(crate) username: &'a str,
    pub(crate) password: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct LoginAnswer {
    pub(crate) access_token: Option<SecretString>,
    #[serde(deserialize_with = "parse::optional")]
    pub(crate) token_type: Option<String>,
    pub(crate) expires_in: Value,
    #[serde(deserialize_with = "parse::optional")]
    pub(crate) user: Option<User>,
}
