//! The seven situations in which clients with a login go wrong, each as a question to one peer.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use http::StatusCode;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::peer::{Carrier, Peer};
use crate::provider::{Answer, Failure, HOUR, Provider};
use crate::stampede::{on_expired, runtime};

/// Longer than any call takes that is not stuck.
const STUCK: Duration = Duration::from_secs(2);
const LOGIN: Duration = Duration::from_millis(200);

/// The result of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It got a credential.
    Served,
    /// It got an error.
    Failed,
    /// It waited until the time was up.
    Stuck,
    /// It panicked.
    Panicked,
}

/// Returns the logins of 100 concurrent callers while every login is refused.
#[must_use]
pub fn refused_herd<P: Peer>() -> u64 {
    on_expired::<P>(100, Answer::failure(Failure::Refused).after(Duration::from_millis(20))).logins
}

/// Lets 20 callers wait 50 ms each, one after the other, for a login of 200 ms. Returns the served callers, and the
/// logins.
#[must_use]
pub fn impatient<P: Peer>() -> (usize, u64) {
    let provider = Provider::new(|_| Answer::token(HOUR).after(LOGIN));
    let peer_provider = Arc::clone(&provider);
    let served = runtime().block_on(async move {
        let peer = P::new(&peer_provider);
        let mut served = 0;
        for _ in 0..20 {
            let mut request = P::Request::with_room();
            let answered = timeout(Duration::from_millis(50), peer.authorize(&mut request)).await;
            served += usize::from(matches!(answered, Ok(Ok(()))));
        }
        served
    });
    (served, provider.logins())
}

/// Makes 100 calls, 2 ms apart, inside the renewal window while the login server is down. Returns the served callers,
/// and the attempts.
#[must_use]
pub fn down_inside_the_window<P: Peer>() -> Option<(usize, u64)> {
    let window = P::WINDOW?;
    let down = Answer::failure(Failure::Down);
    let provider = Provider::new(move |number| if number == 1 { Answer::token(window.lifetime) } else { down });
    let peer_provider = Arc::clone(&provider);
    let served = runtime().block_on(async move {
        let peer = P::new(&peer_provider);
        let _ = peer.authorize(&mut P::Request::with_room()).await;
        sleep(window.after).await;
        let mut served = 0;
        for _ in 0..100 {
            served += usize::from(peer.authorize(&mut P::Request::with_room()).await.is_ok());
            sleep(Duration::from_millis(2)).await;
        }
        served
    });
    Some((served, provider.logins() - 1))
}

/// Sends 50 requests with a revoked token. Their 401s come 10 ms apart, and each request is sent once more. Returns the
/// requests that then succeed, and the new logins.
#[must_use]
pub fn late_401s<P: Peer>() -> Option<(usize, u64)> {
    if !P::HEARS_401 {
        return None;
    }
    let provider = Provider::reliable();
    let peer_provider = Arc::clone(&provider);
    let healed = runtime().block_on(async move {
        let peer = P::new(&peer_provider);
        let _ = peer.authorize(&mut P::Request::with_room()).await;
        let mut requests = JoinSet::new();
        for number in 1..=50 {
            let peer = peer.clone();
            requests.spawn(async move {
                let first = peer.send(Duration::from_millis(10) * number).await;
                assert!(matches!(first, Ok(StatusCode::UNAUTHORIZED)), "the token was revoked");
                matches!(peer.send(Duration::ZERO).await, Ok(StatusCode::OK))
            });
        }
        requests.join_all().await.into_iter().filter(|healed| *healed).count()
    });
    Some((healed, provider.logins() - 1))
}

/// Keeps a first caller's future without polling it again, and returns the result of the next caller.
#[must_use]
pub fn unpolled<P: Peer>() -> Fate {
    let runtime = runtime();
    let peer = runtime.block_on(async { P::new(&Provider::new(|_| Answer::token(HOUR).after(LOGIN))) });
    let mut request = P::Request::with_room();
    let mut kept = pin!(peer.authorize(&mut request));
    {
        let _entered = runtime.enter();
        assert!(kept.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(), "a login takes its time");
    }
    runtime.block_on(runtime.spawn(call(peer.clone()))).unwrap_or(Fate::Panicked)
}

/// Shuts down the runtime of a running login, and returns the result of a caller on another runtime.
#[must_use]
pub fn runtime_gone<P: Peer>() -> Fate {
    let (first, second) = (runtime(), runtime());
    let peer = first.block_on(async {
        let peer = P::new(&Provider::new(|_| Answer::token(HOUR).after(LOGIN)));
        tokio::spawn(call(peer.clone()));
        sleep(LOGIN / 4).await;
        peer
    });
    drop(first);
    second.block_on(second.spawn(call(peer))).unwrap_or(Fate::Panicked)
}

/// Returns the logins of 100 calls in a row while every login is refused.
#[must_use]
pub fn refused_in_a_row<P: Peer>() -> u64 {
    let provider = Provider::new(|_| Answer::failure(Failure::Refused));
    let peer_provider = Arc::clone(&provider);
    runtime().block_on(async move {
        let peer = P::new(&peer_provider);
        for _ in 0..100 {
            assert_eq!(call(peer.clone()).await, Fate::Failed, "a refused login serves nobody");
        }
    });
    provider.logins()
}

async fn call<P: Peer>(peer: P) -> Fate {
    let mut request = P::Request::with_room();
    match timeout(STUCK, peer.authorize(&mut request)).await {
        Ok(Ok(())) => Fate::Served,
        Ok(Err(_)) => Fate::Failed,
        Err(_) => Fate::Stuck,
    }
}
