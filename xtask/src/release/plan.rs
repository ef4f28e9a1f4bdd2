//! The command `plan`: the changes, the level that the public API requires, and the crates that must follow.

use std::error::Error;

use super::git::{Git, Place, tag_of};
use super::level::Level;
use super::member::Member;
use super::rules::{Look, Step, steps};
use super::{Asked, api, changelog};
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, git: &Git, asked: &Asked) -> Result<String, Box<dyn Error>> {
    println!("Compares each published crate with its newest tag. Changes nothing.");
    if !asked.anywhere {
        git.gate(Place::Release)?;
    }
    let members = Member::all(workspace, git)?;
    let looks = looks(workspace, &members, |_| true)?;
    let steps = steps(&looks);
    println!("\n{:<18} {:<10} {:<7} {:<10} why", "crate", "tagged", "level", "next");
    for ((member, look), step) in members.iter().zip(&looks).zip(&steps) {
        println!("{}", row(member, look, step));
    }
    println!();
    let names = |wanted: fn(&Step) -> bool| {
        let chosen = looks.iter().zip(&steps).filter(|(_, step)| wanted(step));
        chosen.map(|(look, _)| look.name.as_str()).collect::<Vec<_>>().join(" ")
    };
    let low = names(|step| matches!(step, Step::TooLow(_)));
    if !low.is_empty() {
        return Err(format!("{low}: the prepared version is too low for what its public API demands; raise it").into());
    }
    let unknown = names(|step| matches!(step, Step::Due { level: None, .. }));
    let due = names(|step| matches!(step, Step::First | Step::Due { .. }));
    let ready = names(|step| *step == Step::Ready);
    let mut next = Vec::new();
    if !unknown.is_empty() {
        next.push(format!("the level of {unknown} is not known: {}, or give prepare a --level", api::INSTALL));
    }
    if !due.is_empty() {
        next.push(format!("next: cargo xtask release prepare {due}"));
    }
    if !ready.is_empty() {
        next.push(format!("prepared: cargo xtask release check {ready}, then publish {ready}"));
    }
    Ok(if next.is_empty() { "nothing to release".into() } else { next.join("\n") })
}

/// Returns the rules' input for each crate. The public API is checked only for crates that changed and that `ask`
/// names.
pub(super) fn looks(
    workspace: &Workspace,
    members: &[Member],
    ask: impl Fn(&str) -> bool,
) -> Result<Vec<Look>, Box<dyn Error>> {
    let installed = api::is_installed();
    let mut looks = Vec::new();
    for member in members {
        let name = &member.package.name;
        let mut demanded = None;
        if let Some(tagged) = member.tagged.as_ref().filter(|_| installed && !member.changed.is_empty() && ask(name)) {
            let level = api::demands(&workspace.workspace_root, name, &tag_of(name, tagged))?;
            demanded = Some(level.max(changelog::level(&member.changelog)));
        }
        looks.push(Look {
            name: name.clone(),
            version: member.package.version.clone(),
            tagged: member.tagged.clone(),
            prepared: member.is_prepared(),
            changed: !member.changed.is_empty(),
            needs: member.package.needs().map(String::from).collect(),
            demanded,
        });
    }
    Ok(looks)
}

fn row(member: &Member, look: &Look, step: &Step) -> String {
    let shown = |level: &Option<Level>| level.map_or("?".to_string(), |level| level.to_string());
    let tagged = look.tagged.as_ref().map_or("never".to_string(), ToString::to_string);
    let after = |level: &Option<Level>| match (level, &look.tagged) {
        (Some(level), Some(tagged)) => level.after(tagged).to_string(),
        _ => "?".into(),
    };
    let files = match &member.changed[..] {
        [] => "unchanged".to_string(),
        [only] => format!("changed: {only}"),
        [one, rest @ ..] => format!("changed: {one} and {} more", rest.len()),
    };
    let (level, next, why) = match step {
        Step::First => ("first".into(), look.version.to_string(), "its first release".into()),
        Step::Ready => ("-".into(), look.version.to_string(), "prepared, not tagged yet".into()),
        Step::TooLow(level) => {
            (level.to_string(), after(&Some(*level)), format!("prepared as {}, which is too low", look.version))
        }
        Step::Due { level, follows } if follows.is_empty() => (shown(level), after(level), files),
        Step::Due { level, follows } => {
            (shown(level), after(level), format!("must follow {}; {files}", follows.join(", ")))
        }
        Step::Nothing => ("-".into(), "-".into(), files),
    };
    format!("{:<18} {tagged:<10} {level:<7} {next:<10} {why}", look.name)
}
