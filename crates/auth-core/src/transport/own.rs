//! Headers that nobody but the client sets.

use http::header::{self, HeaderMap, HeaderName};

use crate::error::{Error, ErrorKind, Result};

/// Another `Host` would carry the credential to another site behind the same server. The others say where a message ends, or
/// are about the connection, which other requests use too.
const OWN: [HeaderName; 8] = [
    header::AUTHORIZATION,
    header::CONNECTION,
    header::HOST,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
const OWN_UNREGISTERED: [&str; 3] = ["http2-settings", "keep-alive", "proxy-connection"];

/// Refuses the first header that is the client's own, but for those that are allowed.
pub(crate) fn refuse(headers: &HeaderMap, allowed: &[HeaderName]) -> Result<()> {
    let own = |name: &&HeaderName| is_own(name) && !allowed.contains(name);
    headers.keys().find(own).map_or(Ok(()), |name| Err(refused(name)))
}

/// Whether a header is the client's own. A body's length is, too.
pub(crate) fn is_own(name: &HeaderName) -> bool {
    name == header::CONTENT_LENGTH || OWN.contains(name) || OWN_UNREGISTERED.contains(&name.as_str())
}

pub(crate) fn refused(name: &HeaderName) -> Error {
    let message = format!("the header `{name}` is set by the client and cannot be given; leave it out");
    Error::new(ErrorKind::InvalidRequest, message)
}
