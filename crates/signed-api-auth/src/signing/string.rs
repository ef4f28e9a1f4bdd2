//! Strings as `JSON.stringify` writes them.

use super::error::SignErrorKind;
use super::fault::Fault;

/// Appends a string with its quotes.
#[inline]
pub(super) fn push_str(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    push_escaped(out, text);
    out.push(b'"');
}

/// Appends what stands between the quotes.
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

/// Appends the rest of a string of a JSON text, from its first character on that is not plain, with
/// the closing quote, and gives the place behind that.
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

/// Appends the character that the escape at `at` stands for, and gives the place behind it.
fn push_escape(out: &mut Vec<u8>, text: &[u8], at: usize) -> Result<usize, Fault> {
    let byte = match text.get(at + 1) {
        Some(b'u') => return push_unicode(out, text, at),
        Some(&byte @ (b'"' | b'\\' | b'/')) => byte,
        Some(b'b') => 0x08,
        Some(b't') => b'\t',
        Some(b'n') => b'\n',
        Some(b'f') => 0x0C,
        Some(b'r') => b'\r',
        _ => return Err(unknown_escape(at)),
    };
    push_byte(out, byte);
    Ok(at + 2)
}

fn push_unicode(out: &mut Vec<u8>, text: &[u8], at: usize) -> Result<usize, Fault> {
    let unit = unit(text, at).ok_or_else(|| unknown_escape(at))?;
    let (code, end) = match unit {
        0xD800..=0xDBFF => match self::unit(text, at + 6) {
            Some(low @ 0xDC00..=0xDFFF) => (0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00), at + 12),
            _ => return Err(lone(text, at)),
        },
        _ => (unit, at + 6),
    };
    let character = char::from_u32(code).ok_or_else(|| lone(text, at))?;
    match u8::try_from(code) {
        Ok(byte @ ..0x80) => push_byte(out, byte),
        _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
    Ok(end)
}

/// The number of the `\uXXXX` at `at`.
fn unit(text: &[u8], at: usize) -> Option<u32> {
    let [b'\\', b'u', digits @ ..] = text.get(at..at + 6)? else {
        return None;
    };
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
}

fn lone(text: &[u8], at: usize) -> Fault {
    let escape = String::from_utf8_lossy(&text[at..at + 6]);
    Fault::with_literal(SignErrorKind::LoneSurrogate, &escape).at(at)
}

fn unknown_escape(at: usize) -> Fault {
    Fault::syntax(r"an escape that JSON does not have; write a backslash as \\, a character as \u and four hex digits")
        .at(at)
}

/// Appends one ASCII character, escaped if it has to be.
fn push_byte(out: &mut Vec<u8>, byte: u8) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0C => b'f',
        b'\r' => b'r',
        ..0x20 => {
            out.extend_from_slice(b"\\u00");
            out.push(b'0' + (byte >> 4));
            out.push(b"0123456789abcdef"[usize::from(byte & 0xF)]);
            return;
        }
        _ => {
            out.push(byte);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// Returns the number of bytes that need no escape and end no string, eight at a time.
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
        // The lowest bit found is right; those above it may be wrong, and are not looked at.
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
