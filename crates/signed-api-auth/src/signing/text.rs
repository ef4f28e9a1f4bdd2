//! The front end for JSON text: one pass, from bytes to canonical text.

use super::error::SignErrorKind;
use super::fault::Fault;
use super::reader::Reader;
use super::writer::Writer;
use super::{path, string};

/// Writes the whole text, which has to be an object or an array.
pub(super) fn write_bytes(writer: &mut Writer<'_>, text: &[u8]) -> Result<(), Fault> {
    let error = match str::from_utf8(text) {
        Ok(text) => return write_body(writer, text),
        Err(error) => error,
    };
    // Reading what is valid finds the path, or something wrong before that.
    let valid = &text[..error.valid_up_to()];
    match write_valid(writer, valid) {
        Err(fault) if fault.report().offset.is_some_and(|at| at < valid.len()) => Err(fault),
        _ => {
            let has_mark = text.starts_with(b"\xFF\xFE") || text.starts_with(b"\xFE\xFF");
            let kind = SignErrorKind::InvalidUtf8;
            let fault = if has_mark { Fault::with_literal(kind, " but UTF-16") } else { Fault::new(kind) };
            Err(fault.at(valid.len()))
        }
    }
}

/// Writes a JSON text that is one value of a larger body.
pub(super) fn write_part(writer: &mut Writer<'_>, text: &str) -> Result<(), Fault> {
    write_one(writer, text.as_bytes()).map_err(Fault::without_offset)
}

/// The body of a text, which is UTF-8 by its type.
pub(super) fn write_body(writer: &mut Writer<'_>, text: &str) -> Result<(), Fault> {
    write_valid(writer, text.as_bytes())
}

fn write_valid(writer: &mut Writer<'_>, text: &[u8]) -> Result<(), Fault> {
    write_one(writer, text)?;
    let scalar = match writer.out.first() {
        Some(b'{' | b'[') => return Ok(()),
        first => name_of_scalar(first),
    };
    Err(Fault::with_literal(SignErrorKind::Scalar, scalar))
}

/// Returns the name of a canonical text that begins so, if it is neither object nor array.
pub(super) fn name_of_scalar(first: Option<&u8>) -> &'static str {
    match first {
        Some(b'"') => "a string",
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        _ => "a number",
    }
}

fn write_one(writer: &mut Writer<'_>, text: &[u8]) -> Result<(), Fault> {
    let mut reader = Reader::new(text);
    let result = reader.value(writer);
    // After a fault too, because its path is read from what is written.
    reader.finish(writer);
    result.map_err(|fault| match fault.report().kind {
        SignErrorKind::DuplicateKey => fault.at(second(text, reader.at, writer).unwrap_or(reader.at)),
        _ => fault.at(reader.at),
    })?;
    reader.expect_end()
}

/// Returns the second place of the key that the path ends in, in the object that ends at `end`.
#[cold]
fn second(text: &[u8], end: usize, writer: &Writer<'_>) -> Option<usize> {
    let key = path::key_of(writer, writer.depth().checked_sub(1)?)?;
    // For each object and array that is open, where the key stands in it.
    let mut open: Vec<Vec<usize>> = Vec::new();
    let mut written = Vec::new();
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'"' => {
                let start = at;
                let plain = string::plain_run(&text[start + 1..]);
                written.clear();
                written.extend_from_slice(&text[start + 1..][..plain]);
                at = string::push_rest(&mut written, text, start + 1 + plain).ok()?;
                let is_key = text[at..].trim_ascii_start().starts_with(b":");
                if is_key && written.strip_suffix(b"\"") == Some(key) {
                    open.last_mut()?.push(start);
                }
                continue;
            }
            b'{' | b'[' => open.push(Vec::new()),
            b'}' | b']' if at + 1 == end => return open.last()?.get(1).copied(),
            b'}' | b']' => drop(open.pop()),
            _ => {}
        }
        at += 1;
    }
}
