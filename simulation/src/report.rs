//! The figures, as tables in Markdown.

use std::fmt::Display;
use std::ops::Range;
use std::time::Duration;

use crate::fleet::Outcome;
use crate::scenario::Scenario;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The lines above the rows of [`whole`].
pub const WHOLE: [&str; 12] = [
    "whole time",
    "spans",
    "logins",
    "logins per span",
    "most requests in 1 s",
    "in 1 min",
    "in 1 h",
    "failed calls",
    "calls that waited",
    "longest wait",
    "dead credentials",
    "store operations per s, mean; most",
];

/// The lines above the rows of [`trouble`].
pub const TROUBLE: [&str; 9] = [
    "while it lasts",
    "lasts",
    "login requests",
    "most in 1 s",
    "in 1 min",
    "failed calls",
    "1st hour after: login requests",
    "failed calls",
    "2nd hour after: login requests",
];

/// The lines above the rows of [`limited`].
pub const LIMITED: [&str; 12] = [
    "under a limit",
    "requests and logins",
    "answered 429",
    "most in 1 min",
    "in 1 h",
    "use before: mean",
    "least hour",
    "while it lasts",
    "1st to 5th hour after",
    "longest wait",
    "longest time without a request of a process",
    "requests for a store operation",
];

/// Returns the row of one scenario, over its whole time and all its runs, or `None` if [`limited`] has it.
#[must_use]
pub fn whole(scenario: &Scenario, runs: &[Outcome]) -> Option<Vec<String>> {
    if !scenario.windows.is_empty() {
        return None;
    }
    let logins = |run: &Outcome| run.provider.logins.len();
    let requests = |run: &Outcome, span| run.provider.requests.most_in(span);
    let name = format!("{}, {} d", scenario.name, scenario.days);
    let mean = of(runs, |run| format!("{:.2}", count(run.load.operations) / scenario.span().as_secs_f64()));
    Some(vec![
        name,
        of(runs, |run| run.provider.spans),
        of(runs, logins),
        of(runs, |run| format!("{:.3}", count(logins(run) as u64) / count(run.provider.spans))),
        of(runs, |run| requests(run, SECOND)),
        of(runs, |run| requests(run, MINUTE)),
        of(runs, |run| requests(run, HOUR)),
        of(runs, |run| run.tally.failed.len() + run.tally.unhealed.len()),
        of(runs, |run| run.tally.waited),
        of(runs, |run| format!("{:.1} s", run.tally.longest.as_secs_f64())),
        of(runs, |run| run.tally.dead),
        format!("{mean}; {}", of(runs, |run| run.load.most)),
    ])
}

/// Returns the row of the fault and the two hours after it, or `None` if the scenario has no fault, or a limit.
#[must_use]
pub fn trouble(scenario: &Scenario, runs: &[Outcome]) -> Option<Vec<String>> {
    let part = |run: &Outcome| run.trouble.clone().unwrap_or_default();
    let after = |run: &Outcome, hours: u32| {
        let end = part(run).end;
        end + HOUR * (hours - 1)..end + HOUR * hours
    };
    let requests = |run: &Outcome, part: Range<Duration>| run.provider.requests.within(&part);
    let failed = |run: &Outcome, part: Range<Duration>| {
        run.tally.failed.within(&part).len() + run.tally.unhealed.within(&part).len()
    };
    runs.first().filter(|run| run.trouble.is_some() && scenario.windows.is_empty())?;
    Some(vec![
        scenario.name.to_owned(),
        of(runs, |run| format!("{} min", part(run).end.saturating_sub(part(run).start).as_secs() / 60)),
        of(runs, |run| requests(run, part(run)).len()),
        of(runs, |run| requests(run, part(run)).most_in(SECOND)),
        of(runs, |run| requests(run, part(run)).most_in(MINUTE)),
        of(runs, |run| failed(run, part(run))),
        of(runs, |run| requests(run, after(run, 1)).len()),
        of(runs, |run| failed(run, after(run, 1))),
        of(runs, |run| requests(run, after(run, 2)).len()),
    ])
}

/// Returns the row of a scenario with a limit of requests, or `None` if it has none.
#[must_use]
pub fn limited(scenario: &Scenario, runs: &[Outcome]) -> Option<Vec<String>> {
    let (limit, per) = *scenario.windows.first()?;
    let used = |run: &Outcome, from: Duration, hours: u32| {
        let requests = run.provider.allowed.within(&(from..from + per * hours)).len();
        count(requests as u64) / f64::from(limit * hours) * 100.0
    };
    // The first hour begins with a whole window that is free.
    let end = |run: &Outcome| run.trouble.as_ref().map_or(scenario.span(), |trouble| trouble.start);
    let before = |run: &Outcome| u32::try_from(end(run).as_secs() / per.as_secs()).unwrap_or(1).max(2) - 1;
    let least = |run: &Outcome| (1..=before(run)).map(|hour| used(run, per * hour, 1)).fold(100.0, f64::min);
    let after = |run: &Outcome| {
        let Some(trouble) = &run.trouble else { return String::new() };
        (0..5).map(|hour| format!("{:.0} %", used(run, trouble.end + per * hour, 1))).collect::<Vec<_>>().join(", ")
    };
    let during =
        |run: &Outcome| run.trouble.as_ref().map_or(String::new(), |trouble| percent(used(run, trouble.start, 1)));
    let minutes = |span: Duration| format!("{:.0} min", span.as_secs_f64() / 60.0);
    Some(vec![
        format!("{}, {} d", scenario.name, scenario.days),
        of(runs, |run| run.provider.allowed.len()),
        of(runs, |run| run.provider.limited.len()),
        of(runs, |run| run.provider.allowed.most_in(MINUTE)),
        of(runs, |run| run.provider.allowed.most_in(HOUR)),
        of(runs, |run| percent(used(run, per, before(run)))),
        of(runs, |run| percent(least(run))),
        of(runs, during),
        of(runs, after),
        of(runs, |run| minutes(run.tally.longest_for_permit)),
        of(runs, |run| minutes(run.provider.longest_pause)),
        of(runs, |run| format!("{:.1}", count(run.provider.allowed.len() as u64) / count(run.load.permits.max(1)))),
    ])
}

/// Returns the other counts, which explain the figures.
#[must_use]
pub fn besides(scenario: &Scenario, runs: &[Outcome]) -> String {
    let machines = of(runs, |run| run.provider.machines.len());
    let wrong = of(runs, |run| run.provider.wrong.len());
    let revocations = of(runs, |run| run.provider.revocations);
    let unauthorized = of(runs, |run| run.tally.unauthorized);
    let again = of(runs, |run| run.tally.again);
    let unhealed = of(runs, |run| run.tally.unhealed.len());
    let killed = of(runs, |run| run.provider.killed);
    let adopted = of(runs, |run| run.tally.adopted);
    let failures = of(runs, |run| run.tally.store_failures);
    let takeovers = of(runs, |run| run.load.takeovers);
    let calls = of(runs, |run| run.tally.calls);
    let in_vain = of(runs, |run| run.tally.waited_in_vain.as_secs());
    let denied = of(runs, |run| run.tally.denied);
    let permits = of(runs, |run| run.load.permits);
    format!(
        "{}: logins from {machines} machines, {calls} calls, {revocations} revocations, {unauthorized} calls were answered with a 401, {again} of them again, \
         {unhealed} of them to the end, \
         {wrong} wrong passwords sent, {killed} killed in their login, {adopted} credentials adopted, \
         {failures} failures of the store seen, {takeovers} leases taken over, \
         failed calls waited for {in_vain} s all together, {denied} calls had no permit in time, \
         {permits} operations on permits",
        scenario.name
    )
}

/// Formats a row of a table.
#[must_use]
pub fn row<T: Display>(cells: impl IntoIterator<Item = T>) -> String {
    cells.into_iter().fold("|".to_owned(), |row, cell| format!("{row} {cell} |"))
}

/// Formats the figure that all runs have, or the least and the most of them.
fn of<T: Display>(runs: &[Outcome], figure: impl Fn(&Outcome) -> T) -> String {
    let mut figures: Vec<String> = runs.iter().map(|run| figure(run).to_string()).collect();
    // Of two numbers of one format, the longer is the larger.
    figures.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    figures.dedup();
    match &figures[..] {
        [] => String::new(),
        [same] => same.clone(),
        [least, .., most] => format!("{least}..{most}"),
    }
}

fn percent(part: f64) -> String {
    format!("{part:.1} %")
}

#[expect(clippy::cast_precision_loss, reason = "it is printed with three digits")]
fn count(number: u64) -> f64 {
    number as f64
}
