//! The store of shared logins that a profile names, and its key.

use std::fmt::Display;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use auth_core::env::environment;
use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::store::{FileStore, KeyRing, SharedStore};
use auth_store_redis::RedisStore;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use etcetera::BaseStrategy;

use crate::exit::{Failure, Result};
use crate::profile::{Profile, Store};

/// The variable that names another folder for the logins and their key.
const FOLDER_VARIABLE: &str = "AUTHCTL_STATE";

/// The time-out of the store. It is long, because waiting for a busy machine is better than another login.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the store that this profile shares its logins through, or `None` if it shares none.
pub(crate) async fn of(profile: &Profile) -> Result<Option<SharedStore>> {
    match &profile.store {
        Store::None => Ok(None),
        Store::File => in_files().map(Some),
        Store::Redis { url, key } => {
            let (url, key) = (url.read().await?, key.read().await?);
            let store = RedisStore::new(url.expose_secret())?;
            let keys =
                KeyRing::new(key.expose_secret()).map_err(|error| Failure::from(error).at("the key of the store"))?;
            let store = SharedStore::new(store, keys).timeout(TIMEOUT);
            // Without a usable folder, as in a read-only container, an outage costs more logins.
            let files = folder().ok().and_then(|folder| FileStore::at(folder.join("logins")).ok());
            Ok(Some(match files {
                Some(files) => store.fallback(files),
                None => store,
            }))
        }
    }
}

fn in_files() -> Result<SharedStore> {
    let folder = folder()?;
    let unusable = |error: &dyn Display| {
        Failure::usage(format!(
            "logins cannot be shared in {}: {error}; set {FOLDER_VARIABLE} to another folder, or `store = \"none\"` in \
             the profile",
            folder.display()
        ))
    };
    let store = FileStore::at(folder.join("logins")).map_err(|error| unusable(&error))?;
    let key = key(&folder.join("key")).map_err(|error| unusable(&error))?;
    let keys = KeyRing::new(key.expose_secret())
        .map_err(|_says_less| unusable(&"the file `key` is not the key that authctl made"))?;
    Ok(SharedStore::new(store, keys).timeout(TIMEOUT))
}

/// Returns `AUTHCTL_STATE`, or `authctl` in the platform's state folder.
fn folder() -> Result<PathBuf> {
    if let Some(folder) = environment(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let folders = etcetera::choose_base_strategy().map_err(|error| {
        Failure::usage(format!("no folder for shared logins: {error}; set HOME, or {FOLDER_VARIABLE} to a folder"))
    })?;
    Ok(folders.state_dir().unwrap_or_else(|| folders.cache_dir()).join("authctl"))
}

/// Reads the key, or creates it at the first use. Processes that start together agree on one.
fn key(path: &Path) -> io::Result<SecretString> {
    match read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        key => return key,
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    // A new temporary file is readable by its owner alone.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(STANDARD.encode(bytes).as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => read(path),
    }
}

/// Reads the key. Fails if other users can use the file.
fn read(path: &Path) -> io::Result<SecretString> {
    let mut file = fs::File::open(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o077 != 0 {
        return Err(io::Error::other("other users can use the file `key`: remove it, or chmod 600 it"));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text.into())
}
