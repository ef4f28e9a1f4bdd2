//! An error before its path is known: one pointer, so that success stays cheap.

use std::fmt::Display;

use super::error::SignErrorKind;

/// The longest literal an error shows, in bytes.
const LITERAL: usize = 80;

#[derive(Debug, thiserror::Error)]
#[error("{}", .0.literal.as_deref().unwrap_or("cannot be signed"))]
pub(super) struct Fault(Box<Report>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) kind: SignErrorKind,
    /// The text that was written.
    pub(super) literal: Option<String>,
    /// The value that the server would read instead.
    pub(super) seen: Option<String>,
    /// The byte of the text at which the fault begins.
    pub(super) offset: Option<usize>,
    /// The fault is in a key that is not part of the path yet: name the object around it.
    pub(super) above: bool,
}

impl Fault {
    #[cold]
    pub(super) fn new(kind: SignErrorKind) -> Self {
        Self(Box::new(Report { kind, literal: None, seen: None, offset: None, above: false }))
    }

    #[cold]
    pub(super) fn with_literal(kind: SignErrorKind, literal: &str) -> Self {
        let mut fault = Self::new(kind);
        fault.0.literal = Some(bounded(literal));
        fault
    }

    /// The text is not JSON, for this reason, which says what to do as well.
    #[cold]
    pub(super) fn syntax(what: impl Into<String>) -> Self {
        let mut fault = Self::new(SignErrorKind::Syntax);
        fault.0.literal = Some(what.into());
        fault
    }

    pub(super) fn read_as(mut self, seen: &str) -> Self {
        self.0.seen = Some(bounded(seen));
        self
    }

    /// The first offset given stays.
    pub(super) fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// The fault is not in the text that the caller gave, but in a part of it.
    pub(super) fn without_offset(mut self) -> Self {
        self.0.offset = None;
        self
    }

    pub(super) fn above(mut self) -> Self {
        self.0.above = true;
        self
    }

    pub(super) fn report(&self) -> &Report {
        &self.0
    }

    pub(super) fn into_report(self) -> Report {
        *self.0
    }
}

impl serde::ser::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::with_literal(SignErrorKind::Serialize, &message.to_string())
    }
}

/// The text, cut at a character boundary when it is long.
pub(super) fn bounded(text: &str) -> String {
    if text.len() <= LITERAL {
        return text.to_owned();
    }
    let cut = (0..=LITERAL).rev().find(|&i| text.is_char_boundary(i)).unwrap_or_default();
    format!("{}…", &text[..cut])
}
