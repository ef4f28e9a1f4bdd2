// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! The requests to EconPay, and the answer to a login.

use auth_core::parse;
use auth_core::secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::user::User;

/// Get the user of the token: `GET`.
pub(crate) const ME: &str = "auth";
/// Log in with an e-mail address and password: `POST`.
pub(crate) const LOGIN: &str = "auth";
/// List the customers: `GET`.
pub(crate) const CUSTOMERS: &str = "customers";

#[derive(Serialize)]
pub(crate) struct LoginRequest<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
}

/// The mark of a refused login. It is read first and alone, because the rest of such an answer does not matter.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Verdict {
    #[serde(deserialize_with = "parse::optional")]
    pub(crate) success: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct LoginAnswer {
    pub(crate) response: Option<LoginAnswerResponse>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct LoginAnswerResponse {
    pub(crate) token: Option<SecretString>,
    #[serde(deserialize_with = "parse::optional")]
    pub(crate) user: Option<User>,
}
