//! The state of each published crate since its tag.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use semver::Version;
use toml_edit::{DocumentMut, Item, TableLike};

use super::changelog;
use super::git::{Git, tag_of};
use crate::workspace::{Package, Workspace};

pub(crate) struct Member<'a> {
    pub(crate) package: &'a Package,
    /// The newest version that has a tag.
    pub(crate) tagged: Option<Version>,
    /// The differences from that tag: files of the package, and values that it inherits from the workspace.
    pub(crate) changed: Vec<String>,
    pub(crate) changelog: String,
}

impl<'a> Member<'a> {
    /// Returns all published crates, each after its dependencies.
    pub(crate) fn all(workspace: &'a Workspace, git: &Git) -> Result<Vec<Self>, Box<dyn Error>> {
        workspace.published().into_iter().map(|package| Self::of(workspace, package, git)).collect()
    }

    fn of(workspace: &'a Workspace, package: &'a Package, git: &Git) -> Result<Self, Box<dyn Error>> {
        let tagged = git.tagged(&package.name)?;
        let mut changed = Vec::new();
        if let Some(version) = &tagged {
            let tag = tag_of(&package.name, version);
            changed = git.changed(&tag, package.folder())?;
            let now = fs::read_to_string(workspace.workspace_root.join("Cargo.toml"))?;
            let manifest = fs::read_to_string(&package.manifest_path)?;
            changed.extend(inherited(&git.file(&tag, "Cargo.toml")?, &now, &manifest)?);
        }
        let changelog = fs::read_to_string(changelog_of(package))
            .map_err(|error| format!("{} has no CHANGELOG.md that can be read: {error}", package.name))?;
        Ok(Self { package, tagged, changed, changelog })
    }

    /// Returns true if the version and its changelog are ready, and there is no tag yet.
    pub(crate) fn is_prepared(&self) -> bool {
        self.tagged.as_ref() != Some(&self.package.version) && self.is_told()
    }

    /// Returns true if the changelog has a section for the version.
    pub(crate) fn is_told(&self) -> bool {
        changelog::tells_of(&self.changelog, &self.package.version)
    }
}

pub(crate) fn changelog_of(package: &Package) -> PathBuf {
    package.folder().join("CHANGELOG.md")
}

/// Returns the values that a manifest inherits from the workspace and that have changed. Versions of members do not
/// count.
fn inherited(then: &str, now: &str, manifest: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let (then, now): (DocumentMut, DocumentMut) = (then.parse()?, now.parse()?);
    let manifest: DocumentMut = manifest.parse()?;
    let mut differ = Vec::new();
    for (table, source) in
        [("package", "package"), ("dependencies", "dependencies"), ("build-dependencies", "dependencies")]
    {
        let entries = manifest.get(table).and_then(Item::as_table_like).into_iter().flat_map(TableLike::iter);
        for (key, _) in entries.filter(|(_, item)| item.get("workspace").is_some()) {
            let at = |document: &DocumentMut| document.get("workspace")?.get(source)?.get(key).cloned();
            let (old, new) = (at(&then), at(&now));
            let ours = new.as_ref().is_some_and(|item| item.get("path").is_some());
            if !ours && old.map(|item| item.to_string()) != new.map(|item| item.to_string()) {
                differ.push(format!("{key} in the workspace's Cargo.toml"));
            }
        }
    }
    Ok(differ)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "[workspace.package]\nedition = \"2024\"\nrust-version = \"1.88\"\n[workspace.dependencies]\nours = { version = \"0.1.0\", path = \"ours\" }\nhttp = \"1.4\"\nurl = \"2\"\n";
    const MANIFEST: &str = "[package]\nrust-version.workspace = true\n[dependencies]\nours.workspace = true\nhttp = { workspace = true, features = [\"std\"] }\n";

    #[test]
    fn a_dependency_that_is_inherited_changes_the_crate() {
        let differ = inherited(ROOT, &ROOT.replace("1.4", "1.5"), MANIFEST).unwrap();
        assert_eq!(differ, ["http in the workspace's Cargo.toml"]);
    }

    #[test]
    fn the_oldest_compiler_changes_the_crate() {
        let differ = inherited(ROOT, &ROOT.replace("1.88", "1.90"), MANIFEST).unwrap();
        assert_eq!(differ, ["rust-version in the workspace's Cargo.toml"]);
    }

    #[test]
    fn what_it_does_not_inherit_and_a_members_version_change_nothing() {
        let now = ROOT.replace("url = \"2\"", "url = \"3\"").replace("0.1.0", "0.1.1").replace("2024", "2027");
        assert_eq!(inherited(ROOT, &now, MANIFEST).unwrap(), [""; 0]);
    }
}
