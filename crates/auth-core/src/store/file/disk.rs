//! Private files that are locked while they change, and replaced as a whole.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

#[cfg(not(unix))]
use super::elsewhere::{Dir, not_private, this_user};
use super::entry::{Entry, Millis};
use super::lock::lock;
#[cfg(unix)]
use super::unix::{Dir, not_private, this_user};
use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::store::key::CacheKey;

/// The maximum size of an entry.
const MAX_FILE_SIZE: u64 = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// True if the folder was created for this store alone. Then it is made private if others can write in it.
    /// Otherwise that is an error.
    pub(super) is_own: bool,
}

impl Folder {
    /// Creates a folder, and checks that it can be opened.
    pub(super) fn new(path: &Path, is_own: bool) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|error| {
            let message = format!("the store's folder {} cannot be used: {error}", path.display());
            Error::new(ErrorKind::Config, message)
        })?;
        let folder = Self { path, is_own };
        folder.open().map_err(|error| Error::new(ErrorKind::Config, error.message()))?;
        Ok(folder)
    }

    pub(super) fn open(&self) -> Result<Dir> {
        Dir::open(&self.path, self.is_own).map_err(|error| {
            let message = format!("the store's folder cannot be used: {error}{}", remedy(error.kind()));
            Error::new(ErrorKind::Unavailable, message)
        })
    }

    /// Reads the entry, changes it, and writes it if it is different, under a lock against all other processes.
    pub(super) fn change<R>(&self, name: &CacheKey, change: impl FnOnce(&mut Entry) -> R) -> Result<R> {
        let dir = self.open()?;
        let names = Names::new(&name.as_str().replace(':', "-"));
        let unusable = |name: &str, error: &io::Error| {
            let path = self.path.join(name);
            let message =
                format!("the store's file {} cannot be used: {error}{}", path.display(), remedy(error.kind()));
            Error::new(ErrorKind::Unavailable, message)
        };
        let lock = lock(&dir, &names.lock).map_err(|error| unusable(&names.lock, &error))?;
        let found = self.read(&dir, &names.entry).map_err(|error| unusable(&names.entry, &error))?;
        let before = found.at(now());
        let mut entry = before.clone();
        let result = change(&mut entry);
        if entry != before {
            replace(&dir, &names, &entry).map_err(|(name, error)| unusable(name, &error))?;
        }
        // The lock ends when the file is closed, and so also when the process is killed.
        drop(lock);
        Ok(result)
    }

    /// Reads a file. A missing or untrusted file is treated as empty, and is replaced.
    fn read(&self, dir: &Dir, name: &str) -> io::Result<Entry> {
        let why = match read(dir, name) {
            Ok(entry) => return Ok(entry),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Entry::default()),
            Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidData) => error,
            Err(error) => return Err(error),
        };
        let path = self.path.join(name);
        tracing::warn!(path = %path.display(), error = %why, "a file of the store is unusable and is replaced");
        Ok(Entry::default())
    }
}

/// The names of an account's files.
pub(super) struct Names {
    pub(super) lock: String,
    pub(super) entry: String,
    pub(super) beside: String,
}

impl Names {
    pub(super) fn new(stem: &str) -> Self {
        let named = |ending| format!("{stem}.{ending}");
        Self { lock: named("lock"), entry: named("json"), beside: named("new") }
    }
}

/// Reads a file. The error's kind is [`InvalidData`](io::ErrorKind::InvalidData) if the content is garbage, or if
/// others can use the file.
pub(super) fn read(dir: &Dir, name: &str) -> io::Result<Entry> {
    let file = dir.to_read(name)?;
    if let Some(why) = not_private(&file)? {
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    let mut text = Vec::new();
    file.take(MAX_FILE_SIZE).read_to_end(&mut text)?;
    serde_json::from_slice(&text)
        .map_err(|_repeats_it| io::Error::new(io::ErrorKind::InvalidData, "its content is invalid"))
}

/// Writes a temporary file, and renames it to the entry. A file that a killed process left is overwritten. An error
/// contains the name of the file that it concerns.
fn replace<'n>(dir: &Dir, names: &'n Names, entry: &Entry) -> Result<(), (&'n str, io::Error)> {
    let written = dir.to_write(&names.beside).and_then(|file| write(file, entry));
    let written = written.map_err(|error| (names.beside.as_str(), error));
    let renamed = |()| dir.rename(&names.beside, &names.entry).map_err(|error| (names.entry.as_str(), error));
    let replaced = written.and_then(renamed);
    if replaced.is_err() {
        // On a full disk it would take the space that the next one needs.
        let _ = dir.remove(&names.beside);
    }
    replaced
}

fn write(mut file: File, entry: &Entry) -> io::Result<()> {
    file.write_all(&serde_json::to_vec(entry)?)?;
    file.sync_all()
}

/// Returns the time by the wall clock.
fn now() -> Millis {
    u64::try_from(clock::wall_time().unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// Returns the remedy for an error of the system.
fn remedy(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::PermissionDenied => format!("; let {} write there, or give another folder", this_user()),
        io::ErrorKind::ReadOnlyFilesystem => "; give a folder that can be written".to_owned(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free some space there".to_owned(),
        io::ErrorKind::InvalidFilename => "; give a shorter path".to_owned(),
        _ => String::new(),
    }
}
