//! Bodies of JSON and of forms that wipe themselves from memory.

use std::io;

use bytes::Bytes;
use serde::Serialize;
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

/// Serializes into one buffer of exactly the right size, because growing would leave a copy of a secret in memory.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<Bytes> {
    let mut text = Zeroizing::new(Vec::with_capacity(json_length(value).map_err(unserializable)?));
    serde_json::to_writer(&mut *text, value).map_err(unserializable)?;
    Ok(Bytes::from_owner(text))
}

/// Serializes a form into one buffer that need not grow: each byte of the value's JSON becomes at most three.
pub(crate) fn form<T: Serialize + ?Sized>(value: &T) -> Result<Bytes> {
    let mut text = Zeroizing::new(String::with_capacity(3 * json_length(value).unwrap_or_default()));
    let mut pairs = form_urlencoded::Serializer::new(&mut *text);
    value.serialize(serde_urlencoded::Serializer::new(&mut pairs)).map_err(|error| {
        let message = format!("the body cannot be written as a form: {error}");
        Error::new(ErrorKind::InvalidRequest, message).with_source(error)
    })?;
    Ok(Bytes::from_owner(text))
}

fn json_length<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<usize> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, value).map(|()| length.0)
}

/// Returns the same JSON with the same length, but without unnecessary escapes such as `\/`. Returns `None` if there
/// are none. `serde_json` assembles a string with escapes in a buffer that it does not wipe.
pub(crate) fn without_escapes(json: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if !json.contains(&b'\\') {
        return None;
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(json.len()));
    let (mut rest, mut is_string) = (json, false);
    while let [byte, ..] = rest {
        let mut length = 1;
        match (byte, is_string.then(|| escape(rest)).flatten()) {
            (_, Some((c, escaped))) => {
                plain.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                length = escaped;
            }
            (b'\\', None) if is_string => {
                length = rest.len().min(2);
                plain.extend_from_slice(&rest[..length]);
            }
            _ => plain.push(*byte),
        }
        rest = &rest[length..];
        if *byte == b'"' {
            is_string = !is_string;
            if !is_string {
                // Blanks after a string have no meaning, and what follows keeps its column.
                plain.resize(json.len() - rest.len(), b' ');
            }
        }
    }
    Some(plain)
}

/// Returns the character of an unnecessary escape at the start of a text, and the length of the escape.
fn escape(text: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u").filter(|digits| digits[0] != b'+')?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    if text.starts_with(b"\\/") {
        return Some(('/', 2));
    }
    let units = [unit(0)?, unit(6).unwrap_or_default()];
    let c = char::decode_utf16(units).next()?.ok()?;
    (!c.is_control() && c != '"' && c != '\\').then(|| (c, 6 * c.len_utf16()))
}

fn unserializable(error: serde_json::Error) -> Error {
    let message = format!("the body cannot be written as JSON: {error}");
    Error::new(ErrorKind::InvalidRequest, message).with_source(error)
}

struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_the_values_json() {
        let body = json(&serde_json::json!({"a": ["é", 1, null]})).unwrap();
        assert_eq!(body, r#"{"a":["é",1,null]}"#);
    }

    /// Parsing needs no buffer, unless a string contains quotes, backslashes or control characters.
    #[test]
    fn escapes_that_need_not_be_are_undone_and_everything_else_stays_where_it_was() {
        for (json, plain) in [
            (r#"{"a\/b": "c\/d\/" }"#, r#"{"a/b" : "c/d/"   }"#),
            (r#"["\u0041\u00E9\u20ac"]"#, r#"["Aé€"            ]"#),
            (r#""\ud83d\ude00""#, r#""😀"        "#),
            (r#""\"\\\/\u0022\u005c\u0009""#, r#""\"\\/\u0022\u005c\u0009" "#),
            (r#"["\ud800", "\ud83d\u0041", "\u+041", "\u00"]"#, r#"["\ud800", "\ud83dA"     , "\u+041", "\u00"]"#),
            (r#"\/ "\"#, r#"\/ "\"#),
        ] {
            let made = without_escapes(json.as_bytes()).unwrap();
            assert_eq!(std::str::from_utf8(&made).unwrap(), plain);
            assert_eq!(made.len(), json.len());
        }
        assert!(without_escapes(b"[\"a/b\"]").is_none());
        assert_eq!(serde_json::from_slice::<&str>(&without_escapes(br#""eyJ\/\u0041""#).unwrap()).unwrap(), "eyJ/A");
    }

    proptest::proptest! {
        /// The result is the same JSON, or the same error.
        #[test]
        fn json_without_its_escapes_means_the_same(json in r#"\[("([a-zé]|\\[/"\\nu]|\\u[0-9a-fA-D]{4}|\\ud83d|\\ude00){0,6}",){0,2}1\]"#) {
            let plain = without_escapes(json.as_bytes());
            let read = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).ok();
            proptest::prop_assert_eq!(plain.as_deref().and_then(|plain| read(plain)), plain.is_some().then(|| read(json.as_bytes())).flatten());
        }
    }

    #[test]
    fn a_body_is_written_into_room_for_all_of_it_so_that_no_copy_is_left_behind() {
        let value = vec![1; 1000];
        let length = json(&value).unwrap().len() as u64;
        let allocated = allocation_counter::measure(|| drop(json(&value))).bytes_total;
        assert!((length..length + 200).contains(&allocated), "{allocated} bytes for {length}");
    }

    #[test]
    fn a_form_is_written_into_room_for_all_of_it_however_much_is_encoded() {
        for text in ["plain", "ção & ção = 100 %", "\u{1}\"\\\u{1f600}"] {
            let value = vec![("a b", text); 100];
            let written = form(&value).unwrap();
            let parsed: Vec<_> = form_urlencoded::parse(&written).collect();
            assert!(parsed.len() == 100 && parsed.iter().all(|(name, value)| name == "a b" && value == text));
            let room = 3 * json_length(&value).unwrap() as u64;
            let allocated = allocation_counter::measure(|| drop(form(&value))).bytes_total;
            // The names of pairs are copied, their values are not.
            assert!((room..room + 500).contains(&allocated), "{allocated} bytes for {room}");
        }
    }
}
