//! A lock on a file, which may be removed by who has it.
//!
//! A waiting process has opened its file before: if the file is removed meanwhile, the lock that is got at last is one that
//! those who come later know nothing of. So whoever got a lock looks whether its file is still the one in that place, and begins anew
//! if it is not. As only who has the lock removes the file, it stays in its place as long as the lock is held.

use std::fs::File;
use std::io;
use std::time::Duration;

use fs4::{FileExt, TryLockError};

#[cfg(not(unix))]
use super::elsewhere::{Dir, not_private};
#[cfg(unix)]
use super::unix::{Dir, not_private};

/// The longest wait for a lock. A holder keeps it for some milliseconds, unless it was stopped.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The lock, which ends with what is returned, as it does where the process is killed.
pub(super) fn lock(dir: &Dir, name: &str) -> io::Result<File> {
    let mut file = dir.to_lock(name)?;
    let mut waited = Duration::ZERO;
    loop {
        match FileExt::try_lock(&file) {
            Ok(()) if !dir.is_in_place(&file, name)? => file = dir.to_lock(name)?,
            Ok(()) if not_private(&file)?.is_none() => return Ok(file),
            // Others could hold this one for ever. It is removed while it is held, as any is.
            Ok(()) => {
                dir.remove(name)?;
                file = dir.to_lock(name)?;
            }
            Err(TryLockError::WouldBlock) if waited < LONGEST_WAIT => {
                // Not waited for in the system: a thread that hangs there outlives its runtime.
                let pause = LOOK_EVERY.mul_f64(1.0 + crate::random::jitter());
                std::thread::sleep(pause);
                waited += pause;
            }
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "another process has kept it locked for more than 1 s",
                ));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const NAME: &str = "name.lock";

    fn folder(name: &str) -> (std::path::PathBuf, Dir) {
        let path = std::env::temp_dir().join(format!("auth-core-lock-{name}-{}", std::process::id()));
        let dir = Dir::open(&path, false).expect("a folder of this test");
        (path, dir)
    }

    #[test]
    fn who_waits_for_the_lock_of_a_file_that_is_removed_gets_that_of_the_next() {
        let (path, dir) = folder("next");
        let held = lock(&dir, NAME).unwrap();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| lock(&dir, NAME).map(|_held| path.join(NAME).exists()));
            std::thread::sleep(Duration::from_millis(200));
            dir.remove(NAME).unwrap();
            drop(held);
            assert!(waits.join().unwrap().unwrap(), "and it is there");
        });
        std::fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn a_lock_that_somebody_keeps_is_not_waited_for_for_ever() {
        let (path, dir) = folder("kept");
        let _held = lock(&dir, NAME).unwrap();
        assert_eq!(lock(&dir, NAME).unwrap_err().kind(), io::ErrorKind::TimedOut);
        std::fs::remove_dir_all(&path).unwrap();
    }
}
