// Written by `cargo xtask codegen` from crates/api4com-auth/openapi.json: change that, and run it again.
//! The parameters and the bodies of the client's methods.

use serde::{Deserialize, Serialize};

/// The optional parameters of [`Client::calls`](crate::Client::calls).
///
/// ```
/// assert_eq!(api4com_auth::CallsQuery::default(), serde_json::from_str("{}")?);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct CallsQuery {
    /// LoopBack's `where`, `include`, `order`, `offset` and `limit`, as one JSON object in a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

impl CallsQuery {
    /// Sets LoopBack's `where`, `include`, `order`, `offset` and `limit`, as one JSON object in a text.
    #[must_use]
    pub fn filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = Some(filter.into());
        self
    }
}
