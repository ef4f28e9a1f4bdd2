//! The release level that a crate's public API requires, according to cargo-semver-checks.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use super::level::Level;
use crate::command::answers;

/// The command that installs the tool.
pub(crate) const INSTALL: &str = "cargo install --locked cargo-semver-checks";

pub(crate) fn is_installed() -> bool {
    answers("cargo", &["semver-checks", "--version"])
}

/// Returns the lowest level that the changes of the public API since a tag allow.
pub(crate) fn demands(root: &Path, name: &str, tag: &str) -> Result<Level, Box<dyn Error>> {
    let arguments = ["semver-checks", "--package", name, "--baseline-rev", tag, "--release-type", "patch"];
    println!("$ cargo {}", arguments.join(" "));
    let output = Command::new("cargo").args(arguments).env("CARGO_TERM_COLOR", "never").current_dir(root).output()?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    match read(&said, output.status.success()) {
        Some(Level::Patch) => Ok(Level::Patch),
        Some(level) => {
            println!("{}", said.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"));
            Ok(level)
        }
        None => Err(format!("cargo-semver-checks could not compare {name} with {tag}:\n{}", said.trim()).into()),
    }
}

fn read(said: &str, success: bool) -> Option<Level> {
    if said.contains("requires new major version") {
        Some(Level::Major)
    } else if said.contains("requires new minor version") {
        Some(Level::Minor)
    } else {
        success.then_some(Level::Patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_summary_is_its_demand() {
        let major = "     Summary semver requires new major version: 1 major and 2 minor checks failed\n";
        assert_eq!(read(major, false), Some(Level::Major));
        let minor = "     Summary semver requires new minor version: 0 major and 1 minor checks failed\n";
        assert_eq!(read(minor, false), Some(Level::Minor));
        assert_eq!(read("     Summary no semver update required\n", true), Some(Level::Patch));
    }

    #[test]
    fn a_tool_that_fails_for_another_reason_demands_nothing_that_could_be_known() {
        assert_eq!(read("error: running cargo-doc failed\n", false), None);
    }
}
