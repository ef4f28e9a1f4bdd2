//! The state of this workspace in git.

use std::error::Error;
use std::path::Path;

use semver::Version;

use crate::command::{answers, output, run};

/// The branch that releases come from.
const MAIN: &str = "main";

pub(crate) struct Git<'a> {
    root: &'a Path,
}

/// The branches on which a command may run.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    /// On main, or at a commit of main.
    Main,
    /// On main, or on a release branch.
    Release,
}

impl<'a> Git<'a> {
    pub(crate) fn new(root: &'a Path) -> Self {
        Self { root }
    }

    /// Refuses uncommitted files, and a branch that is not for releases.
    pub(crate) fn gate(&self, place: Place) -> Result<(), Box<dyn Error>> {
        let dirt = self.dirt()?;
        if !dirt.is_empty() {
            return Err(format!(
                "{} files are not committed:\n{}\ncommit them, or put them away with `git stash --include-untracked`, and run this again",
                dirt.lines().count(),
                dirt.trim_end(),
            )
            .into());
        }
        let branch = self.git(&["rev-parse", "--abbrev-ref", "HEAD"])?;
        match branch.trim() {
            MAIN => Ok(()),
            branch if place == Place::Release && branch.starts_with("release") => Ok(()),
            "HEAD" if self.is_part_of(MAIN) || self.is_part_of(&format!("origin/{MAIN}")) => Ok(()),
            "HEAD" => Err(format!("this commit is no part of {MAIN}: `git switch {MAIN}` and run this again").into()),
            branch if place == Place::Release => Err(format!(
                "this is the branch {branch}: `git switch {MAIN}`, or `git switch --create release-NAME {MAIN}` for a pull request, and run this again"
            )
            .into()),
            branch => {
                Err(format!("this is the branch {branch}: `git switch {MAIN}` and run this again").into())
            }
        }
    }

    /// Returns the files that differ from the last commit, one on each line.
    pub(crate) fn dirt(&self) -> Result<String, Box<dyn Error>> {
        self.git(&["status", "--porcelain"])
    }

    /// Returns the newest version of the crate that has a tag.
    pub(crate) fn tagged(&self, name: &str) -> Result<Option<Version>, Box<dyn Error>> {
        let tags = self.git(&["tag", "--list", &format!("{name}-v*")])?;
        Ok(newest(name, &tags))
    }

    /// Returns the commit of a tag, a branch or `HEAD`.
    pub(crate) fn commit(&self, of: &str) -> Option<String> {
        let commit = self.git(&["rev-parse", "--verify", "--quiet", &format!("{of}^{{commit}}")]).ok()?;
        Some(commit.trim().to_string())
    }

    pub(crate) fn tag(&self, tag: &str) -> Result<(), Box<dyn Error>> {
        run("git", &["tag", "--annotate", "--message", tag, tag], self.root)
    }

    /// Returns the files of a package that differ from a commit.
    pub(crate) fn changed(&self, since: &str, folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
        let folder = folder.strip_prefix(self.root).unwrap_or(folder).display();
        let parts = ["src", "examples", "Cargo.toml", "README.md", "build.rs"].map(|part| format!("{folder}/{part}"));
        let mut arguments = vec!["diff", "--name-only", since, "--"];
        arguments.extend(parts.iter().map(String::as_str));
        Ok(self.git(&arguments)?.lines().map(String::from).collect())
    }

    /// Returns the text of a file in a commit.
    pub(crate) fn file(&self, commit: &str, path: &str) -> Result<String, Box<dyn Error>> {
        self.git(&["show", &format!("{commit}:{path}")])
    }

    /// Returns the files in git that match a pattern.
    pub(crate) fn files(&self, pattern: &str) -> Result<Vec<String>, Box<dyn Error>> {
        Ok(self.git(&["ls-files", "--", pattern])?.lines().map(String::from).collect())
    }

    fn is_part_of(&self, branch: &str) -> bool {
        let root = self.root.display().to_string();
        answers("git", &["-C", &root, "merge-base", "--is-ancestor", "HEAD", branch])
    }

    fn git(&self, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        output("git", arguments, self.root)
    }
}

/// Returns the tag of a version.
pub(crate) fn tag_of(name: &str, version: &Version) -> String {
    format!("{name}-v{version}")
}

fn newest(name: &str, tags: &str) -> Option<Version> {
    let versions = tags.lines().filter_map(|tag| tag.strip_prefix(name)?.strip_prefix("-v"));
    versions.filter_map(|version| Version::parse(version).ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_tag_is_the_highest_version_and_not_the_last_in_the_alphabet() {
        let tags = "core-v0.9.0\ncore-v0.10.0\ncore-v0.2.0\ncore-vnext\n";
        assert_eq!(newest("core", tags), Some(Version::new(0, 10, 0)));
    }

    #[test]
    fn a_tag_of_another_crate_is_not_counted() {
        assert_eq!(newest("core", "core-v2-v0.9.0\n"), None);
        assert_eq!(newest("core", ""), None);
    }
}
