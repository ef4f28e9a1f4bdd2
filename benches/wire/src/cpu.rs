//! The CPU time of a thread, including its system calls, and the core that it runs on. Linux only.

use std::io;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// Returns the CPU time of the calling thread since it began.
#[must_use]
pub fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Keeps this thread, and the threads that it starts from now on, on one core.
///
/// With client and server on two cores, each request wakes a sleeping core. That costs three times as much as the
/// request itself and depends on where the system puts them.
///
/// # Errors
///
/// Fails if the system refuses.
pub fn stay_on_one_core() -> io::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let mut one = CpuSet::new();
    // The last core, because interrupts go to the first.
    if let Some(core) = (0..CpuSet::MAX_CPU).rev().find(|core| allowed.is_set(*core)) {
        one.set(core);
        sched_setaffinity(None, &one)?;
    }
    Ok(())
}
