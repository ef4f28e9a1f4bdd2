//! The place at which a text stops being JSON, and the remedy.
//!
//! An error shows a word without quotes only if it is nearly one of JSON's own. Any other word may be a secret that
//! lacks its quotes.

use super::error::{Fault, SignErrorKind};

/// The name of anything that can stand in the place of a value.
pub(super) const VALUE: &str = "a value";
/// The words of JSON.
const WORDS: [&str; 3] = ["true", "false", "null"];

/// Returns the error for a text that has something else than `expected` at `at`.
#[cold]
pub(super) fn syntax(text: &[u8], at: usize, expected: &str) -> Fault {
    let (before, rest) = text.split_at_checked(at).unwrap_or((text, &[]));
    let is_first = before.trim_ascii().is_empty();
    let is_value = expected == VALUE;
    let message = match rest {
        [] if is_first => "the text is empty; send {} where there is nothing to say (SignedBody::empty)",
        [] => {
            return Fault::syntax(format!("{expected} should be here, not the end of the text; send all of it")).at(at);
        }
        [0xEF, 0xBB, 0xBF, ..] if is_first => "a byte order mark begins the text; remove the byte order mark",
        [0, ..] if at < 4 => "the text is UTF-16 or UTF-32; encode it as UTF-8",
        [b'/', b'/' | b'*', ..] | [b'#', ..] => "JSON has no comments; remove the comment",
        [b'\'' | b'`', ..] | [0xE2, 0x80, 0x98 | 0x99 | 0x9C | 0x9D, ..] => {
            "JSON has no such quotes; write double quotes, \""
        }
        [b'}' | b']', ..] if before.trim_ascii_end().ends_with(b",") => {
            "a comma stands before the closing bracket; remove the comma"
        }
        [b'+', ..] if is_value => "a number begins with a plus; remove the plus",
        [b'.', ..] if is_value => "a number begins with its point; write a zero before it",
        _ => {
            // A word that continues behind its expected end is one word.
            let start = at - before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            return match word(&text[start..]) {
                Some(message) if is_value || start < at => Fault::syntax(message).at(start),
                _ => Fault::syntax(format!("{expected} should be here, not {}", first(rest))).at(at),
            };
        }
    };
    Fault::syntax(message).at(at)
}

/// Returns the error for a text that continues behind its value.
#[cold]
pub(super) fn trailing(text: &[u8], at: usize) -> Fault {
    Fault::with_literal(SignErrorKind::TrailingText, &first(&text[at..])).at(at)
}

/// Returns the error for a text that is UTF-8 up to `at` only.
#[cold]
pub(super) fn not_utf8(text: &[u8], at: usize) -> Fault {
    let has_utf16_mark = text.starts_with(b"\xFF\xFE") || text.starts_with(b"\xFE\xFF");
    let fault = if has_utf16_mark {
        Fault::with_literal(SignErrorKind::InvalidUtf8, " but UTF-16")
    } else {
        Fault::new(SignErrorKind::InvalidUtf8)
    };
    fault.at(at)
}

/// Describes a word that JSON does not have. Returns `None` if the text begins with none.
fn word(text: &[u8]) -> Option<String> {
    let count = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let word = String::from_utf8_lossy(&text[..count]);
    let initial = word.chars().next().filter(char::is_ascii_alphabetic)?;
    let lower = word.to_ascii_lowercase();
    let is_near = |right: &&str| {
        right.starts_with(&lower) || lower.strip_prefix(right).is_some_and(|too_much| too_much.len() < 2)
    };
    Some(match (WORDS.into_iter().find(is_near), lower.as_str()) {
        (Some(right), _) => format!("\"{right}\" should be here, not \"{word}\""),
        (None, "nan" | "inf" | "infinity") => format!("JSON has no {word}; send null or a string"),
        (None, "none" | "nil" | "undefined") => format!("\"null\" should be here, not \"{word}\""),
        (None, _) => {
            let right = WORDS.into_iter().find(|right| right.starts_with(initial));
            let right = right.map(|right| format!("\"{right}\" or ")).unwrap_or_default();
            format!("{right}a value should be here, not {initial:?}; write texts in quotes")
        }
    })
}

fn first(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(4)]);
    text.chars().next().map(|found| format!("{found:?}")).unwrap_or_default()
}
