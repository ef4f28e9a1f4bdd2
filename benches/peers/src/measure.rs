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

/// One loop lasts that long: enough for many calls, and short enough to have the cores alone.
const LOOP: Duration = Duration::from_millis(1);
/// How often a loop is run again that did not have its cores alone.
const TRIES: usize = 10;
/// Calls between two looks at the clock.
const BLOCK: u32 = 64;

/// A call that is measured.
pub trait Call {
    /// Nanoseconds for one call in one loop, on as many threads at once.
    fn nanoseconds(&self, threads: usize) -> f64;

    /// Allocations for one call.
    fn allocations(&self) -> f64;
}

/// A fresh credential into a request's headers, which are cleared between.
pub struct IntoHeaders<A>(pub Arc<A>);

/// The value of a fresh credential's header, alone.
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

/// The mean of what a call took where every thread runs a loop of its own, all at the same time and none of them put
/// off its core by something else.
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

/// How often this thread was put off its core without having asked for it, where the system says so: Linux does.
fn put_off() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let count = status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"));
    count.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

/// What one call takes, by as many as fit into a loop.
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

/// Wakes this thread.
fn waker() -> Waker {
    Arc::new(Unpark(thread::current())).into()
}

/// The output of a future, polled on this thread: once, where it has nothing to wait for.
///
/// Inlined, so that the future is made where it is polled, as one that is awaited is.
#[inline(always)]
#[expect(clippy::inline_always, reason = "moving a future is no part of what is measured")]
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

/// The middle one of many samples.
#[must_use]
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}
