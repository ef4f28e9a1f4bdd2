//! The front end for values: a serde serializer that writes canonical text.
//!
//! A detour over `serde_json::Value` or its text would lose what matters: NaN is `null` there, and an
//! `f32` another number.

mod compound;
mod emit;
mod map_key;
mod value;

use serde::Serialize;

use super::error::SignErrorKind;
use super::fault::Fault;
use super::text::name_of_scalar;
use super::writer::Writer;

/// The names by which `serde_json`'s own types ask to be written as they are.
const NUMBER: &str = "$serde_json::private::Number";
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Writes the value, which has to be an object or an array.
pub(super) fn write_body<T: Serialize + ?Sized>(writer: &mut Writer<'_>, value: &T) -> Result<(), Fault> {
    value.serialize(value::ValueSerializer::new(writer))?;
    match writer.out.first() {
        _ if writer.is_broken => Err(unfinished()),
        Some(b'[') if is_bytes(writer) => Err(Fault::new(SignErrorKind::Bytes)),
        Some(b'{' | b'[') => Ok(()),
        first => Err(Fault::with_literal(SignErrorKind::Scalar, name_of_scalar(first))),
    }
}

/// Each element of the body is a `u8`: then it hardly is a list of numbers, but JSON text as bytes.
fn is_bytes(writer: &Writer<'_>) -> bool {
    // Text with a comma in it only adds to the parts.
    writer.bytes > 0 && writer.bytes == writer.out.split(|&byte| byte == b',').count()
}

/// An implementation of `Serialize` went on where it had to stop.
#[cold]
fn unfinished() -> Fault {
    let what = "its implementation ignored an error, or gave a key without a value";
    Fault::with_literal(SignErrorKind::Serialize, what)
}
