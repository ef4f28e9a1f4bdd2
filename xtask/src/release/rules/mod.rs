//! Rules that decide which crate needs which release. They are pure functions of their input.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::Wish;
use super::api::INSTALL;
use super::level::{Level, breaks};
use super::look::Look;

/// The next step of a crate's release.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    Nothing,
    /// The crate changed, must follow crates whose new versions are breaking, or was never released.
    Due(Release),
    /// The crate is prepared.
    Ready,
    /// The crate is prepared, but its version is too low for its public API.
    TooLow(Level),
}

/// The next release of a crate.
#[derive(Debug, PartialEq)]
pub(crate) struct Release {
    /// `None` if it is the first release, or not known.
    pub(crate) level: Option<Level>,
    /// `None` if the level is not known.
    pub(crate) to: Option<Version>,
    /// The crates whose new versions are breaking, and so break the users of this one too.
    pub(crate) follows: Vec<(String, Version)>,
}

/// Returns the next step of each crate. Crates come after their dependencies.
pub(crate) fn steps(looks: &[Look], wishes: &BTreeMap<String, Wish>) -> Result<Vec<Step>, String> {
    let mut breaking: Vec<(String, Version)> = Vec::new();
    let mut steps = Vec::new();
    for look in looks {
        let follows = breaking.iter().filter(|(name, _)| look.needs.contains(name)).cloned().collect();
        let step = step(look, wishes.get(&look.name).unwrap_or(&Wish::Lowest), follows)?;
        if let Some(from) = &look.tagged {
            let to = match &step {
                Step::Nothing => None,
                Step::Due(release) => release.to.clone(),
                Step::Ready => Some(look.version.clone()),
                Step::TooLow(level) => Some(level.after(from)),
            };
            breaking.extend(to.filter(|to| breaks(from, to)).map(|to| (look.name.clone(), to)));
        }
        steps.push(step);
    }
    Ok(steps)
}

fn step(look: &Look, wish: &Wish, follows: Vec<(String, Version)>) -> Result<Step, String> {
    let name = &look.name;
    let least = if follows.is_empty() { look.demanded } else { Some(Level::Major) };
    let Some(tagged) = &look.tagged else {
        let to = if let Wish::Exact(exact) = wish { exact } else { &look.version };
        let first = Release { level: None, to: Some(to.clone()), follows: Vec::new() };
        return Ok(if look.prepared { Step::Ready } else { Step::Due(first) });
    };
    if look.prepared {
        let low = least.filter(|least| !least.allows(tagged, &look.version));
        return Ok(low.map_or(Step::Ready, Step::TooLow));
    }
    let after = |level: Level| level.after(tagged);
    let lowest = least.unwrap_or(Level::Patch);
    let (level, to) = match wish {
        Wish::Lowest | Wish::Level(_) if look.changed.is_empty() && follows.is_empty() => return Ok(Step::Nothing),
        Wish::Lowest => (least, least.map(after)),
        Wish::Level(level) if *level >= lowest => (Some(*level), Some(after(*level))),
        Wish::Exact(exact) if lowest.allows(tagged, exact) => (Some(lowest), Some(exact.clone())),
        Wish::Level(level) => {
            return Err(format!("{name} cannot be a {level} release: its changes are {lowest}; say {name}@{lowest}"));
        }
        Wish::Exact(exact) => return Err(format!("{name} {exact} is too low: say at least {name}@{}", after(lowest))),
    };
    let mut release = Release { level, to, follows };
    // A stable version must not require a pre-release.
    if let Some((other, version)) = release.follows.iter().find(|(_, version)| !version.pre.is_empty())
        && let Some(to) = release.to.as_mut().filter(|to| to.pre.is_empty())
    {
        if matches!(wish, Wish::Exact(_)) {
            return Err(format!("{name} {to} would require {other} {version}: say {name}@{to}-{}", version.pre));
        }
        to.pre = version.pre.clone();
    }
    Ok(Step::Due(release))
}

/// Returns the releases of the wanted crates, of those that must come first and of those that must follow.
pub(crate) fn releases<'a>(
    looks: &'a [Look],
    wishes: &BTreeMap<String, Wish>,
) -> Result<Vec<(&'a Look, Version, Release)>, String> {
    let steps = steps(looks, wishes)?;
    let mut chosen: BTreeSet<&str> = BTreeSet::new();
    for (Look { name, version, .. }, step) in
        looks.iter().zip(&steps).filter(|(look, _)| wishes.contains_key(&look.name))
    {
        match step {
            Step::Due(_) => chosen.insert(name),
            Step::Nothing => return Err(format!("{name} has not changed since {version}: leave it out")),
            _ => return Err(format!("{name} {version} is prepared already: tag it, or revert that commit first")),
        };
    }
    let missing = |chosen: &BTreeSet<&str>, (look, step): (&'a Look, &Step)| {
        let Step::Due(release) = step else { return None };
        let follows = release.follows.iter().any(|(name, _)| chosen.contains(name.as_str()));
        let is_needed = |other: &Look| chosen.contains(other.name.as_str()) && other.needs.contains(&look.name);
        let wanted = follows || looks.iter().any(is_needed);
        (wanted && !chosen.contains(look.name.as_str())).then_some(look.name.as_str())
    };
    while let Some(name) = looks.iter().zip(&steps).find_map(|pair| missing(&chosen, pair)) {
        chosen.insert(name);
    }
    let mut releases = Vec::new();
    for (look, step) in looks.iter().zip(steps).filter(|(look, _)| chosen.contains(look.name.as_str())) {
        let Step::Due(release) = step else { continue };
        let Some(to) = release.to.clone() else {
            let name = &look.name;
            return Err(format!(
                "the level that {name} needs is not known: {INSTALL}, or say {name}@patch, @minor or @major"
            ));
        };
        releases.push((look, to, release));
    }
    Ok(releases)
}

#[cfg(test)]
mod tests;
