//! Versions in the text of manifests, lock files and READMEs.

use std::error::Error;

use semver::Version;
use toml_edit::{DocumentMut, Item, value};

/// The marks around text of a README that applies only until the first release.
const UNTIL_RELEASED: &str = "<!-- until released -->";
const END: &str = "<!-- until released: end -->";

/// Returns the manifest with this version of its package.
pub(crate) fn with_version(text: &str, version: &Version) -> Result<String, Box<dyn Error>> {
    let mut document: DocumentMut = text.parse()?;
    let place = at(document.as_item_mut(), "package").and_then(|package| at(package, "version"));
    let place = place.filter(|place| place.is_str()).ok_or("[package] has no version of its own: write one")?;
    set(place, &version.to_string());
    Ok(document.to_string())
}

/// Returns the manifest with this version of the dependency `name`, if it states a version.
pub(crate) fn with_requirement(text: &str, name: &str, version: &Version) -> Result<String, Box<dyn Error>> {
    let mut document: DocumentMut = text.parse()?;
    if let Some(workspace) = at(document.as_item_mut(), "workspace") {
        require(workspace, name, version);
    }
    require(document.as_item_mut(), name, version);
    Ok(document.to_string())
}

fn require(parent: &mut Item, name: &str, version: &Version) {
    for kind in ["dependencies", "build-dependencies", "dev-dependencies"] {
        let dependency = at(parent, kind).and_then(|dependencies| at(dependencies, name));
        let dependency = dependency.filter(|dependency| dependency.get("path").is_some());
        if let Some(place) = dependency.and_then(|dependency| at(dependency, "version")) {
            set(place, &version.to_string());
        }
    }
}

/// Returns the lock file with this version of `name`, a package of this repository.
pub(crate) fn with_locked(text: &str, name: &str, version: &Version) -> Result<String, Box<dyn Error>> {
    let mut document: DocumentMut = text.parse()?;
    let packages = document.get_mut("package").and_then(Item::as_array_of_tables_mut);
    for package in packages.into_iter().flat_map(|packages| packages.iter_mut()) {
        let ours = package.get("source").is_none() && package.get("name").and_then(Item::as_str) == Some(name);
        if let Some(place) = package.get_mut("version").filter(|_| ours) {
            set(place, &version.to_string());
        }
    }
    Ok(document.to_string())
}

/// Returns the README whose lines `name = "0.1"` give the series of this version.
pub(crate) fn with_series(text: &str, name: &str, version: &Version) -> String {
    let sought = format!("{name} = \"");
    let series = format!("{}.{}", version.major, version.minor);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&sought) {
        let (before, from) = (&rest[..at], at + sought.len());
        let end = rest[from..].find('"').map_or(rest.len(), |end| from + end);
        let whole = !before.ends_with(|before: char| before.is_alphanumeric() || "-_".contains(before));
        let number = rest[from..end].starts_with(|digit: char| digit.is_ascii_digit());
        shown.push_str(&rest[..from]);
        if whole && number {
            shown.push_str(&series);
        } else {
            shown.push_str(&rest[from..end]);
        }
        rest = &rest[end..];
    }
    shown + rest
}

/// Returns the README of the first release, which depends on `name` by version instead of by path.
pub(crate) fn as_released(text: &str, name: &str, version: &Version) -> String {
    let by_path = format!("\n{name} = {{ path = \"");
    let Some((before, after)) = text.split_once(&by_path) else { return text.to_string() };
    let after = after.split_once('\n').map_or("", |(_, after)| after);
    let mut rest = format!("{before}\n{name} = \"{}.{}\"\n{after}", version.major, version.minor);
    while let Some((before, marked)) = rest.split_once(UNTIL_RELEASED) {
        let after = marked.split_once(END).map_or("", |(_, after)| after);
        rest = format!("{}{after}", before.trim_end());
    }
    rest
}

/// Returns the item under a key. Unlike `Item::get_mut`, it creates no missing entry.
fn at<'a>(item: &'a mut Item, key: &str) -> Option<&'a mut Item> {
    item.as_table_like_mut()?.get_mut(key)
}

/// Replaces a value and keeps the spaces and comments around it.
fn set(place: &mut Item, text: &str) {
    let decor = place.as_value().map(|old| old.decor().clone());
    *place = value(text);
    if let (Some(new), Some(decor)) = (place.as_value_mut(), decor) {
        *new.decor_mut() = decor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEXT: Version = Version::new(0, 2, 0);

    #[test]
    fn a_package_gets_its_version_and_keeps_its_comments() {
        let text = "# Top.\n[package]\nname = \"a\"\nversion = \"0.1.0\" # Why.\n";
        assert_eq!(with_version(text, &NEXT).unwrap(), text.replace("0.1.0", "0.2.0"));
    }

    #[test]
    fn a_package_without_a_version_of_its_own_is_refused() {
        assert!(with_version("[package]\nversion.workspace = true\n", &NEXT).is_err());
    }

    #[test]
    fn who_depends_by_path_and_version_asks_for_the_new_one() {
        let text = "[workspace.dependencies]\n# Ours.\na = { version = \"0.1.0\", path = \"a\", default-features = false }\nb = { version = \"0.1.0\", path = \"b\" }\n";
        let set = with_requirement(text, "a", &NEXT).unwrap();
        assert_eq!(set, text.replacen("0.1.0", "0.2.0", 1));
        let own = "[dependencies]\na = { path = \"../a\", version = \"0.1.0\" }\n";
        assert_eq!(with_requirement(own, "a", &NEXT).unwrap(), own.replace("0.1.0", "0.2.0"));
    }

    #[test]
    fn a_crate_of_the_same_name_from_elsewhere_and_one_without_a_version_stay() {
        let text = "[dependencies]\na = \"0.1.0\"\n[dev-dependencies]\na = { path = \"../a\" }\n[build-dependencies]\na.workspace = true\n";
        assert_eq!(with_requirement(text, "a", &NEXT).unwrap(), text);
    }

    #[test]
    fn a_lock_file_gets_our_version_and_not_that_of_a_stranger() {
        let text = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\ndependencies = [\n \"b\",\n]\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\nsource = \"registry\"\n";
        assert_eq!(with_locked(text, "a", &NEXT).unwrap(), text.replacen("0.1.0", "0.2.0", 1));
    }

    #[test]
    fn a_readme_names_the_series_of_this_crate_alone() {
        let text = "a = \"0.1\"\nmy-a = \"0.1\"\na = { path = \"../a\" }\nOr `a = \"0.1.4\"`; a = \"text\".\n";
        let expected = "a = \"0.2\"\nmy-a = \"0.1\"\na = { path = \"../a\" }\nOr `a = \"0.2\"`; a = \"text\".\n";
        assert_eq!(with_series(text, "a", &NEXT), expected);
    }

    #[test]
    fn a_readme_that_told_of_a_path_tells_of_the_first_release() {
        let text = "# a\n\n```toml\na = { path = \"../x/a\" }\nb = \"1\"\n```\n\n<!-- until released -->\n\nNot yet.\n\n<!-- until released: end -->\n\nMore.\n";
        assert_eq!(as_released(text, "a", &NEXT), "# a\n\n```toml\na = \"0.2\"\nb = \"1\"\n```\n\nMore.\n");
        assert_eq!(as_released(text, "b", &NEXT), text);
    }
}
