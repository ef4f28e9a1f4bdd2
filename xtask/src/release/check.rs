//! The command `check`, which packages each crate alone and builds it from its package.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use super::{Wish, changelog};
use crate::command::{output, run as run_command};
use crate::workspace::{Package, Workspace};

/// Files that each package must contain.
const HELD: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

pub(super) fn run(workspace: &Workspace, wishes: &BTreeMap<String, Wish>) -> Result<String, Box<dyn Error>> {
    println!("Packages the crates, each after those that it needs, and builds each from its package. Changes nothing.");
    let mut packages = workspace.published();
    packages.retain(|package| wishes.is_empty() || wishes.contains_key(&package.name));
    for package in &packages {
        contents(workspace, package)?;
    }
    let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let flags: Vec<&str> = names.iter().flat_map(|name| ["--package", name]).collect();
    forget()?;
    output("cargo", &[&["clean"], &flags[..]].concat(), &workspace.workspace_root)?;
    run_command("cargo", &[&["package", "--allow-dirty"], &flags[..]].concat(), &workspace.workspace_root)?;
    Ok(format!("built from their packages: {}", names.join(", ")))
}

fn contents(workspace: &Workspace, package: &Package) -> Result<(), Box<dyn Error>> {
    let Package { name, version, .. } = package;
    let arguments = ["package", "--list", "--allow-dirty", "--package", name];
    let list = output("cargo", &arguments, &workspace.workspace_root)?;
    if let Some(missing) = HELD.iter().find(|held| list.lines().all(|file| file != **held)) {
        return Err(format!(
            "{name}'s package has no {missing}: add it to the crate, and to `include` in its Cargo.toml"
        )
        .into());
    }
    if let Some(test) = list.lines().find(|file| file.starts_with("tests/")) {
        return Err(
            format!("{name}'s package has {test}, which needs this workspace: leave it out of `include`").into()
        );
    }
    let read = |file| fs::read_to_string(package.folder().join(file));
    if changelog::tells_of(&read("CHANGELOG.md")?, version) && read("README.md")?.contains("path = \"../") {
        return Err(
            format!("{name}'s README depends on a crate by path, which its users do not have: give a version").into()
        );
    }
    println!("  {name} {version}: {} files", list.lines().count());
    Ok(())
}

/// Removes the sources that cargo unpacked in an earlier check. Cargo identifies a crate that others are built against
/// only by its name and version, so it would reuse them.
fn forget() -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "the variable is cargo's own, not a crate's")]
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let sources = fs::read_dir(home.unwrap_or_default().join("registry/src")).into_iter().flatten().flatten();
    // A registry without a host is one that cargo created for itself.
    for folder in sources.filter(|folder| folder.file_name().to_string_lossy().starts_with('-')) {
        fs::remove_dir_all(folder.path())?;
    }
    Ok(())
}
