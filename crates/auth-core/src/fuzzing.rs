//! Entry points for the fuzzer, compiled in no other build: see `fuzz/`.

#![allow(missing_docs, reason = "for this crate's own fuzz targets")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode};
use url::Url;

use crate::error::{Error, Result};
use crate::redact::Secrets;
use crate::transport::{BaseUrl, ErrorBody, base_url};

/// Returns the error of a request with this answer.
#[must_use]
pub fn request_error(status: StatusCode, headers: &HeaderMap, body: &[u8], sent: &[u8]) -> Error {
    let mut secrets = Secrets::default();
    secrets.add_body(sent);
    ErrorBody::read(status, headers, body, &secrets).of_request()
}

/// Returns a token with these claims.
#[must_use]
pub fn token_of(claims: &[u8]) -> String {
    format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims))
}

/// Returns the normalized base URL, if it is valid, and the result of joining a path to it.
#[must_use]
pub fn join(base: &str, path: &str) -> Option<(Url, Result<Url>)> {
    let base = BaseUrl::new(&base_url(base).ok()?, false).ok()?;
    Some((base.as_url().clone(), base.join(path)))
}
