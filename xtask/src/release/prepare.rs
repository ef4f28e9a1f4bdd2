//! The command `prepare`: versions, requirements, lock files, READMEs and changelogs of the next releases.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use super::git::{Git, Place};
use super::member::{Member, changelog_of};
use super::rules::{Release, releases};
use super::{Asked, changelog, manifest, plan};
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, git: &Git, asked: &Asked) -> Result<String, Box<dyn Error>> {
    println!("Writes versions, requirements, lock files, READMEs and changelogs. Commits nothing.");
    if asked.crates.is_empty() {
        return Err("name the crates to prepare; cargo xtask release plan shows which".into());
    }
    git.gate(Place::Release)?;
    let members = Member::all(workspace, git)?;
    let looks = plan::looks(workspace, &members, |name| asked.crates.contains_key(name))?;
    let releases = releases(&looks, &asked.crates, asked.level)?;
    for Release { name, from, to, .. } in &releases {
        match from {
            Some(from) => println!("  {name} {from} -> {to}"),
            None => println!("  {name} {to}, its first release"),
        }
    }
    let texts = edit(workspace, git, &releases)?;
    for (path, text) in &texts {
        println!("  writes {}", path.strip_prefix(&workspace.workspace_root).unwrap_or(path).display());
        fs::write(path, text)?;
    }
    let names: Vec<&str> = releases.iter().map(|release| release.name.as_str()).collect();
    let (names, list) = (names.join(" "), names.join(", "));
    Ok(format!(
        "prepared; read it with `git diff`, then:\n  git commit --all --message \"Release {list}\"\n  cargo xtask release check {names}\n  cargo xtask release publish {names}"
    ))
}

/// Returns the changed files with their new texts. All texts are complete before the first is written.
fn edit(workspace: &Workspace, git: &Git, releases: &[Release]) -> Result<BTreeMap<PathBuf, String>, Box<dyn Error>> {
    let root = &workspace.workspace_root;
    let mut texts = Texts::default();
    let tracked = |pattern: &str| -> Result<Vec<PathBuf>, Box<dyn Error>> {
        Ok(git.files(pattern)?.iter().map(|file| root.join(file)).collect())
    };
    let (manifests, locks, readmes) = (tracked("*Cargo.toml")?, tracked("*Cargo.lock")?, tracked("*README*.md")?);
    for Release { name, to, follows, .. } in releases {
        let Some(package) = workspace.packages.iter().find(|package| package.name == *name) else { continue };
        texts.change(&package.manifest_path, |text| manifest::with_version(text, to))?;
        for path in &manifests {
            texts.change(path, |text| manifest::with_requirement(text, name, to))?;
        }
        for path in &locks {
            texts.change(path, |text| manifest::with_locked(text, name, to))?;
        }
        for path in &readmes {
            let own = path.parent() == Some(package.folder()) || path.parent() == Some(root);
            texts.change(path, |text| {
                let text = if own { manifest::as_released(text, name, to) } else { text.to_string() };
                Ok(manifest::with_series(&text, name, to))
            })?;
        }
        let more: Vec<String> =
            follows.iter().map(|(name, version)| format!("- Stands on `{name}` {version}.")).collect();
        let day = changelog::today();
        texts.change(&changelog_of(package), |text| changelog::release(text, to, &day, &more.join("\n")))?;
    }
    Ok(texts.changed())
}

/// The old and the new texts by path.
#[derive(Default)]
struct Texts {
    files: BTreeMap<PathBuf, (String, String)>,
}

impl Texts {
    fn change(
        &mut self,
        path: &Path,
        change: impl FnOnce(&str) -> Result<String, Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = match self.files.get(path) {
            Some((_, text)) => text.clone(),
            None => fs::read_to_string(path).map_err(|error| wrong(&error))?,
        };
        let new = change(&text).map_err(|error| wrong(&error))?;
        self.files.entry(path.into()).or_insert((text, String::new())).1 = new;
        Ok(())
    }

    fn changed(self) -> BTreeMap<PathBuf, String> {
        let changed = self.files.into_iter().filter(|(_, (old, new))| old != new);
        changed.map(|(path, (_, new))| (path, new)).collect()
    }
}
