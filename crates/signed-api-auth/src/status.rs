//! The `status` that every answer has.

use auth_core::{LoginResponse, Result};
use serde::Deserialize;
use serde_json::Value;

/// An answer that tells nothing but how it went.
#[derive(Deserialize)]
pub(crate) struct Outcome {
    #[serde(default)]
    status: Value,
}

impl Outcome {
    /// For a login: a failure is a refusal.
    pub(crate) fn of_login(answer: &LoginResponse) -> Result<()> {
        if answer.json::<Self>()?.is_failure() { Err(answer.login_refused()) } else { Ok(()) }
    }

    /// For any other post.
    pub(crate) fn of_post(answer: &LoginResponse) -> Result<()> {
        if answer.json::<Self>()?.is_failure() { Err(answer.failed()) } else { Ok(()) }
    }

    /// A 2xx can say too that the request failed. Without a text it says nothing, and the rest of the answer counts.
    fn is_failure(&self) -> bool {
        self.status.as_str().is_some_and(|status| !status.eq_ignore_ascii_case("success"))
    }
}
