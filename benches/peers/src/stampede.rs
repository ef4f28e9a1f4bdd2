//! Many callers at once on one credential: their logins, and their results.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::peer::{Carrier, Peer};
use crate::provider::{Answer, Provider};

/// The longest wait for any caller.
pub const CAP: Duration = Duration::from_secs(10);

/// The results of the callers.
#[derive(Debug)]
pub struct Outcome {
    /// Logins that were made for them.
    pub logins: u64,
    /// Callers that got a credential.
    pub served: u64,
    /// Callers that got an error.
    pub failed: u64,
    /// Callers that were not answered at once.
    pub waited: u64,
    /// From the first call to the last answer.
    pub last: Duration,
}

#[derive(Debug, Default)]
struct Tally {
    served: AtomicU64,
    failed: AtomicU64,
    waited: AtomicU64,
    last: AtomicU64,
}

/// Lets `callers` ask for a credential that has expired, while `login` answers every login.
///
/// Peers that [never serve an expired one](Peer::EXPIRES) start with an empty cache.
#[must_use]
pub fn on_expired<P: Peer>(callers: u64, login: Answer) -> Outcome {
    const SHORT: Duration = Duration::from_secs(1);
    let first = P::EXPIRES.then_some(Answer::token(SHORT));
    run::<P>(callers, first, SHORT + SHORT / 10, login)
}

/// Lets `callers` ask for a live credential inside its renewal window. Returns `None` if the peer has no window.
#[must_use]
pub fn in_window<P: Peer>(callers: u64, login: Answer) -> Option<Outcome> {
    let window = P::WINDOW?;
    Some(run::<P>(callers, Some(Answer::token(window.lifetime)), window.after, login))
}

/// `first` is the answer to a login long before the callers.
fn run<P: Peer>(callers: u64, first: Option<Answer>, pause: Duration, login: Answer) -> Outcome {
    let provider = Provider::new(move |number| if number == 1 { first.unwrap_or(login) } else { login });
    let before = u64::from(first.is_some());
    let runtime = runtime();
    let tally = runtime.block_on(runtime.spawn({
        let provider = Arc::clone(&provider);
        async move {
            let peer = P::new(&provider);
            if first.is_some() {
                // A credential that is about to expire may count as an error already.
                let _ = peer.authorize(&mut P::Request::with_room()).await;
                tokio::time::sleep(pause).await;
            }
            stampede(peer, callers).await
        }
    }));
    let tally = tally.expect("no panic");
    let outcome = Outcome {
        logins: provider.logins() - before,
        served: tally.served.load(SeqCst),
        failed: tally.failed.load(SeqCst),
        waited: tally.waited.load(SeqCst),
        last: Duration::from_micros(tally.last.load(SeqCst)),
    };
    runtime.shutdown_background();
    outcome
}

/// Returns a runtime with two workers.
#[must_use]
pub fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

async fn stampede<P: Peer>(peer: P, callers: u64) -> Arc<Tally> {
    let tally = Arc::new(Tally::default());
    let start = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..callers {
        running.spawn(caller(peer.clone(), Arc::clone(&tally), start));
    }
    // Callers without an answer by then count as unanswered.
    let _ = timeout(CAP, async { while running.join_next().await.is_some() {} }).await;
    tally
}

async fn caller<P: Peer>(peer: P, tally: Arc<Tally>, start: Instant) {
    let mut request = P::Request::with_room();
    let mut answer = pin!(peer.authorize(&mut request));
    let mut waited = false;
    let result = poll_fn(|context| {
        let polled = answer.as_mut().poll(context);
        if polled.is_pending() && !waited {
            waited = true;
            tally.waited.fetch_add(1, SeqCst);
        }
        match polled {
            Poll::Pending => Poll::Pending,
            Poll::Ready(result) => Poll::Ready(result),
        }
    });
    let counter = if result.await.is_ok() { &tally.served } else { &tally.failed };
    counter.fetch_add(1, SeqCst);
    let elapsed = start.elapsed().as_micros().try_into().unwrap_or(u64::MAX);
    tally.last.fetch_max(elapsed, SeqCst);
}
