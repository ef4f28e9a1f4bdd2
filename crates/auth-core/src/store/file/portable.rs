//! The folder on systems other than Unix, where a user's own folders are private.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct Dir(PathBuf);

impl Dir {
    pub(super) fn open(path: &Path, _tightens: bool) -> io::Result<Self> {
        let with_path = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        fs::create_dir_all(path).map_err(with_path)?;
        Ok(Self(path.to_owned()))
    }

    pub(super) fn to_lock(&self, name: &str) -> io::Result<File> {
        self.open_file(name, OpenOptions::new().create(true).truncate(false).write(true))
    }

    pub(super) fn to_read(&self, name: &str) -> io::Result<File> {
        self.open_file(name, OpenOptions::new().read(true))
    }

    pub(super) fn to_write(&self, name: &str) -> io::Result<File> {
        self.remove(name)?;
        self.open_file(name, OpenOptions::new().create_new(true).write(true))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Returns true, because other processes do not remove locks on these systems.
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "elsewhere it asks the system")]
    pub(super) fn is_in_place(&self, _file: &File, _name: &str) -> io::Result<bool> {
        Ok(true)
    }

    fn open_file(&self, name: &str, options: &OpenOptions) -> io::Result<File> {
        let path = self.0.join(name);
        match fs::symlink_metadata(&path) {
            Ok(found) if !found.is_file() => Err(io::Error::other("it is not a file: remove it")),
            _ => options.open(path),
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "elsewhere it asks the system")]
pub(super) fn not_private(_file: &File) -> io::Result<Option<String>> {
    Ok(None)
}

pub(super) fn this_user() -> String {
    "this user".to_owned()
}
