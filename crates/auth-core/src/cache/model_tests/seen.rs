//! The observations of one schedule, and the rules that they must satisfy.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::watch;

use super::Token;
use crate::sync::model::{TICK, elapsed};

/// Each observation is one step, because the standard library's mutex is not a scheduling point of the model checker.
#[derive(Debug, Default)]
pub(super) struct Seen {
    facts: Mutex<Facts>,
    logins: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Facts {
    logins: u64,
    under_way: u64,
    /// The newest token that a call handed out before it ended.
    served: u64,
    /// The newest token that was removed.
    thrown_away: u64,
    /// All tokens that were removed.
    gone: Vec<u64>,
}

/// The facts known when a call began, or was polled again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    served: u64,
    thrown_away: u64,
    elapsed: Duration,
}

impl Seen {
    /// Records that a login begins. It runs until the returned value is dropped.
    pub(super) fn login(self: &Arc<Self>) -> UnderWay {
        let number = {
            let mut facts = self.facts();
            facts.logins += 1;
            facts.under_way += 1;
            assert_eq!(facts.under_way, 1, "two logins at once: {facts:?}");
            facts.logins
        };
        self.logins.send_replace(number);
        UnderWay { number, seen: Arc::clone(self) }
    }

    /// Waits until this number of logins have begun.
    pub(super) async fn begun(&self, logins: u64) {
        self.logins.subscribe().wait_for(|begun| *begun >= logins).await.expect("it is there while this is");
    }

    pub(super) fn logins(&self) -> u64 {
        self.facts().logins
    }

    /// Returns the number of tokens that were removed.
    pub(super) fn gone(&self) -> u64 {
        self.facts().gone.len() as u64
    }

    pub(super) fn before(&self) -> Before {
        let facts = self.facts();
        Before { served: facts.served, thrown_away: facts.thrown_away, elapsed: elapsed() }
    }

    /// Records that a call hands out this token, which is not expired at that time.
    pub(super) fn serves(&self, before: Before, token: Token) {
        assert!(token.dead_at > before.elapsed, "dead: {token:?}, {before:?}");
        self.hands_out(before, token);
    }

    /// Records that a call hands out this token, which the state served to this caller or to another in the same tick.
    pub(super) fn lends(&self, before: Before, token: Token) {
        let ticks = before.elapsed.as_secs() / TICK.as_secs();
        assert!(token.dead_at.as_secs() > ticks * TICK.as_secs(), "dead before this tick: {token:?}, {before:?}");
        self.hands_out(before, token);
    }

    /// Records that a call removed this token.
    pub(super) fn throws_away(&self, before: Before, token: Token) {
        assert!(token.number >= before.served, "thrown away for an older one: {token:?}, {before:?}");
        let mut facts = self.facts();
        assert!(!facts.gone.contains(&token.number), "thrown away twice: {token:?}, {before:?}");
        facts.thrown_away = facts.thrown_away.max(token.number);
        facts.gone.push(token.number);
    }

    pub(super) fn all_ended(&self) {
        assert_eq!(self.facts().under_way, 0, "a login is still under way");
    }

    fn hands_out(&self, before: Before, token: Token) {
        assert!(token.number > before.thrown_away, "it was thrown away: {token:?}, {before:?}");
        assert!(token.number >= before.served, "older than what was handed out before: {token:?}, {before:?}");
        let mut facts = self.facts();
        facts.served = facts.served.max(token.number);
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap()
    }
}

#[derive(Debug)]
pub(super) struct UnderWay {
    pub(super) number: u64,
    seen: Arc<Seen>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.seen.facts().under_way -= 1;
    }
}
