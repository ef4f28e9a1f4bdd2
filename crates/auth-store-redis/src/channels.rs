//! Channels on which callers wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::link::now;

/// The pause after a subscription broke. Waiting callers poll meanwhile.
const REST: Duration = Duration::from_secs(5);

/// Longer than an answer takes from the server to the caller.
const JUST_NOW: Duration = Duration::from_millis(50);

#[derive(Default)]
pub(crate) struct Channels(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    channels: HashMap<Arc<str>, Channel>,
    /// True if a task serves the channels and removes unused ones.
    swept: bool,
    /// The time at which the subscription broke.
    broken: Option<Instant>,
}

#[derive(Default)]
struct Channel {
    waiters: usize,
    /// True if a caller has waited since the last sweep.
    was_used: bool,
    told: Arc<Notify>,
    told_at: Option<Instant>,
}

/// A waiting caller. Dropping it ends its wait.
pub(crate) struct Waiter<'l> {
    all: &'l Channels,
    pub(crate) channel: Arc<str>,
    /// True if a message arrived less than [`JUST_NOW`] ago. The caller may have polled before that message.
    pub(crate) was_told: bool,
}

impl<'l> Waiter<'l> {
    pub(crate) fn enter(all: &'l Channels, channel: &str) -> (Self, Arc<Notify>) {
        let mut inside = all.lock();
        let known = inside.channels.get_key_value(channel);
        let name = known.map_or_else(|| channel.into(), |(name, _)| Arc::clone(name));
        let channel = inside.channels.entry(Arc::clone(&name)).or_default();
        channel.waiters += 1;
        channel.was_used = true;
        let told = Arc::clone(&channel.told);
        let was_told = channel.told_at.is_some_and(|at| now() < at + JUST_NOW);
        drop(inside);
        (Self { all, channel: name, was_told }, told)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut inside = self.all.lock();
        let swept = inside.swept;
        if let Some(channel) = inside.channels.get_mut(&self.channel) {
            channel.waiters -= 1;
            if channel.waiters == 0 && !swept {
                inside.channels.remove(&self.channel);
            }
        }
    }
}

impl Channels {
    pub(crate) fn are_resting(&self) -> bool {
        self.lock().broken.is_some_and(|broken| now() < broken + REST)
    }

    /// Returns true if a task serves the channels, so that callers are notified.
    pub(crate) fn are_swept(&self) -> bool {
        self.lock().swept
    }

    /// Records that a task starts to serve the channels, and returns their names.
    pub(crate) fn begin(&self) -> Vec<Arc<str>> {
        let mut inside = self.lock();
        inside.swept = true;
        inside.channels.keys().cloned().collect()
    }

    /// Records that the task ended. `broke` is true if the subscription broke.
    pub(crate) fn end(&self, broke: bool) {
        let mut inside = self.lock();
        inside.swept = false;
        inside.channels.retain(|_, channel| channel.waiters > 0);
        inside.broken = broke.then(now);
    }

    pub(crate) fn tell(&self, channel: &str) {
        if let Some(channel) = self.lock().channels.get_mut(channel) {
            channel.told_at = Some(now());
            channel.told.notify_waiters();
        }
    }

    /// Removes and returns the channels on which no caller has waited since the last sweep. The second value is true if
    /// no channel is left.
    pub(crate) fn sweep(&self) -> (Vec<Arc<str>>, bool) {
        let mut idle = Vec::new();
        let mut inside = self.lock();
        inside.channels.retain(|name, channel| {
            let stays = channel.waiters > 0 || std::mem::take(&mut channel.was_used);
            if !stays {
                idle.push(Arc::clone(name));
            }
            stays
        });
        (idle, inside.channels.is_empty())
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_that_nobody_waits_for_is_not_kept() {
        let all = Channels::default();
        drop(Waiter::enter(&all, "a"));
        assert!(all.lock().channels.is_empty(), "where no task sweeps, at once");
        all.begin();
        let (waiter, _) = Waiter::enter(&all, "a");
        assert_eq!(all.sweep(), (vec![], false));
        drop(waiter);
        drop(Waiter::enter(&all, "a"));
        assert_eq!(all.sweep(), (vec![], false), "who looked in the meantime comes back");
        assert_eq!(all.sweep(), (vec!["a".into()], true), "or does not");
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_just_after_a_message_need_not_wait_for_the_next() {
        let all = Channels::default();
        all.begin();
        drop(Waiter::enter(&all, "a"));
        all.tell("a");
        assert!(Waiter::enter(&all, "a").0.was_told && !Waiter::enter(&all, "b").0.was_told);
        tokio::time::advance(JUST_NOW).await;
        assert!(!Waiter::enter(&all, "a").0.was_told);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_subscription_broke_there_is_none_for_5_s() {
        let all = Channels::default();
        all.begin();
        all.end(true);
        assert!(all.are_resting());
        tokio::time::advance(REST).await;
        assert!(!all.are_resting());
        all.end(false);
        assert!(!all.are_resting());
    }
}
