//! The CPU that a thread uses, its system calls included; and which core it runs on. Linux alone.

use std::io;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// The CPU time of the calling thread since it began.
#[must_use]
pub fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Keeps this thread, and what it starts from now on, on one core.
///
/// Where client and server are on two, each request wakes a core that sleeps, which costs three times as much as the
/// request itself and depends on where the system put them.
///
/// # Errors
///
/// Where the system refuses.
pub fn stay_on_one_core() -> io::Result<()> {
    let allowed = sched_getaffinity(None)?;
    let mut one = CpuSet::new();
    // The last: the first is the one that interrupts come to.
    if let Some(core) = (0..CpuSet::MAX_CPU).rev().find(|core| allowed.is_set(*core)) {
        one.set(core);
        sched_setaffinity(None, &one)?;
    }
    Ok(())
}
