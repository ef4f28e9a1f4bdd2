//! The state of each published crate since its tag.

use std::error::Error;
use std::fs;
use std::path::Path;

use semver::{Comparator, Version, VersionReq};
use toml_edit::{DocumentMut, Item, TableLike};

use super::level::{Level, breaks};
use super::{api, changelog, git};
use crate::workspace::{Package, Workspace};

#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) name: String,
    /// The version in the manifest.
    pub(crate) version: Version,
    /// The newest version that has a tag.
    pub(crate) tagged: Option<Version>,
    /// True if the changelog has the version in the manifest, and there is no tag yet.
    pub(crate) prepared: bool,
    /// The differences from the tag: files of the package, and values that it inherits from the workspace.
    pub(crate) changed: Vec<String>,
    /// The crates of this workspace that it depends on, and whose types its users see.
    pub(crate) needs: Vec<String>,
    /// The lowest level that its public API, its re-exports and its changelog allow, if known.
    pub(crate) demanded: Option<Level>,
}

impl Look {
    /// Returns the state of all published crates, each after its dependencies.
    pub(crate) fn all(workspace: &Workspace) -> Result<Vec<Self>, Box<dyn Error>> {
        workspace.published().into_iter().map(|package| Self::of(&workspace.workspace_root, package)).collect()
    }

    fn of(root: &Path, package: &Package) -> Result<Self, Box<dyn Error>> {
        let Package { name, version, .. } = package;
        let tagged = git::tagged(root, name)?;
        let changelog = fs::read_to_string(package.folder().join("CHANGELOG.md"))
            .map_err(|error| format!("{name}'s CHANGELOG.md cannot be read: {error}"))?;
        let (mut changed, mut demanded) = (Vec::new(), None);
        if let Some(tagged) = &tagged {
            let tag = tag_of(name, tagged);
            let folder = package.folder();
            let parts = ["src", "examples", "Cargo.toml", "README.md", "build.rs"].map(|part| folder.join(part));
            let parts = parts.iter().filter_map(|part| part.to_str());
            let files =
                git::git(root, &["diff", "--name-only", &tag, "--"].into_iter().chain(parts).collect::<Vec<_>>())?;
            changed.extend(files.lines().map(String::from));
            let then = git::git(root, &["show", &format!("{tag}:Cargo.toml")])?;
            let [now, manifest, exports] =
                [root.join("Cargo.toml"), folder.join("Cargo.toml"), folder.join("src/lib.rs")].map(fs::read_to_string);
            let (inherited, breaking) = inherited(&then, &now?, &manifest?, &exports.unwrap_or_default())?;
            changed.extend(inherited);
            if !changed.is_empty() && !package.folder().join("src/lib.rs").exists() {
                // A program has no API to compare or to re-export.
                demanded = Some(changelog::level(&changelog));
            } else if !changed.is_empty() && api::is_installed() {
                let level = api::demands(root, name, &tag)?;
                demanded = Some(level.max(changelog::level(&changelog)));
            }
            demanded = demanded.max(breaking.then_some(Level::Major));
        }
        Ok(Self {
            prepared: tagged.as_ref() != Some(version) && changelog::tells_of(&changelog, version),
            name: name.clone(),
            version: version.clone(),
            tagged,
            changed,
            needs: package.needs().map(String::from).collect(),
            demanded,
        })
    }
}

/// Returns the tag of a version.
pub(crate) fn tag_of(name: &str, version: &Version) -> String {
    format!("{name}-v{version}")
}

/// Returns the values that a manifest inherits from the workspace and that have changed, and true if one of them breaks
/// a dependency that the crate re-exports. Versions of members do not count.
fn inherited(then: &str, now: &str, manifest: &str, exports: &str) -> Result<(Vec<String>, bool), Box<dyn Error>> {
    let [then, now, manifest]: [DocumentMut; 3] = [then.parse()?, now.parse()?, manifest.parse()?];
    let (mut differ, mut breaking) = (Vec::new(), false);
    let tables = ["package", "dependencies", "build-dependencies"].into_iter().filter_map(|table| manifest.get(table));
    let entries = tables.filter_map(Item::as_table_like).flat_map(TableLike::iter);
    for (key, _) in entries.filter(|(_, item)| item.get("workspace").is_some()) {
        let at = |document: &DocumentMut| {
            let workspace = document.get("workspace")?;
            ["package", "dependencies"].iter().find_map(|table| workspace.get(table)?.get(key)).cloned()
        };
        let (old, new) = (at(&then), at(&now));
        let ours = new.as_ref().is_some_and(|item| item.get("path").is_some());
        if !ours && old.as_ref().map(Item::to_string) != new.as_ref().map(Item::to_string) {
            let moved = lowest(old.as_ref()).zip(lowest(new.as_ref())).is_none_or(|(old, new)| breaks(&old, &new));
            breaking |= moved && is_exported(key, exports);
            differ.push(format!("{key} in the workspace's Cargo.toml"));
        }
    }
    Ok((differ, breaking))
}

/// Returns the lowest version that a dependency's requirement allows.
fn lowest(dependency: Option<&Item>) -> Option<Version> {
    let requirement = dependency?.as_str().or_else(|| dependency?.get("version")?.as_str())?;
    let Comparator { major, minor, patch, .. } = VersionReq::parse(requirement).ok()?.comparators.pop()?;
    Some(Version::new(major, minor.unwrap_or(0), patch.unwrap_or(0)))
}

/// Returns true if a `pub use` names the dependency.
fn is_exported(dependency: &str, source: &str) -> bool {
    let name = dependency.replace('-', "_");
    let uses = source.split("\npub use ").skip(1).filter_map(|rest| rest.split(';').next());
    uses.flat_map(|path| path.split(|letter: char| !letter.is_alphanumeric() && letter != '_')).any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "[workspace.package]\nedition = \"2024\"\nrust-version = \"1.88\"\n[workspace.dependencies]\nours = { version = \"0.1.0\", path = \"ours\" }\nhttp = \"1.4\"\nhttp-body = \"1.0\"\nreqwest = { version = \"0.13.5\" }\nurl = \"2\"\n";
    const MANIFEST: &str = "[package]\nrust-version.workspace = true\n[dependencies]\nours.workspace = true\nhttp = { workspace = true, features = [\"std\"] }\nhttp-body.workspace = true\nreqwest.workspace = true\n";

    fn differences(from: &str, to: &str, exports: &str) -> (Vec<String>, bool) {
        inherited(ROOT, &ROOT.replace(from, to), MANIFEST, exports).unwrap()
    }

    #[test]
    fn a_dependency_that_is_inherited_changes_the_crate() {
        assert_eq!(differences("1.4", "1.5", "").0, ["http in the workspace's Cargo.toml"]);
    }

    #[test]
    fn the_oldest_compiler_changes_the_crate() {
        assert_eq!(differences("1.88", "1.90", "").0, ["rust-version in the workspace's Cargo.toml"]);
    }

    #[test]
    fn what_it_does_not_inherit_and_a_members_version_change_nothing() {
        let now = ROOT.replace("url = \"2\"", "url = \"3\"").replace("0.1.0", "0.1.1").replace("2024", "2027");
        assert_eq!(inherited(ROOT, &now, MANIFEST, "").unwrap(), (vec![], false));
    }

    #[test]
    fn a_new_major_version_of_a_re_exported_dependency_breaks_its_users() {
        let exports = "//! A crate.\n\npub use {::http, reqwest};\n";
        assert!(differences("1.4", "2.0", exports).1 && differences("0.13.5", "0.14", exports).1);
        assert!(differences("1.0", "2.0", "//! A crate.\n\npub use http_body;\n").1);
        assert!(!differences("1.4", "1.5", exports).1 && !differences("0.13.5", "0.13.6", exports).1);
        assert!(!differences("1.4", "2.0", "//! A crate.\n\npub use reqwest;\nuse http;\n").1);
    }
}
