//! A lock on a file, which may be removed by who has it.
//!
//! Who waits for a lock has opened its file before: if the file is removed meanwhile, the lock that is got at last is one that
//! those who come later know nothing of. So whoever got a lock looks whether its file is still the one in that place, and begins anew
//! if it is not. As only who has the lock removes the file, it stays in its place as long as the lock is held.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use fs4::{FileExt, TryLockError};

use super::disk::private;

/// How long a lock is waited for: whoever has it keeps it for some milliseconds, unless it was stopped.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The lock, which ends with what is returned, as it does where the process is killed.
pub(super) fn lock(path: &Path) -> io::Result<File> {
    let mut file = open(path)?;
    let mut waited = Duration::ZERO;
    loop {
        match FileExt::try_lock(&file) {
            Ok(()) if is_in_place(&file, path)? => return Ok(file),
            Ok(()) => file = open(path)?,
            Err(TryLockError::WouldBlock) if waited < LONGEST_WAIT => {
                // Not waited for in the system: a thread that hangs there outlives its runtime.
                let pause = LOOK_EVERY.mul_f64(1.0 + crate::random::roll());
                std::thread::sleep(pause);
                waited += pause;
            }
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::TimedOut.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// The lock of a file that is there, if nobody has it.
#[cfg(unix)]
pub(super) fn lock_at_once(path: &Path) -> Option<File> {
    locked(OpenOptions::new().write(true).open(path).ok()?, path)
}

/// The file that was opened there, if it can be locked and is still there.
#[cfg(unix)]
fn locked(file: File, path: &Path) -> Option<File> {
    FileExt::try_lock(&file).ok()?;
    is_in_place(&file, path).ok()?.then_some(file)
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    private(&mut options);
    options.open(path)
}

#[cfg(unix)]
fn is_in_place(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let ours = file.metadata()?;
    match fs::metadata(path) {
        Ok(found) => Ok((found.dev(), found.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Nobody removes it there: see [`sweep`](super::sweep).
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it asks the system")]
fn is_in_place(_file: &File, _path: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_lock_of_a_file_that_was_removed_or_replaced_is_none() {
        let path = std::env::temp_dir().join(format!("auth-core-lock-{}", std::process::id()));
        let opened = || open(&path).unwrap();
        let (first, again) = (opened(), opened());
        let held = locked(first, &path).unwrap();
        assert!(locked(again, &path).is_none(), "somebody has it");
        drop(held);
        let (before, gone) = (opened(), opened());
        fs::remove_file(&path).unwrap();
        assert!(locked(gone, &path).is_none());
        assert!(lock_at_once(&path).is_none());
        let replaced = lock(&path).unwrap();
        assert!(locked(before, &path).is_none());
        assert!(lock_at_once(&path).is_none(), "somebody has that one");
        drop(replaced);
        assert!(lock_at_once(&path).is_some());
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn who_waits_for_the_lock_of_a_file_that_is_removed_gets_that_of_the_next() {
        let path = std::env::temp_dir().join(format!("auth-core-lock-next-{}", std::process::id()));
        let held = lock(&path).unwrap();
        let waits = std::thread::spawn({
            let path = path.clone();
            move || lock(&path).map(|_held| path.exists())
        });
        std::thread::sleep(Duration::from_millis(200));
        fs::remove_file(&path).unwrap();
        drop(held);
        assert!(waits.join().unwrap().unwrap(), "and it is there");
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_lock_that_somebody_keeps_is_not_waited_for_for_ever() {
        let path = std::env::temp_dir().join(format!("auth-core-lock-kept-{}", std::process::id()));
        let _held = lock(&path).unwrap();
        assert_eq!(lock(&path).unwrap_err().kind(), io::ErrorKind::TimedOut);
        fs::remove_file(&path).unwrap();
    }
}
