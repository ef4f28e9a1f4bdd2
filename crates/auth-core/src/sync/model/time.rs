//! Time that passes when a test says so.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::{point, try_world, world};
use crate::clock::Moment;

/// How long a tick of the coarse clock is: so long that much happens in one.
pub(crate) const TICK: Duration = Duration::from_secs(2);
/// Some day at which the wall clock starts.
const START: Duration = Duration::from_secs(1_780_000_000);

/// Lets the time pass for all at once.
pub(crate) fn advance(by: Duration) {
    point();
    let timers = world(|world| {
        world.elapsed += by;
        std::mem::take(&mut world.timers)
    });
    for timer in timers {
        timer.wake();
    }
}

/// The same, and waits until each task that runs has noticed: as long as nothing stands still.
pub(crate) async fn pass(by: Duration) {
    world(|world| world.unpolled = world.running.clone());
    advance(by);
    while world(|world| !world.unpolled.is_empty()) {
        shuttle::future::yield_now().await;
    }
}

/// How much time has passed in this schedule.
pub(crate) fn elapsed() -> Duration {
    world(|world| world.elapsed)
}

/// Both clocks, if a model runs.
pub(crate) fn now() -> Option<Moment> {
    try_world(|world| Moment { mono: world.elapsed, wall: START + world.elapsed })
}

/// The coarse clock's tick, if a model runs; it may be old when it is used.
pub(crate) fn tick() -> Option<u64> {
    let running = try_world(|_| ()).is_some();
    running.then(|| {
        point();
        1 + elapsed().as_secs() / TICK.as_secs()
    })
}

/// How long it is does not matter: others may go first.
pub(crate) async fn sleep(_pause: Duration) {
    shuttle::future::yield_now().await;
}

#[derive(Debug)]
pub(crate) struct Elapsed;

pub(crate) async fn timeout<F: Future>(span: Duration, future: F) -> Result<F::Output, Elapsed> {
    let end = elapsed() + span;
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending if elapsed() >= end => Poll::Ready(Err(Elapsed)),
        Poll::Pending => {
            world(|world| world.timers.push(context.waker().clone()));
            Poll::Pending
        }
    })
    .await
}
