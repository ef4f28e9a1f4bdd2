//! Files that are locked while they change, replaced as a whole, and nobody else's to read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::entry::{Entry, Millis};
use super::lock::lock;
use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Name;

/// No entry is larger.
const LARGEST: u64 = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Folder(pub(super) PathBuf);

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
        let paths = Paths::new(&self.0, &name.as_str().replace(':', "-"));
        let lock = lock(&paths.lock)?;
        let before = read(&paths.entry)?.at(now());
        let mut entry = before.clone();
        let result = change(&mut entry);
        if entry != before {
            replace(&paths.entry, &paths.beside, &entry)?;
        }
        // Unlocked by its end, as it is where the process is killed.
        drop(lock);
        Ok(result)
    }
}

/// The files of one name.
pub(super) struct Paths {
    pub(super) lock: PathBuf,
    pub(super) entry: PathBuf,
    pub(super) beside: PathBuf,
}

impl Paths {
    pub(super) fn new(folder: &Path, stem: &str) -> Self {
        let path = |ending| folder.join(format!("{stem}.{ending}"));
        Self { lock: path("lock"), entry: path("json"), beside: path("new") }
    }
}

/// By the wall clock.
fn now() -> Millis {
    u64::try_from(clock::wall_time().unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// What the file holds; nothing where there is none, or garbage.
pub(super) fn read(path: &Path) -> io::Result<Entry> {
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
pub(super) fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
pub(super) fn private(_options: &mut OpenOptions) {}

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
