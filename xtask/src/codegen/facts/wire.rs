//! The answer to a login, as the templates need it.

use serde::Serialize;

use super::Note;
use super::kinds::{Access, Kind};

#[derive(Serialize)]
pub(crate) struct WireStruct {
    pub(crate) name: String,
    pub(crate) camel: bool,
    pub(crate) fields: Vec<WireField>,
}

#[derive(Serialize)]
pub(crate) struct WireField {
    pub(crate) rust: String,
    pub(crate) json: String,
    pub(crate) renamed: bool,
    pub(crate) aliases: Vec<String>,
    /// The function of `parse` that reads the field. `None` for secrets, and for numbers that may be texts.
    pub(crate) reader: Option<&'static str>,
    pub(crate) type_: String,
}

/// One `let` that destructures a part of the answer.
#[derive(Serialize)]
pub(crate) struct Step {
    pub(crate) type_: String,
    pub(crate) fields: Vec<String>,
    /// The field that contains the part. `None` for the answer itself.
    pub(crate) from: Option<String>,
}

/// The mark of a refused login.
#[derive(Serialize)]
pub(crate) struct Refusal {
    pub(crate) field: WireField,
    /// The comparison, in Rust.
    pub(crate) is: String,
}

/// A field of a `Session`, other than its token and lifetime.
#[derive(Serialize)]
pub(crate) struct SessionField {
    pub(crate) rust: String,
    pub(crate) docs: String,
    /// The origin, if the field has its own.
    pub(crate) note: Note,
    pub(crate) kind: Kind,
    pub(crate) of: Option<String>,
    /// True for a date that the wire type keeps as a text, because the lifetime is computed from it.
    pub(crate) parsed: bool,
    #[serde(flatten)]
    pub(crate) access: Access,
}
