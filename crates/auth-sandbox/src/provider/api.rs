//! The behaviour of one API, which differs between providers.

use std::time::Duration;

use http::Method;

use crate::{limits::Refused, provider::RunningApi, recorded::Call, reply::Reply};

/// The behaviour of one API.
pub(crate) struct Api {
    pub(crate) name: &'static str,
    pub(crate) base_path: &'static str,
    pub(crate) protected_method: Method,
    pub(crate) protected_path: &'static str,
    /// A `POST` to one of these is a login.
    pub(crate) login_paths: &'static [&'static str],
    /// The lifetime of tokens, as the provider documents it, or an hour.
    pub(crate) lifetime: Duration,
    /// True if a change of the password revokes the account's tokens.
    pub(crate) password_ends_tokens: bool,
    /// The documented number of requests in an hour, if every answer states it.
    pub(crate) hourly_limit: Option<u64>,
    /// The provider's own refusal of a request without a live token.
    pub(crate) refuse: fn(&RunningApi, &Call<'_>) -> Option<Reply>,
    pub(crate) answer: fn(&RunningApi, &Call<'_>) -> Reply,
    /// The provider's own answer for a status. A 429 names the limit and the time to wait.
    pub(crate) error: fn(u16, Refused) -> Reply,
}

/// Refuses a request without `Authorization: Bearer` and a live token.
pub(super) fn bearer(provider: &RunningApi, call: &Call<'_>) -> Option<Reply> {
    if provider.session(call).is_some() { None } else { Some(provider.error(401, None)) }
}
