//! The command `check`, which packages each crate alone and builds it from its package.

use std::env;
use std::error::Error;
use std::fs::{self, DirEntry};
use std::path::PathBuf;

use super::Asked;
use super::git::{Git, Place};
use crate::command::{output, run as run_command};
use crate::workspace::{Package, Workspace};

/// Files that each package must contain.
const HELD: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];
/// Folders that no user of a package needs.
const LEFT_OUT: [&str; 3] = ["benches/", "fuzz/", "tests/"];

pub(super) fn run(workspace: &Workspace, git: &Git, asked: &Asked) -> Result<String, Box<dyn Error>> {
    println!("Packages the crates, each after those that it needs, and builds each from its package. Changes nothing.");
    let mut packages = workspace.published();
    if let Some(stranger) = asked.crates.keys().find(|name| packages.iter().all(|package| package.name != **name)) {
        return Err(format!("there is no crate {stranger} to check").into());
    }
    if !asked.crates.is_empty() {
        packages.retain(|package| asked.crates.contains_key(&package.name));
    }
    if !asked.anywhere {
        git.gate(Place::Release)?;
    }
    let dirty = asked.anywhere && !git.dirt()?.is_empty();
    for package in &packages {
        contents(workspace, package)?;
    }
    build(workspace, &packages, dirty, asked.registry.as_deref())?;
    let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    Ok(format!("built from their packages: {}", names.join(", ")))
}

/// Packages several crates at once with cargo, which builds each against the packages of the others.
pub(super) fn build(
    workspace: &Workspace,
    packages: &[&Package],
    dirty: bool,
    registry: Option<&str>,
) -> Result<(), Box<dyn Error>> {
    forget(workspace, packages)?;
    let mut arguments = vec!["package"];
    arguments.extend(packages.iter().flat_map(|package| ["--package", &package.name]));
    arguments.extend(registry.into_iter().flat_map(|registry| ["--registry", registry]));
    arguments.extend(dirty.then_some("--allow-dirty"));
    run_command("cargo", &arguments, &workspace.workspace_root)
}

/// Removes cargo's cached sources and libraries of a crate that others are built against. Cargo identifies such a crate
/// only by name and version, so it would reuse those of an earlier check.
fn forget(workspace: &Workspace, packages: &[&Package]) -> Result<(), Box<dyn Error>> {
    let needed =
        packages.iter().filter(|package| packages.iter().any(|other| other.needs().any(|need| need == package.name)));
    let needed: Vec<&Package> = needed.copied().collect();
    #[expect(clippy::disallowed_methods, reason = "it is cargo's own variable, and no crate's")]
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let sources = home.unwrap_or_default().join("registry/src");
    // A registry without a host is one that cargo created for itself.
    let is_local = |entry: &DirEntry| entry.file_name().to_string_lossy().starts_with('-');
    for entry in fs::read_dir(sources).into_iter().flatten().flatten().filter(is_local) {
        for Package { name, version, .. } in &needed {
            let unpacked = entry.path().join(format!("{name}-{version}"));
            if unpacked.exists() {
                fs::remove_dir_all(unpacked)?;
            }
        }
    }
    for package in &needed {
        output("cargo", &["clean", "--package", &package.name], &workspace.workspace_root)?;
    }
    Ok(())
}

fn contents(workspace: &Workspace, package: &Package) -> Result<(), Box<dyn Error>> {
    let name = &package.name;
    let arguments = ["package", "--list", "--allow-dirty", "--package", name];
    let list = output("cargo", &arguments, &workspace.workspace_root)?;
    if let Some(missing) = HELD.iter().find(|held| list.lines().all(|file| file != **held)) {
        return Err(format!(
            "{name}'s package has no {missing}: add it to the crate, and to `include` in its Cargo.toml"
        )
        .into());
    }
    if let Some(file) = list.lines().find(|file| LEFT_OUT.iter().any(|folder| file.starts_with(folder))) {
        return Err(format!("{name}'s package holds {file}: take it out of `include` in its Cargo.toml").into());
    }
    println!("  {name} {}: {} files", package.version, list.lines().count());
    Ok(())
}
