//! The state of this workspace in git.

use std::error::Error;
use std::path::Path;

use semver::Version;

use crate::command::output;

/// Runs git in the workspace and returns its output.
pub(crate) fn git(root: &Path, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    output("git", arguments, root)
}

/// Refuses files that are not committed.
pub(crate) fn refuse_dirt(root: &Path) -> Result<(), Box<dyn Error>> {
    let dirt = git(root, &["status", "--porcelain"])?;
    if dirt.is_empty() {
        return Ok(());
    }
    Err(format!("files are not committed:\n{dirt}commit them, or put them away with `git stash --include-untracked`")
        .into())
}

/// Refuses a commit that is not part of main.
pub(crate) fn refuse_branch(root: &Path) -> Result<(), Box<dyn Error>> {
    let holds = |main: &&str| git(root, &["merge-base", "--is-ancestor", "HEAD", main]).is_ok();
    if ["main", "origin/main"].iter().any(holds) {
        return Ok(());
    }
    Err("this commit is not part of main: merge it, then `git switch main`".into())
}

/// Returns the newest version of the crate that has a tag.
pub(crate) fn tagged(root: &Path, name: &str) -> Result<Option<Version>, Box<dyn Error>> {
    Ok(newest(name, &git(root, &["tag", "--list", &format!("{name}-v*")])?))
}

/// Returns the commit of a tag or of `HEAD`.
pub(crate) fn commit(root: &Path, of: &str) -> Option<String> {
    Some(git(root, &["rev-parse", "--verify", "--quiet", &format!("{of}^{{commit}}")]).ok()?.trim().into())
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
