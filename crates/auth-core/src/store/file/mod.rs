//! A store in a folder that the processes of one machine share.

mod cache_dir;
pub(super) mod entry;
mod folder;
mod lock;
#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use self::cache_dir::cache_dir;
use self::entry::Entry;
use self::folder::Folder;
use super::contract::{Acquire, Cooldown, Found, Lease, Store};
use super::key::CacheKey;
use crate::env;
use crate::error::{Error, ErrorKind, Result};
use crate::quota::exchange::{Take, Taken};

/// A store in a folder of files that the processes of one user on one machine share, for scripts, command lines and
/// cron jobs.
///
/// Each account has its own file, which is replaced as a whole, and a second file that is locked during a change. A
/// process may be killed at any point. The next one finds the state before or after the change.
///
/// # Ownership
///
/// On Unix the folder belongs to this user, and nobody else can write in it. Each folder above it belongs to this user
/// or to root. Others may write there, as in `/tmp` or a container's volume. The files have the mode 0600. All of this
/// is checked in each operation:
///
/// - A folder of another user, a symbolic link in its place, and a link above it that another user could create are
///   errors.
/// - A file that belongs to another user, that others can use, or that has a second name is not read. It is replaced,
///   with a warning. Such a file comes from `sudo` or a backup.
/// - A symbolic link, a named pipe, a socket, a device or a directory in the place of a file is an error. It is neither
///   followed nor opened.
///
/// Root, and any other process that can act as this user, is trusted. If others can write in a folder above, they can
/// remove this one, which costs logins.
///
/// # Upkeep
///
/// Two small files per account remain, even after its password has changed, which makes it a different account. Old
/// files can be deleted at any time: `find FOLDER -name 'auth-v1-*.json' -mtime +30 -delete` costs at most one login.
/// If the folder is removed while a process runs, it is created again.
///
/// Use a local disk: locks on network file systems behave differently. Times are by the machine's wall clock. If it is
/// set back, earlier contents count as expired.
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
    /// Creates a store in the platform's cache folder: `$XDG_CACHE_HOME/auth-core` or `~/.cache/auth-core`,
    /// `~/Library/Caches/auth-core` on macOS, `%LOCALAPPDATA%\auth-core` on Windows.
    ///
    /// That folder belongs to this store alone. If others can write in it, for example because a volume's files were
    /// given to a group, it gets the mode 0700. In a container, set `XDG_CACHE_HOME` to a volume, or specify a folder
    /// with [`at`](Self::at).
    ///
    /// ```no_run
    /// let store = auth_core::store::FileStore::new()?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the environment specifies no such folder, or the folder cannot be used: see
    /// [`at`](Self::at).
    pub fn new() -> Result<Self> {
        let folder = cache_dir(env::environment)?.join("auth-core");
        let folder = Folder::new(&folder, true).map_err(|error| {
            let message = format!("{}; FileStore::at takes another folder", error.message());
            Error::new(ErrorKind::Config, message)
        })?;
        Ok(Self { folder: Arc::new(folder) })
    }

    /// Creates a store in this folder. A missing folder is created with the mode 0700, and so are missing ones above
    /// it.
    ///
    /// ```
    /// let folder = std::env::temp_dir().join("auth-core-docs");
    /// let store = auth_core::store::FileStore::at(folder)?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the folder cannot be created, does not belong to this user, or others can write
    /// in it. The message contains the path, the reason and the remedy.
    pub fn at(folder: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self { folder: Arc::new(Folder::new(&folder.into(), false)?) })
    }

    /// Runs a change on a thread that may block.
    async fn with<R: Send + 'static>(
        &self,
        key: &CacheKey,
        change: impl FnOnce(&mut Entry) -> R + Send + 'static,
    ) -> Result<R> {
        let (folder, key) = (Arc::clone(&self.folder), key.clone());
        let done = tokio::task::spawn_blocking(move || folder.change(&key, change)).await;
        done.map_err(|error| {
            Error::new(ErrorKind::Unavailable, "the task that accesses the store's file did not finish")
                .with_source(error)
        })?
    }
}

#[async_trait]
impl Store for FileStore {
    async fn acquire(&self, key: &CacheKey, acquire: &Acquire) -> Result<Found> {
        let acquire = acquire.clone();
        self.with(key, move |entry| entry.acquire(&acquire)).await
    }

    async fn extend(&self, key: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        let lease = *lease;
        self.with(key, move |entry| entry.extend(&lease, span)).await
    }

    async fn publish(&self, key: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        #[expect(clippy::disallowed_methods, reason = "how long the lock is in coming, which no test pauses")]
        let (lease, sealed, asked) = (*lease, sealed.to_vec(), Instant::now());
        // The lifetime counts from now, because acquiring the lock may take long.
        let late = move |entry: &mut Entry| entry.publish(&lease, sealed, lifetime.saturating_sub(asked.elapsed()));
        self.with(key, late).await
    }

    async fn release(&self, key: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
        let lease = *lease;
        self.with(key, move |entry| entry.release(&lease, cooldown)).await
    }

    async fn remove(&self, key: &CacheKey, fence: u64) -> Result<bool> {
        self.with(key, move |entry| entry.remove(fence)).await
    }

    async fn take_permits(&self, key: &CacheKey, take: &Take) -> Result<Option<Taken>> {
        let take = take.clone();
        self.with(key, move |entry| Some(entry.take_permits(&take))).await
    }

    async fn take_part(&self, key: &CacheKey, take: &Take) -> Result<Option<Taken>> {
        let take = take.clone();
        self.with(key, move |entry| entry.take_part(&take)).await
    }
}
