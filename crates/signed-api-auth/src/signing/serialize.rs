//! The front end for values: a serde serializer that writes canonical text.
//!
//! A detour over `serde_json::Value` or its text would lose information: it turns NaN into `null`, and an `f32` into
//! another number.

use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser::{self, Serializer};
use zeroize::Zeroizing;

use super::canonical::{Pending, Writer};
use super::error::{Fault, SignErrorKind};
use super::{number, parse, string};

/// The struct name by which `serde_json` passes a number as text, if any crate enables `arbitrary_precision`.
const NUMBER: &str = "$serde_json::private::Number";
/// The struct name by which `serde_json` passes JSON text.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Writes the value, which must be an object or an array.
pub(super) fn write_value<T: Serialize + ?Sized>(writer: &mut Writer<'_>, value: &T) -> Result<(), Fault> {
    value.serialize(ValueSerializer(writer))?;
    if writer.is_broken {
        return Err(unfinished());
    }
    // An array that has nothing but `u8` is hardly a list of numbers, but JSON text in bytes. Text with a comma in it
    // only adds to the parts.
    let is_array = writer.out.first() == Some(&b'[');
    if is_array && writer.bytes > 0 && writer.bytes == writer.out.split(|&byte| byte == b',').count() {
        return Err(Fault::new(SignErrorKind::Bytes));
    }
    writer.expect_container()
}

/// Returns the error for an implementation of `Serialize` that continued after a failure.
#[cold]
fn unfinished() -> Fault {
    let what = "its implementation ignored an error, or gave a key without a value";
    Fault::with_literal(SignErrorKind::Serialize, what)
}

#[derive(Debug)]
struct ValueSerializer<'a, 'w>(&'a mut Writer<'w>);

impl<'a, 'w> ValueSerializer<'a, 'w> {
    #[inline]
    fn begin(self, bracket: u8, kind: Kind) -> Result<Compound<'a, 'w>, Fault> {
        self.0.out.push(bracket);
        self.0.open(bracket == b'[', self.0.out.len())?;
        Ok(Compound { writer: self.0, kind })
    }

    /// Begins the object of one member that holds an enum's variant.
    fn begin_variant(&mut self, variant: &'static str) -> Result<(), Fault> {
        self.0.out.push(b'{');
        self.0.open(false, self.0.out.len())?;
        write_key(self.0, |out| {
            string::push_str(out, variant);
            Ok(())
        })
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty),* $(,)?) => {$(
        #[inline]
        fn $method(self, number: $type) -> Result<(), Fault> {
            number::push_integer(&mut self.0.out, number, self.0.numbers)
        }
    )*};
}

impl<'a, 'w> Serializer for ValueSerializer<'a, 'w> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Compound<'a, 'w>;
    type SerializeTuple = Compound<'a, 'w>;
    type SerializeTupleStruct = Compound<'a, 'w>;
    type SerializeTupleVariant = Compound<'a, 'w>;
    type SerializeMap = Compound<'a, 'w>;
    type SerializeStruct = Compound<'a, 'w>;
    type SerializeStructVariant = Compound<'a, 'w>;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
    }

    #[inline]
    fn serialize_u8(self, number: u8) -> Result<(), Fault> {
        self.0.bytes += usize::from(self.0.depth() == 1);
        self.serialize_u64(number.into())
    }

    fn serialize_f32(self, number: f32) -> Result<(), Fault> {
        number::push_f32(&mut self.0.out, number)
    }

    fn serialize_f64(self, number: f64) -> Result<(), Fault> {
        number::push_f64(&mut self.0.out, number)
    }

    fn serialize_bool(self, value: bool) -> Result<(), Fault> {
        self.0.out.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Fault> {
        string::push_str(&mut self.0.out, value);
        Ok(())
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Fault> {
        use fmt::Write;
        self.0.out.push(b'"');
        write!(Escaped(&mut self.0.out), "{value}").map_err(ser::Error::custom)?;
        self.0.out.push(b'"');
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Fault> {
        if self.0.depth() == 0 {
            return Err(Fault::new(SignErrorKind::Bytes));
        }
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<(), Fault> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        self.0.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Fault> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<(), Fault> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.begin_variant(variant)?;
        value.serialize(ValueSerializer(self.0))?;
        end_object(self.0)
    }

    #[inline]
    fn serialize_seq(self, _len: Option<usize>) -> Result<Compound<'a, 'w>, Fault> {
        self.begin(b'[', Kind::Plain)
    }

    fn serialize_tuple(self, _len: usize) -> Result<Compound<'a, 'w>, Fault> {
        self.begin(b'[', Kind::Plain)
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<Compound<'a, 'w>, Fault> {
        self.begin(b'[', Kind::Plain)
    }

    fn serialize_tuple_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Compound<'a, 'w>, Fault> {
        self.begin_variant(variant)?;
        self.begin(b'[', Kind::Variant)
    }

    #[inline]
    fn serialize_map(self, _len: Option<usize>) -> Result<Compound<'a, 'w>, Fault> {
        self.begin(b'{', Kind::Plain)
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, _len: usize) -> Result<Compound<'a, 'w>, Fault> {
        match name {
            NUMBER => Ok(Compound { writer: self.0, kind: Kind::Number }),
            RAW_VALUE => Ok(Compound { writer: self.0, kind: Kind::RawValue }),
            _ => self.begin(b'{', Kind::Plain),
        }
    }

    fn serialize_struct_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Compound<'a, 'w>, Fault> {
        self.begin_variant(variant)?;
        self.begin(b'{', Kind::Variant)
    }
}

/// Escapes what a `Display` implementation writes.
struct Escaped<'a>(&'a mut Vec<u8>);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        string::push_escaped(self.0, text);
        Ok(())
    }
}

/// An object or array that is being written, or one of `serde_json`'s types that look like a struct.
#[derive(Debug)]
struct Compound<'a, 'w> {
    writer: &'a mut Writer<'w>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// An enum's variant, inside an object of its own that ends with it.
    Variant,
    Number,
    RawValue,
}

impl<'w> Compound<'_, 'w> {
    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.attempt(false, |writer| {
            writer.separate();
            value.serialize(ValueSerializer(writer))
        })
    }

    #[inline]
    fn key(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), Fault>) -> Result<(), Fault> {
        self.attempt(false, |writer| write_key(writer, write))
    }

    fn map_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.key(|out| push_map_key(out, key))
    }

    #[inline]
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.attempt(true, |writer| {
            value.serialize(ValueSerializer(writer))?;
            writer.end_member(writer.out.len());
            Ok(())
        })
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
        if matches!(self.kind, Kind::Number | Kind::RawValue) {
            return self.text(value);
        }
        self.key(|out| {
            string::push_str(out, key);
            Ok(())
        })?;
        self.value(value)
    }

    /// Writes the only field of one of `serde_json`'s types, which is JSON text.
    fn text<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let result = text_of(value).and_then(|text| {
            if self.kind == Kind::Number && !text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
                return Err(Fault::with_literal(SignErrorKind::NotFinite, &text));
            }
            parse::write_part(self.writer, &text)
        });
        self.writer.is_broken |= result.is_err();
        result
    }

    #[inline]
    fn end(mut self) -> Result<(), Fault> {
        let kind = self.kind;
        if matches!(kind, Kind::Number | Kind::RawValue) {
            return Ok(());
        }
        self.attempt(false, |writer| {
            if writer.in_array() {
                writer.out.push(b']');
                writer.close_array();
            } else {
                close_object(writer)?;
            }
            if kind == Kind::Variant { end_object(writer) } else { Ok(()) }
        })
    }

    /// Writes something, unless the value ignored an error before or mixed up keys and values.
    #[inline]
    fn attempt(
        &mut self,
        behind_key: bool,
        write: impl FnOnce(&mut Writer<'w>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        // Only a key ends in a colon: the last byte of a string is its quote.
        if self.writer.is_broken || (self.writer.out.last() == Some(&b':')) != behind_key {
            self.writer.is_broken = true;
            return Err(unfinished());
        }
        let result = write(self.writer);
        self.writer.is_broken |= result.is_err();
        result
    }
}

/// Writes a key and its colon. The closure writes the key with its quotes.
#[inline]
fn write_key(writer: &mut Writer<'_>, write: impl FnOnce(&mut Vec<u8>) -> Result<(), Fault>) -> Result<(), Fault> {
    writer.separate();
    let start = writer.out.len();
    write(&mut writer.out).map_err(Fault::above)?;
    let end = writer.out.len() - 1;
    writer.out.push(b':');
    writer.note_key(Pending::default(), start, end)
}

/// Appends a map's key as `serde_json` writes it, which puts numbers and booleans in quotes.
fn push_map_key<T: Serialize + ?Sized>(out: &mut Vec<u8>, key: &T) -> Result<(), Fault> {
    let start = out.len();
    serde_json::Serializer::new(&mut *out)
        .collect_map([(key, ())])
        .map_err(|error| Fault::with_literal(SignErrorKind::Key, &error.to_string()))?;
    // Only serde_json's map knows how to write a key, so the rest of `{KEY:null}` is removed.
    out.remove(start);
    out.truncate(out.len() - ":null}".len());
    Ok(())
}

/// Returns the text of a value that is a string.
fn text_of<T: Serialize + ?Sized>(value: &T) -> Result<Zeroizing<String>, Fault> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(Zeroizing::new(text)),
        _ => Err(Fault::with_literal(SignErrorKind::Serialize, "one of serde_json's own types contains no text")),
    }
}

#[inline]
fn close_object(writer: &mut Writer<'_>) -> Result<(), Fault> {
    writer.out.push(b'}');
    writer.close_object(&mut Pending::default(), 0)
}

/// Ends the object of one member that holds an enum's variant.
fn end_object(writer: &mut Writer<'_>) -> Result<(), Fault> {
    writer.end_member(writer.out.len());
    close_object(writer)
}

macro_rules! compound {
    ($($trait:ident { $($method:ident($($key:ident: $type:ty)?) => $write:ident)* })*) => {$(
        impl ser::$trait for Compound<'_, '_> {
            type Ok = ();
            type Error = Fault;

            $(
                #[inline]
                fn $method<T: Serialize + ?Sized>(&mut self, $($key: $type,)? value: &T) -> Result<(), Fault> {
                    self.$write($($key,)? value)
                }
            )*

            #[inline]
            fn end(self) -> Result<(), Fault> {
                Compound::end(self)
            }
        }
    )*};
}

compound! {
    SerializeSeq { serialize_element() => element }
    SerializeTuple { serialize_element() => element }
    SerializeTupleStruct { serialize_field() => element }
    SerializeTupleVariant { serialize_field() => element }
    SerializeMap { serialize_key() => map_key serialize_value() => value }
    SerializeStruct { serialize_field(key: &'static str) => field }
    SerializeStructVariant { serialize_field(key: &'static str) => field }
}
