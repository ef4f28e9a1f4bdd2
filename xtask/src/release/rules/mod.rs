//! Rules that decide which crate needs which release. They are pure functions of their input.

use std::collections::BTreeMap;

use semver::Version;

use super::level::{Level, breaks};

/// The rules' input about a crate.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) name: String,
    /// The version in the manifest.
    pub(crate) version: Version,
    /// The newest version that has a tag.
    pub(crate) tagged: Option<Version>,
    /// True if the version in the manifest is prepared and has no tag yet.
    pub(crate) prepared: bool,
    pub(crate) changed: bool,
    /// The crates of this workspace that it depends on, and whose types its users see.
    pub(crate) needs: Vec<String>,
    /// The lowest level that its public API and its changelog allow, if known.
    pub(crate) demanded: Option<Level>,
}

/// The next step of a crate's release.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// The crate has no tag yet.
    First,
    /// The crate is prepared.
    Ready,
    /// The crate is prepared, but its version is too low for its public API.
    TooLow(Level),
    /// The crate changed, or must follow crates whose new versions are breaking.
    Due {
        level: Option<Level>,
        follows: Vec<String>,
    },
    Nothing,
}

/// Returns the next step of each crate. Crates come after their dependencies.
pub(crate) fn steps(looks: &[Look]) -> Vec<Step> {
    let mut breaking: Vec<&str> = Vec::new();
    let mut steps = Vec::new();
    for look in looks {
        let step = step(look, &breaking);
        let breaks_users = match &step {
            Step::Ready => look.tagged.as_ref().is_some_and(|tagged| breaks(tagged, &look.version)),
            Step::TooLow(level) => *level == Level::Major,
            Step::Due { level, .. } => *level == Some(Level::Major),
            Step::First | Step::Nothing => false,
        };
        if breaks_users {
            breaking.push(&look.name);
        }
        steps.push(step);
    }
    steps
}

fn step(look: &Look, breaking: &[&str]) -> Step {
    let follows: Vec<String> = look.needs.iter().filter(|need| breaking.contains(&need.as_str())).cloned().collect();
    match (&look.tagged, look.demanded) {
        (None, _) if look.prepared => Step::Ready,
        (None, _) => Step::First,
        (Some(tagged), Some(level)) if look.prepared && level.after(tagged) > look.version => Step::TooLow(level),
        (Some(_), _) if look.prepared => Step::Ready,
        (Some(_), _) if !follows.is_empty() => Step::Due { level: Some(Level::Major), follows },
        (Some(_), level) if look.changed => Step::Due { level, follows },
        (Some(_), _) => Step::Nothing,
    }
}

/// The next version of a crate.
#[derive(Debug, PartialEq)]
pub(crate) struct Release {
    pub(crate) name: String,
    pub(crate) from: Option<Version>,
    pub(crate) to: Version,
    /// The crates whose new versions are breaking, and so break the users of this one too.
    pub(crate) follows: Vec<(String, Version)>,
}

/// Returns the versions of the wanted crates, some of them at an exact version. The error gives the reason and the
/// remedy.
pub(crate) fn releases(
    looks: &[Look],
    wanted: &BTreeMap<String, Option<Version>>,
    level: Option<Level>,
) -> Result<Vec<Release>, String> {
    if let Some(stranger) = wanted.keys().find(|name| looks.iter().all(|look| look.name != **name)) {
        let names: Vec<&str> = looks.iter().map(|look| look.name.as_str()).collect();
        return Err(format!("there is no crate {stranger} to release; there are {}", names.join(", ")));
    }
    let mut releases: Vec<Release> = Vec::new();
    for look in looks {
        let Some(exact) = wanted.get(&look.name) else { continue };
        let breaking = releases.iter().filter(|other| other.from.as_ref().is_some_and(|from| breaks(from, &other.to)));
        let follows = breaking.filter(|other| look.needs.contains(&other.name));
        let follows: Vec<(String, Version)> = follows.map(|other| (other.name.clone(), other.to.clone())).collect();
        let to = next(look, exact.as_ref(), level, !follows.is_empty())?;
        releases.push(Release { name: look.name.clone(), from: look.tagged.clone(), to, follows });
    }
    complete(looks, wanted, &releases)?;
    Ok(releases)
}

fn next(look: &Look, exact: Option<&Version>, level: Option<Level>, follows: bool) -> Result<Version, String> {
    let Look { name, version, .. } = look;
    if look.prepared {
        return Err(format!("{name} {version} is prepared already: publish it, or take that commit back first"));
    }
    let Some(tagged) = &look.tagged else { return Ok(exact.unwrap_or(version).clone()) };
    let least = if follows { Some(Level::Major) } else { look.demanded };
    if let Some(exact) = exact {
        let least = least.unwrap_or(Level::Patch);
        let enough = exact > tagged && *exact >= least.after(tagged);
        return if enough {
            Ok(exact.clone())
        } else {
            Err(format!(
                "{name} {exact} is too low after {tagged}: its changes are {least}, at least {}",
                least.after(tagged)
            ))
        };
    }
    if !look.changed && !follows {
        return Err(format!("{name} has not changed since {tagged}: leave it out"));
    }
    match (level, least) {
        (_, Some(_)) if follows => Ok(Level::Major.after(tagged)),
        (Some(level), Some(least)) if level < least => Err(format!(
            "{name} cannot be a {level} release: its changes are {least}; say --level {least}, or leave --level out"
        )),
        (Some(level), _) | (None, Some(level)) => Ok(level.after(tagged)),
        (None, None) => Err(format!("what {name} needs is not known: say --level patch, minor or major")),
    }
}

/// Refuses a release without a crate that must follow or must come first.
fn complete(looks: &[Look], wanted: &BTreeMap<String, Option<Version>>, releases: &[Release]) -> Result<(), String> {
    let left_out = |look: &&Look| !wanted.contains_key(&look.name) && !look.prepared;
    let with = |names: &[&str]| {
        let all = looks.iter().map(|look| look.name.as_str());
        let all = all.filter(|name| wanted.contains_key(*name) || names.contains(name));
        format!("cargo xtask release prepare {}", all.collect::<Vec<_>>().join(" "))
    };
    for Release { name, from, to, .. } in releases {
        let behind = looks.iter().filter(|look| look.tagged.is_some() && look.needs.contains(name)).filter(left_out);
        let behind: Vec<&str> = behind.map(|look| look.name.as_str()).collect();
        if from.as_ref().is_some_and(|from| breaks(from, to)) && !behind.is_empty() {
            let names = behind.join(", ");
            return Err(format!("{name} {to} breaks its users, and {names} must follow: {}", with(&behind)));
        }
        let needs = looks.iter().find(|look| look.name == *name).map_or(&[][..], |look| &look.needs);
        let first = looks.iter().filter(|look| needs.contains(&look.name) && (look.changed || look.tagged.is_none()));
        let first: Vec<&str> = first.filter(left_out).map(|look| look.name.as_str()).collect();
        if !first.is_empty() {
            return Err(format!("{name} stands on unreleased changes of {}: {}", first.join(", "), with(&first)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
