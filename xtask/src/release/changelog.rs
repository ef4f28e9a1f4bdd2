//! Changelogs in the format of Keep a Changelog.

use std::error::Error;

use semver::Version;

use super::level::Level;

const UNRELEASED: &str = "## [Unreleased]";

/// Returns the text under Unreleased.
pub(crate) fn unreleased(text: &str) -> Result<&str, Box<dyn Error>> {
    let start = text.find(UNRELEASED).ok_or("it has no line `## [Unreleased]`: add it above the newest version")?;
    let rest = &text[start + UNRELEASED.len()..];
    Ok(rest[..rest.find("\n## ").map_or(rest.len(), |end| end + 1)].trim())
}

/// Returns true if the version has its own section.
pub(crate) fn tells_of(text: &str, version: &Version) -> bool {
    let heading = format!("## [{version}]");
    text.lines().any(|line| line.starts_with(&heading))
}

/// Returns the lowest level for the text under Unreleased. An addition is a new feature; anything else may be a fix.
pub(crate) fn level(text: &str) -> Level {
    let added = unreleased(text).is_ok_and(|section| section.lines().any(|line| line.trim() == "### Added"));
    if added { Level::Minor } else { Level::Patch }
}

/// Moves the text under Unreleased, and `more`, below a heading with the version and the date.
pub(crate) fn release(text: &str, version: &Version, day: &str, more: &str) -> Result<String, Box<dyn Error>> {
    let section = unreleased(text)?;
    let body = match (section, more) {
        ("", "") => return Err("nothing stands under Unreleased: write there what changed for users".into()),
        (section, "") => section.to_string(),
        (section, more) => match section.split_once("### Changed\n\n") {
            Some((before, after)) => format!("{before}### Changed\n\n{more}\n{after}"),
            None => format!("{section}\n\n### Changed\n\n{more}").trim_start().to_string(),
        },
    };
    let (before, rest) = text.split_once(UNRELEASED).unwrap_or_default();
    let rest = rest.find("\n## ").map_or("", |end| &rest[end..]);
    Ok(format!("{before}{UNRELEASED}\n\n## [{version}] - {day}\n\n{body}\n{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "# Changelog\n\nForm.\n\n## [Unreleased]\n\n### Fixed\n\n- One.\n\n## [0.1.0] - 2026-01-02\n\n### Added\n\n- All.\n";
    const EMPTY: &str = "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-01-02\n";

    #[test]
    fn a_release_moves_what_was_unreleased_under_its_version_and_leaves_the_rest() {
        let text = release(LOG, &Version::new(0, 1, 1), "2026-11-22", "").unwrap();
        assert_eq!(
            text,
            "# Changelog\n\nForm.\n\n## [Unreleased]\n\n## [0.1.1] - 2026-11-22\n\n### Fixed\n\n- One.\n\n## [0.1.0] - 2026-01-02\n\n### Added\n\n- All.\n"
        );
        assert_eq!(unreleased(&text).unwrap(), "");
    }

    #[test]
    fn the_first_release_ends_the_file() {
        let text =
            release("## [Unreleased]\n\n### Added\n\n- All.\n", &Version::new(0, 1, 0), "2026-11-22", "").unwrap();
        assert_eq!(text, "## [Unreleased]\n\n## [0.1.0] - 2026-11-22\n\n### Added\n\n- All.\n");
    }

    #[test]
    fn a_release_without_a_word_is_refused() {
        let error = release(EMPTY, &Version::new(0, 1, 1), "2026-11-22", "").unwrap_err();
        assert!(error.to_string().contains("write there what changed"), "{error}");
    }

    #[test]
    fn a_crate_that_only_follows_says_so_under_changed() {
        let text = release(EMPTY, &Version::new(0, 2, 0), "2026-11-22", "- Requires `core` 0.2.0.").unwrap();
        assert!(
            text.contains("## [0.2.0] - 2026-11-22\n\n### Changed\n\n- Requires `core` 0.2.0.\n\n## [0.1.0]"),
            "{text}"
        );
        let both = release(LOG, &Version::new(0, 2, 0), "2026-11-22", "- Requires `core` 0.2.0.").unwrap();
        assert!(both.contains("- One.\n\n### Changed\n\n- Requires `core` 0.2.0.\n\n## [0.1.0]"), "{both}");
        let mixed =
            release("## [Unreleased]\n\n### Changed\n\n- Two.\n", &Version::new(0, 2, 0), "2026-11-22", "- One.");
        assert!(mixed.unwrap().ends_with("### Changed\n\n- One.\n- Two.\n"));
    }

    #[test]
    fn only_what_is_unreleased_counts_for_the_level() {
        assert_eq!(level(LOG), Level::Patch);
        assert_eq!(level("## [Unreleased]\n\n### Added\n\n- More.\n\n## [0.1.0]\n"), Level::Minor);
    }

    #[test]
    fn a_version_is_told_of_only_by_its_own_heading() {
        assert!(tells_of(LOG, &Version::new(0, 1, 0)));
        assert!(!tells_of(LOG, &Version::new(0, 1, 1)));
    }

    #[test]
    fn a_file_without_unreleased_says_where_to_add_it() {
        assert!(unreleased("# Changelog\n").unwrap_err().to_string().contains("## [Unreleased]"));
    }
}
