//! A breach of the store's contract.

use std::error::Error as StdError;
use std::fmt;

use crate::error::Error;

/// A breach of the store's contract.
///
/// ```
/// # fn show(breach: auth_core::store::conformance::Breach) {
/// eprintln!("{breach}");
/// # }
/// ```
#[derive(Debug)]
pub struct Breach {
    broken: &'static str,
    source: Option<Error>,
}

impl Breach {
    pub(super) fn of(broken: &'static str) -> Self {
        Self { broken, source: None }
    }
}

impl From<Error> for Breach {
    fn from(error: Error) -> Self {
        Self { broken: "an operation succeeds", source: Some(error) }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this does not hold: {}", self.broken)
    }
}

impl StdError for Breach {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
