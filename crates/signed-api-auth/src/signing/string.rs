//! Strings as `JSON.stringify` writes them, and their escapes.

use super::error::{Fault, SignErrorKind};

/// Appends a string with its quotes.
#[inline]
pub(super) fn push_str(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    push_escaped(out, text);
    out.push(b'"');
}

/// Appends a string without its quotes.
#[inline]
pub(super) fn push_escaped(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    loop {
        let run = plain_run(rest);
        out.extend_from_slice(&rest[..run]);
        let Some(&special) = rest.get(run) else {
            return;
        };
        push_byte(out, special);
        rest = &rest[run + 1..];
    }
}

/// Appends the rest of a string of a JSON text, from its first character that is not plain to the closing quote.
/// Returns the place behind the quote.
#[cold]
pub(super) fn push_rest(out: &mut Vec<u8>, text: &[u8], start: usize) -> Result<usize, Fault> {
    let mut at = start;
    loop {
        match text.get(at) {
            Some(b'"') => {
                out.push(b'"');
                return Ok(at + 1);
            }
            Some(b'\\') => at = push_escape(out, text, at)?,
            Some(&control) => {
                let mut escape = Vec::new();
                push_byte(&mut escape, control);
                let escape = String::from_utf8_lossy(&escape);
                return Err(Fault::syntax(format!("a control character in a string; write it as {escape}")).at(at));
            }
            None => return Err(Fault::syntax("the text ends inside a string; send all of it, its quote too").at(at)),
        }
        let run = plain_run(&text[at..]);
        out.extend_from_slice(&text[at..at + run]);
        at += run;
    }
}

/// Returns the number of bytes that need no escape and end no string. Reads eight bytes at a time.
#[inline]
pub(super) fn plain_run(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    const QUOTES: u64 = u64::from_ne_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; 8]);
    let mut at = 0;
    while let Some(chunk) = text[at..].first_chunk::<8>() {
        let bytes = u64::from_le_bytes(*chunk);
        let quote = bytes ^ QUOTES;
        let backslash = bytes ^ BACKSLASHES;
        // Only the lowest bit found is reliable, and only that one is used.
        let found = (bytes.wrapping_sub(ONES * 0x20) & !bytes)
            | (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash);
        let found = found & HIGHS;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let special = |&byte: &u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    at + text[at..].iter().position(special).unwrap_or(text.len() - at)
}

/// Returns the bytes that a canonical string, without its quotes, stands for.
#[inline]
pub(super) fn unescaped(text: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (byte, after) = match rest {
            [b'\\', b'u', b'0', b'0', high, low, after @ ..] => (hex_value([*high, *low])?, after),
            [b'\\', letter, after @ ..] => (escaped_by(*letter), after),
            [byte, after @ ..] => (*byte, after),
            [] => return None,
        };
        rest = after;
        Some(byte)
    })
}

/// Returns the byte that two hex digits of either case stand for.
fn hex_value(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? << 4 | low?).ok()
}

/// Appends one ASCII character, escaped if JSON requires it.
fn push_byte(out: &mut Vec<u8>, byte: u8) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0C => b'f',
        b'\r' => b'r',
        ..0x20 => return out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        _ => return out.push(byte),
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// Returns the character that a backslash and this letter stand for.
fn escaped_by(letter: u8) -> u8 {
    match letter {
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'f' => 0x0C,
        b'r' => b'\r',
        itself => itself,
    }
}

/// Appends the character that the escape at `at` stands for, and returns the place behind it.
fn push_escape(out: &mut Vec<u8>, text: &[u8], at: usize) -> Result<usize, Fault> {
    match text.get(at + 1) {
        Some(b'u') => push_unicode(out, text, at),
        Some(&letter @ (b'"' | b'\\' | b'b' | b't' | b'n' | b'f' | b'r')) => {
            out.extend_from_slice(&[b'\\', letter]);
            Ok(at + 2)
        }
        Some(b'/') => {
            out.push(b'/');
            Ok(at + 2)
        }
        _ => Err(unknown_escape(at)),
    }
}

fn push_unicode(out: &mut Vec<u8>, text: &[u8], at: usize) -> Result<usize, Fault> {
    let unit = unit(text, at).ok_or_else(|| unknown_escape(at))?;
    let (code, end) = if let 0xD800..=0xDBFF = unit
        && let Some(low @ 0xDC00..=0xDFFF) = self::unit(text, at + 6)
    {
        (0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00), at + 12)
    } else {
        (unit, at + 6)
    };
    // Half of a surrogate pair is no character.
    let character = char::from_u32(code).ok_or_else(|| {
        let escape = String::from_utf8_lossy(&text[at..at + 6]);
        Fault::with_literal(SignErrorKind::LoneSurrogate, &escape).at(at)
    })?;
    match u8::try_from(code) {
        Ok(byte @ ..0x80) => push_byte(out, byte),
        _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
    Ok(end)
}

/// Returns the number of the `\uXXXX` at `at`.
fn unit(text: &[u8], at: usize) -> Option<u32> {
    match *text.get(at..at + 6)? {
        [b'\\', b'u', a, b, c, d] => Some(u32::from(hex_value([a, b])?) << 8 | u32::from(hex_value([c, d])?)),
        _ => None,
    }
}

fn unknown_escape(at: usize) -> Fault {
    Fault::syntax(r"an escape that JSON does not have; write a backslash as \\, a character as \u and four hex digits")
        .at(at)
}
