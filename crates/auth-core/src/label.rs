//! The label of an account in events and spans.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use crate::redact;

/// The maximum length of a label, in characters.
const MAX_LABEL_LEN: usize = 64;

/// A label that distinguishes the events of one account from those of others. It contains no secret and nothing of the
/// account: it is the caller's own text, or a hash under a key that only this process has.
#[derive(Clone)]
pub(crate) enum Label {
    Given(Arc<str>),
    Hashed(u64),
}

impl Label {
    /// Creates a label from the caller's text, on one line and of at most 64 characters. Returns `None` if nothing is
    /// left of it.
    pub(crate) fn given(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !is_unseen(*c)).collect();
        let mut text = redact::one_line(&text);
        let length = text.chars().count();
        if length > MAX_LABEL_LEN {
            // Both ends are kept, because keys often have the same start or the same end.
            let (start, end) =
                (text.chars().take(MAX_LABEL_LEN / 2), text.chars().skip(length + 1 - MAX_LABEL_LEN / 2));
            text = start.chain(['…']).chain(end).collect();
        }
        (!text.is_empty()).then(|| Self::Given(text.into()))
    }

    /// Creates the label of a key, which is the same while the process runs.
    pub(crate) fn of(key: &impl Hash) -> Self {
        static KEYED: OnceLock<RandomState> = OnceLock::new();
        Self::Hashed(KEYED.get_or_init(RandomState::new).hash_one(key))
    }

    /// Creates a label that no other client has.
    pub(crate) fn unique() -> Self {
        static CLIENTS: AtomicU64 = AtomicU64::new(0);
        Self::of(&("a client without a key", CLIENTS.fetch_add(1, Relaxed)))
    }
}

/// Returns true for characters that are invisible, or reverse the direction of a line.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(text) => f.write_str(text),
            // 48 bits: among a million accounts, two have the same label once in 500 processes.
            Self::Hashed(hash) => write!(f, "{:012x}", hash >> 16),
        }
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        Label::given(text).map(|label| label.to_string())
    }

    #[test]
    fn a_given_label_is_shown_as_it_is_on_one_line() {
        assert_eq!(shown("Padaria São João #12"), Some("Padaria São João #12".into()));
        assert_eq!(shown("a\r\nb\u{2028}c\0\u{1b}[31m"), Some("a b c [31m".into()));
        assert_eq!(shown("ab\u{202e}cd\u{200b}"), Some("abcd".into()), "nothing turns a line around or hides in it");
        for blank in ["", " \n", "\u{200b}"] {
            assert_eq!(shown(blank), None, "{blank:?}");
        }
    }

    #[test]
    fn a_long_label_keeps_its_two_ends_within_64_characters() {
        let exact = "é".repeat(64);
        assert_eq!(shown(&exact), Some(exact));
        let (one, two) = (format!("{}1", "é".repeat(100)), format!("{}2", "é".repeat(100)));
        assert_eq!(shown(&one).unwrap().chars().count(), 64);
        assert_ne!(shown(&one), shown(&two));
        assert_ne!(shown(&format!("1{}", "é".repeat(100))), shown(&format!("2{}", "é".repeat(100))));
    }

    #[test]
    fn a_hashed_label_is_twelve_digits_that_stay_the_same() {
        assert_eq!(Label::of(&7).to_string(), Label::of(&7).to_string());
        assert_ne!(Label::of(&7).to_string(), Label::of(&8).to_string());
        assert_ne!(Label::unique().to_string(), Label::unique().to_string());
        assert_eq!(Label::Hashed(u64::MAX >> 12).to_string(), "000fffffffff");
    }

    #[test]
    fn a_label_costs_an_account_16_bytes() {
        assert_eq!(size_of::<Label>(), 16);
    }
}
