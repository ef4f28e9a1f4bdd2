//! The cost of one call: a short loop, repeated, on one thread or on several at once.

use std::hint::{black_box, spin_loop};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::peer::{Authorize, Carrier, Value};

/// The length of one loop: enough for many calls, and short enough to keep the cores for itself.
const LOOP: Duration = Duration::from_millis(1);
/// The number of repetitions of a loop that was preempted.
const TRIES: usize = 10;
/// Calls between two reads of the clock.
const BLOCK: u32 = 64;

/// A call that is measured.
pub trait Call {
    /// Returns the nanoseconds of one call in one loop, on this many threads at once.
    fn nanoseconds(&self, threads: usize) -> f64;

    /// Returns the allocations of one call.
    fn allocations(&self) -> f64;
}

/// A fresh credential into a request's headers, which are cleared between the calls.
pub struct IntoHeaders<A>(pub Arc<A>);

/// The header value of a fresh credential, without a request.
pub struct ValueAlone<A>(pub Arc<A>);

impl<A: Authorize> Call for IntoHeaders<A> {
    fn nanoseconds(&self, threads: usize) -> f64 {
        at_once(threads, || self.call())
    }

    fn allocations(&self) -> f64 {
        count(self.call())
    }
}

impl<A: Authorize> IntoHeaders<A> {
    fn call(&self) -> impl FnMut() {
        let mut request = A::Request::with_room();
        let waker = waker();
        move || {
            request.clear();
            finish(self.0.authorize(black_box(&mut request)), &waker).expect("a fresh credential");
            black_box(&request);
        }
    }
}

impl<A: Value> Call for ValueAlone<A> {
    fn nanoseconds(&self, threads: usize) -> f64 {
        at_once(threads, || self.call())
    }

    fn allocations(&self) -> f64 {
        count(self.call())
    }
}

impl<A: Value> ValueAlone<A> {
    fn call(&self) -> impl FnMut() {
        let waker = waker();
        move || {
            black_box(finish(self.0.value(), &waker).expect("a fresh credential"));
        }
    }
}

/// Returns the mean time of a call while every thread runs a loop of its own, all at the same time and none of them
/// preempted.
fn at_once<F: FnMut()>(threads: usize, make: impl Fn() -> F + Sync) -> f64 {
    let mut loops = Vec::new();
    for _ in 0..TRIES {
        loops = race(threads, &make);
        if !loops.iter().any(|one| one.disturbed) {
            break;
        }
    }
    mean(loops.iter().map(|one| one.nanoseconds).collect())
}

struct Loop {
    nanoseconds: f64,
    disturbed: bool,
}

fn race<F: FnMut()>(threads: usize, make: impl Fn() -> F + Sync) -> Vec<Loop> {
    let runtime = Handle::current();
    let there = AtomicUsize::new(0);
    let one = || {
        let _entered = runtime.enter();
        let mut call = make();
        call();
        let before = put_off();
        there.fetch_add(1, SeqCst);
        while there.load(SeqCst) < threads {
            spin_loop();
        }
        let nanoseconds = repeat(call);
        Loop { nanoseconds, disturbed: put_off() > before }
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        running.into_iter().map(|thread| thread.join().expect("a thread that measures")).collect()
    })
}

/// Returns how often this thread was preempted, where the system reports it, as Linux does.
fn put_off() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let count = status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"));
    count.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

/// Returns the nanoseconds of one call, the mean of as many as fit into a loop.
fn repeat(mut call: impl FnMut()) -> f64 {
    let mut calls = 0;
    let start = Instant::now();
    loop {
        for _ in 0..BLOCK {
            call();
        }
        calls += BLOCK;
        let elapsed = start.elapsed();
        if elapsed >= LOOP {
            return elapsed.as_secs_f64() * 1e9 / f64::from(calls);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand allocations")]
fn count(mut call: impl FnMut()) -> f64 {
    const CALLS: u32 = 1000;
    call();
    let counted = allocation_counter::measure(|| (0..CALLS).for_each(|_| call()));
    counted.count_total as f64 / f64::from(CALLS)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Returns a waker of this thread.
fn waker() -> Waker {
    Arc::new(Unpark(thread::current())).into()
}

/// Returns the output of a future, polled on this thread: once, if it does not have to wait.
///
/// Inlined, so that the future is created where it is polled, like an awaited one.
#[inline(always)]
#[expect(clippy::inline_always, reason = "moving a future is not part of the measurement")]
fn finish<T>(future: impl Future<Output = T>, waker: &Waker) -> T {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of threads")]
fn mean(samples: Vec<f64>) -> f64 {
    let count = samples.len() as f64;
    samples.into_iter().sum::<f64>() / count
}

/// Returns the median of many samples.
#[must_use]
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}
