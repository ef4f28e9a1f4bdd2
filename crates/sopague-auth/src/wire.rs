// Written by `cargo xtask codegen` from crates/sopague-auth/openapi.json: change that, and run it again.
//! The requests to Sopague, and the answer to a login.

use auth_core::parse;
use auth_core::secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Log in with a user name and password: `POST`.
pub(crate) const LOGIN: &str = "api/authentication/login";
/// Log in to the gateway with a user name and password: `POST`.
pub(crate) const GATEWAY_LOGIN: &str = "api/auth/token";

#[derive(Serialize)]
pub(crate) struct LoginRequest<'a> {
    #[serde(rename = "userName")]
    pub(crate) username: &'a str,
    pub(crate) password: &'a str,
}

/// The mark of a refused login. It is read first and alone, because the rest of such an answer does not matter.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Verdict {
    #[serde(alias = "Authenticated", deserialize_with = "parse::optional")]
    pub(crate) authenticated: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct LoginAnswer {
    #[serde(alias = "Created", deserialize_with = "parse::optional")]
    pub(crate) created: Option<String>,
    #[serde(alias = "Expiration", deserialize_with = "parse::optional")]
    pub(crate) expiration: Option<String>,
    #[serde(alias = "AccessToken")]
    pub(crate) access_token: Option<SecretString>,
    #[serde(alias = "Message", deserialize_with = "parse::optional")]
    pub(crate) message: Option<String>,
}
