//! Objects and arrays in the making.

use serde::Serialize;
use serde::ser;

use super::map_key::TextSerializer;
use super::unfinished;
use super::value::ValueSerializer;
use crate::signing::error::SignErrorKind;
use crate::signing::fault::Fault;
use crate::signing::string;
use crate::signing::text;
use crate::signing::writer::Writer;

#[derive(Debug)]
pub(super) struct Compound<'a, 'w> {
    writer: &'a mut Writer<'w>,
    /// An enum's variant, inside an object of its own that ends with it.
    in_variant: bool,
}

impl<'a, 'w> Compound<'a, 'w> {
    #[inline]
    pub(super) fn new(writer: &'a mut Writer<'w>) -> Self {
        Self { writer, in_variant: false }
    }

    pub(super) fn in_variant(self) -> Self {
        Self { in_variant: true, ..self }
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.attempt(false, |writer| {
            writer.begin_element();
            value.serialize(ValueSerializer::new(writer))
        })
    }

    #[inline]
    fn key(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), Fault>) -> Result<(), Fault> {
        self.attempt(false, |writer| {
            let start = writer.begin_key();
            write(&mut writer.out).map_err(Fault::above)?;
            writer.end_key(start)
        })
    }

    #[inline]
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.attempt(true, |writer| {
            value.serialize(ValueSerializer::new(writer))?;
            writer.end_value();
            Ok(())
        })
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
        self.key(|out| {
            string::push_str(out, key);
            Ok(())
        })?;
        self.value(value)
    }

    #[inline]
    fn end(mut self) -> Result<(), Fault> {
        let in_variant = self.in_variant;
        self.attempt(false, |writer| {
            if writer.in_array() {
                writer.end_array();
            } else {
                writer.end_object()?;
            }
            if in_variant {
                writer.end_value();
                writer.end_object()?;
            }
            Ok(())
        })
    }

    /// Writes something, unless the value ignored an error before or mixed up keys and values.
    #[inline]
    fn attempt(
        &mut self,
        behind_key: bool,
        write: impl FnOnce(&mut Writer<'w>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        // Nothing but a key ends in a colon: the last byte of a string is its quote.
        if self.writer.is_broken || (self.writer.out.last() == Some(&b':')) != behind_key {
            self.writer.is_broken = true;
            return Err(unfinished());
        }
        let result = write(self.writer);
        self.writer.is_broken |= result.is_err();
        result
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident)*) => {$(
        impl ser::$trait for Compound<'_, '_> {
            type Ok = ();
            type Error = Fault;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                self.element(value)
            }

            #[inline]
            fn end(self) -> Result<(), Fault> {
                Compound::end(self)
            }
        }
    )*};
}

elements! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

impl ser::SerializeMap for Compound<'_, '_> {
    type Ok = ();
    type Error = Fault;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.key(|out| {
            key.serialize(TextSerializer::new(|text| {
                string::push_str(out, text);
                Ok(())
            }))
        })
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.value(value)
    }

    #[inline]
    fn end(self) -> Result<(), Fault> {
        Compound::end(self)
    }
}

impl ser::SerializeStructVariant for Compound<'_, '_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Fault> {
        Compound::end(self)
    }
}

/// A struct, or one of `serde_json`'s types that look like one.
#[derive(Debug)]
pub(super) enum StructCompound<'a, 'w> {
    Object(Compound<'a, 'w>),
    /// A number as text, when some crate switched on `arbitrary_precision`.
    Number(&'a mut Writer<'w>),
    /// JSON text, which is read like any other.
    RawValue(&'a mut Writer<'w>),
}

impl ser::SerializeStruct for StructCompound<'_, '_> {
    type Ok = ();
    type Error = Fault;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
        let (writer, is_number) = match self {
            Self::Object(object) => return object.field(key, value),
            Self::Number(writer) => (writer, true),
            Self::RawValue(writer) => (writer, false),
        };
        let result = value.serialize(TextSerializer::new(|text| {
            if is_number && !text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
                return Err(Fault::with_literal(SignErrorKind::NotFinite, text));
            }
            text::write_part(writer, text)
        }));
        writer.is_broken |= result.is_err();
        result
    }

    #[inline]
    fn end(self) -> Result<(), Fault> {
        match self {
            Self::Object(object) => object.end(),
            Self::Number(_) | Self::RawValue(_) => Ok(()),
        }
    }
}
