//! A folder that is removed after the test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

static NEXT: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Returns the path of a folder that does not exist yet.
    pub(crate) fn new() -> Self {
        let name = format!("auth-core-store-{}-{}", std::process::id(), NEXT.fetch_add(1, SeqCst));
        Self(std::env::temp_dir().join(name))
    }

    /// Returns a folder whose path is short enough for a socket.
    #[cfg(unix)]
    pub(crate) fn short() -> Self {
        Self(Path::new("/tmp").join(format!("ac-{}-{}", std::process::id(), NEXT.fetch_add(1, SeqCst))))
    }

    /// Creates the folder for its owner alone, if it does not exist.
    #[cfg(unix)]
    pub(crate) fn make(&self) -> &Path {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0).unwrap();
        &self.0
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The folder may never have been created.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
