//! The kinds of values in an answer, with the code that reads, holds and returns each.

use serde::Serialize;

use crate::codegen::document::Schema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Text,
    /// A text that may arrive as a number.
    Loose,
    Bool,
    Integer,
    Date,
    Unix,
    Value,
    Type,
}

pub(crate) fn kind(property: &Schema) -> Kind {
    match property.format.as_deref() {
        _ if property.reference.is_some() => Kind::Type,
        Some("date-time") => Kind::Date,
        Some("unix-time") => Kind::Unix,
        _ if property.is("string") && (property.is("integer") || property.is("number")) => Kind::Loose,
        _ if property.is("string") => Kind::Text,
        _ if property.is("integer") => Kind::Integer,
        _ if property.is("boolean") => Kind::Bool,
        _ => Kind::Value,
    }
}

/// The code that holds, reads and returns a field.
#[derive(Serialize)]
pub(crate) struct Access {
    /// The function of `parse` that reads it.
    pub(crate) reader: Option<&'static str>,
    pub(crate) held: String,
    pub(crate) returned: String,
    /// The body of its accessor.
    pub(crate) got: String,
    /// The public field, as an example compares it.
    pub(crate) seen: String,
}

pub(crate) fn access(kind: Kind, of: Option<&str>, rust: &str) -> Access {
    let of = of.unwrap_or_default();
    let (reader, held, returned, got) = match kind {
        Kind::Text | Kind::Loose => {
            (Some("optional_text"), "Option<String>".into(), "Option<&str>".into(), format!("self.{rust}.as_deref()"))
        }
        Kind::Bool => (Some("optional"), "Option<bool>".into(), "Option<bool>".into(), format!("self.{rust}")),
        Kind::Integer => (Some("optional"), "Option<i64>".into(), "Option<i64>".into(), format!("self.{rust}")),
        Kind::Date => {
            (Some("optional_date"), "Option<SystemTime>".into(), "Option<SystemTime>".into(), format!("self.{rust}"))
        }
        Kind::Unix => (
            Some("optional_unix_time"),
            "Option<SystemTime>".into(),
            "Option<SystemTime>".into(),
            format!("self.{rust}"),
        ),
        Kind::Value => {
            (None, "Value".into(), "Option<&Value>".into(), format!("(!self.{rust}.is_null()).then_some(&self.{rust})"))
        }
        Kind::Type => {
            (Some("optional"), format!("Option<{of}>"), format!("Option<&{of}>"), format!("self.{rust}.as_ref()"))
        }
    };
    let seen = if returned == "Option<&str>" { format!("{rust}.as_deref()") } else { rust.to_owned() };
    Access { reader, held, returned, got, seen }
}
