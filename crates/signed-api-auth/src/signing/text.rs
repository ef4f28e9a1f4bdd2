//! The front end for JSON text: one pass, from bytes to canonical text.

use super::error::SignErrorKind;
use super::fault::Fault;
use super::reader::Reader;
use super::writer::Writer;

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
        _ => Err(Fault::new(SignErrorKind::InvalidUtf8).at(valid.len())),
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

/// What a canonical text is that begins so, if it is neither object nor array.
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
    result.map_err(|fault| fault.at(reader.at))?;
    reader.expect_end()
}
