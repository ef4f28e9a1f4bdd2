// Written by `cargo xtask codegen` from crates/api4com-auth/openapi.json: change that, and run it again.
//! A telephone call.

use std::time::SystemTime;

use auth_core::parse;
use serde::Deserialize;
use serde_json::Value;

/// A telephone call. A missing or unreadable field is `None` or null.
///
/// Source: [Api4Com, Listar chamadas](https://developers.api4com.com/operations/Call.find__get_calls.html).
///
/// ```
/// let call: api4com_auth::Call = serde_json::from_str(r#"{"id": "3b46c0c6-5acc-4dfb-9ceb-14e37f1d3040"}"#)?;
/// assert_eq!(call.id.as_deref(), Some("3b46c0c6-5acc-4dfb-9ceb-14e37f1d3040"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Call {
    /// The identifier.
    #[serde(deserialize_with = "parse::optional_text")]
    pub id: Option<String>,
    /// The domain of the telephone system.
    #[serde(deserialize_with = "parse::optional_text")]
    pub domain: Option<String>,
    /// The direction: `outbound` or `inbound`.
    #[serde(deserialize_with = "parse::optional_text")]
    pub call_type: Option<String>,
    /// The time at which the call began.
    #[serde(deserialize_with = "parse::optional_date")]
    pub started_at: Option<SystemTime>,
    /// The time at which the call ended.
    #[serde(deserialize_with = "parse::optional_date")]
    pub ended_at: Option<SystemTime>,
    /// The extension or number that called.
    #[serde(deserialize_with = "parse::optional_text")]
    pub from: Option<String>,
    /// The number that was called.
    #[serde(deserialize_with = "parse::optional_text")]
    pub to: Option<String>,
    /// The duration in seconds.
    #[serde(deserialize_with = "parse::optional")]
    pub duration: Option<i64>,
    /// The cause of the end, as `FreeSWITCH` names it.
    #[serde(deserialize_with = "parse::optional_text")]
    pub hangup_cause: Option<String>,
    /// The address of the recording.
    #[serde(deserialize_with = "parse::optional_text")]
    pub record_url: Option<String>,
    /// The e-mail address of the user who called.
    #[serde(deserialize_with = "parse::optional_text")]
    pub email: Option<String>,
    /// The first name of the user who called.
    #[serde(deserialize_with = "parse::optional_text")]
    pub first_name: Option<String>,
    /// The last name of the user who called.
    #[serde(deserialize_with = "parse::optional_text")]
    pub last_name: Option<String>,
    /// The number that the called person saw.
    #[serde(rename = "BINA", deserialize_with = "parse::optional_text")]
    pub bina: Option<String>,
    /// The price of a minute, some minutes after the end.
    #[serde(deserialize_with = "parse::optional_text")]
    pub minute_price: Option<String>,
    /// The price of the call, some minutes after the end.
    #[serde(deserialize_with = "parse::optional_text")]
    pub call_price: Option<String>,
    /// The data that a dialer gave the call.
    pub metadata: Value,
}
