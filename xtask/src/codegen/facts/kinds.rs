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

/// The code that holds, reads and compares a field.
#[derive(Serialize)]
pub(crate) struct Access {
    /// The function of `parse` that reads it.
    pub(crate) reader: Option<&'static str>,
    pub(crate) held: String,
    /// The public field, as an example compares it.
    pub(crate) seen: String,
}

pub(crate) fn access(kind: Kind, of: Option<&str>, rust: &str) -> Access {
    let (reader, held) = match kind {
        Kind::Text | Kind::Loose => (Some("optional_text"), "Option<String>".to_owned()),
        Kind::Bool => (Some("optional"), "Option<bool>".to_owned()),
        Kind::Integer => (Some("optional"), "Option<i64>".to_owned()),
        Kind::Date => (Some("optional_date"), "Option<SystemTime>".to_owned()),
        Kind::Unix => (Some("optional_unix_time"), "Option<SystemTime>".to_owned()),
        Kind::Value => (None, "Value".to_owned()),
        Kind::Type => (Some("optional"), format!("Option<{}>", of.unwrap_or_default())),
    };
    let seen = if held == "Option<String>" { format!("{rust}.as_deref()") } else { rust.to_owned() };
    Access { reader, held, seen }
}
