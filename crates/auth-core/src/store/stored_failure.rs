//! The stored form of a failed login.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::outage::{EVIDENCE, MAX_PAUSE, Report, Witnesses};
use crate::error::{Error, ErrorKind};

/// A failed login that all processes should know of.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredFailure {
    limited: bool,
    /// True if the cause may be in that machine alone: its network, or its proxy.
    passing: bool,
    message: String,
    status: Option<u16>,
    code: Option<String>,
    said: Option<String>,
    pause: Duration,
    /// The time for which the failure is remembered after the pause, so that the pause after a second refused login is
    /// longer.
    memory: Duration,
    /// The number of consecutive refused logins.
    pub(crate) refused: u32,
    /// The number of other consecutive failures.
    pub(crate) failed: u32,
    /// The machines that saw the outage. An older process writes none.
    #[serde(default)]
    witnesses: Witnesses,
    /// The fence of the lease under which the login failed, by which a repeated or older report is known.
    #[serde(default)]
    pub(super) fence: u64,
}

/// The minimum time for which a refused login is remembered. It is longer than any cooldown, so that scripts that run
/// now and then back off as one process does.
const MEMORY: Duration = Duration::from_secs(3600);
/// The longest pause after an outage, whatever a record says.
const LONGEST_OUTAGE_PAUSE: Duration = Duration::from_secs(60);

impl StoredFailure {
    /// Returns the failure in its stored form, or `None` if it does not concern other processes: its cause is in this
    /// process's configuration.
    ///
    /// `renews`: no caller waits. `before`: the outage as it was known before, with this process as a witness.
    pub(super) fn of(
        error: &Error,
        cooldown: Duration,
        (refused, failed): (u32, u32),
        renews: bool,
        before: &Report,
        fence: u64,
    ) -> Option<Self> {
        let (limited, passing) = match error.kind() {
            ErrorKind::LoginRefused => (false, false),
            ErrorKind::RateLimited => (true, false),
            ErrorKind::Unavailable => (false, true),
            _ => return None,
        };
        let witnesses = if passing { before.witnesses.clone() } else { Witnesses::default() };
        let (pause, failed) = match (passing, renews) {
            (false, _) | (true, true) => (cooldown, failed),
            (true, false) if witnesses.agree() => (cooldown.min(MAX_PAUSE), failed),
            (true, false) if witnesses.is_empty() => return None,
            // The cause may be in this machine's network, so the others learn of it and go on.
            (true, false) => (before.pause, before.failed),
        };
        let memory = match (refused, passing) {
            (0, true) if witnesses.is_empty() => pause,
            (0, true) => pause.max(EVIDENCE),
            (0, false) => Duration::ZERO,
            _ => pause.max(MEMORY),
        };
        Some(Self {
            limited,
            passing,
            message: error.message().to_owned(),
            status: error.status(),
            code: error.provider_code().map(str::to_owned),
            said: error.provider_message().map(str::to_owned),
            pause,
            memory,
            refused,
            failed,
            witnesses,
            fence,
        })
    }

    /// Returns the outage that the failure reports, given the remaining time in the store. Any other failure
    /// reports nothing.
    pub(super) fn report(&self, left: Duration) -> Report {
        if !self.passing {
            return Report::default();
        }
        let passed = self.kept_for().saturating_sub(left);
        let pause = self.pause(left).unwrap_or_default().min(LONGEST_OUTAGE_PAUSE);
        let probe_in = self.pause.min(MAX_PAUSE).saturating_sub(passed);
        Report { witnesses: self.witnesses.after(passed), pause, probe_in, failed: self.failed }
    }

    /// Returns the time for which the store keeps the failure.
    pub(crate) fn kept_for(&self) -> Duration {
        self.pause.saturating_add(self.memory)
    }

    /// Returns the time for which no login may be sent, given the remaining time in the store, or `None` if the failure
    /// is only remembered.
    pub(crate) fn pause(&self, left: Duration) -> Option<Duration> {
        let pause = left.saturating_sub(self.memory).min(self.pause);
        (!pause.is_zero()).then_some(pause)
    }

    /// Returns true if the failure may be an outage. It defers renewals, which can wait, and logins only as
    /// [`report`](Self::report) says.
    pub(crate) fn is_passing(&self) -> bool {
        self.passing
    }

    pub(crate) fn error(self) -> Error {
        let kind = match self {
            Self { limited: true, .. } => ErrorKind::RateLimited,
            Self { passing: true, .. } => ErrorKind::Unavailable,
            Self { .. } => ErrorKind::LoginRefused,
        };
        let error = Error::new(kind, self.message);
        match (self.status, &self.said) {
            (Some(status), _) => error.with_answer(status, self.code, self.said),
            (None, Some(said)) => error.with_provider_message(said),
            (None, None) => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);

    fn refusal(kind: ErrorKind, pause: Duration, in_a_row: (u32, u32)) -> StoredFailure {
        let before = Report { witnesses: Witnesses::default().with(Some(7)), ..Report::default() };
        StoredFailure::of(&Error::new(kind, "no"), pause, in_a_row, true, &before, 3).expect("it concerns others")
    }

    /// A script that runs every quarter of an hour must learn that its password was refused before.
    #[test]
    fn a_refusal_is_remembered_for_an_hour_after_its_pause_or_for_as_long_again() {
        for kind in [ErrorKind::LoginRefused, ErrorKind::RateLimited] {
            assert_eq!(refusal(kind, MINUTE, (1, 0)).kept_for(), MINUTE + HOUR, "{kind:?}");
            assert_eq!(refusal(kind, 2 * HOUR, (1, 0)).kept_for(), 4 * HOUR, "{kind:?}");
        }
        let after_a_refusal = refusal(ErrorKind::Unavailable, MINUTE, (1, 1));
        assert_eq!(after_a_refusal.kept_for(), MINUTE + HOUR, "an outage forgets no refusal");
    }

    /// The next renewal that fails gets a longer pause, and it is sent only after this one.
    #[test]
    fn a_passing_failure_is_remembered_for_two_minutes_and_a_limit_for_none() {
        assert_eq!(refusal(ErrorKind::Unavailable, MINUTE, (0, 1)).kept_for(), 3 * MINUTE);
        assert_eq!(refusal(ErrorKind::RateLimited, MINUTE, (0, 1)).kept_for(), MINUTE);
    }

    /// A store may keep the failure for longer than requested, and a clock may be set back.
    #[test]
    fn no_login_is_held_back_for_longer_than_the_pause_whatever_the_store_says() {
        let refusal = refusal(ErrorKind::LoginRefused, MINUTE, (1, 0));
        for (left, pause) in [
            (Duration::MAX, Some(MINUTE)),
            (24 * HOUR, Some(MINUTE)),
            (HOUR + MINUTE, Some(MINUTE)),
            (HOUR + MINUTE / 2, Some(MINUTE / 2)),
            (HOUR, None),
            (Duration::ZERO, None),
        ] {
            assert_eq!(refusal.pause(left), pause, "{left:?}");
        }
    }

    fn outage(renews: bool, before: &Report) -> Option<StoredFailure> {
        let error = Error::new(ErrorKind::Unavailable, "down").with_answer(503, None, None);
        StoredFailure::of(&error, MINUTE, (0, 4), renews, before, 3)
    }

    /// An older process honors its pause and its count alone, and so it must have none.
    #[test]
    fn s11_the_failure_of_one_machine_has_no_pause_unless_it_met_a_renewal() {
        let alone = Report::default().seen_from(Some(7));
        let note = outage(false, &alone).unwrap();
        assert_eq!((note.pause(note.kept_for()), note.failed, note.is_passing()), (None, 0, true));
        assert_eq!(note.report(note.kept_for()), alone);
        assert!(outage(false, &Report::default()).is_none(), "an unknown machine is no witness");
        let renewal = outage(true, &alone).unwrap();
        assert_eq!((renewal.pause(renewal.kept_for()), renewal.failed), (Some(MINUTE), 4));
        // A later failure of a waiting caller leaves the pause of the renewals as it was.
        let later = renewal.report(renewal.kept_for().saturating_sub(MINUTE / 4)).seen_from(Some(7));
        let note = outage(false, &later).unwrap();
        assert_eq!((note.pause(note.kept_for()), note.failed), (Some(MINUTE * 3 / 4), 4));
    }

    #[test]
    fn s12_the_failure_of_two_machines_has_a_pause_of_two_seconds_at_most() {
        let both = Report::default().seen_from(Some(7)).seen_from(Some(8));
        let shared = outage(false, &both).unwrap();
        assert_eq!((shared.pause(shared.kept_for()), shared.failed), (Some(MAX_PAUSE), 4));
        let report = shared.report(shared.kept_for().saturating_sub(MAX_PAUSE));
        assert!(report.witnesses.agree() && report.pause.is_zero());
        assert_eq!(shared.error().status(), Some(503));
    }

    #[test]
    fn s12_a_renewal_that_failed_holds_back_other_renewals_longer_than_waiting_callers() {
        let both = Report::default().seen_from(Some(7)).seen_from(Some(8));
        let renewal = outage(true, &both).unwrap();
        let report = renewal.report(renewal.kept_for().saturating_sub(MAX_PAUSE));
        assert_eq!((report.pause, report.deferral(None, false)), (MINUTE.saturating_sub(MAX_PAUSE), None));
        assert_eq!(report.deferral(Some(HOUR), false), Some(report.pause));
        assert_eq!(renewal.report(renewal.kept_for()).deferral(None, false), Some(MAX_PAUSE));
    }

    #[test]
    fn s13_a_report_of_any_pause_holds_back_for_a_minute_at_most() {
        let both = Report::default().seen_from(Some(7)).seen_from(Some(8));
        let liar = StoredFailure { pause: HOUR * 1_000, ..outage(false, &both).unwrap() };
        for left in [Duration::MAX, liar.kept_for()] {
            assert_eq!(liar.report(left).pause, MINUTE);
        }
    }

    #[test]
    fn a_failure_that_an_older_process_wrote_is_read_and_has_no_witnesses() {
        let text = r#"{"limited":false,"passing":true,"message":"down","status":503,"code":null,"said":null,
            "pause":{"secs":60,"nanos":0},"memory":{"secs":60,"nanos":0},"refused":0,"failed":1}"#;
        let failure: StoredFailure = serde_json::from_str(text).unwrap();
        let report = failure.report(failure.kept_for());
        assert_eq!((report.witnesses, report.pause, report.failed), (Witnesses::default(), MINUTE, 1));
    }
}
