//! The same types for a model checker: each use is a point where another task may run first.
//!
//! All tasks of a schedule are coroutines of one thread, so the model's own state is not such a point.

mod cells;
mod tasks;
mod time;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::task::Waker;
use std::time::Duration;

use shuttle::current::TaskId;
use shuttle::future::JoinHandle;
use shuttle::rand::Rng;
use shuttle::sync::atomic::AtomicBool;
use shuttle::sync::atomic::Ordering::SeqCst;

pub(crate) use self::cells::{ArcSwapOption, AtomicU32, AtomicU64, Mutex, MutexGuard};
pub(crate) use self::tasks::{
    End, Handle, Runtime, drive, end_this_task, panicking, runtimes, shut_down, stall_this_task,
};
pub(crate) use self::time::{TICK, advance, elapsed, now, pass, sleep, tick, timeout};

/// The state of one schedule besides its tasks.
#[derive(Default)]
struct World {
    elapsed: Duration,
    timers: Vec<Waker>,
    /// The runtimes of the next tasks, in order.
    runtimes: VecDeque<Runtime>,
    tasks: Vec<JoinHandle<()>>,
    ends: HashMap<TaskId, End>,
    panicking: HashSet<TaskId>,
    stalled: HashSet<TaskId>,
    /// Started tasks that still run.
    running: HashSet<TaskId>,
    /// Running tasks that have not been polled from start to end since the time last advanced.
    unpolled: HashSet<TaskId>,
    driven: bool,
    undriven: Vec<Waker>,
}

thread_local!(static WORLD: RefCell<Option<World>> = const { RefCell::new(None) });

/// Begins a schedule: the time is zero, and each runtime runs.
pub(crate) fn begin() {
    WORLD.set(Some(World::default()));
}

/// Ends a schedule.
pub(crate) async fn finish() {
    finish_tasks().await;
    WORLD.set(None);
}

/// Waits for all started tasks, which must end by themselves.
pub(crate) async fn finish_tasks() {
    while let Some(task) = world(|world| world.tasks.pop()) {
        // A task that was cut off has also ended.
        let _ = task.await;
    }
}

fn world<R>(look: impl FnOnce(&mut World) -> R) -> R {
    try_world(look).expect("a model has begun")
}

fn try_world<R>(look: impl FnOnce(&mut World) -> R) -> Option<R> {
    WORLD.with_borrow_mut(|world| world.as_mut().map(look))
}

/// Lets another task run first.
pub(crate) fn point() {
    AtomicBool::new(false).load(SeqCst);
}

/// Returns a jitter that the schedule chooses.
pub(crate) fn jitter() -> f64 {
    [0.0, 0.5, 0.999][pick(3)]
}

/// Returns true: all callers of a model have a runtime.
pub(crate) fn has_runtime() -> bool {
    true
}

/// Returns a number below `many` that the schedule chooses.
pub(crate) fn pick(many: usize) -> usize {
    shuttle::rand::thread_rng().gen_range(0..many)
}
