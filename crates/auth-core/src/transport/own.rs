//! Headers that only the client sets.

use http::header::{HeaderMap, HeaderName};

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

pub(crate) fn refused(name: &HeaderName) -> Error {
    let message = format!("the header `{name}` is set by the client and cannot be given; leave it out");
    Error::new(ErrorKind::InvalidRequest, message)
}
