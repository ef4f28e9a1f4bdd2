//! A provider's document, and responses held against it.

mod answer;
mod document;
mod drift;
mod expected;
mod fact;
mod schemas;
mod shape;
mod stated;

pub use self::answer::Answer;
pub use self::document::{Document, Element};
pub(crate) use self::drift::Drift;
pub use self::expected::{Contract, Expected};
pub use self::fact::{Fact, Verdict};
pub use self::shape::{Comparison, Json};
pub use self::stated::difference;
