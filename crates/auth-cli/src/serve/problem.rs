//! The errors of the sidecar itself, as problem documents (RFC 9457).

use std::error::Error as StdError;
use std::time::Duration;

use auth_core::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use auth_core::http::{Response, StatusCode};
use auth_core::{Error, ErrorKind, reqwest};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError};

use super::stream::ResponseBody;
use crate::exit::in_own_terms;

/// The reason why a request has no answer from the provider. It contains no secret.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    /// The end of the document's `type`, which identifies the problem.
    kind: &'static str,
    title: &'static str,
    detail: String,
    retry_after: Option<Duration>,
    header: Option<(&'static str, &'static str)>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, title, detail: detail.into(), retry_after: None, header: None }
    }

    /// Creates the problem of a request that this sidecar does not accept from this caller.
    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "The sidecar does not accept this request", detail)
    }

    /// Creates the problem of a request whose body is longer than a limit.
    pub(super) fn too_long(detail: &str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-long", "The request's body is too long", detail)
    }

    /// Creates the problem of a provider that did not begin its answer in time.
    pub(super) fn silence(limit: Duration) -> Self {
        let detail =
            format!("the provider was silent for {} s; what was sent may have been processed", limit.as_secs());
        Self::new(StatusCode::GATEWAY_TIMEOUT, "timeout", "The provider did not answer in time", detail)
    }

    /// Adds a header to the answer.
    pub(super) fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn kind(&self) -> &'static str {
        self.kind
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns the answer to the caller.
    pub(super) fn into_response(self) -> Response<ResponseBody> {
        let mut document = serde_json::json!({
            "type": format!("urn:authctl:problem:{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let seconds = self.retry_after.map(|pause| pause.as_secs() + u64::from(pause.subsec_nanos() > 0));
        if let Some(seconds) = seconds {
            document["retry_after"] = seconds.into();
        }
        let body = Full::new(Bytes::from(document.to_string())).map_err(|never| match never {}).boxed_unsync();
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = seconds {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Some((name, value)) = self.header {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// Classifies an error of the core. Its text has no secret, and no query of a URL.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let limit = causes(&error).find_map(|cause| cause.downcast_ref::<LengthLimitError>());
        if limit.is_some() {
            return Self::too_long("it is longer than --max-body");
        }
        let timed_out = || causes(&error).filter_map(|cause| cause.downcast_ref()).any(reqwest::Error::is_timeout);
        let (status, kind, title) = match error.kind() {
            ErrorKind::InvalidRequest => (StatusCode::BAD_REQUEST, "invalid-request", "The request cannot be sent"),
            // That of a login has a status, or is remembered.
            ErrorKind::RateLimited if error.status().is_none() && !error.is_cooling_down() => {
                (StatusCode::TOO_MANY_REQUESTS, "quota", "The profile's quota is used up")
            }
            _ if error.retry_after().is_some() => {
                (StatusCode::SERVICE_UNAVAILABLE, "login-held-back", "No login is sent for now")
            }
            ErrorKind::LoginRefused => {
                (StatusCode::SERVICE_UNAVAILABLE, "login-refused", "The provider refused the login")
            }
            ErrorKind::LoginRequired => {
                (StatusCode::SERVICE_UNAVAILABLE, "login-required", "The profile's token cannot be renewed")
            }
            ErrorKind::Config => (StatusCode::INTERNAL_SERVER_ERROR, "configuration", "The profile must be corrected"),
            _ if timed_out() => (StatusCode::GATEWAY_TIMEOUT, "timeout", "The provider did not answer in time"),
            _ => (StatusCode::BAD_GATEWAY, "unavailable", "The provider cannot be reached"),
        };
        Self { retry_after: error.retry_after(), ..Self::new(status, kind, title, in_own_terms(&error)) }
    }
}

fn causes(error: &Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause| (*cause).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: ErrorKind) -> Problem {
        Error::new(kind, "why").into()
    }

    #[test]
    fn each_kind_of_error_has_its_status() {
        for (kind, status) in [
            (ErrorKind::LoginRefused, 503),
            (ErrorKind::Unavailable, 502),
            (ErrorKind::InvalidRequest, 400),
            (ErrorKind::Config, 500),
            (ErrorKind::LoginRequired, 503),
        ] {
            assert_eq!(of(kind).status().as_u16(), status, "{kind:?}");
        }
    }

    #[test]
    fn a_login_that_is_held_back_is_a_503_with_the_seconds_rounded_up() {
        for kind in [ErrorKind::LoginRefused, ErrorKind::Unavailable, ErrorKind::Config] {
            let error = Error::new(kind, "why").with_retry_after(Duration::from_millis(1_200));
            let response = Problem::from(error).into_response();
            assert_eq!((response.status().as_u16(), &response.headers()[RETRY_AFTER]), (503, &2.into()), "{kind:?}");
        }
    }

    #[test]
    fn a_quota_that_is_used_up_is_a_429_with_the_time_of_the_next_permit() {
        let error =
            Error::new(ErrorKind::RateLimited, "nothing was sent").with_retry_after(Duration::from_millis(1_200));
        let response = Problem::from(error).into_response();
        assert_eq!((response.status().as_u16(), &response.headers()[RETRY_AFTER]), (429, &2.into()));
    }
}
