//! JSON bodies, parsed with errors that repeat none of their text.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};

/// The content types that an error names. Others are not shown, because a server may write anything there, including
/// what was sent.
const CONTENT_TYPES: [&str; 8] = [
    "application/json",
    "application/octet-stream",
    "application/problem+json",
    "application/xml",
    "text/csv",
    "text/html",
    "text/plain",
    "text/xml",
];

/// The content codings that an error names.
const CODINGS: [&str; 6] = ["br", "compress", "deflate", "gzip", "x-gzip", "zstd"];

/// Parses JSON without its text in an error. An empty body, or JSON that is not a `T`, is an error of the kind `no_t`.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8], headers: &HeaderMap, no_t: ErrorKind) -> Result<T> {
    let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(json).map_err(|error| {
        let known = |value: &HeaderValue, all: &'static [&str]| {
            let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
            all.iter().find(|one| one.as_bytes().eq_ignore_ascii_case(essence)).copied()
        };
        let content_type = headers
            .get(CONTENT_TYPE)
            .map_or("no content type", |value| known(value, &CONTENT_TYPES).unwrap_or("another content type"));
        let place = format!("line {}, column {} ({} bytes, {content_type})", error.line(), error.column(), body.len());
        if error.is_data() {
            let why = reason(&error.to_string());
            return Error::new(no_t, format!("the provider's answer is not the expected JSON: {why} at {place}"));
        }
        let message = match headers.get(CONTENT_ENCODING) {
            Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => format!(
                "the provider's answer is encoded with {}, which was not asked for and cannot be read here",
                known(coding, &CODINGS).unwrap_or("another coding"),
            ),
            _ => format!("the provider's answer is not JSON at {place}"),
        };
        // An empty body, such as that of a 204, is complete.
        Error::new(if json.is_empty() { no_t } else { ErrorKind::Unavailable }, message)
    })
}

/// Returns serde's reason without the value that it found, which may be a secret. A type's own check may put the value
/// anywhere in its message.
pub(crate) fn reason(text: &str) -> String {
    const WITH_VALUE: [&str; 4] = ["invalid type: ", "invalid value: ", "unknown field ", "unknown variant "];
    const WITHOUT: [&str; 3] = ["missing field ", "duplicate field ", "invalid length "];
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _place)| text);
    if WITHOUT.iter().any(|known| text.starts_with(known)) {
        return text.to_owned();
    }
    match text.rsplit_once(", expected ") {
        Some((met, expected)) if WITH_VALUE.iter().any(|known| met.starts_with(known)) => {
            let kind = met.split(['`', '"']).next().unwrap_or_default().trim_end();
            format!("{kind}, expected {expected}")
        }
        _ => "a check of the type itself failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error shows the reason, and no value of the response.
    #[test]
    fn the_reason_why_json_is_no_such_type_has_no_value_of_the_answer() {
        for (given, shown) in [
            ("missing field `access_token` at line 1 column 2", "missing field `access_token`"),
            ("invalid type: map, expected a sequence at line 1 column 0", "invalid type: map, expected a sequence"),
            (r#"invalid type: string "s3cret", expected u32 at line 1 column 9"#, "invalid type: string, expected u32"),
            (r#"invalid value: string "a, expected s3cret", expected b"#, "invalid value: string, expected b"),
            ("invalid value: integer `1234`, expected u8", "invalid value: integer, expected u8"),
            ("unknown variant `s3cret`, expected `a` or `b`", "unknown variant, expected `a` or `b`"),
            ("invalid length 3, expected a tuple of size 2", "invalid length 3, expected a tuple of size 2"),
            ("no such page: s3cret at line 2 column 7", "a check of the type itself failed"),
        ] {
            assert_eq!(reason(given), shown);
        }
    }
}
