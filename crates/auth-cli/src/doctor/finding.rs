//! The findings: one for each measured fact.

/// The part of the report that a finding belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Setup,
    Provider,
}

/// The result of measuring a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    AsDocumented,
    Otherwise,
    NotTried,
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

/// Folds the findings of one answer's parts into one, which names the parts that depart.
pub(super) fn folded(fact: &str, at: Option<&str>, parts: &[Finding]) -> Finding {
    let departing: Vec<_> = parts.iter().filter(|part| part.departs()).collect();
    let measured = parts.iter().filter(|part| part.verdict == Verdict::AsDocumented).count();
    let finding = if departing.is_empty() {
        Finding::documented(fact, format!("{measured} members as documented"))
    } else {
        let told: Vec<_> = departing.iter().map(|part| format!("{}: {}", part.fact, part.seen)).collect();
        Finding::otherwise(fact, told.join("; "))
    };
    Finding { at: at.map(str::to_owned), ..finding }
}
