//! The command `prepare`: versions, requirements, lock files, READMEs and changelogs of the next releases.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;

use semver::Version;
use time::OffsetDateTime;

use super::look::Look;
use super::rules::releases;
use super::{Wish, changelog, git, replace};
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, wishes: &BTreeMap<String, Wish>) -> Result<String, Box<dyn Error>> {
    println!("Writes versions, requirements, lock files, READMEs and changelogs. Commits nothing.");
    let root = &workspace.workspace_root;
    git::refuse_dirt(root)?;
    let looks = Look::all(workspace)?;
    let releases = releases(&looks, wishes)?;
    // All texts are complete before the first is written.
    let files = git::git(root, &["ls-files", "--", "*Cargo.toml", "*Cargo.lock", "*README*.md", "*CHANGELOG.md"])?;
    let read = |file: &str| fs::read_to_string(root.join(file)).map(|text| (file.to_string(), text));
    let old = files.lines().map(read).collect::<Result<BTreeMap<_, _>, _>>()?;
    let mut new = old.clone();
    #[expect(clippy::disallowed_methods, reason = "a release is dated by the day on which it is prepared")]
    let today = OffsetDateTime::now_utc().date().to_string();
    for (look, to, release) in &releases {
        let (name, from) = (&look.name, &look.version);
        println!("  {name} {} -> {to}", look.tagged.as_ref().map_or("first release".into(), ToString::to_string));
        let own = |file: &str| format!("crates/{name}/{file}");
        for (file, text) in new.iter_mut().filter(|(file, _)| !file.ends_with("CHANGELOG.md")) {
            *text = replace::versions(text, name, from, to);
            if file.contains("README") {
                *text = replace::notes(text);
            }
        }
        if !new.get(&own("Cargo.toml")).is_some_and(|text| text.contains(&replace::own_version(name, to))) {
            return Err(
                format!("{} needs `version = \"{from}\"` below its name: write it there", own("Cargo.toml")).into()
            );
        }
        let log = new.get_mut(&own("CHANGELOG.md")).ok_or(format!("git has no {}", own("CHANGELOG.md")))?;
        let line = |(name, version): &(String, Version)| format!("- Requires `{name}` {version}.");
        let more: Vec<String> = release.follows.iter().map(line).collect();
        *log = changelog::release(log, to, &today, &more.join("\n"))
            .map_err(|error| format!("{}: {error}", own("CHANGELOG.md")))?;
    }
    for (file, text) in new.iter().filter(|(file, text)| old.get(*file) != Some(text)) {
        println!("  writes {file}");
        fs::write(root.join(file), text)?;
    }
    let names: Vec<&str> = releases.iter().map(|(look, ..)| look.name.as_str()).collect();
    let (names, list) = (names.join(" "), names.join(", "));
    Ok(format!(
        "prepared; read it with `git diff`, then:\n  git commit --all --message \"Release {list}\"\n  cargo xtask release check {names}\n  cargo xtask release tag {names}"
    ))
}
