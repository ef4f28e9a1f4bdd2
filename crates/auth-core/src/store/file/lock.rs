//! A file lock whose holder may remove the file.
//!
//! A waiting process has already opened its file. If the file is removed in the meantime, the process gets a lock that
//! later ones do not know of. So each process checks that its file is still in place after it gets the lock, and starts
//! over if it is not. Only the holder of the lock removes the file, so the file stays in place while the lock is held.

use std::fs::File;
use std::io;
use std::time::Duration;

use fs4::{FileExt, TryLockError};

#[cfg(not(unix))]
use super::portable::{Dir, not_private};
#[cfg(unix)]
use super::unix::{Dir, not_private};

/// The maximum wait for a lock. A holder keeps it for some milliseconds, unless it is stopped.
const MAX_WAIT: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Acquires the lock, which ends when the returned file is closed, and so also when the process is killed.
pub(super) fn lock(dir: &Dir, name: &str) -> io::Result<File> {
    let mut file = dir.to_lock(name)?;
    let mut waited = Duration::ZERO;
    loop {
        match FileExt::try_lock(&file) {
            Ok(()) if !dir.is_in_place(&file, name)? => file = dir.to_lock(name)?,
            Ok(()) if not_private(&file)?.is_none() => return Ok(file),
            // Other users could hold this lock for ever. It is removed while it is held, like any lock.
            Ok(()) => {
                dir.remove(name)?;
                file = dir.to_lock(name)?;
            }
            Err(TryLockError::WouldBlock) if waited < MAX_WAIT => {
                // A thread that blocks in the system call would outlive its runtime, so this polls.
                let pause = LOOK_EVERY.mul_f64(1.0 + crate::random::jitter());
                std::thread::sleep(pause);
                waited += pause;
            }
            Err(TryLockError::WouldBlock) => {
                let message = "another process has kept it locked for more than 1 s";
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
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
