//! A login's answer, read whole.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::problem::Problem;
use super::retry_after;
use crate::error::{Error, ErrorKind, Result};
use crate::token::AccessToken;

/// The answer to one `POST` of [`Http`](crate::Http): status, headers, and a body of at most 1 MiB that is wiped from
/// memory when it is dropped.
///
/// ```
/// # async fn login(http: &auth_core::Http) -> auth_core::Result<()> {
/// #[derive(serde::Deserialize)]
/// struct Body { authenticated: bool }
///
/// let answer = http.post_json("api/login", &serde_json::json!({})).await?.success()?;
/// let body: Body = answer.json()?;
/// if !body.authenticated {
///     return Err(answer.rejected());
/// }
/// # Ok(())
/// # }
/// ```
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
    sent: Bytes,
}

impl Answer {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: Zeroizing<Vec<u8>>, sent: Bytes) -> Self {
        Self { status, headers, body, sent }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body's bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The provider's clock when it answered, to compare its absolute times with.
    #[must_use]
    pub fn date(&self) -> Option<OffsetDateTime> {
        retry_after::date(&self.headers)
    }

    /// The answer itself if its status is a 2xx.
    ///
    /// # Errors
    ///
    /// 400, 401, 403, 422 and 423 are [`Rejected`](ErrorKind::Rejected); 429, and 503 with a `Retry-After`, are
    /// [`RateLimited`](ErrorKind::RateLimited); 408, 425 and other 5xx are [`Unavailable`](ErrorKind::Unavailable); what
    /// is left (3xx, 404, 405 …) means a wrong address: [`Config`](ErrorKind::Config).
    pub fn success(self) -> Result<Self> {
        if self.status.is_success() { Ok(self) } else { Err(self.problem().of_login()) }
    }

    /// The answer itself if its status is a 2xx, for a post that is no login.
    ///
    /// # Errors
    ///
    /// As for [`Request::fetch`](crate::Request::fetch).
    pub fn success_of_request(self) -> Result<Self> {
        if self.status.is_success() { Ok(self) } else { Err(self.problem().of_request()) }
    }

    /// The body as JSON. A byte-order mark is passed over.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) if it is no JSON or lacks a field, with its length and type but none of
    /// its text.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        parse(&self.body, &self.headers)
    }

    /// The bearer token of this answer.
    ///
    /// # Errors
    ///
    /// As for [`AccessToken::bearer`], with the text that is in the token's place if that is a refusal.
    pub fn bearer(&self, token: &SecretString) -> Result<AccessToken> {
        AccessToken::bearer(token).map_err(|error| self.refused(error, token))
    }

    /// The token of this answer that is sent without a scheme.
    ///
    /// # Errors
    ///
    /// As for [`bearer`](Self::bearer).
    pub fn raw(&self, token: &SecretString) -> Result<AccessToken> {
        AccessToken::raw(token).map_err(|error| self.refused(error, token))
    }

    fn refused(&self, error: Error, token: &SecretString) -> Error {
        let refusal = error.kind() == ErrorKind::Rejected;
        let message = refusal.then(|| crate::redact::bounded(token.expose_secret(), &self.sent));
        error.with_answer(self.status.as_u16(), None, message)
    }

    /// The error for an answer that refuses the secrets although its status is a 2xx, with what the provider said.
    #[must_use]
    pub fn rejected(&self) -> Error {
        let message = "the provider refused the login; check the secrets and the environment";
        self.problem().into_error(ErrorKind::Rejected, message)
    }

    /// The error for an answer that did not do what was asked although its status is a 2xx, with what the provider said.
    #[must_use]
    pub fn failed(&self) -> Error {
        self.problem().into_error(ErrorKind::Status, "the provider did not do what was asked")
    }

    /// The error for an answer that makes no sense. `what` says what is wrong with it, and shows no secret.
    #[must_use]
    pub fn malformed(&self, what: &str) -> Error {
        Error::new(ErrorKind::Unavailable, format!("the answer makes no sense: {what}")).with_answer(
            self.status.as_u16(),
            None,
            None,
        )
    }

    fn problem(&self) -> Problem {
        Problem::read(self.status, &self.headers, &self.body, &self.sent)
    }
}

/// Parses JSON without letting its text into an error.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8], headers: &HeaderMap) -> Result<T> {
    serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).map_err(|error| {
        let content_type = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = crate::redact::bounded(content_type.unwrap_or("no content type"), &[]);
        let what = match error.classify() {
            serde_json::error::Category::Data => "is not the expected JSON",
            _ => "is not JSON",
        };
        let place = format!("line {}, column {}", error.line(), error.column());
        Error::new(
            ErrorKind::Unavailable,
            format!("the provider's answer {what} at {place} ({} bytes, {content_type})", body.len()),
        )
    })
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}
