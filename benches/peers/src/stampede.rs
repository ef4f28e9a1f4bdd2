//! Many callers at once on one credential: how many logins they make, and what becomes of them.

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

/// How long anyone is waited for.
pub const CAP: Duration = Duration::from_secs(10);

/// What became of the callers.
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

/// `callers` meet a credential that has ended, and `login` is what every login answers.
///
/// Peers that [never do](Peer::EXPIRES) meet an empty cache.
#[must_use]
pub fn on_expired<P: Peer>(callers: u64, login: Answer) -> Outcome {
    const SHORT: Duration = Duration::from_secs(1);
    let first = P::EXPIRES.then_some(Answer::token(SHORT));
    run::<P>(callers, first, SHORT + SHORT / 10, login)
}

/// `callers` meet a live credential inside its renewal window. `None` where the peer has none.
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
                // One that is about to end may be an error already.
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

/// A runtime with two workers.
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
    // Those who are not answered by then never were.
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
