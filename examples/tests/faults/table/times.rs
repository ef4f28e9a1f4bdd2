//! The times in a login response, wherever a provider writes them.

use api4com_auth::auth_core::time::format_description::well_known::{Rfc2822, Rfc3339};
use api4com_auth::auth_core::time::{Duration, OffsetDateTime, UtcOffset};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::wire::answer::Answer;

/// Returns the server's own clock.
pub(crate) fn date(answer: &Answer) -> OffsetDateTime {
    OffsetDateTime::parse(answer.header("date").expect("a date"), &Rfc2822).expect("a date")
}

/// Shifts all times of a response, as from a server whose clock is wrong.
pub(crate) fn shift(answer: &mut Answer, by: Duration) {
    let shifted = (date(answer) + by).format(&Rfc2822).expect("a date");
    answer.set("date", &shifted.replace("+0000", "GMT"));
    shift_token(answer, by);
}

/// Shifts only the times of the token, as from a server that returns the same token again.
pub(crate) fn shift_token(answer: &mut Answer, by: Duration) {
    for pointer in ["/created", "/expiration", "/data/expireAt"] {
        if let Some(Value::String(text)) = answer.json().pointer(pointer) {
            let (at, has_zone) = read(text);
            answer.put(pointer, Some(json!(write(at + by, has_zone))));
        }
    }
    claims(answer, |claims| {
        for name in ["iat", "exp", "nbf"] {
            if let Some(at) = claims[name].as_i64() {
                claims[name] = json!(at + by.whole_seconds());
            }
        }
    });
}

/// Changes the claims of the token, if it is a JWT.
pub(crate) fn claims(answer: &mut Answer, change: impl Fn(&mut Value)) {
    let json = answer.json();
    let Some(token) = json.pointer(answer.token).and_then(Value::as_str) else { return };
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { return };
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).expect("base64");
    let mut payload: Value = serde_json::from_slice(&payload).expect("claims");
    change(&mut payload);
    let payload = BASE64_URL_SAFE_NO_PAD.encode(payload.to_string());
    answer.put(answer.token, Some(json!(format!("{header}.{payload}.{signature}"))));
}

/// Parses RFC 3339, with or without a zone.
pub(crate) fn read(text: &str) -> (OffsetDateTime, bool) {
    match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(at) => (at, true),
        Err(_) => (OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339).expect("a date without a zone"), false),
    }
}

pub(crate) fn write(at: OffsetDateTime, has_zone: bool) -> String {
    let text = at.to_offset(UtcOffset::UTC).format(&Rfc3339).expect("a date");
    if has_zone { text } else { text.trim_end_matches('Z').to_owned() }
}
