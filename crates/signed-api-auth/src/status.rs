//! The `status` of every response.

use auth_core::{LoginResponse, Result};
use serde::Deserialize;
use serde_json::Value;

/// A response that has only a status.
#[derive(Deserialize)]
pub(crate) struct Outcome {
    #[serde(default)]
    status: Value,
}

impl Outcome {
    /// Checks the response to a login. A failure means that the login was refused.
    pub(crate) fn of_login(answer: &LoginResponse) -> Result<()> {
        if answer.json::<Self>()?.is_failure() { Err(answer.login_refused()) } else { Ok(()) }
    }

    /// Checks the response to any other post.
    pub(crate) fn of_post(answer: &LoginResponse) -> Result<()> {
        if answer.json::<Self>()?.is_failure() { Err(answer.failed()) } else { Ok(()) }
    }

    /// Returns true if a 2xx says that the request failed. A status that is not text says nothing.
    fn is_failure(&self) -> bool {
        self.status.as_str().is_some_and(|status| !status.eq_ignore_ascii_case("success"))
    }
}
