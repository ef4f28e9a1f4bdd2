//! The rules of one step of a process, checked against what is true of its fleet.

use std::time::Duration;

use super::fleet::{Fleet, Kind};
use super::process::{Asking, Held, Stage};
use super::rules::Rule;
use super::sealed::{opened, opened_failure};
use super::steps::PROBE_PAUSE;
use super::world::{EVIDENCE, LATEST, LIFETIME, MAX_WAIT, MINUTE, World};
use crate::cache::decision::Reason;
use crate::store::acquisition::{Cause, Circumstances, Doubt, Step};
use crate::store::contract::{Acquire, Found};

/// The shortest pause between two tries of a shared outage.
const MIN_PAUSE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(5);
/// A record that has less time than this need not be adopted.
const GOOD_FOR: Duration = Duration::from_secs(6);

/// The circumstances of a step.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) asking: &'a Asking,
    pub(super) request: &'a Acquire,
    pub(super) found: Option<&'a Found>,
    pub(super) at: Circumstances,
}

/// Checks a step against what is true, which the process cannot know.
pub(super) fn check(world: &mut World, fleet: &Fleet, index: usize, seen: &Seen<'_>, step: &Step<Held, bool>) {
    let Seen { asking, request, found, at } = *seen;
    let (now, reason, is_honest) = (world.now, asking.reason, fleet.is_honest());
    let mut broken = world.broken;
    let process = &world.processes[index];
    let truth = |login: u8| world.logins[usize::from(login)];
    let record = found.and_then(|found| found.record.as_ref());
    let current = process.serves(now).filter(|_| reason == Reason::Proactive).map(|held| truth(held.login));
    if let Some(record) = record.filter(|record| is_honest && record.fence > request.min_fence) {
        let offered = truth(opened(record).unwrap_or_default());
        let is_good = now + GOOD_FOR < offered.sent + LIFETIME;
        // A record that came late may seem to expire as much later.
        let is_later = current.is_none_or(|current| current.sent + LATEST < offered.sent);
        let rule = if reason == Reason::Look { Rule::S9 } else { Rule::Adopts };
        broken.unless(!is_good || !is_later || matches!(step, Step::Adopt(_)), rule);
    }
    let logs_in = matches!(step, Step::LogIn { .. } | Step::LogInAlone(_));
    broken.unless(reason != Reason::Look || !logs_in && !matches!(step, Step::Defer { .. }), Rule::S9);
    let cooldown = found.and_then(|found| found.cooldown.as_ref()).filter(|_| !asking.ignores_cooldown);
    if let Some((failure, left)) = cooldown.and_then(|cooldown| Some((opened_failure(cooldown)?, cooldown.left))) {
        let forbids = !failure.is_passing() && failure.pause(left).is_some();
        broken.unless(!forbids || !matches!(step, Step::LogIn { .. }), Rule::P7);
        let report = failure.report(left);
        // A report that comes after a newer one is not believed.
        let is_shared = is_honest && report.witnesses.agree() && failure.fence == process.believed.0;
        let is_early = world.failed_at.is_some_and(|failed| now < failed + MIN_PAUSE);
        broken.unless(!is_shared || !is_early || !matches!(step, Step::LogIn { .. }), Rule::S12);
        if let Step::Defer { cause: Cause::Cooldown(true), pause, .. } = step {
            let can_wait = at.time_left.is_some_and(|left| *pause <= left / 4);
            let (newest, since) = process.believed;
            let is_believed = failure.fence == newest && now < since + EVIDENCE;
            broken.unless(can_wait || is_believed, Rule::S13);
            broken.unless(can_wait || !is_honest || world.is_shared_outage(), Rule::S11);
            broken.unless(can_wait || *pause <= PROBE_PAUSE, Rule::S12);
        }
    }
    let others = world.processes.iter().enumerate().filter(|(other, _)| *other != index);
    let mut holders = others.filter_map(|(_, process)| match &process.stage {
        Stage::LoggingIn { refresh, .. } | Stage::Answered { refresh, .. } => {
            Some((refresh.lease?.fence, refresh.since))
        }
        _ => None,
    });
    match step {
        Step::Adopt(held) => {
            let is_bound = record.is_some_and(|record| opened(record) == Some(held.login));
            broken.unless(is_bound && held.fence > request.min_fence, Rule::S6);
            broken.unless(held.fence > process.fence(), Rule::S6);
            broken.unless(process.invalidated & (1 << held.login) == 0, Rule::P11);
            if is_honest {
                broken.unless(now < truth(held.login).expires, Rule::P1);
                let current = current.map_or(Duration::ZERO, |current| current.sent);
                broken.unless(truth(held.login).sent >= current, Rule::Later);
            }
        }
        Step::LogIn { takes_over: true, .. } => {
            broken.unless(!fleet.single_session, Rule::Session);
            let holder = holders.find(|(fence, _)| Some(*fence) == request.take_over);
            let is_early = holder.is_some_and(|(_, since)| now < since + PATIENCE);
            broken.unless(!is_early || !is_honest || fleet.kinds.contains(&Kind::Flush), Rule::Patience);
        }
        Step::LogIn { .. } => {
            let no_faults = world.faults == fleet.faults && process.left_behind.is_none() && is_honest;
            broken.unless(!no_faults || holders.all(|(fence, _)| fence <= world.taken_over), Rule::OneLogin);
        }
        Step::LogInAlone(doubt) => {
            let is_early = *doubt == Doubt::EndlessHolder && now < asking.since + MAX_WAIT;
            broken.unless(!is_early, Rule::Patience);
            broken.unless((*doubt == Doubt::NoAnswer) == found.is_none(), Rule::OneLogin);
        }
        Step::Wait { .. } => {
            let held_by = found.and_then(|found| found.held_by);
            broken.unless(held_by.is_none() || held_by != process.left_behind || !is_honest, Rule::LeftBehind);
        }
        Step::Defer { cause, pause, .. } => {
            let is_due = match cause {
                // Rules S11 to S13 say when an outage defers callers.
                Cause::Cooldown(is_passing) => !is_passing || *pause <= PROBE_PAUSE,
                Cause::SlowHolder => fleet.single_session,
                Cause::EndlessHolder => false,
            };
            broken.unless(reason == Reason::Proactive || is_due, Rule::S5);
            let is_short = at.time_left.is_some_and(|left| *pause <= left / 4);
            broken.unless(is_due || is_short, Rule::Passing);
            broken.unless(*pause <= MINUTE * 31, Rule::Bound);
        }
        Step::Ask | Step::FoundNothing { .. } => {}
    }
    world.broken = broken;
}
