//! The command `publish`: tags and uploads in order, which can be repeated until all are done.

use std::error::Error;

use super::check::build;
use super::git::{Git, Place, tag_of};
use super::member::Member;
use super::plan::looks;
use super::registry::Registry;
use super::rules::{Step, steps};
use super::{Asked, How, Which, api};
use crate::command::{run as run_command, run_with_tokens};
use crate::workspace::{Package, Workspace};

pub(super) fn run(workspace: &Workspace, git: &Git, asked: &Asked) -> Result<String, Box<dyn Error>> {
    let registry = Registry::new(asked.registry.as_deref(), &workspace.workspace_root);
    println!("Publishes to {}, each crate after those that it needs; what is there already is skipped.", registry.name);
    git.gate(Place::Main)?;
    let all = Member::all(workspace, git)?;
    if asked.which != Which::Tagged && !api::is_installed() && all.iter().any(|member| member.tagged.is_some()) {
        println!("Whether the versions are high enough for their public APIs is not checked here: {}", api::INSTALL);
    }
    let low = too_low(workspace, &all)?;
    let members = chosen(all, git, asked)?;
    if let Some(member) = members.iter().find(|member| low.contains(&member.package.name)) {
        let (name, version) = (&member.package.name, &member.package.version);
        return Err(format!(
            "{name} {version} is too low for what its public API demands: cargo xtask release plan says which it has to be"
        )
        .into());
    }
    for member in &members {
        tag_fits(member, git)?;
    }
    if asked.how == How::TagsOnly {
        return tag(&members, git).map(|()| push(&members));
    }
    let mut waiting: Vec<&Package> = Vec::new();
    for Member { package, .. } in &members {
        let there = registry.has(&package.name, &package.version)?;
        println!(
            "  {} {}: {}",
            package.name,
            package.version,
            if there { "is there, skipped" } else { "to be published" }
        );
        if !there {
            waiting.push(package);
        }
    }
    for package in &waiting {
        stands(workspace, package, &waiting, &registry)?;
    }
    let unset =
        workspace.published().iter().any(|package| package.repository.as_deref().unwrap_or_default().is_empty());
    if asked.how == How::Dry {
        upload(workspace, &waiting, &registry, &["--dry-run"])?;
        let more = if unset { "; a real one would refuse: `repository` in Cargo.toml is empty" } else { "" };
        return Ok(format!("dry run: nothing was tagged or published{more}"));
    }
    if unset && !registry.is_on_loopback() {
        return Err(
            "the repository's public address is not set, and a version that is published cannot be corrected: \
                    write it as `repository` in [workspace.package] of Cargo.toml, commit it, and run this again"
                .into(),
        );
    }
    // A separate job of the workflow has built them. Here a build could read the registry's token from the environment.
    if !waiting.is_empty() && asked.which != Which::Tagged {
        build(workspace, &waiting, false, asked.registry.as_deref())?;
    }
    tag(&members, git)?;
    upload(workspace, &waiting, &registry, &["--no-verify"])
        .map_err(|error| format!("{error}\nsome may be published: run the same command again, which skips them"))?;
    Ok(push(&members))
}

/// Returns the prepared crates whose version is too low for their public API, if it can be checked.
fn too_low(workspace: &Workspace, members: &[Member<'_>]) -> Result<Vec<String>, Box<dyn Error>> {
    let looks = looks(workspace, members, |name| {
        members.iter().any(|member| member.package.name == name && member.is_prepared())
    })?;
    let steps = steps(&looks);
    let low = looks.iter().zip(&steps).filter(|(_, step)| matches!(step, Step::TooLow(_)));
    Ok(low.map(|(look, _)| look.name.clone()).collect())
}

/// Returns the named crates, or those whose tags are on this commit. All must be prepared.
fn chosen<'a>(members: Vec<Member<'a>>, git: &Git, asked: &Asked) -> Result<Vec<Member<'a>>, Box<dyn Error>> {
    if (asked.which == Which::Tagged) != asked.crates.is_empty() {
        return Err("name the crates to publish, or give --tagged for those whose tags stand on this commit".into());
    }
    if let Some(stranger) = asked.crates.keys().find(|name| members.iter().all(|member| member.package.name != **name))
    {
        return Err(format!("there is no crate {stranger} to publish").into());
    }
    let head = git.commit("HEAD");
    let stands_here = |package: &Package| git.commit(&tag_of(&package.name, &package.version)) == head;
    let is_chosen = |member: &Member| {
        if asked.which == Which::Tagged {
            stands_here(member.package)
        } else {
            asked.crates.contains_key(&member.package.name)
        }
    };
    let chosen: Vec<Member> = members.into_iter().filter(is_chosen).collect();
    if chosen.is_empty() {
        return Err("no tag of a crate's present version stands on this commit".into());
    }
    match chosen.iter().find(|member| !member.is_told()) {
        Some(Member { package, .. }) => Err(format!(
            "{name} {} is not prepared, its changelog does not tell of it: cargo xtask release prepare {name}",
            package.version,
            name = package.name,
        )
        .into()),
        None => Ok(chosen),
    }
}

/// Refuses a tag on another commit, because a tag names the commit that was published.
fn tag_fits(member: &Member, git: &Git) -> Result<(), Box<dyn Error>> {
    let tag = tag_of(&member.package.name, &member.package.version);
    match git.commit(&tag) {
        Some(commit) if git.commit("HEAD").as_ref() != Some(&commit) => Err(format!(
            "{tag} stands on {commit}, which is not this commit: go on there with `git switch --detach {tag}`, or prepare a new version"
        )
        .into()),
        _ => Ok(()),
    }
}

/// Refuses a crate whose dependencies are neither published nor about to be.
fn stands(
    workspace: &Workspace,
    package: &Package,
    waiting: &[&Package],
    registry: &Registry,
) -> Result<(), Box<dyn Error>> {
    for need in workspace.published() {
        let needed = package.needs().any(|name| name == need.name);
        let comes = waiting.iter().any(|other| other.name == need.name);
        if needed && !comes && !registry.has(&need.name, &need.version)? {
            return Err(format!(
                "{} needs {need} {}, which is not there: publish both, cargo xtask release publish {need} {0}",
                package.name,
                need.version,
                need = need.name,
            )
            .into());
        }
    }
    Ok(())
}

/// Creates the tags. They come before the uploads, so that an interruption leaves the published commit known.
fn tag(members: &[Member], git: &Git) -> Result<(), Box<dyn Error>> {
    for Member { package, .. } in members {
        let tag = tag_of(&package.name, &package.version);
        if git.commit(&tag).is_none() {
            git.tag(&tag)?;
        }
    }
    Ok(())
}

fn upload(
    workspace: &Workspace,
    packages: &[&Package],
    registry: &Registry,
    how: &[&str],
) -> Result<(), Box<dyn Error>> {
    if packages.is_empty() {
        return Ok(());
    }
    let mut arguments = vec!["publish", "--registry", registry.name];
    arguments.extend(how);
    arguments.extend(packages.iter().flat_map(|package| ["--package", &package.name]));
    let run = if how.contains(&"--no-verify") { run_with_tokens } else { run_command };
    run("cargo", &arguments, &workspace.workspace_root)
}

/// Returns the commands that push the tags, three at a time, because GitHub starts no workflow for more.
fn push(members: &[Member]) -> String {
    let tags: Vec<String> =
        members.iter().map(|member| tag_of(&member.package.name, &member.package.version)).collect();
    let commands = tags.chunks(3).map(|tags| format!("\n  git push origin {}", tags.join(" ")));
    format!("all tags are set; push them:{}", commands.collect::<String>())
}
