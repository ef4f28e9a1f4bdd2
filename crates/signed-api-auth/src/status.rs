//! The `status` that every answer has.

use auth_core::{Answer, Error, ErrorKind, Result, lenient};
use serde::Deserialize;
use serde_json::Value;

/// An answer that tells nothing but how it went.
#[derive(Deserialize)]
pub(crate) struct Outcome {
    #[serde(default)]
    status: Value,
    #[serde(default, deserialize_with = "lenient::optional")]
    messages: Option<Vec<String>>,
}

impl Outcome {
    /// For a login: a failure is a refusal.
    pub(crate) fn of_login(answer: &Answer) -> Result<()> {
        if answer.json::<Self>()?.is_failure() { Err(answer.rejected()) } else { Ok(()) }
    }

    /// For a post outside a client.
    pub(crate) fn of_post(answer: &Answer) -> Result<()> {
        if answer.json::<Self>()?.is_failure() { Err(answer.failed()) } else { Ok(()) }
    }

    /// For a request of a client.
    pub(crate) fn ok(self) -> Result<()> {
        if !self.is_failure() {
            return Ok(());
        }
        let error = Error::new(ErrorKind::Status, "the provider did not do what was asked");
        Err(error.with_provider_message(&self.messages.unwrap_or_default().join("; ")))
    }

    /// A 2xx can say too that the request failed. Without a text it says nothing, and the rest of the answer counts.
    fn is_failure(&self) -> bool {
        self.status.as_str().is_some_and(|status| !status.eq_ignore_ascii_case("success"))
    }
}
