//! The knowledge that a client has of its account in the store: fences and failures. It is plain data.

#[cfg(test)]
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::acquisition::{Acquisition, Circumstances};
use super::outage::{Belief, Report};
use super::stored_failure::StoredFailure;
use crate::cache::decision::Reason;
use crate::cache::obtain::FailureCounts;

/// A fence of zero means none.
#[derive(Clone, Debug, Default)]
pub(super) struct Knowledge {
    /// The newest fence whose credential was invalidated.
    invalidated: u64,
    /// The same fence until its record is removed from the store.
    to_remove: u64,
    /// The fence of the lease that a login of this client holds, or held when its task was dropped.
    held: u64,
    /// The fence of the credential that was handed out last under this key.
    issued: u64,
    /// True if the next login ignores a cooldown, because the secrets were replaced.
    ignore_cooldown: bool,
    /// The numbers of consecutive refused logins and of other failures, here or in other processes.
    failures: FailureCounts,
    /// The newest outage that others reported.
    belief: Belief,
}

impl Knowledge {
    /// Starts an acquisition. A look consumes nothing, so the next login still ignores the cooldown.
    pub(super) fn acquire(
        &mut self,
        owner: [u8; 16],
        current: u64,
        reason: Reason,
        single_session: bool,
    ) -> Acquisition {
        let only_looks = reason == Reason::Look;
        let ignores_cooldown = !only_looks && self.take_ignore_cooldown();
        let left_behind = Some(self.held).filter(|fence| *fence != 0);
        Acquisition::new(owner, self.known(current), only_looks, single_session, left_behind, ignores_cooldown)
    }

    /// Hashes it with times relative to `now`, and with the rank of each fence instead of the fence.
    #[cfg(test)]
    pub(super) fn hash_at<H: Hasher>(&self, now: Duration, rank: &mut dyn FnMut(u64) -> u64, into: &mut H) {
        let Self { invalidated, to_remove, held, issued, ignore_cooldown, failures, belief } = self;
        belief.hash_at(now, rank, into);
        ([invalidated, to_remove, held, issued].map(|fence| rank(*fence)), ignore_cooldown, failures).hash(into);
    }

    /// Records that the credential with this fence is handed out.
    pub(super) fn issues(&mut self, fence: u64) {
        self.issued = self.issued.max(fence);
    }

    /// Returns the fence of a credential, or zero if it came from another key.
    pub(super) fn known(&self, fence: u64) -> u64 {
        if fence <= self.issued { fence } else { 0 }
    }

    /// Records that the credential with this fence was invalidated.
    pub(super) fn invalidate(&mut self, fence: u64) {
        let fence = self.known(fence);
        self.invalidated = self.invalidated.max(fence);
        self.to_remove = self.to_remove.max(fence);
    }

    /// Returns the newest fence whose credential was invalidated.
    pub(super) fn invalidated(&self) -> u64 {
        self.invalidated
    }

    /// Returns true if an invalidated record has yet to be removed.
    pub(super) fn has_removal(&self) -> bool {
        self.to_remove != 0
    }

    /// Takes the fence of an invalidated record that has yet to be removed.
    pub(super) fn take_removal(&mut self) -> Option<u64> {
        Some(std::mem::take(&mut self.to_remove)).filter(|fence| *fence != 0)
    }

    /// Records that a removal was not confirmed.
    pub(super) fn keep_removal(&mut self, fence: u64) {
        self.to_remove = self.to_remove.max(fence);
    }

    /// Records the fence of the lease that a login of this client holds. Zero means none.
    pub(super) fn hold(&mut self, fence: u64) {
        self.held = fence;
    }

    pub(super) fn clear_cooldown(&mut self) {
        self.ignore_cooldown = true;
        self.failures = (0, 0);
    }

    /// Returns true once if the next login ignores a cooldown.
    pub(super) fn take_ignore_cooldown(&mut self) -> bool {
        std::mem::take(&mut self.ignore_cooldown)
    }

    /// Learns of another process's failure, given the remaining time of its cooldown in the store.
    ///
    /// Returns the pause for which it defers this process, and the outage that it reports, as far as this process
    /// believes it. The pause is `None` if it is over and the failure is only remembered, or if the failure may be local
    /// to another machine and this is no renewal that can wait.
    pub(super) fn honor(
        &mut self,
        failure: &StoredFailure,
        left: Duration,
        is_held: bool,
        at: Circumstances,
    ) -> (Option<Duration>, Report) {
        self.failures = (self.failures.0.max(failure.refused), self.failures.1.max(failure.failed));
        let mut report = failure.report(left);
        if report.witnesses.agree() && !self.belief.holds(failure.fence, at.now.mono) {
            report = Report::default();
        }
        let pause = if failure.is_passing() { report.deferral(at.time_left, is_held) } else { failure.pause(left) };
        (pause, report)
    }

    /// Returns the counts of consecutive failures that a failed login continues.
    ///
    /// The cooldown of a process whose callers wait is not lengthened by the outages that others met.
    pub(super) fn failures_before(&self, reason: Reason) -> FailureCounts {
        let (refused, failed) = self.failures;
        (refused, if reason == Reason::Proactive { failed } else { 0 })
    }

    pub(super) fn set_failures(&mut self, failures: FailureCounts) {
        self.failures = failures;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::error::{Error, ErrorKind};
    use crate::store::outage::EVIDENCE;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn clearing_the_cooldown_forgets_the_failures_of_the_old_secrets() {
        let mut known = Knowledge::default();
        known.set_failures((2, 3));
        known.clear_cooldown();
        assert_eq!(known.failures_before(Reason::Proactive), (0, 0));
    }

    #[test]
    fn a_look_leaves_a_cleared_cooldown_to_the_next_login() {
        let mut known = Knowledge::default();
        known.clear_cooldown();
        for (reason, ignores) in [(Reason::Look, false), (Reason::Cold, true), (Reason::Cold, false)] {
            let mut acquisition = known.acquire([1; 16], 0, reason, false);
            assert_eq!(acquisition.request(0).ignore_cooldown, ignores, "{reason:?}");
        }
    }

    #[test]
    fn an_older_401_leaves_the_newer_record_to_be_removed() {
        let mut known = Knowledge::default();
        known.issues(5);
        known.invalidate(5);
        known.invalidate(3);
        assert_eq!(known.invalidated(), 5);
        assert_eq!((known.take_removal(), known.take_removal()), (Some(5), None));
    }

    #[test]
    fn a_credential_of_another_key_invalidates_and_removes_nothing() {
        let mut known = Knowledge::default();
        known.issues(3);
        known.invalidate(57);
        assert_eq!((known.known(57), known.known(3), known.invalidated()), (0, 3, 0));
        assert!(!known.has_removal());
    }

    #[test]
    fn s13_a_report_that_a_store_repeats_defers_a_process_for_two_minutes_at_most() {
        let report = Report::default().seen_from(Some(7)).seen_from(Some(8));
        let error = Error::new(ErrorKind::Unavailable, "down");
        let failure = StoredFailure::of(&error, MINUTE, (0, 4), false, &report, 3).unwrap();
        let mut known = Knowledge::default();
        let mut honor = |after| {
            let at = Circumstances { now: Moment::default().plus(after), time_left: None, jitter: 0.0 };
            known.honor(&failure, failure.kept_for(), false, at)
        };
        let (pause, report) = honor(Duration::ZERO);
        assert!(pause.is_some() && report.witnesses.agree());
        assert!(honor(EVIDENCE.saturating_sub(MINUTE)).0.is_some());
        assert_eq!(honor(EVIDENCE), (None, Report::default()));
        assert_eq!(known.failures_before(Reason::Proactive), (0, 4), "its failures still count for a renewal");
        assert_eq!(known.failures_before(Reason::Cold), (0, 0));
    }
}
