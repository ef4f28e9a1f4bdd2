//! The command `cargo xtask release`, which releases each crate separately.

mod api;
mod changelog;
mod check;
mod git;
mod level;
mod manifest;
mod member;
mod plan;
mod prepare;
mod publish;
mod registry;
mod rules;

use std::collections::BTreeMap;
use std::error::Error;

use semver::Version;

use self::git::Git;
use self::level::Level;
use crate::workspace::Workspace;

pub(crate) const HELP: &str = "\
Releases each crate on its own, with a tag NAME-vX.Y.Z. In this order:

  cargo xtask release plan                 what changed since each crate's tag, the level that its public API demands
                                           (by cargo-semver-checks), and which crates must follow
  cargo xtask release prepare CRATE…       sets the versions, the requirements of those who depend on them, the lock
                                           files and READMEs, and moves each changelog's Unreleased section
  cargo xtask release check [CRATE…]       packages the crates, each after those that it needs, and builds each from
                                           its package alone
  cargo xtask release publish CRATE…       checks, tags and publishes, in order; what is there is skipped, so that it
                                           can be run again after an interruption

Each says first what it will do, and refuses files that are not committed and a branch other than main (prepare takes a
branch release… too). Nothing is pushed: publish prints the command that pushes the tags.

  --anywhere            plan, check: on any branch and with what is not committed; they change nothing
  --level LEVEL         prepare: patch, minor or major, where more is wanted than the API demands, or it is not known.
                        Before 1.0, major moves the second number, all else the third
  CRATE@VERSION         prepare: this very version
  --dry-run             publish: all but tags and uploads
  --registry NAME       check, publish: for a registry that cargo knows by this name, instead of the public one
  --tagged              publish: the crates whose tags stand on this commit, as the release workflow checks them
  --tags-only           publish: sets the tags alone, to be pushed for the release workflow
";

/// The arguments after the command.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Asked {
    crates: BTreeMap<String, Option<Version>>,
    level: Option<Level>,
    registry: Option<String>,
    anywhere: bool,
    which: Which,
    how: How,
}

/// The choice of the crates to publish.
#[derive(Debug, Default, PartialEq)]
enum Which {
    #[default]
    Named,
    /// The crates whose tags are on this commit.
    Tagged,
}

/// The extent of a publication.
#[derive(Debug, Default, PartialEq)]
enum How {
    #[default]
    Real,
    /// Everything except tags and uploads.
    Dry,
    TagsOnly,
}

pub(crate) fn run(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let (command, rest) = match arguments {
        [] | ["--help" | "-h" | "help", ..] => return Ok(HELP.trim_end().into()),
        [_, rest @ ..] if rest.iter().any(|argument| matches!(*argument, "--help" | "-h")) => {
            return Ok(HELP.trim_end().into());
        }
        [command, rest @ ..] => (*command, rest),
    };
    let asked = Asked::of(command, rest)?;
    let workspace = Workspace::load()?;
    let git = Git::new(&workspace.workspace_root);
    match command {
        "plan" => plan::run(&workspace, &git, &asked),
        "prepare" => prepare::run(&workspace, &git, &asked),
        "check" => check::run(&workspace, &git, &asked),
        _ => publish::run(&workspace, &git, &asked),
    }
}

impl Asked {
    fn of(command: &str, rest: &[&str]) -> Result<Self, Box<dyn Error>> {
        let options: &[&str] = match command {
            "plan" => &["--anywhere"],
            "check" => &["--anywhere", "--registry"],
            "prepare" => &["--level"],
            "publish" => &["--dry-run", "--registry", "--tagged", "--tags-only"],
            other => {
                return Err(
                    format!("there is no release command {other:?}; cargo xtask release --help lists them").into()
                );
            }
        };
        let mut asked = Self::default();
        let mut rest = rest.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().ok_or(format!("{argument} needs a value; cargo xtask release --help"));
            match *argument {
                option if option.starts_with('-') && !options.contains(&option) => {
                    return Err(
                        format!("{command} has no option {option}; cargo xtask release --help lists them").into()
                    );
                }
                "--anywhere" => asked.anywhere = true,
                "--dry-run" => asked.how = How::Dry,
                "--tagged" => asked.which = Which::Tagged,
                "--tags-only" => asked.how = How::TagsOnly,
                "--level" => asked.level = Some(Level::parse(value()?)?),
                "--registry" => asked.registry = Some((*value()?).to_string()),
                _ if command == "plan" => return Err("plan takes no crate: it shows all".into()),
                name => {
                    let (name, version) =
                        name.split_once('@').map_or((name, None), |(name, version)| (name, Some(version)));
                    if version.is_some() && command != "prepare" {
                        return Err(format!("{command} takes a crate without a version: {name}").into());
                    }
                    asked.crates.insert(name.into(), version.map(Version::parse).transpose()?);
                }
            }
        }
        Ok(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_may_carry_an_exact_version_for_prepare_alone() {
        let asked = Asked::of("prepare", &["core@1.0.0", "store", "--level", "minor"]).unwrap();
        assert_eq!(asked.crates["core"], Some(Version::new(1, 0, 0)));
        assert_eq!(asked.crates["store"], None);
        assert_eq!(asked.level, Some(Level::Minor));
        assert!(Asked::of("publish", &["core@1.0.0"]).is_err());
    }

    #[test]
    fn an_option_of_another_command_is_refused() {
        assert!(
            Asked::of("publish", &["core", "--anywhere"]).unwrap_err().to_string().contains("no option --anywhere")
        );
        assert!(Asked::of("prepare", &["core", "--level"]).is_err());
        assert!(Asked::of("plan", &["core"]).is_err());
        assert!(Asked::of("plans", &[]).is_err());
    }
}
