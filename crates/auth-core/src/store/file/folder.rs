//! Private files that are locked while they change, and replaced as a whole.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::entry::{Entry, Millis};
use super::lock::lock;
#[cfg(not(unix))]
use super::portable::{Dir, not_private, this_user};
#[cfg(unix)]
use super::unix::{Dir, not_private, this_user};
use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::store::key::CacheKey;

/// The maximum size of an entry.
const MAX_FILE_SIZE: u64 = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// True if the folder was created for this store alone. Then it is made private if others can write in it.
    /// Otherwise that is an error.
    is_own: bool,
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

    fn open(&self) -> Result<Dir> {
        Dir::open(&self.path, self.is_own).map_err(|error| {
            let message = format!("the store's folder cannot be used: {error}{}", remedy(error.kind()));
            Error::new(ErrorKind::Unavailable, message)
        })
    }

    /// Reads the entry, changes it, and writes it if it is different, under a lock against all other processes.
    pub(super) fn change<R>(&self, key: &CacheKey, change: impl FnOnce(&mut Entry) -> R) -> Result<R> {
        let dir = self.open()?;
        let named = |ending: &str| format!("{}.{ending}", key.as_str().replace(':', "-"));
        let (lock_name, entry_name, new_name) = (named("lock"), named("json"), named("new"));
        // The lock ends when the file is closed, and so also when the process is killed.
        let _lock = lock(&dir, &lock_name).map_err(self.unusable(&lock_name))?;
        let before = self.read(&dir, &entry_name).map_err(self.unusable(&entry_name))?.at(now());
        let mut entry = before.clone();
        let result = change(&mut entry);
        if entry != before {
            // A file that a killed process left is overwritten.
            let written = dir.to_write(&new_name).and_then(|file| write(file, &entry));
            let renamed = |()| dir.rename(&new_name, &entry_name).map_err(self.unusable(&entry_name));
            if let Err(error) = written.map_err(self.unusable(&new_name)).and_then(renamed) {
                // On a full disk it would take the space that the next one needs.
                let _ = dir.remove(&new_name);
                return Err(error);
            }
        }
        Ok(result)
    }

    /// Reads an entry. A missing or untrusted file is treated as empty, and is replaced.
    fn read(&self, dir: &Dir, name: &str) -> io::Result<Entry> {
        match read(dir, name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Entry::default()),
            Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidData) => {
                let path = self.path.join(name);
                tracing::warn!(
                    name: "auth.store_file_replaced", %error, file.path = %path.display(),
                    "a file of the store is unusable and is replaced"
                );
                Ok(Entry::default())
            }
            outcome => outcome,
        }
    }

    fn unusable(&self, name: &str) -> impl Fn(io::Error) -> Error {
        let path = self.path.join(name);
        move |error| {
            let remedy = remedy(error.kind());
            let message = format!("the store's file {} cannot be used: {error}{remedy}", path.display());
            Error::new(ErrorKind::Unavailable, message)
        }
    }
}

/// Reads a file. The error's kind is [`InvalidData`](io::ErrorKind::InvalidData) if the content is garbage, or if
/// others can use the file.
fn read(dir: &Dir, name: &str) -> io::Result<Entry> {
    let file = dir.to_read(name)?;
    if let Some(why) = not_private(&file)? {
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    let mut text = Vec::new();
    file.take(MAX_FILE_SIZE).read_to_end(&mut text)?;
    serde_json::from_slice(&text)
        .map_err(|_repeats_it| io::Error::new(io::ErrorKind::InvalidData, "its content is invalid"))
}

fn write(mut file: File, entry: &Entry) -> io::Result<()> {
    file.write_all(&serde_json::to_vec(entry)?)?;
    // Permits are granted too often to wait for the disk. If the machine fails, all processes on it do.
    if entry.has_permits() { Ok(()) } else { file.sync_all() }
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
