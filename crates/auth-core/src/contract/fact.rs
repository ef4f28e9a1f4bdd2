//! The facts of a response: one for each statement of the document that it is compared with.

/// The result of comparing a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The response is as the document states.
    AsDocumented,
    /// The response departs from the document.
    Otherwise,
    /// The response does not show it.
    NotTried,
}

/// One fact, and its verdict. It contains no value of a response, only shapes and lifetimes.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The name of the fact, which scripts can rely on: `login.body.expires_in`.
    pub name: String,
    /// The JSON pointer of the fact in the document, if it states it.
    pub at: Option<String>,
    /// The result of the comparison.
    pub verdict: Verdict,
    /// The observation, or the reason for not trying.
    pub seen: String,
    /// The departure does no harm: the document allows it, or only assumes that it does not occur.
    pub(super) is_excused: bool,
}

impl Fact {
    /// Creates a fact with its verdict.
    pub fn new(name: impl Into<String>, verdict: Verdict, seen: impl Into<String>) -> Self {
        Self { name: name.into(), at: None, verdict, seen: seen.into(), is_excused: false }
    }

    /// Creates a fact that is as documented.
    pub fn documented(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(name, Verdict::AsDocumented, seen)
    }

    /// Creates a departure.
    pub fn otherwise(name: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(name, Verdict::Otherwise, seen)
    }

    /// Creates a fact that the response does not show.
    pub fn not_tried(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(name, Verdict::NotTried, reason)
    }

    /// Creates the fact of a comparison.
    pub fn compared(name: impl Into<String>, is_as_documented: bool, seen: impl Into<String>) -> Self {
        Self::new(name, if is_as_documented { Verdict::AsDocumented } else { Verdict::Otherwise }, seen)
    }

    /// Sets the place in the document.
    #[must_use]
    pub fn at(self, pointer: &str) -> Self {
        Self { at: Some(pointer.to_owned()), ..self }
    }

    /// Returns true if the response departs from the document.
    #[must_use]
    pub fn departs(&self) -> bool {
        self.verdict == Verdict::Otherwise
    }
}
