//! A search for a secret in a text, whole or in part, in the forms in which programs show their data.

use std::fmt::Write as _;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

/// A shorter part of a secret proves nothing, because it occurs in other words too.
const MIN_PART_LEN: usize = 6;
/// This much of a longer part is enough.
const MAX_PART_LEN: usize = 256;

/// Returns the secrets that the text contains, and their forms. A secret is named by its number, so that a report does
/// not show it.
pub(crate) fn find(text: &str, secrets: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (number, secret) in secrets.iter().enumerate() {
        for (half, part) in halves(secret) {
            for (form, needle) in forms(part) {
                if let Some(at) = text.find(&needle) {
                    found.push(format!("{half} of secret {number}, {form}, in {:?}", place(text, at)));
                }
            }
        }
    }
    found
}

/// Returns both halves of a secret. A search for the halves finds the whole, too.
fn halves(secret: &str) -> impl Iterator<Item = (&'static str, &str)> {
    let middle = (0..=secret.len() / 2).rev().find(|at| secret.is_char_boundary(*at)).unwrap_or_default();
    let (first, second) = secret.split_at(middle);
    let halves = [("the first half", first), ("the second half", second)].map(|(half, part)| {
        let end = (0..=part.len().min(MAX_PART_LEN)).rev().find(|at| part.is_char_boundary(*at)).unwrap_or_default();
        (half, &part[..end])
    });
    halves.into_iter().filter(|(_, part)| part.len() >= MIN_PART_LEN)
}

fn forms(part: &str) -> Vec<(&'static str, String)> {
    let mut forms = vec![
        ("as it is", part.to_owned()),
        ("in capitals", part.to_uppercase()),
        ("escaped by Debug", part.escape_debug().to_string()),
        ("escaped as ASCII", part.escape_default().to_string()),
        ("in JSON", serde_json::to_string(part).unwrap_or_default().trim_matches('"').to_owned()),
        ("URL-encoded", percent(part, |byte| format!("%{byte:02X}"), "%20")),
        ("URL-encoded in lower case", percent(part, |byte| format!("%{byte:02x}"), "%20")),
        ("form-encoded", percent(part, |byte| format!("%{byte:02X}"), "+")),
        ("in hexadecimal", hex(part, |byte| format!("{byte:02x}"))),
        ("in upper-case hexadecimal", hex(part, |byte| format!("{byte:02X}"))),
        ("as a list of bytes", part.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ")),
    ];
    for alignment in 0..3 {
        forms.push(("in base64", base64(part, alignment, |bytes| BASE64_STANDARD_NO_PAD.encode(bytes))));
        forms.push(("in base64 for URLs", base64(part, alignment, |bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes))));
    }
    forms.dedup_by(|one, other| one.1 == other.1);
    forms
}

fn percent(part: &str, escape: impl Fn(u8) -> String, blank: &str) -> String {
    let mut encoded = String::new();
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            b' ' => encoded += blank,
            _ => encoded += &escape(byte),
        }
    }
    encoded
}

fn hex(part: &str, write: impl Fn(u8) -> String) -> String {
    part.bytes().map(write).collect()
}

/// Returns the characters of a part's base64 that do not depend on the text around it. `before` bytes precede the part.
fn base64(part: &str, before: usize, encode: impl Fn(&[u8]) -> String) -> String {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(part.as_bytes());
    let encoded = encode(&bytes);
    let start = [0, 2, 3][before];
    let end = encoded.len() - usize::from(!bytes.len().is_multiple_of(3));
    encoded[start..end].to_owned()
}

/// Returns the beginning of the line, which names the module that wrote it and is not secret.
fn place(text: &str, at: usize) -> String {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let mut place = String::new();
    let _ = write!(place, "{}…", text[start..at].chars().take(60).collect::<String>());
    place
}

#[test]
fn a_planted_secret_or_its_half_is_found_in_every_form_and_alignment() {
    let secret = "s3nh@ de \"canário\"/+%\\?&=~Zz9 até o fim".to_owned();
    let whole = [secret.clone()];
    for part in [&secret[..], halves(&secret).next().expect("a half").1, halves(&secret).nth(1).expect("two").1] {
        for before in ["", "a", "ab", "abc", "abcd"] {
            for behind in ["", "y", "yz"] {
                let planted = format!("{before}{part}{behind}");
                let bytes = planted.as_bytes();
                let forms = [
                    planted.clone(),
                    format!("{planted:?}"),
                    format!("{:?}", Some(&planted)),
                    planted.escape_default().to_string(),
                    serde_json::json!({ "text": planted }).to_string(),
                    BASE64_STANDARD_NO_PAD.encode(bytes),
                    base64::prelude::BASE64_STANDARD.encode(bytes),
                    BASE64_URL_SAFE_NO_PAD.encode(bytes),
                    percent(&planted, |byte| format!("%{byte:02X}"), "%20"),
                    percent(&planted, |byte| format!("%{byte:02x}"), "%20"),
                    percent(&planted, |byte| format!("%{byte:02X}"), "+"),
                    hex(&planted, |byte| format!("{byte:02x}")),
                    hex(&planted, |byte| format!("{byte:02X}")),
                    format!("{bytes:?}"),
                ];
                for form in forms {
                    let text = format!("a line before\nTRACE some_crate: got {form} and went on\na line behind");
                    assert!(!find(&text, &whole).is_empty(), "{form}");
                }
            }
        }
    }
    let nothing = find("nothing of the kind; s3nh, fim, 115, 51", &whole);
    assert!(nothing.is_empty(), "{nothing:?}");
}
