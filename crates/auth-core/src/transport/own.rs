//! Headers that nobody but the client sets.

use http::header::{HeaderMap, HeaderName};

use crate::error::{Error, ErrorKind, Result};

/// Another `Host` would carry the credential to another site behind the same server. The others say where a message ends, or
/// are about the connection, which other requests use too.
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

/// Refuses the first header that is the client's own, but for those that are allowed.
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
