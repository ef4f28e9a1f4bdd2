//! The header of a token, and its broken and other forms.

use auth_core::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

/// Returns the value of the header.
pub(super) fn text(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()
}

/// Returns the header with this value.
pub(super) fn with_value(value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

/// Returns the header with the last characters of its token replaced.
pub(super) fn broken(token: &HeaderMap) -> HeaderMap {
    let text = text(token).unwrap_or_default();
    let kept = text.len().saturating_sub(12);
    let kept = text.get(..kept).unwrap_or_default();
    let end = if text.ends_with("AAAAAAAAAAAA") { "BBBBBBBBBBBB" } else { "AAAAAAAAAAAA" };
    with_value(&format!("{kept}{end}"))
}

/// Returns the header without its scheme, or with `Bearer` if it has none.
pub(super) fn other_form(token: &HeaderMap) -> (HeaderMap, &'static str) {
    let text = text(token).unwrap_or_default();
    match text.split_once(' ') {
        Some((_scheme, token)) => (with_value(token), "without a scheme"),
        None => (with_value(&format!("Bearer {text}")), "with `Bearer`"),
    }
}
