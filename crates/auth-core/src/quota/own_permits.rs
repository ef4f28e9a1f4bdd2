//! The permits that this process was granted, and those that it grants itself: its part of the quota while nobody else
//! counts.

use std::time::Duration;

use super::exchange::{Ended, Spent, Take, Taken, millis};
use super::ledger::Ledger;
use super::part::Part;
use super::terms::Quota;

/// The number of processes with a store that has not said how many there are.
const UNKNOWN_PROCESSES: u32 = 10;
/// An outage is one of the whole fleet when it lasts longer. A shorter one may be this process's own.
const CONFIRMED: Duration = Duration::from_secs(4);

/// Everything that this process was granted, by its own clock, and what it knows of the others.
#[derive(Debug, Default)]
pub(super) struct Own {
    ledger: Ledger,
    /// The permits that the store has not counted: the end of their use, and their number.
    spent: Vec<(u64, u32)>,
    /// The part of this process.
    part: Part,
    /// True while the machine's part includes that of this process.
    has_machine: bool,
    /// The permits that this part, and that of the machine, have not counted.
    untold: [Untold; 2],
    known: Option<Known>,
    outage: Option<Outage>,
}

/// The last answer of the store.
#[derive(Debug)]
struct Known {
    at: Duration,
    /// The time until which its record exists, whether or not a process asks again.
    kept_until: Duration,
}

/// The time since the store failed, or lost its record.
#[derive(Debug)]
struct Outage {
    begun: Duration,
    /// True if it has failed for so long that it fails for all processes.
    is_confirmed: bool,
}

/// The permits since the last report to a part, or all if there was none since the last answer.
#[derive(Debug, Default)]
struct Untold(Option<Vec<(u64, u32)>>);

impl Own {
    /// Records the permit of a login.
    pub(super) fn login(&mut self, quota: &Quota, now: Duration, has_store: bool) {
        let now = time(now);
        self.ledger.record(now, (now, now), 1, &quota.whole());
        self.untold.iter_mut().for_each(|untold| untold.add(now, 1));
        if has_store {
            self.spent.push((now, 1));
        }
    }

    /// Records an answer of the store, and returns the name of its permits here.
    pub(super) fn learn(&mut self, quota: &Quota, now: Duration, hold: Duration, taken: &Taken) -> u64 {
        self.known = Some(Known { at: now, kept_until: now.saturating_add(taken.kept_for) });
        self.divide(quota, now, taken);
        self.untold = Default::default();
        self.ledger.tidy(time(now), &quota.whole(), millis(quota.longest()));
        self.record(quota, now, hold, taken)
    }

    /// Records permits, and returns their name here.
    fn record(&mut self, quota: &Quota, now: Duration, hold: Duration, taken: &Taken) -> u64 {
        let start = now.saturating_add(taken.starts_in);
        let span = (time(start), time(start.saturating_add(hold)));
        self.ledger.record(time(now), span, taken.count, &quota.whole())
    }

    /// Records how many processes there are and what is left to them: if nobody counts any more, each has its part.
    fn divide(&mut self, quota: &Quota, now: Duration, taken: &Taken) {
        let answer = Taken { processes: taken.processes.max(quota.processes.unwrap_or(1)), ..*taken };
        self.part = Part::default();
        self.part.learn(time(now), 0, millis(quota.longest()), &answer);
        self.untold[0] = Untold::default();
    }

    /// Records what became of permits.
    pub(super) fn end(&mut self, quota: &Quota, now: Duration, ended: Ended) {
        self.ledger.end(time(now), &quota.whole(), ended);
    }

    /// Records a pause, or the state of a window, that the provider reported.
    pub(super) fn observe(&mut self, quota: &Quota, now: Duration, take: &Take, has_store: bool) {
        self.begin(quota, now, has_store);
        // The provider has counted what the part does not know yet. With a store, its first question reports that.
        let spent = if has_store { Vec::new() } else { self.tell(0, quota, now) };
        self.part.observe(time(now), &Take { windows: quota.whole(), spent, ..take.clone() });
    }

    /// Returns the permits that the store has not counted, and how many entries they have here.
    pub(super) fn spent(&mut self, quota: &Quota, now: Duration) -> (Vec<Spent>, usize) {
        let longest = millis(quota.longest());
        self.spent.retain(|(end, _)| end.saturating_add(longest) > time(now));
        (listed(quota, now, &self.spent), self.spent.len())
    }

    /// Returns true if the store has not counted all permits.
    pub(super) fn has_spent(&self) -> bool {
        !self.spent.is_empty()
    }

    /// Removes the first entries, which the store has counted.
    pub(super) fn is_counted(&mut self, entries: usize) {
        self.spent.drain(..entries.min(self.spent.len()));
    }

    /// Returns the time since the store answered last, if its record must exist since then.
    pub(super) fn knows(&self, quota: &Quota, now: Duration) -> Duration {
        let kept = |known: &&Known| now.saturating_add(quota.longest() / 10) < known.kept_until;
        self.known.as_ref().filter(kept).map_or(Duration::ZERO, |known| now.saturating_sub(known.at))
    }

    /// Returns the number of processes that share the quota, if it is known.
    pub(super) fn processes(&self, quota: &Quota) -> Option<u32> {
        self.part.of().max(quota.processes)
    }

    /// Returns true if this process has asked a store before.
    pub(super) fn has_asked(&self) -> bool {
        self.known.is_some()
    }

    /// Records that the store fails. Returns true if it has failed for so long that it fails for all processes.
    pub(super) fn fails(&mut self, now: Duration) -> bool {
        let outage = self.outage.get_or_insert(Outage { begun: now, is_confirmed: false });
        outage.is_confirmed |= now.saturating_sub(outage.begun) >= CONFIRMED;
        outage.is_confirmed
    }

    /// Records that the store lost its record: it learns everything that this process used.
    pub(super) fn lost(&mut self, quota: &Quota, now: Duration) {
        self.fails(now);
        let (longest, everything) = (millis(quota.longest()), self.ledger.spent(time(now), &quota.whole()));
        let end = |spent: &Spent| time(now).saturating_add(millis(spent.left)).saturating_sub(longest);
        self.spent = everything.iter().map(|spent| (end(spent), spent.count)).collect();
    }

    /// Returns true if the store has failed for so long that other processes have sent without it.
    pub(super) fn was_alone(&self) -> bool {
        self.outage.as_ref().is_some_and(|outage| outage.is_confirmed)
    }

    /// Records that the store counts again.
    pub(super) fn recovers(&mut self) {
        self.outage = None;
    }

    /// Returns the report to the machine's part: the permits that it has not counted.
    pub(super) fn tell_machine(&mut self, quota: &Quota, now: Duration) -> Vec<Spent> {
        self.tell(1, quota, now)
    }

    /// Records an answer of the machine's part, and returns the name of its permits here.
    pub(super) fn learn_from_machine(&mut self, quota: &Quota, now: Duration, hold: Duration, taken: &Taken) -> u64 {
        self.has_machine = true;
        self.record_unknown(quota, now, hold, taken, true)
    }

    /// Records whether the machine's part includes that of this process.
    pub(super) fn joins_machine(&mut self, has_machine: bool) {
        self.has_machine = has_machine;
    }

    /// Records that the machine has no part, or that its files fail. If they had this process's part, others may have
    /// used it.
    pub(super) fn loses_machine(&mut self, quota: &Quota, now: Duration) {
        self.untold[1] = Untold::default();
        if std::mem::take(&mut self.has_machine) {
            let processes = self.processes(quota).unwrap_or(UNKNOWN_PROCESSES);
            self.divide(quota, now, &Taken { processes, ..Taken::default() });
        }
    }

    /// Takes permits from this process's part, and returns them with their name in the own ledger.
    pub(super) fn take(&mut self, quota: &Quota, now: Duration, take: Take, has_store: bool) -> (Taken, u64) {
        self.begin(quota, now, has_store);
        let (hold, spent) = (take.hold, self.tell(0, quota, now));
        let taken = self.part.grant(time(now), &Take { process: 0, spent, ..take }).unwrap_or_default();
        let name = self.record_unknown(quota, now, hold, &taken, has_store);
        (taken, name)
    }

    /// Records permits that the store has not counted.
    fn record_unknown(&mut self, quota: &Quota, now: Duration, hold: Duration, taken: &Taken, has_store: bool) -> u64 {
        self.ledger.tidy(time(now), &quota.whole(), millis(quota.longest()));
        let name = self.record(quota, now, hold, taken);
        if has_store && taken.count > 0 {
            self.spent.push((name, taken.count));
        }
        name
    }

    /// Divides the quota among the processes that there probably are, if nobody has counted them.
    fn begin(&mut self, quota: &Quota, now: Duration, has_store: bool) {
        if self.part.of().is_none() {
            let processes = quota.processes.unwrap_or(if has_store { UNKNOWN_PROCESSES } else { 1 });
            self.divide(quota, now, &Taken { processes, left: u32::MAX, ..Taken::default() });
        }
    }

    /// Returns the permits that a part has not counted: all, the first time after an answer of the store.
    fn tell(&mut self, part: usize, quota: &Quota, now: Duration) -> Vec<Spent> {
        match self.untold[part].0.replace(Vec::new()) {
            Some(untold) => listed(quota, now, &untold),
            None => self.ledger.spent(time(now), &quota.whole()),
        }
    }
}

impl Untold {
    fn add(&mut self, end: u64, count: u32) {
        if let Some(untold) = self.0.as_mut().filter(|_| count > 0) {
            untold.push((end, count));
        }
    }
}

/// Returns permits with the time for which they still count.
fn listed(quota: &Quota, now: Duration, permits: &[(u64, u32)]) -> Vec<Spent> {
    let (now, windows, mut ledger) = (time(now), quota.whole(), Ledger::default());
    for (end, count) in permits {
        ledger.record(now, (*end, *end), *count, &windows);
    }
    ledger.spent(now, &windows)
}

/// Returns the time of the own ledger. It begins long before the client, because windows reach back.
fn time(now: Duration) -> u64 {
    const BEGINNING: u64 = 400 * 24 * 3600 * 1000;
    millis(now).saturating_add(BEGINNING)
}
