//! The command `plan`: the changes, the level that the public API requires, and the crates that must follow.

use std::collections::BTreeMap;
use std::error::Error;

use semver::Version;

use super::api;
use super::look::Look;
use super::rules::{Step, steps};
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace) -> Result<String, Box<dyn Error>> {
    println!("Compares each published crate with its newest tag. Changes nothing.");
    let looks = Look::all(workspace)?;
    let steps = steps(&looks, &BTreeMap::new())?;
    println!("\n{:<18} {:<10} {:<7} {:<10} why", "crate", "tagged", "level", "next");
    looks.iter().zip(&steps).for_each(|(look, step)| println!("{}", row(look, step)));
    println!();
    let names = |wanted: fn(&Step) -> bool| {
        let chosen = looks.iter().zip(&steps).filter(|(_, step)| wanted(step));
        chosen.flat_map(|(look, _)| [" ", look.name.as_str()]).collect::<String>()
    };
    let low = names(|step| matches!(step, Step::TooLow(_)));
    if !low.is_empty() {
        return Err(format!("these prepared versions are too low for the public API, raise them:{low}").into());
    }
    let unknown = names(|step| matches!(step, Step::Due(release) if release.to.is_none()));
    let due = names(|step| matches!(step, Step::Due(_)));
    let ready = names(|step| *step == Step::Ready);
    let next = [
        (&unknown, format!("the level is not known of{unknown}: {}, or give prepare CRATE@LEVEL\n", api::INSTALL)),
        (&due, format!("next: cargo xtask release prepare{due}\n")),
        (&ready, format!("prepared: cargo xtask release check{ready}, then tag{ready}\n")),
    ];
    let next: String = next.into_iter().filter(|(names, _)| !names.is_empty()).map(|(_, line)| line).collect();
    Ok(if next.is_empty() { "nothing to release".into() } else { next.trim_end().into() })
}

fn row(look: &Look, step: &Step) -> String {
    let text = |version: &Option<Version>, missing: &str| version.as_ref().map_or(missing.into(), Version::to_string);
    let (mut level, mut next) = ("-".to_string(), look.version.to_string());
    let mut why = look.changed.first().map_or("unchanged".into(), |file| format!("changed: {file}"));
    if let Step::Due(release) = step {
        level = release.level.map_or("?".into(), |level| level.to_string());
        next = text(&release.to, "?");
        for (name, _) in &release.follows {
            why = format!("must follow {name}; {why}");
        }
    }
    format!("{:<18} {:<10} {level:<7} {next:<10} {why}", look.name, text(&look.tagged, "never"))
}
