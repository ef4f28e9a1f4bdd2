//! The keys of maps, and the inside of `serde_json`'s own types, which have to be text.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{Impossible, Serializer};

use crate::signing::error::SignErrorKind;
use crate::signing::fault::Fault;

/// Hands the text on that a map's key is in JSON: numbers and booleans in quotes, as `serde_json` does.
pub(super) struct TextSerializer<F>(F);

impl<F: FnOnce(&str) -> Result<(), Fault>> TextSerializer<F> {
    #[inline]
    pub(super) fn new(take: F) -> Self {
        Self(take)
    }

    fn display(self, value: impl Display) -> Result<(), Fault> {
        (self.0)(&value.to_string())
    }

    /// A float as `serde_json` writes it, which keeps the `.0` of `1.0`.
    fn float<T: Serialize>(self, value: T, is_finite: bool) -> Result<(), Fault> {
        match serde_json::to_string(&value) {
            Ok(text) if is_finite => (self.0)(&text),
            _ => Err(no_key("a number that is not finite")),
        }
    }
}

#[cold]
fn no_key(what: &str) -> Fault {
    Fault::with_literal(SignErrorKind::Key, what)
}

macro_rules! displayed {
    ($($method:ident: $type:ty),* $(,)?) => {$(
        fn $method(self, value: $type) -> Result<(), Fault> {
            self.display(value)
        }
    )*};
}

impl<F: FnOnce(&str) -> Result<(), Fault>> Serializer for TextSerializer<F> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Impossible<(), Fault>;
    type SerializeTuple = Impossible<(), Fault>;
    type SerializeTupleStruct = Impossible<(), Fault>;
    type SerializeTupleVariant = Impossible<(), Fault>;
    type SerializeMap = Impossible<(), Fault>;
    type SerializeStruct = Impossible<(), Fault>;
    type SerializeStructVariant = Impossible<(), Fault>;

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Fault> {
        (self.0)(text)
    }

    displayed! {
        serialize_bool: bool, serialize_char: char,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128,
    }

    fn serialize_f32(self, value: f32) -> Result<(), Fault> {
        self.float(value, value.is_finite())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Fault> {
        self.float(value, value.is_finite())
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<(), Fault> {
        (self.0)(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<(), Fault> {
        Err(no_key("bytes"))
    }

    fn serialize_none(self) -> Result<(), Fault> {
        Err(no_key("none"))
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        Err(no_key("unit"))
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Fault> {
        Err(no_key(name))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _value: &T,
    ) -> Result<(), Fault> {
        Err(no_key(variant))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Self::SerializeSeq, Fault> {
        Err(no_key("a list"))
    }

    fn serialize_tuple(self, _len: usize) -> Result<Self::SerializeTuple, Fault> {
        Err(no_key("a tuple"))
    }

    fn serialize_tuple_struct(self, name: &'static str, _len: usize) -> Result<Self::SerializeTupleStruct, Fault> {
        Err(no_key(name))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        Err(no_key(variant))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Self::SerializeMap, Fault> {
        Err(no_key("a map"))
    }

    fn serialize_struct(self, name: &'static str, _len: usize) -> Result<Self::SerializeStruct, Fault> {
        Err(no_key(name))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        Err(no_key(variant))
    }
}
