//! The server that a credential is for.

use std::time::Duration;

use http::StatusCode;

/// A server that has revoked the token of the first login, and accepts all others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Resource;

impl Resource {
    /// Answers a request with this `Authorization` after `takes`.
    pub async fn answer(self, authorization: Option<&str>, takes: Duration) -> StatusCode {
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        match authorization {
            Some(value) if value.starts_with("Bearer token-") && !value.starts_with("Bearer token-1-") => {
                StatusCode::OK
            }
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}
