//! Values, wherever JSON can have one.

use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser::Serializer;

use super::compound::{Compound, StructCompound};
use super::{NUMBER, RAW_VALUE};
use crate::signing::error::SignErrorKind;
use crate::signing::fault::Fault;
use crate::signing::number;
use crate::signing::string;
use crate::signing::writer::Writer;

#[derive(Debug)]
pub(super) struct ValueSerializer<'a, 'w>(&'a mut Writer<'w>);

impl<'a, 'w> ValueSerializer<'a, 'w> {
    #[inline]
    pub(super) fn new(writer: &'a mut Writer<'w>) -> Self {
        Self(writer)
    }

    /// The object of one member in which an enum's variant stands.
    fn begin_variant(&mut self, variant: &'static str) -> Result<(), Fault> {
        self.0.begin_object()?;
        let start = self.0.begin_key();
        string::push_str(&mut self.0.out, variant);
        self.0.end_key(start)
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty => $push:ident as $wide:ty;)*) => {$(
        #[inline]
        fn $method(self, number: $type) -> Result<(), Fault> {
            number::$push(&mut self.0.out, <$wide>::from(number), self.0.options.numbers)
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
    type SerializeStruct = StructCompound<'a, 'w>;
    type SerializeStructVariant = Compound<'a, 'w>;

    integers! {
        serialize_i8: i8 => push_i64 as i64;
        serialize_i16: i16 => push_i64 as i64;
        serialize_i32: i32 => push_i64 as i64;
        serialize_i64: i64 => push_i64 as i64;
        serialize_i128: i128 => push_i128 as i128;
        serialize_u16: u16 => push_u64 as u64;
        serialize_u32: u32 => push_u64 as u64;
        serialize_u64: u64 => push_u64 as u64;
        serialize_u128: u128 => push_u128 as u128;
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
        write!(Escaped(&mut self.0.out), "{value}").map_err(serde::ser::Error::custom)?;
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
        self.0.end_value();
        self.0.end_object()
    }

    #[inline]
    fn serialize_seq(self, _len: Option<usize>) -> Result<Compound<'a, 'w>, Fault> {
        self.0.begin_array()?;
        Ok(Compound::new(self.0))
    }

    fn serialize_tuple(self, len: usize) -> Result<Compound<'a, 'w>, Fault> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> Result<Compound<'a, 'w>, Fault> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a, 'w>, Fault> {
        self.begin_variant(variant)?;
        self.serialize_seq(Some(len)).map(Compound::in_variant)
    }

    #[inline]
    fn serialize_map(self, _len: Option<usize>) -> Result<Compound<'a, 'w>, Fault> {
        self.0.begin_object()?;
        Ok(Compound::new(self.0))
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, len: usize) -> Result<StructCompound<'a, 'w>, Fault> {
        match name {
            NUMBER => Ok(StructCompound::Number(self.0)),
            RAW_VALUE => Ok(StructCompound::RawValue(self.0)),
            _ => self.serialize_map(Some(len)).map(StructCompound::Object),
        }
    }

    fn serialize_struct_variant(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a, 'w>, Fault> {
        self.begin_variant(variant)?;
        self.serialize_map(Some(len)).map(Compound::in_variant)
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
