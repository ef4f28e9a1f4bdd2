//! Time that advances only when a test requests it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::{point, try_world, world};
use crate::clock::Moment;

/// The length of a tick of the coarse clock, which is long enough for many steps.
pub(crate) const TICK: Duration = Duration::from_secs(2);
/// An arbitrary day at which the wall clock starts.
const START: Duration = Duration::from_secs(1_780_000_000);

/// Advances the time for all tasks at once.
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

/// Advances the time and waits until each running task has noticed. No task may be stalled.
pub(crate) async fn pass(by: Duration) {
    world(|world| world.unpolled = world.running.clone());
    advance(by);
    while world(|world| !world.unpolled.is_empty()) {
        shuttle::future::yield_now().await;
    }
}

/// Returns the time that has passed in this schedule.
pub(crate) fn elapsed() -> Duration {
    world(|world| world.elapsed)
}

/// Returns both clocks, if a model runs.
pub(crate) fn now() -> Option<Moment> {
    try_world(|world| Moment { mono: world.elapsed, wall: START + world.elapsed })
}

/// Returns the tick of the coarse clock, if a model runs. The tick may be old when it is used.
pub(crate) fn tick() -> Option<u64> {
    let running = try_world(|_| ()).is_some();
    running.then(|| {
        point();
        1 + elapsed().as_secs() / TICK.as_secs()
    })
}

/// Lets other tasks run. The length of the pause does not matter.
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
