//! Files of names that nobody uses any more are removed: once a day, by whoever has just logged in.
//!
//! On Unix alone: elsewhere the standard library does not tell whether a lock's file is still the one in its place, which
//! [`lock`](super::lock) has to know.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use super::disk::{Folder, Names, read};
use super::lock::lock_at_once;
use super::unix::Dir;

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
        let Ok(dir) = self.open() else { return };
        let due = match dir.modified(STAMP) {
            Ok(last) => is_past(last, DAY, now),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        // Written anew, so that it has a new date.
        if due && dir.to_write(STAMP).and_then(|mut stamp| stamp.write_all(b"\n")).is_ok() {
            let removed = sweep(&dir, now);
            tracing::debug!(removed, "looked for files that no account uses any more");
        }
    }
}

/// Removes what is long over; answers of how many names.
fn sweep(dir: &Dir, now: SystemTime) -> usize {
    let unused = |name: String| {
        let stem = name.strip_suffix(".lock").filter(|stem| is_ours(stem))?;
        remove(dir, &Names::new(stem), now)
    };
    dir.names().take(MOST_LOOKED_AT).filter_map(unused).take(MOST_REMOVED).count()
}

/// Removes the files of a name that nobody uses, and nobody is about to use.
fn remove(dir: &Dir, names: &Names, now: SystemTime) -> Option<()> {
    // Most are in use: they need no lock to tell.
    is_old(dir, names, now).then_some(())?;
    let lock = lock_at_once(dir, &names.lock)?;
    // Again, as nobody else changes anything now. What is not a file of ours stays.
    let is_over = is_old(dir, names, now) && is_over(dir, names, now)?;
    is_over.then_some(())?;
    for file in [&names.entry, &names.beside] {
        dir.remove(file).ok()?;
    }
    // Last, and while it is held: whoever waits for it sees that it is gone.
    let removed = dir.remove(&names.lock).ok();
    drop(lock);
    removed
}

/// Whether what is stored was over for so long; `None` for what is not a private file. Garbage is over.
fn is_over(dir: &Dir, names: &Names, now: SystemTime) -> Option<bool> {
    match read(dir, &names.entry) {
        Ok(entry) => Some(entry.is_over_for(UNUSED_FOR, now)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => Some(true),
        Err(_no_file) => None,
    }
}

/// Whether nothing was written for so long; where nothing ever was, whether nobody came.
fn is_old(dir: &Dir, names: &Names, now: SystemTime) -> bool {
    let changed = match dir.modified(&names.entry) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => dir.modified(&names.lock),
        changed => changed,
    };
    changed.is_ok_and(|changed| is_past(changed, UNUSED_FOR, now))
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

#[cfg(test)]
mod tests;
