//! The keys of maps, and the content of `serde_json`'s own types, which must be text.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{Impossible, Serializer};

use super::error::{Fault, SignErrorKind};

/// Passes on the text that a map's key is in JSON. Like `serde_json`, it puts numbers and booleans in quotes.
pub(super) struct TextSerializer<F>(pub(super) F);

impl<F: FnOnce(&str) -> Result<(), Fault>> TextSerializer<F> {
    fn display(self, value: impl Display) -> Result<(), Fault> {
        (self.0)(&value.to_string())
    }

    /// Passes on a float as `serde_json` writes it, which keeps the `.0` of `1.0`.
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

macro_rules! refused {
    ($($method:ident($($argument:ident: $type:ty),*) -> $result:ident: $what:expr;)*) => {$(
        fn $method(self, $($argument: $type),*) -> Result<Self::$result, Fault> {
            Err(no_key($what))
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
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
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

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _value: &T,
    ) -> Result<(), Fault> {
        Err(no_key(variant))
    }

    refused! {
        serialize_bytes(_value: &[u8]) -> Ok: "bytes";
        serialize_none() -> Ok: "none";
        serialize_unit() -> Ok: "unit";
        serialize_unit_struct(name: &'static str) -> Ok: name;
        serialize_seq(_len: Option<usize>) -> SerializeSeq: "a list";
        serialize_tuple(_len: usize) -> SerializeTuple: "a tuple";
        serialize_tuple_struct(name: &'static str, _len: usize) -> SerializeTupleStruct: name;
        serialize_tuple_variant(_name: &'static str, _index: u32, variant: &'static str, _len: usize)
            -> SerializeTupleVariant: variant;
        serialize_map(_len: Option<usize>) -> SerializeMap: "a map";
        serialize_struct(name: &'static str, _len: usize) -> SerializeStruct: name;
        serialize_struct_variant(_name: &'static str, _index: u32, variant: &'static str, _len: usize)
            -> SerializeStructVariant: variant;
    }
}
