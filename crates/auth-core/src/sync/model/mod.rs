//! The same as seen by a model checker: each use is a point where another task may go first.
//!
//! All tasks of a schedule are coroutines of one thread, so what the model itself keeps is no such point.

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

/// What one schedule has beside the tasks.
#[derive(Default)]
struct World {
    elapsed: Duration,
    timers: Vec<Waker>,
    /// What the next tasks are started on, in turn.
    runtimes: VecDeque<Runtime>,
    tasks: Vec<JoinHandle<()>>,
    ends: HashMap<TaskId, End>,
    panicking: HashSet<TaskId>,
    stalled: HashSet<TaskId>,
    /// Tasks that were started and run.
    running: HashSet<TaskId>,
    /// Those of them that have yet to be polled, from the begin to the end, since the time went on.
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

/// Waits for all that was started: it must end by itself.
pub(crate) async fn finish_tasks() {
    while let Some(task) = world(|world| world.tasks.pop()) {
        // What was cut off has ended too.
        let _ = task.await;
    }
}

fn world<R>(look: impl FnOnce(&mut World) -> R) -> R {
    try_world(look).expect("a model has begun")
}

fn try_world<R>(look: impl FnOnce(&mut World) -> R) -> Option<R> {
    WORLD.with_borrow_mut(|world| world.as_mut().map(look))
}

/// Another task may go first here.
pub(crate) fn point() {
    AtomicBool::new(false).load(SeqCst);
}

/// Jitter is a choice of the schedule's.
pub(crate) fn jitter() -> f64 {
    [0.0, 0.5, 0.999][pick(3)]
}

/// All callers of a model have one.
pub(crate) fn has_runtime() -> bool {
    true
}

/// One of so many, by the schedule's choice.
pub(crate) fn pick(many: usize) -> usize {
    shuttle::rand::thread_rng().gen_range(0..many)
}
