//! A process of the fleet, with its own client, which calls the provider now and then.

use std::sync::Arc;
use std::time::Duration;

use auth_core::{CachedCredential, Client, Error};
use fastrand::Rng;
use tokio::time::{Instant, sleep};

use crate::account::{Account, Session};
use crate::fleet::Fleet;
use crate::provider::Answer;

/// Calls at once, and then again and again until it is killed.
pub(crate) async fn run(fleet: Arc<Fleet>, process: usize, password: &'static str, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let process = Process { client: fleet.client(process, password), fleet };
    let every = process.fleet.every.as_secs_f64();
    loop {
        process.call().await;
        // From a third to five thirds of the mean.
        sleep(Duration::from_secs_f64(every * (1.0 + 4.0 * rng.f64()) / 3.0)).await;
    }
}

struct Process {
    fleet: Arc<Fleet>,
    client: Client<Account>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.fleet.tally().add(self.client.stats());
    }
}

impl Process {
    /// Makes one call, and replays it after a 401 as the client's own requests do.
    async fn call(&self) {
        let Some(first) = self.credential().await else { return };
        if !self.is_refused(&first) {
            return;
        }
        self.fleet.tally().unauthorized += 1;
        if self.client.should_replay(&first).await {
            let Some(second) = self.credential().await else { return };
            if !self.is_refused(&second) {
                return;
            }
            self.fleet.tally().again += 1;
            if self.client.should_replay_again(&first, &second).await {
                let Some(third) = self.credential().await else { return };
                if !self.is_refused(&third) {
                    return;
                }
            }
        }
        self.fleet.tally().unhealed.add(self.fleet.clock.now());
    }

    /// Returns true if the provider answers 401, because the credential was revoked.
    fn is_refused(&self, session: &CachedCredential<Session>) -> bool {
        let answer = self.fleet.provider.answer(session);
        match answer {
            Answer::Fine => self.client.served(session),
            Answer::Ended => self.fleet.tally().dead += 1,
            Answer::Revoked => {}
        }
        answer == Answer::Revoked
    }

    async fn credential(&self) -> Option<CachedCredential<Session>> {
        let asked = Instant::now();
        let result = self.client.credential().await;
        self.count(asked.elapsed(), result.as_ref().err());
        result.ok()
    }

    fn count(&self, waited: Duration, error: Option<&Error>) {
        let mut tally = self.fleet.tally();
        tally.calls += 1;
        if !waited.is_zero() {
            tally.waited += 1;
            tally.longest = tally.longest.max(waited);
        }
        if error.is_some() {
            tally.failed.add(self.fleet.clock.now());
        }
    }
}
