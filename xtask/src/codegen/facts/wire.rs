//! The templates' view of a login's answer.

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
    /// The function of `lenient` that reads it; none for secrets and numbers that may be texts.
    pub(crate) reader: Option<&'static str>,
    pub(crate) type_: String,
}

/// One `let` that takes a part of the answer apart.
#[derive(Serialize)]
pub(crate) struct Step {
    pub(crate) type_: String,
    pub(crate) fields: Vec<String>,
    /// The field it is taken from; none for the answer itself.
    pub(crate) from: Option<String>,
}

/// What marks a refused login.
#[derive(Serialize)]
pub(crate) struct Refusal {
    pub(crate) field: WireField,
    /// The comparison, in Rust.
    pub(crate) is: String,
}

/// What a `Session` keeps beside its token and lifetime.
#[derive(Serialize)]
pub(crate) struct SessionField {
    pub(crate) rust: String,
    pub(crate) docs: String,
    /// Where it has an origin of its own.
    pub(crate) note: Note,
    pub(crate) kind: Kind,
    pub(crate) of: Option<String>,
    /// Whether it is a date that the wire type keeps as a text, because the lifetime needs that.
    pub(crate) parsed: bool,
    #[serde(flatten)]
    pub(crate) access: Access,
}
