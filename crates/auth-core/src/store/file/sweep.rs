//! Files of names that nobody uses any more are removed: once a day, by whoever has just logged in.
//!
//! On Unix alone: elsewhere the standard library does not tell whether a lock's file is still the one in its place, which
//! [`lock`](super::lock) has to know.

use std::fs::{self, DirEntry, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::disk::{Folder, Paths, private, read};
use super::lock::lock_at_once;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long nothing has held under a name, and nothing has changed, before its files are removed.
const UNUSED_FOR: Duration = DAY.saturating_mul(7);
/// Of so many files at the most it is looked whether they are used, and so many names are removed.
const MOST_LOOKED_AT: usize = 10_000;
const MOST_REMOVED: usize = 100;
/// Its date is that of the last time.
const STAMP: &str = "auth-v1.swept";

impl Folder {
    /// Removes what is long over, unless that was done within a day. What fails is left for the next time.
    pub(super) fn sweep_if_due(&self, now: SystemTime) {
        let stamp = self.0.join(STAMP);
        let due = match fs::symlink_metadata(&stamp) {
            Ok(found) => found.is_file() && found.modified().is_ok_and(|last| is_past(last, DAY, now)),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if due && touch(&stamp).is_ok() {
            let removed = self.sweep(now);
            tracing::debug!(removed, "looked for files that no account uses any more");
        }
    }

    /// Removes what is long over; answers of how many names.
    pub(super) fn sweep(&self, now: SystemTime) -> usize {
        let Ok(files) = fs::read_dir(&self.0) else { return 0 };
        let unused = |file: io::Result<DirEntry>| {
            let name = file.ok()?.file_name();
            let stem = name.to_str()?.strip_suffix(".lock").filter(|stem| is_ours(stem))?;
            remove(&Paths::new(&self.0, stem), now)
        };
        files.take(MOST_LOOKED_AT).filter_map(unused).take(MOST_REMOVED).count()
    }
}

/// Removes the files of a name that nobody uses, and nobody is about to use.
fn remove(paths: &Paths, now: SystemTime) -> Option<()> {
    // Most are in use: they need no lock to tell.
    is_old(paths, now).then_some(())?;
    let lock = lock_at_once(&paths.lock)?;
    // Again, as nobody else changes anything now. What is not a file of ours stays.
    let is_over = is_old(paths, now) && read(&paths.entry).ok()?.is_over_for(UNUSED_FOR, now);
    is_over.then_some(())?;
    for file in [&paths.entry, &paths.beside] {
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return None,
            _ => {}
        }
    }
    // Last, and while it is held: whoever waits for it sees that it is gone.
    let removed = fs::remove_file(&paths.lock).ok();
    drop(lock);
    removed
}

/// Whether nothing was written for so long; where nothing ever was, whether nobody came.
fn is_old(paths: &Paths, now: SystemTime) -> bool {
    let changed = fs::symlink_metadata(&paths.entry).or_else(|_none| fs::symlink_metadata(&paths.lock));
    changed.and_then(|file| file.modified()).is_ok_and(|changed| is_past(changed, UNUSED_FOR, now))
}

fn is_past(then: SystemTime, span: Duration, now: SystemTime) -> bool {
    now.duration_since(then).is_ok_and(|past| past >= span)
}

/// `auth-v1-PROVIDER-` and 64 digits.
fn is_ours(stem: &str) -> bool {
    let provider_and_digits = stem.strip_prefix("auth-v1-").and_then(|rest| rest.rsplit_once('-'));
    provider_and_digits.is_some_and(|(provider, digits)| {
        !provider.is_empty() && digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// Writes, so that it has a new date.
fn touch(stamp: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    private(&mut options);
    options.open(stamp)?.write_all(b"\n")
}

#[cfg(test)]
#[path = "sweep_tests.rs"]
mod tests;
