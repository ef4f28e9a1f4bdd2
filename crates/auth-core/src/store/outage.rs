//! The witnesses of a provider's outage, and what they decide. It has no clock, no I/O and no lock.
//!
//! A failed login without a usable answer may have its cause in one machine's network. So it holds nobody back, until
//! logins from two machines have failed within two minutes: then one process at a time tries, for all.

#[cfg(test)]
use std::hash::{Hash, Hasher};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The time for which a failed login is evidence, and for which a process believes one report.
///
/// It is longer than the longest cooldown and the login after it, so that failed probes follow each other within it.
pub(super) const EVIDENCE: Duration = Duration::from_secs(120);
/// The longest pause between two probes while callers wait, and the time after which a held back process asks the store
/// again. The end of an outage is noticed this much later.
pub(super) const MAX_PAUSE: Duration = Duration::from_secs(2);
/// The minimum time by which a renewal is deferred.
const MIN_DEFERRAL: Duration = Duration::from_secs(1);

/// A failed login, the machine that sent it, and the time since then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Witness {
    machine: u64,
    age: Duration,
}

/// The last failed logins of at most two machines, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Witnesses(Vec<Witness>);

impl Witnesses {
    /// Returns true if two machines have seen the outage.
    pub(super) fn agree(&self) -> bool {
        self.0.len() > 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the witnesses that still count after this time, whatever another process wrote.
    pub(super) fn after(&self, passed: Duration) -> Self {
        let mut kept: Vec<Witness> = Vec::new();
        for &Witness { machine, age } in &self.0 {
            let age = age.saturating_add(passed);
            if age <= EVIDENCE && kept.len() < 2 && kept.iter().all(|witness| witness.machine != machine) {
                kept.push(Witness { machine, age });
            }
        }
        Self(kept)
    }

    /// Adds a login that failed now. A process that does not know its machine is no witness.
    pub(super) fn with(&self, machine: Option<u64>) -> Self {
        let Some(machine) = machine else { return self.clone() };
        let mut witnesses = vec![Witness { machine, age: Duration::ZERO }];
        witnesses.extend(self.0.iter().filter(|witness| witness.machine != machine).take(1));
        Self(witnesses)
    }
}

/// An outage as the store reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Report {
    /// Those that still count.
    pub(super) witnesses: Witnesses,
    /// The rest of the pause after the last failed login, for which renewals wait.
    pub(super) pause: Duration,
    /// The rest of it for processes whose callers wait, if the outage is shared.
    pub(super) probe_in: Duration,
    /// The number of consecutive failures that the next one adds to.
    pub(super) failed: u32,
}

impl Report {
    /// Returns the same report after this time.
    pub(super) fn after(&self, passed: Duration) -> Self {
        let rest = |pause: Duration| pause.saturating_sub(passed);
        let (pause, probe_in) = (rest(self.pause), rest(self.probe_in));
        Self { witnesses: self.witnesses.after(passed), pause, probe_in, failed: self.failed }
    }

    /// Adds a login that failed now.
    pub(super) fn seen_from(mut self, machine: Option<u64>) -> Self {
        self.witnesses = self.witnesses.with(machine);
        self
    }

    /// Returns the pause after a failed probe, half of which is jitter, or `None` if the outage is not shared.
    pub(super) fn probe_pause(&self, jitter: f64) -> Option<Duration> {
        self.witnesses.agree().then(|| MAX_PAUSE.mul_f64(0.5 + jitter / 2.0))
    }

    /// Returns the time for which a login is deferred, or `None` if it is sent.
    ///
    /// `left` is the remaining lifetime of the credential that a renewal replaces, or `None` if callers wait. `is_held`
    /// is true if another process holds the lease.
    pub(super) fn deferral(&self, left: Option<Duration>, is_held: bool) -> Option<Duration> {
        let renewal = max_deferral(self.pause, left);
        if renewal.is_some() || !self.witnesses.agree() {
            return renewal;
        }
        match self.probe_in {
            Duration::ZERO if is_held => Some(MAX_PAUSE),
            Duration::ZERO => None,
            pause => Some(pause),
        }
    }
}

/// Returns the part of a pause that a renewal can wait, or `None` if callers wait or soon will.
pub(super) fn max_deferral(pause: Duration, left: Option<Duration>) -> Option<Duration> {
    Some(pause.min(left? / 4)).filter(|pause| *pause >= MIN_DEFERRAL)
}

/// The newest report of an outage that this process has seen, and the end of its belief in it.
///
/// A store may repeat one report for ever, or an older one. Neither holds this process back for longer.
#[derive(Clone, Debug, Default)]
pub(super) struct Belief {
    fence: u64,
    until: Duration,
}

impl Belief {
    /// Hashes it with times relative to `now`, and with the rank of its fence.
    #[cfg(test)]
    pub(super) fn hash_at<H: Hasher>(&self, now: Duration, rank: &mut dyn FnMut(u64) -> u64, into: &mut H) {
        (rank(self.fence), self.until.saturating_sub(now)).hash(into);
    }

    /// Returns true if a report with this fence is believed at this monotonic time.
    pub(super) fn holds(&mut self, fence: u64, now: Duration) -> bool {
        if fence > self.fence {
            *self = Self { fence, until: now.saturating_add(EVIDENCE) };
        }
        fence == self.fence && now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MINUTE: Duration = Duration::from_secs(60);

    /// Returns the witnesses after failed logins of these machines, a second apart.
    fn seen(machines: &[u64]) -> Witnesses {
        machines.iter().fold(Witnesses::default(), |seen, machine| seen.after(SECOND).with(Some(*machine)))
    }

    fn report(machines: &[u64], pause: Duration) -> Report {
        Report { witnesses: seen(machines), pause, probe_in: pause.min(MAX_PAUSE), failed: 3 }
    }

    #[test]
    fn s11_machines_agree_if_two_of_them_failed_within_two_minutes() {
        assert!(!seen(&[]).agree() && !seen(&[7]).agree() && !seen(&[7, 7, 7]).agree());
        assert!(seen(&[7, 8]).agree() && seen(&[7, 8, 8, 8]).agree() && seen(&[7, 8, 9]).agree());
        assert!(!seen(&[7]).with(None).agree(), "an unknown machine is no witness");
        let both = seen(&[7, 8]);
        assert!(both.after(EVIDENCE.saturating_sub(SECOND)).agree());
        assert!(!both.after(EVIDENCE).agree(), "the first is a second older");
        assert!(!both.after(EVIDENCE).with(Some(8)).agree());
        assert!(both.after(EVIDENCE).with(Some(7)).agree());
    }

    #[test]
    fn s11_a_report_that_names_one_machine_twice_or_lies_about_ages_is_one_witness() {
        let twice = Witnesses(vec![Witness { machine: 7, age: Duration::ZERO }; 9]);
        assert!(!twice.after(Duration::ZERO).agree());
        let old = Witness { machine: 8, age: Duration::MAX };
        assert!(!Witnesses(vec![Witness { machine: 7, age: SECOND }, old]).after(SECOND).agree());
    }

    #[test]
    fn s11_one_machine_defers_only_renewals_that_can_wait() {
        let one = report(&[7, 7], MINUTE);
        assert_eq!(one.deferral(None, false), None);
        assert_eq!(one.deferral(None, true), None);
        assert_eq!(one.deferral(Some(SECOND * 40), false), Some(SECOND * 10));
        assert_eq!(one.deferral(Some(SECOND * 3), false), None);
    }

    #[test]
    fn s12_the_pause_after_a_failed_probe_is_one_to_two_seconds() {
        assert_eq!(report(&[7], MINUTE).probe_pause(1.0), None);
        assert_eq!(
            [0.0, 1.0].map(|jitter| report(&[7, 8], MINUTE).probe_pause(jitter)),
            [Some(SECOND), Some(MAX_PAUSE)]
        );
    }

    #[test]
    fn s12_during_a_shared_pause_and_a_probe_all_others_are_held_back() {
        let two = report(&[7, 8], SECOND);
        assert_eq!(two.deferral(None, false), Some(SECOND));
        assert_eq!(report(&[7, 8], MINUTE).deferral(None, false), Some(MAX_PAUSE), "only renewals wait longer");
        let over = two.after(SECOND);
        assert_eq!(over.deferral(None, true), Some(MAX_PAUSE), "another process probes");
        assert_eq!(over.deferral(None, false), None, "this process probes");
        assert_eq!(two.after(EVIDENCE).deferral(None, true), None);
        assert_eq!(report(&[7, 8], MINUTE).deferral(Some(SECOND * 40), false), Some(SECOND * 10), "a renewal can wait");
    }

    #[test]
    fn s13_a_report_is_believed_for_two_minutes_and_an_older_one_not_at_all() {
        let mut belief = Belief::default();
        assert!(belief.holds(5, SECOND) && belief.holds(5, EVIDENCE));
        assert!(!belief.holds(5, SECOND + EVIDENCE));
        assert!(belief.holds(6, MINUTE * 3));
        assert!(!belief.holds(5, MINUTE * 3) && belief.holds(6, MINUTE * 3));
    }
}
