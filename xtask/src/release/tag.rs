//! The command `tag`, which fixes the commit of each version before cargo uploads it.

use std::collections::BTreeMap;
use std::error::Error;

use super::look::{Look, tag_of};
use super::rules::{Step, steps};
use super::{Wish, api, git};
use crate::command::run as run_command;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, wishes: &BTreeMap<String, Wish>) -> Result<String, Box<dyn Error>> {
    println!("Sets the tags of prepared crates. Pushes nothing.");
    let root = &workspace.workspace_root;
    if workspace.published().iter().any(|package| package.repository.as_deref().unwrap_or_default().is_empty()) {
        return Err("the repository's public address is not set, and a published version cannot be corrected: \
                    write it as `repository` in [workspace.package] of Cargo.toml, and commit it"
            .into());
    }
    git::refuse_dirt(root)?;
    git::refuse_branch(root)?;
    if !api::is_installed() {
        println!("Without cargo-semver-checks, the public APIs are not compared: {}", api::INSTALL);
    }
    let looks = Look::all(workspace)?;
    let mut tags = Vec::new();
    let steps = steps(&looks, &BTreeMap::new())?;
    for (Look { name, version, .. }, step) in
        looks.iter().zip(steps).filter(|(look, _)| wishes.contains_key(&look.name))
    {
        let tag = tag_of(name, version);
        let there = git::commit(root, &tag);
        if let Step::TooLow(level) = step {
            return Err(format!("{name} {version} is too low, because its changes are {level}: raise it").into());
        } else if step != Step::Ready && there.is_none() {
            return Err(format!("{name} {version} is not prepared: cargo xtask release prepare {name}").into());
        } else if there.is_some() && there != git::commit(root, "HEAD") {
            return Err(format!("{tag} points to another commit: check it out with `git switch --detach {tag}`").into());
        }
        tags.push(tag);
    }
    for tag in tags.iter().filter(|tag| git::commit(root, tag).is_none()) {
        run_command("git", &["tag", "--annotate", "--message", tag, tag], root)?;
    }
    Ok(format!(
        "tagged; upload with `bash .ci/publish`, or with the workflow:\n  git push origin {}\n  gh workflow run release.yml --ref {}",
        tags.join(" "),
        tags[0]
    ))
}
