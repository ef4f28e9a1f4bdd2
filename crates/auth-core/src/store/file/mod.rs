//! A folder that the processes of one machine share.

mod disk;
#[cfg(not(unix))]
mod elsewhere;
mod entry;
mod lock;
mod place;
#[cfg(unix)]
mod unix;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use self::disk::Folder;
use self::entry::Entry;
use super::contract::{Acquire, Cooldown, Found, Lease, Store};
use super::key::CacheKey;
use crate::env;
use crate::error::{Error, ErrorKind, Result};

/// A folder of files that the processes of one user on one machine share: for scripts, command lines and cron jobs.
///
/// Each account has a file of its own there, which is replaced as a whole, and a second one that is locked meanwhile: a process may
/// be killed at any point, and the next one finds what was there before or what came after.
///
/// # Whose it is
///
/// On Unix the folder belongs to this user, and nobody else can write in it. Each folder above it belongs to this user or to root; others
/// may write there, as in `/tmp` or a container's volume. The files have the mode 0600. All of that is checked at each operation:
///
/// - a folder of another user, a symbolic link in its place, and a link above it that another user could set are refused;
/// - a file that belongs to another user, that others can use, or that has a second name is not read but replaced, with a warning: `sudo`
///   left it there, or a backup;
/// - a symbolic link, a named pipe, a socket, a device or a directory in a file's place is an error, and is neither followed nor opened.
///
/// Root, and whoever else can act as this user, is trusted. Where others can write in a folder above, they can take this one away, which
/// costs logins.
///
/// # Upkeep
///
/// Two small files stay for each account, also after its password has changed, which makes it another account here. Old ones
/// can be deleted at any time: `find FOLDER -name 'auth-v1-*.json' -mtime +30 -delete` costs a login at most.
/// A folder that is removed while a process runs is made again.
///
/// It is for a local disk: locks on network file systems are another matter. Times are by the machine's wall clock; where that was
/// set back, what was stored before counts as over.
///
/// ```
/// use auth_core::store::{FileStore, KeyRing, SharedStore};
///
/// let folder = std::env::temp_dir().join("auth-core-docs");
/// let key = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";
/// let store = SharedStore::new(FileStore::at(folder)?, KeyRing::new(&key)?);
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
    /// That folder is for this alone: if others can write in it, as where a volume's files were given to a group, it gets the
    /// mode 0700. In a container, set `XDG_CACHE_HOME` to a volume, or name a folder by [`at`](Self::at).
    ///
    /// ```no_run
    /// let store = auth_core::store::FileStore::new()?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the environment names no such folder, or the folder cannot be used: see [`at`](Self::at).
    pub fn new() -> Result<Self> {
        let folder = place::cache_folder(env::environment)?.join("auth-core");
        let folder = Folder::new(&folder, true).map_err(|error| {
            let message = format!("{}; FileStore::at names another folder", error.message());
            Error::new(ErrorKind::Config, message)
        })?;
        Ok(Self { folder: Arc::new(folder) })
    }

    /// In this folder, which is made with the mode 0700 if it is not there, with those above it.
    ///
    /// ```
    /// let folder = std::env::temp_dir().join("auth-core-docs");
    /// let store = auth_core::store::FileStore::at(folder)?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the folder cannot be made, is not this user's own, or others can write in it. The message has
    /// the path, the reason and what to do.
    pub fn at(folder: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self { folder: Arc::new(Folder::new(&folder.into(), false)?) })
    }

    /// Runs where blocking is allowed.
    async fn with<R: Send + 'static>(
        &self,
        name: &CacheKey,
        change: impl FnOnce(&mut Entry) -> R + Send + 'static,
    ) -> Result<R> {
        let (folder, name) = (Arc::clone(&self.folder), name.clone());
        let done = tokio::task::spawn_blocking(move || folder.change(&name, change)).await;
        done.map_err(|error| Error::new(ErrorKind::Unavailable, "the file's thread went away").with_source(error))?
    }
}

#[async_trait]
impl Store for FileStore {
    async fn acquire(&self, name: &CacheKey, claim: &Acquire) -> Result<Found> {
        let claim = claim.clone();
        self.with(name, move |entry| entry.acquire(&claim)).await
    }

    async fn extend(&self, name: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        let lease = *lease;
        self.with(name, move |entry| entry.extend(&lease, span)).await
    }

    async fn publish(&self, name: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        #[expect(clippy::disallowed_methods, reason = "how long the lock is in coming, which no test pauses")]
        let (lease, sealed, asked) = (*lease, sealed.to_vec(), Instant::now());
        // Counted from now: the lock may be long in coming.
        let late = move |entry: &mut Entry| entry.publish(&lease, sealed, lifetime.saturating_sub(asked.elapsed()));
        self.with(name, late).await
    }

    async fn release(&self, name: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
        let lease = *lease;
        self.with(name, move |entry| entry.release(&lease, cooldown)).await
    }

    async fn remove(&self, name: &CacheKey, fence: u64) -> Result<bool> {
        self.with(name, move |entry| entry.remove(fence)).await
    }
}
