//! Tasks, and the ways in which one ends early.

use std::future::poll_fn;
use std::task::{Poll, Waker};

use shuttle::current::me;
use shuttle::future::JoinHandle;

use super::world;

/// The runtime on which a task is started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Runtime {
    #[default]
    Runs,
    /// It does not run before [`drive`].
    Undriven,
    /// It was shut down, so new tasks are dropped at once.
    ShutDown,
    /// There is no runtime.
    Absent,
}

/// The way in which a task ends at its next await.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// Simulated, because all tasks of a model would panic on one thread: the task is dropped in the order of an
    /// unwinding, and marked.
    Panic,
    /// Its runtime was shut down.
    Dropped,
}

/// Sets the runtimes of the next tasks. Later tasks run normally.
pub(crate) fn runtimes(next: impl IntoIterator<Item = Runtime>) {
    world(|world| world.runtimes.extend(next));
}

/// Polls the tasks of undriven runtimes.
pub(crate) fn drive() {
    let tasks = world(|world| {
        world.driven = true;
        std::mem::take(&mut world.undriven)
    });
    tasks.into_iter().for_each(Waker::wake);
}

/// Ends the current task at its next await.
pub(crate) fn end_this_task(end: End) {
    world(|world| world.ends.insert(me(), end));
}

/// Stops polling the current task until [`drive`].
pub(crate) fn stall_this_task() {
    world(|world| world.stalled.insert(me()));
}

/// Drops all tasks that were started so far, each at its next await.
pub(crate) fn shut_down() {
    let tasks: Vec<_> = world(|world| world.tasks.iter().map(JoinHandle::abort_handle).collect());
    for task in tasks {
        task.abort();
    }
}

/// Returns true if the current task is dropped by a panic.
pub(crate) fn panicking() -> bool {
    world(|world| world.panicking.contains(&me()))
}

#[derive(Debug)]
pub(crate) struct NoRuntime;

#[derive(Debug)]
pub(crate) struct Handle(Runtime);

impl Handle {
    pub(crate) fn try_current() -> Result<Self, NoRuntime> {
        match world(|world| world.runtimes.pop_front()).unwrap_or_default() {
            Runtime::Absent => Err(NoRuntime),
            runtime => Ok(Self(runtime)),
        }
    }

    pub(crate) fn spawn<F: Future<Output = ()> + Send + 'static>(&self, future: F) {
        if self.0 == Runtime::ShutDown {
            return drop(future);
        }
        let stalled = self.0 == Runtime::Undriven;
        let task = shuttle::future::spawn(run(future, stalled));
        world(|world| world.tasks.push(task));
    }
}

async fn run<F: Future<Output = ()>>(future: F, mut stalled: bool) {
    let mut future = Box::pin(future);
    let end = poll_fn(|context| {
        stalled |= world(|world| world.stalled.remove(&me()));
        if stalled && !is_driven(context.waker()) {
            stops();
            return Poll::Pending;
        }
        let is_awaited = world(|world| {
            world.running.insert(me());
            world.unpolled.contains(&me())
        });
        let poll = future.as_mut().poll(context);
        if is_awaited {
            world(|world| world.unpolled.remove(&me()));
        }
        match world(|world| world.ends.remove(&me())) {
            Some(end) => Poll::Ready(Some(end)),
            None => poll.map(|()| None),
        }
    })
    .await;
    if let Some(End::Panic) = end {
        world(|world| world.panicking.insert(me()));
    }
    drop(future);
    stops();
    world(|world| world.panicking.remove(&me()));
}

/// Records that this task does not run any more.
fn stops() {
    world(|world| {
        world.running.remove(&me());
        world.unpolled.remove(&me());
    });
}

fn is_driven(waker: &Waker) -> bool {
    world(|world| {
        if !world.driven {
            world.undriven.push(waker.clone());
        }
        world.driven
    })
}
