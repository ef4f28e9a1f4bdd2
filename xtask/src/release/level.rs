//! The level of a release: the size of its change for users.

use std::fmt;

use semver::{Comparator, Op, Version};

/// The levels of Semantic Versioning, as they apply after 1.0.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Level {
    Patch,
    Minor,
    Major,
}

impl Level {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Patch, Self::Minor, Self::Major].into_iter().find(|level| level.name() == text)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    /// Returns the version after `from`. Before 1.0 a breaking change increments the second number, and any other
    /// change the third. A pre-release has announced its version already.
    pub(crate) fn after(self, from: &Version) -> Version {
        let Version { major, minor, patch, .. } = *from;
        match (self, major, minor) {
            _ if !from.pre.is_empty() => Version::new(major, minor, patch),
            (Self::Major, 0, 0) => Version::new(0, 0, patch + 1),
            (Self::Major, 0, _) => Version::new(0, minor + 1, 0),
            (Self::Major, ..) => Version::new(major + 1, 0, 0),
            (Self::Minor, 1.., _) => Version::new(major, minor + 1, 0),
            _ => Version::new(major, minor, patch + 1),
        }
    }

    /// Returns true if `to`, or the version that it is a pre-release of, is high enough after `from`.
    pub(crate) fn allows(self, from: &Version, to: &Version) -> bool {
        to > from && Version::new(to.major, to.minor, to.patch) >= self.after(from)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// Returns true if a crate that depends on `from` does not get `to` automatically.
pub(crate) fn breaks(from: &Version, to: &Version) -> bool {
    let Version { major, minor, patch, ref pre, .. } = *from;
    let caret = Comparator { op: Op::Caret, major, minor: Some(minor), patch: Some(patch), pre: pre.clone() };
    !caret.matches(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_1_0_a_breaking_change_moves_the_second_number_and_all_else_the_third() {
        let from = Version::new(0, 3, 7);
        assert_eq!(Level::Major.after(&from), Version::new(0, 4, 0));
        assert_eq!(Level::Minor.after(&from), Version::new(0, 3, 8));
        assert_eq!(Level::Patch.after(&from), Version::new(0, 3, 8));
        assert_eq!(Level::Major.after(&Version::new(0, 0, 4)), Version::new(0, 0, 5));
    }

    #[test]
    fn from_1_0_each_level_moves_its_own_number() {
        let from = Version::new(1, 3, 7);
        assert_eq!(Level::Major.after(&from), Version::new(2, 0, 0));
        assert_eq!(Level::Minor.after(&from), Version::new(1, 4, 0));
        assert_eq!(Level::Patch.after(&from), Version::new(1, 3, 8));
    }

    #[test]
    fn a_pre_release_counts_as_the_version_that_it_announces() {
        let candidate = Version::parse("0.2.0-rc.1").unwrap();
        assert!(Level::Major.allows(&Version::new(0, 1, 0), &candidate));
        assert_eq!(Level::Major.after(&candidate), Version::new(0, 2, 0));
        assert!(!Level::Patch.allows(&candidate, &candidate));
    }

    #[test]
    fn a_version_breaks_where_cargo_would_not_take_it_by_itself() {
        assert!(!breaks(&Version::new(0, 1, 0), &Version::new(0, 1, 9)));
        assert!(breaks(&Version::new(0, 1, 0), &Version::new(0, 2, 0)));
        assert!(breaks(&Version::new(0, 9, 0), &Version::new(1, 0, 0)));
        assert!(!breaks(&Version::new(1, 0, 0), &Version::new(1, 9, 0)));
    }

    #[test]
    fn levels_are_ordered_by_what_they_ask_of_users() {
        assert!(Level::Patch < Level::Minor && Level::Minor < Level::Major);
    }
}
