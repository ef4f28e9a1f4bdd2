//! Files that are locked while they change, replaced as a whole, and nobody else's to read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs4::{FileExt, TryLockError};

use super::entry::Entry;
use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Name;

/// How long a lock is waited for: whoever has it keeps it for some milliseconds, unless it was stopped.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// No entry is larger.
const LARGEST: u64 = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Result<Self> {
        let unusable = |error: io::Error| {
            let message = format!("the store's folder cannot be used: {}", path.display());
            Error::new(ErrorKind::Config, message).with_source(error)
        };
        make(&path).map_err(unusable)?;
        let found = fs::metadata(&path).map_err(unusable)?;
        if !found.is_dir() || others_may(&found, 0o022) {
            let message =
                format!("the store's folder is none, or others can write in it: chmod 700 {}", path.display());
            return Err(Error::new(ErrorKind::Config, message));
        }
        Ok(Self(path))
    }

    /// Reads the entry, changes it, and writes it if that made a difference: alone among all processes.
    pub(super) fn change<R>(&self, name: &Name, change: impl FnOnce(&mut Entry) -> R) -> Result<R> {
        let unusable = |error| {
            let message = format!("the store's file cannot be used: {}", name.as_str());
            Error::new(ErrorKind::Unavailable, message).with_source(error)
        };
        self.try_change(name, change).map_err(unusable)
    }

    fn try_change<R>(&self, name: &Name, change: impl FnOnce(&mut Entry) -> R) -> io::Result<R> {
        let stem = name.as_str().replace(':', "-");
        let path = |ending: &str| self.0.join(format!("{stem}.{ending}"));
        let lock = lock(&path("lock"))?;
        let file = path("json");
        let before = read(&file)?.at(now());
        let mut entry = before.clone();
        let result = change(&mut entry);
        if entry != before {
            replace(&file, &path("new"), &entry)?;
        }
        // Unlocked by its end, as it is where the process is killed.
        drop(lock);
        Ok(result)
    }
}

/// By the wall clock.
fn now() -> u64 {
    u64::try_from(clock::wall_time().unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

fn lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    private(&mut options);
    let file = options.open(path)?;
    let mut waited = Duration::ZERO;
    loop {
        match FileExt::try_lock(&file) {
            Ok(()) => return Ok(file),
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

/// What the file holds; nothing where there is none, or garbage.
fn read(path: &Path) -> io::Result<Entry> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Entry::default()),
        Err(error) => return Err(error),
        Ok(found) if !found.is_file() || others_may(&found, 0o077) => {
            return Err(io::Error::other("it is no file, or others can read it: remove it"));
        }
        Ok(_ours) => {}
    }
    let mut text = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text).unwrap_or_else(|_garbage| {
        tracing::warn!(path = %path.display(), "garbage in the store: it is as if it were not there");
        Entry::default()
    }))
}

/// Writes it beside, then puts that in its place. What a killed process left there is overwritten.
fn replace(path: &Path, beside: &Path, entry: &Entry) -> io::Result<()> {
    match fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    private(&mut options);
    let mut file = options.open(beside)?;
    file.write_all(&serde_json::to_vec(entry)?)?;
    file.sync_all()?;
    drop(file);
    fs::rename(beside, path)
}

#[cfg(unix)]
fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn private(_options: &mut OpenOptions) {}

#[cfg(unix)]
fn others_may(found: &fs::Metadata, these: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.mode() & these != 0
}

/// A user's own folders are his own there.
#[cfg(not(unix))]
fn others_may(_found: &fs::Metadata, _these: u32) -> bool {
    false
}
