//! A folder that the processes of one machine share.

mod disk;
mod entry;
mod lock;
mod place;
#[cfg(unix)]
mod sweep;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use self::disk::Folder;
use self::entry::Entry;
use super::{Claim, Found, Gate, Lease, Name, Store};
use crate::error::{Error, ErrorKind, Result};
use crate::vars;

/// A folder of files that the processes of one user on one machine share: for scripts, command lines and cron jobs.
///
/// Each account has a file of its own there, which is replaced as a whole, and a second one that is locked meanwhile: a process may
/// be killed at any point, and the next one finds what was there before or what came after. The files have the mode 0600; one that
/// others can read is not used, nor a folder that others can write.
///
/// Once a day a process that has just logged in removes, on Unix, the files of names that were not used for a week: those of passwords
/// and accounts that are no more. It looks at ten thousand files at the most, removes a hundred names, and leaves whatever has another name.
///
/// It is for a local disk: locks on network file systems are another matter. Times are by the machine's wall clock; where that was
/// set back, what was stored before counts as over.
///
/// ```
/// use auth_core::store::{FileStore, KeyRing, Sharing};
///
/// let folder = std::env::temp_dir().join("auth-core-docs");
/// let key = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";
/// let sharing = Sharing::new(FileStore::at(folder)?, KeyRing::new(&key.into())?);
/// # Ok::<(), auth_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: Arc<Folder>,
}

impl FileStore {
    /// In the platform's folder for what can be had again: `$XDG_CACHE_HOME/auth-core` or `~/.cache/auth-core`,
    /// `~/Library/Caches/auth-core` on macOS, `%LOCALAPPDATA%\auth-core` on Windows.
    ///
    /// ```no_run
    /// let store = auth_core::store::FileStore::new()?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the environment does not tell where that is; otherwise as for [`at`](Self::at).
    pub fn new() -> Result<Self> {
        let cache = place::cache_folder(vars::environment).ok_or_else(|| {
            Error::new(ErrorKind::Config, "the environment tells no folder for caches: set HOME, or use FileStore::at")
        })?;
        Self::at(cache.join("auth-core"))
    }

    /// In this folder, which is made with the mode 0700 if it is not there.
    ///
    /// ```
    /// let folder = std::env::temp_dir().join("auth-core-docs");
    /// let store = auth_core::store::FileStore::at(folder)?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the folder cannot be made, or others than its owner can write in it.
    pub fn at(folder: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self { folder: Arc::new(Folder::new(folder.into())?) })
    }

    /// Behind the caller, once a day.
    #[cfg_attr(not(unix), expect(clippy::unused_self, reason = "there nothing is removed"))]
    fn sweep(&self) {
        #[cfg(unix)]
        {
            let folder = Arc::clone(&self.folder);
            drop(tokio::task::spawn_blocking(move || folder.sweep_if_due(crate::clock::wall_time().into())));
        }
    }

    /// Runs where blocking is allowed.
    async fn with<R: Send + 'static>(
        &self,
        name: &Name,
        change: impl FnOnce(&mut Entry) -> R + Send + 'static,
    ) -> Result<R> {
        let (folder, name) = (Arc::clone(&self.folder), name.clone());
        let done = tokio::task::spawn_blocking(move || folder.change(&name, change)).await;
        done.map_err(|error| Error::new(ErrorKind::Unavailable, "the file's thread went away").with_source(error))?
    }
}

#[async_trait]
impl Store for FileStore {
    async fn claim(&self, name: &Name, claim: &Claim) -> Result<Found> {
        let claim = claim.clone();
        self.with(name, move |entry| entry.claim(&claim)).await
    }

    async fn extend(&self, name: &Name, lease: &Lease, span: Duration) -> Result<bool> {
        let lease = *lease;
        self.with(name, move |entry| entry.extend(&lease, span)).await
    }

    async fn publish(&self, name: &Name, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        #[expect(clippy::disallowed_methods, reason = "how long the lock is in coming, which no test pauses")]
        let (lease, sealed, asked) = (*lease, sealed.to_vec(), Instant::now());
        // Counted from now: the lock may be long in coming.
        let late = move |entry: &mut Entry| entry.publish(&lease, sealed, lifetime.saturating_sub(asked.elapsed()));
        let published = self.with(name, late).await;
        self.sweep();
        published
    }

    async fn release(&self, name: &Name, lease: &Lease, gate: Option<Gate>) -> Result<()> {
        let lease = *lease;
        self.with(name, move |entry| entry.release(&lease, gate)).await
    }

    async fn remove(&self, name: &Name, fence: u64) -> Result<bool> {
        self.with(name, move |entry| entry.remove(fence)).await
    }
}
