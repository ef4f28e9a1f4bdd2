//! The headers that end at the sidecar, and those that pass it.

use auth_core::http::Version;
use auth_core::http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VIA,
};

/// The headers that concern one connection (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 11] = [
    CONNECTION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("proxy-authenticate"),
    HeaderName::from_static("proxy-authorization"),
    HeaderName::from_static("proxy-authentication-info"),
    HeaderName::from_static("http2-settings"),
];

/// The headers of a request that the sidecar consumes or replaces. A cookie would be a second credential.
const ENDS_HERE: [HeaderName; 5] = [AUTHORIZATION, CONTENT_LENGTH, COOKIE, EXPECT, HOST];

/// The headers of an answer that concern the provider's own address. A cookie would be a second credential.
const OF_THE_PROVIDER: [HeaderName; 3] = [SET_COOKIE, STRICT_TRANSPORT_SECURITY, HeaderName::from_static("alt-svc")];

/// Removes the headers of a request that do not go to the provider, and adds `Via` with the version of the request.
pub(super) fn to_provider(headers: &mut HeaderMap, version: Version) {
    remove(headers, &ENDS_HERE);
    let via = if version == Version::HTTP_10 { "1.0 authctl" } else { "1.1 authctl" };
    headers.append(VIA, HeaderValue::from_static(via));
}

/// Removes the headers of an answer that do not go to the caller.
pub(super) fn to_caller(headers: &mut HeaderMap) {
    if headers.contains_key(TRANSFER_ENCODING) {
        // It has another end than the body (RFC 9112, section 6.3).
        headers.remove(CONTENT_LENGTH);
    }
    remove(headers, &OF_THE_PROVIDER);
}

/// Returns true if a body has another coding than `chunked`, which alone is taken off here.
pub(super) fn has_other_coding(headers: &HeaderMap) -> bool {
    let mut codings =
        headers.get_all(TRANSFER_ENCODING).iter().flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    let is_chunked = codings.next().is_none_or(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"chunked"));
    !is_chunked || codings.next().is_some()
}

fn remove(headers: &mut HeaderMap, others: &[HeaderName]) {
    if headers.contains_key(CONNECTION) {
        let named: Vec<HeaderName> = headers.get_all(CONNECTION).iter().flat_map(names).collect();
        for name in named {
            headers.remove(name);
        }
    }
    for name in HOP_BY_HOP.iter().chain(others) {
        headers.remove(name);
    }
}

/// Returns the names in a list of header names.
fn names(list: &HeaderValue) -> impl Iterator<Item = HeaderName> {
    list.as_bytes().split(|&byte| byte == b',').filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(text: &str) -> HeaderMap {
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        };
        text.lines().map(|line| header(line.trim())).collect()
    }

    #[test]
    fn headers_that_connection_names_end_here() {
        let mut headers = map("connection: close, X-Of-The-Hop,, \nx-of-the-hop: 1\nx-end-to-end: 2\nte: trailers");
        to_caller(&mut headers);
        assert_eq!(headers, map("x-end-to-end: 2"));
    }

    #[test]
    fn the_callers_credentials_end_here() {
        let mut headers = map("authorization: Bearer x\ncookie: a=b\nproxy-authorization: Basic x\nhost: a\nexpect: b");
        to_provider(&mut headers, Version::HTTP_11);
        assert_eq!(headers, map("via: 1.1 authctl"));
    }

    #[test]
    fn a_header_that_occurs_twice_passes_twice() {
        let mut headers = map("x-a: 1\nx-a: 2\nvia: 1.0 other");
        to_provider(&mut headers, Version::HTTP_10);
        assert_eq!(headers, map("x-a: 1\nx-a: 2\nvia: 1.0 other\nvia: 1.0 authctl"));
    }

    #[test]
    fn only_chunked_is_a_coding_of_a_body_that_is_forwarded() {
        for (coding, is_other) in [
            ("a: b", false),
            ("transfer-encoding: chunked", false),
            ("transfer-encoding:  Chunked ", false),
            ("transfer-encoding: gzip, chunked", true),
            ("transfer-encoding: gzip\ntransfer-encoding: chunked", true),
            ("transfer-encoding: chunked, chunked", true),
            ("transfer-encoding: identity", true),
        ] {
            assert_eq!(has_other_coding(&map(coding)), is_other, "{coding}");
        }
    }
}
