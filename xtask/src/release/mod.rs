//! The command `cargo xtask release`, which versions and tags each crate separately. Cargo uploads them: `.ci/publish`.

mod api;
mod changelog;
mod check;
mod git;
mod level;
mod look;
mod plan;
mod prepare;
mod replace;
mod rules;
mod tag;

use std::collections::BTreeMap;
use std::error::Error;

use semver::Version;

use self::level::Level;
use crate::command::refuse_tokens;
use crate::workspace::Workspace;

pub(crate) const HELP: &str = "\
Releases each crate on its own, with a tag NAME-vX.Y.Z. In this order:

  cargo xtask release plan             shows what changed since each crate's tag, the level that its public API demands
                                       (by cargo-semver-checks, and by what it re-exports), and which crates must follow
  cargo xtask release prepare CRATE…   writes versions, requirements, lock files, READMEs and changelogs, also of crates
                                       that must come first or must follow; commits nothing
  cargo xtask release check [CRATE…]   packages the crates, and builds each from its package
  cargo xtask release tag CRATE…       sets the tags of prepared crates, on a commit of main; pushes nothing
  bash .ci/publish                     uploads the crates whose tags point to this commit, and skips what the registry
                                       has; the workflow `release` runs it too

prepare takes CRATE@LEVEL (patch, minor or major) where more is wanted than the API demands or it is not known, and
CRATE@VERSION for exactly this version. Before 1.0, major moves the second number, all else the third.
";

/// The version that a person wants for a crate.
#[derive(Debug, PartialEq)]
pub(crate) enum Wish {
    /// The lowest one that its changes allow.
    Lowest,
    Level(Level),
    Exact(Version),
}

pub(crate) fn run(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let Some((command, crates)) = arguments.split_first() else { return Ok(HELP.trim_end().into()) };
    if arguments.iter().any(|argument| matches!(*argument, "--help" | "-h" | "help")) {
        return Ok(HELP.trim_end().into());
    }
    let wishes = wishes(command, crates)?;
    refuse_tokens()?;
    let workspace = Workspace::load()?;
    let names: Vec<&str> = workspace.published().iter().map(|package| package.name.as_str()).collect();
    if let Some(stranger) = wishes.keys().find(|name| !names.contains(&name.as_str())) {
        return Err(format!("there is no crate {stranger} to release; there are {}", names.join(", ")).into());
    }
    match *command {
        "plan" => plan::run(&workspace),
        "prepare" => prepare::run(&workspace, &wishes),
        "check" => check::run(&workspace, &wishes),
        _ => tag::run(&workspace, &wishes),
    }
}

/// Reads the crates of a command, each with the version that is wanted for it.
fn wishes(command: &str, crates: &[&str]) -> Result<BTreeMap<String, Wish>, String> {
    match (command, crates) {
        ("plan", [_, ..]) => return Err("plan takes no crate: it shows all".into()),
        ("prepare" | "tag", []) => {
            return Err(format!("name the crates to {command}; cargo xtask release plan shows which"));
        }
        ("plan" | "prepare" | "check" | "tag", _) => {}
        _ => return Err(format!("there is no release command {command:?}; cargo xtask release --help")),
    }
    let wish = |argument: &&str| match argument.split_once('@') {
        _ if argument.starts_with('-') => {
            Err(format!("{command} has no option {argument}; cargo xtask release --help"))
        }
        Some((name, _)) if command != "prepare" => Err(format!("{command} takes a crate without a version: {name}")),
        None => Ok(((*argument).to_string(), Wish::Lowest)),
        Some((name, wanted)) => {
            let exact = || Version::parse(wanted).map(Wish::Exact);
            let wish = Level::parse(wanted).map_or_else(exact, |level| Ok(Wish::Level(level)));
            wish.map(|wish| (name.to_string(), wish))
                .map_err(|error| format!("{argument}: give patch, minor, major or a version: {error}"))
        }
    };
    crates.iter().map(wish).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prepare_takes_a_level_or_an_exact_version_for_each_crate() {
        let wishes = wishes("prepare", &["core@1.0.0", "store@minor", "other"]).unwrap();
        assert_eq!(wishes["core"], Wish::Exact(Version::new(1, 0, 0)));
        assert_eq!(wishes["store"], Wish::Level(Level::Minor));
        assert_eq!(wishes["other"], Wish::Lowest);
    }

    #[test]
    fn arguments_that_a_command_does_not_take_are_refused() {
        let refused = |command, crates: &[&str]| wishes(command, crates).unwrap_err();
        assert!(refused("tag", &["core@1.0.0"]).contains("without a version"));
        assert!(refused("prepare", &["core@huge"]).contains("give patch, minor, major or a version"));
        assert!(refused("prepare", &[]).contains("name the crates"));
        assert!(refused("check", &["--fast"]).contains("no option --fast"));
        assert!(refused("plan", &["core"]).contains("takes no crate"));
        assert!(refused("plans", &[]).contains("no release command"));
    }
}
