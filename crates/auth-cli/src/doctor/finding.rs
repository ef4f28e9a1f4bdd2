//! The findings: one for each measured fact.

use auth_core::contract::{Comparison, Fact, Verdict};
use auth_core::http::HeaderMap;

/// The part of the report that a finding belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Setup,
    Provider,
}

/// One fact, and its verdict. It contains no value of an answer, only shapes.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) part: Part,
    /// The name of the fact, which scripts can rely on: `login.status`.
    pub(super) fact: String,
    /// The JSON pointer of the fact in the provider's document, if it states it.
    pub(super) at: Option<String>,
    pub(super) verdict: Verdict,
    /// The observation, or the reason for not trying.
    pub(super) seen: String,
    /// The next step for the person at the terminal. It may name files of this machine, so reports leave it out.
    pub(super) remedy: Option<String>,
}

impl From<Fact> for Finding {
    fn from(fact: Fact) -> Self {
        let Fact { name, at, verdict, seen, .. } = fact;
        Self { at, ..Self::new(name, verdict, seen) }
    }
}

impl Finding {
    pub(super) fn new(fact: impl Into<String>, verdict: Verdict, seen: impl Into<String>) -> Self {
        let (fact, seen) = (fact.into(), seen.into());
        Self { part: Part::Provider, fact, at: None, verdict, seen, remedy: None }
    }

    pub(super) fn documented(fact: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(fact, Verdict::AsDocumented, seen)
    }

    pub(super) fn otherwise(fact: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::new(fact, Verdict::Otherwise, seen)
    }

    pub(super) fn not_tried(fact: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(fact, Verdict::NotTried, reason)
    }

    /// Creates the finding of a comparison.
    pub(super) fn compared(fact: impl Into<String>, is_as_documented: bool, seen: impl Into<String>) -> Self {
        Self::new(fact, if is_as_documented { Verdict::AsDocumented } else { Verdict::Otherwise }, seen)
    }

    pub(super) fn at(self, pointer: &str) -> Self {
        Self { at: Some(pointer.to_owned()), ..self }
    }

    pub(super) fn of_setup(self) -> Self {
        Self { part: Part::Setup, ..self }
    }

    pub(super) fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    pub(super) fn departs(&self) -> bool {
        self.verdict == Verdict::Otherwise
    }
}

/// Folds the facts of one answer's parts into one finding, which names the parts that depart.
pub(super) fn folded(fact: &str, at: &str, parts: &[Fact]) -> Finding {
    let departing: Vec<_> = parts.iter().filter(|part| part.departs()).collect();
    let measured = parts.iter().filter(|part| part.verdict == Verdict::AsDocumented).count();
    let finding = if departing.is_empty() {
        Finding::documented(fact, format!("{measured} members as documented"))
    } else {
        let told = departing.iter().map(|part| match part.name.strip_prefix(fact) {
            Some("") => part.seen.clone(),
            inner => format!("{}: {}", inner.unwrap_or(&part.name).trim_start_matches('.'), part.seen),
        });
        Finding::otherwise(fact, told.collect::<Vec<_>>().join("; "))
    };
    finding.at(at)
}

/// Compares an error's body: it must be JSON and have a documented member, and its members must fit.
pub(super) fn of_error(comparison: &Comparison<'_>, headers: &HeaderMap, body: &[u8]) -> Finding {
    let mut parts = comparison.body(headers, body);
    let fact = format!("{}.body", comparison.fact);
    let members = |part: &Fact| part.verdict == Verdict::AsDocumented && part.name.len() > fact.len();
    // A member that one example has and another lacks says nothing about a third answer.
    parts.retain(|part| !(part.departs() && part.seen.starts_with("absent")));
    if !parts.iter().any(Fact::departs) && !parts.iter().any(members) {
        let seen = parts.first().map_or_else(|| "another body".to_owned(), |part| part.seen.clone());
        return Finding::otherwise(fact, format!("no documented member: {seen}")).at(&comparison.response.pointer);
    }
    folded(&fact, &comparison.response.pointer, &parts)
}
