//! The headers of a request: those that a caller may set, and those that only the client sets.

use http::Method;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use reqwest::Request;

use crate::error::{Error, ErrorKind, Result};

/// A different `Host` would send the credential to another site behind the same server. The others define where a
/// message ends, or concern the connection, which other requests share.
const OWN: [&str; 12] = [
    "authorization",
    "connection",
    "content-length",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Rejects the first header that only the client sets, except for those in `allowed`.
pub(crate) fn refuse(headers: &HeaderMap, allowed: &[HeaderName]) -> Result<()> {
    let own = |name: &&HeaderName| is_own(name) && !allowed.contains(name);
    headers.keys().find(own).map_or(Ok(()), |name| Err(refused(name)))
}

/// Returns true if only the client sets a header.
pub(crate) fn is_own(name: &HeaderName) -> bool {
    OWN.contains(&name.as_str())
}

/// Parses a header that a caller gives.
pub(crate) fn header(name: &str, value: impl TryInto<HeaderValue>) -> Result<(HeaderName, HeaderValue)> {
    let invalid = |message| Error::new(ErrorKind::InvalidRequest, message);
    match (HeaderName::from_bytes(name.as_bytes()), value.try_into()) {
        (Ok(name), Ok(value)) => Ok((name, value)),
        (Err(_), _) => Err(invalid(format!("{name:?} is no header name"))),
        (_, Err(_)) => Err(invalid(format!("the value of the header {name:?} cannot be sent; write visible ASCII"))),
    }
}

/// Sets `Content-Length` on a `POST` without a body. RFC 9110, section 8.6: without it, some servers answer 411.
#[inline]
pub(crate) fn state_length(request: &mut Request) {
    if request.body().is_none() && [Method::POST, Method::PUT, Method::PATCH].contains(request.method()) {
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
}

pub(crate) fn refused(name: &HeaderName) -> Error {
    let message = format!("the header `{name}` is set by the client and cannot be given; leave it out");
    Error::new(ErrorKind::InvalidRequest, message)
}
