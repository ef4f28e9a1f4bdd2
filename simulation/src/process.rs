//! A process of the fleet, with its own client, which calls the provider now and then.

use std::sync::Arc;
use std::time::Duration;

use auth_core::http::{HeaderMap, StatusCode};
use auth_core::{CachedCredential, Client, Error, Priority};
use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::account::{Account, Session};
use crate::fleet::Fleet;
use crate::provider::Answer;

/// The shortest pause of a caller that repeats a call.
const RETRY: Duration = Duration::from_millis(100);

/// Calls at once, and then again and again until it is killed.
pub(crate) async fn run(fleet: Arc<Fleet>, number: usize, password: &'static str, callers: u32, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let process = Arc::new(Process { client: fleet.client(number, password), fleet, number });
    // Dropped with this one: a process is killed as a whole.
    let mut others = JoinSet::new();
    for _ in 1..callers {
        let (process, mut rng) = (Arc::clone(&process), rng.fork());
        others.spawn(async move {
            sleep(process.fleet.every.mul_f64(rng.f64())).await;
            process.call_for_ever(rng).await;
        });
    }
    process.call_for_ever(rng).await;
}

struct Process {
    fleet: Arc<Fleet>,
    client: Client<Account>,
    number: usize,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.fleet.tally().add(self.client.stats());
    }
}

impl Process {
    async fn call_for_ever(&self, mut rng: Rng) {
        loop {
            let begun = Instant::now();
            if self.client.has_quota() {
                self.request(Duration::from_millis(rng.u64(10..=50))).await;
            } else {
                self.call().await;
            }
            // From a third to five thirds of the mean, whatever became of the call: callers do not call less often because
            // they wait, nor more often because they fail at once.
            sleep_until(begun + self.fleet.every.mul_f64((1.0 + 4.0 * rng.f64()) / 3.0)).await;
        }
    }

    /// Sends one request with a permit, as the client's own requests do, which takes this long to the provider.
    async fn request(&self, way: Duration) {
        if self.credential().await.is_none() {
            return;
        }
        let asked = Instant::now();
        if self.client.permit(Priority::Interactive, None).await.is_err() {
            self.fleet.tally().denied += 1;
            return;
        }
        self.fleet.tally().has_permit_after(asked.elapsed());
        // The credential may have ended meanwhile.
        if self.credential().await.is_none() {
            return;
        }
        sleep(way).await;
        if !self.fleet.provider.allows(self.number) {
            self.client.observe_limit(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new()).await;
        }
    }

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
        let mut result = self.client.credential().await;
        while let Err(error) = &result {
            let pause = error.retry_after().unwrap_or(RETRY).max(RETRY);
            if asked.elapsed() + pause > self.fleet.patience {
                break;
            }
            sleep(pause).await;
            result = self.client.credential().await;
        }
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
            tally.waited_in_vain += waited;
            tally.failed.add(self.fleet.clock.now());
        }
    }
}
