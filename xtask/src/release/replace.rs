//! Replacements of a crate's version in manifests, lock files and READMEs.

use semver::Version;

/// The path by which READMEs depend on a crate until its first release.
const CLONE: &str = "../auth-sdks/crates/";
/// The marks around text of a README that applies only until the first release.
const UNTIL_RELEASED: &str = "<!-- until released -->";
const END: &str = "<!-- until released: end -->";

/// Returns the lines in which a manifest or lock file states a crate's own version.
pub(crate) fn own_version(name: &str, version: &Version) -> String {
    format!("name = \"{name}\"\nversion = \"{version}\"\n")
}

/// Returns the text with a crate's new version, and with its series (`0.1`) where users are shown how to depend on it.
pub(crate) fn versions(text: &str, name: &str, from: &Version, to: &Version) -> String {
    let (old, new) = (series(from), series(to));
    [
        (own_version(name, from), own_version(name, to)),
        (format!("{name} = {{ version = \"{from}\", path"), format!("{name} = {{ version = \"{to}\", path")),
        (format!("{name} = {{ path = \"{CLONE}{name}\" }}"), format!("{name} = \"{new}\"")),
        (format!("{name} = {{ path = \"{CLONE}{name}\","), format!("{name} = {{ version = \"{new}\",")),
        (format!("{name} = \"{old}\""), format!("{name} = \"{new}\"")),
        (format!("{name} = {{ version = \"{old}\""), format!("{name} = {{ version = \"{new}\"")),
    ]
    .iter()
    .fold(text.to_string(), |text, (old, new)| text.replace(old, new))
}

/// Returns a README without the notes that apply until all crates that it names by path are released.
pub(crate) fn notes(text: &str) -> String {
    let mut rest = text.to_string();
    while !rest.contains(CLONE)
        && let Some((before, marked)) = rest.split_once(UNTIL_RELEASED)
        && let Some((_, after)) = marked.split_once(END)
    {
        rest = format!("{}{after}", before.trim_end());
    }
    rest
}

/// Returns the requirement that users write: cargo takes a pre-release only by its whole version.
fn series(version: &Version) -> String {
    if version.pre.is_empty() { format!("{}.{}", version.major, version.minor) } else { version.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(text: &str) -> String {
        versions(text, "a", &Version::new(0, 1, 0), &Version::new(0, 2, 0))
    }

    #[test]
    fn a_manifest_and_a_lock_file_get_the_version_of_this_crate_alone() {
        let text = "[package]\nname = \"a\"\nversion = \"0.1.0\"\n\n[package]\nname = \"b\"\nversion = \"0.1.0\"\n";
        assert_eq!(next(text), text.replacen("0.1.0", "0.2.0", 1));
    }

    #[test]
    fn who_depends_by_path_and_version_asks_for_the_new_one() {
        let text = "a = { version = \"0.1.0\", path = \"a\", features = [] } # Ours.\nb = { version = \"0.1.0\", path = \"b\" }\n";
        assert_eq!(next(text), text.replacen("0.1.0", "0.2.0", 1));
        let dev = "a = { path = \"../a\" }\na.workspace = true\n";
        assert_eq!(next(dev), dev, "one without a version stays");
    }

    #[test]
    fn a_readme_names_the_series_of_this_crate_alone() {
        let text = "a = \"0.1\"\nb = \"0.1\"\nOr `a = \"0.1\"`; a = { version = \"0.1\", features = [\"x\"] }\n";
        let expected = "a = \"0.2\"\nb = \"0.1\"\nOr `a = \"0.2\"`; a = { version = \"0.2\", features = [\"x\"] }\n";
        assert_eq!(next(text), expected);
    }

    #[test]
    fn a_readme_shows_a_pre_release_by_its_whole_version() {
        let to = Version::parse("0.2.0-rc.1").unwrap();
        assert_eq!(versions("a = \"0.1\"", "a", &Version::new(0, 1, 0), &to), "a = \"0.2.0-rc.1\"");
        assert_eq!(versions("a = \"0.2.0-rc.1\"", "a", &to, &Version::new(0, 2, 0)), "a = \"0.2\"");
    }

    #[test]
    fn a_readme_loses_its_paths_and_then_its_notes_with_the_first_release() {
        let text = "# a\n\na = { path = \"../auth-sdks/crates/a\", features = [\"x\"] }\nb = { path = \"../auth-sdks/crates/b\" }\n\n<!-- until released -->\n\nNot yet.\n\n<!-- until released: end -->\n\nMore.\n";
        let first = Version::new(0, 1, 0);
        let half = notes(&versions(text, "b", &first, &first));
        assert_eq!(half, text.replace("{ path = \"../auth-sdks/crates/b\" }", "\"0.1\""));
        let whole = notes(&versions(&half, "a", &first, &first));
        assert_eq!(whole, "# a\n\na = { version = \"0.1\", features = [\"x\"] }\nb = \"0.1\"\n\nMore.\n");
    }
}
