//! The page at `/`, with which people steer the sandbox. All that it knows comes from the control API.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

use crate::{recorded::Recorded, reply::Reply};

const PAGE: &str = include_str!("page.html");

/// Allows the page's own style and script by their hashes, and requests to this server.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'",
        hash("<script>", "</script>"),
        hash("<style>", "</style>"),
    )
});

/// Returns the hash of what is between the two tags.
fn hash(start: &str, end: &str) -> String {
    let text = PAGE.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map_or("", |(text, _)| text);
    BASE64.encode(Sha256::digest(text))
}

/// Answers a request for `/`.
pub(crate) fn answer(request: &Recorded) -> Reply {
    if !["GET", "HEAD"].contains(&request.method.as_str()) {
        return Reply::new(405, "text/plain", "the page takes GET only").header("allow", "GET, HEAD");
    }
    let page = PAGE.replacen("lang=\"en\"", &format!("lang=\"{}\"", language(&request.headers)), 1);
    Reply::new(200, "text/html; charset=utf-8", page)
        .header("content-security-policy", &*POLICY)
        .header("referrer-policy", "no-referrer")
        .header("x-content-type-options", "nosniff")
        .header("cache-control", "no-store")
        .header("vary", "accept-language")
}

/// Returns the first language of `Accept-Language` that the page has. Browsers send the preferred one first.
fn language(headers: &HeaderMap) -> &'static str {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = |tag: &str| match tag.trim_start().get(..2)?.to_ascii_lowercase().as_str() {
        "pt" => Some("pt-BR"),
        "en" => Some("en"),
        _ => None,
    };
    wanted.split(',').find_map(known).unwrap_or("en")
}
