//! Files that hold a secret, and may change at any time.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::clock;
use crate::error::{Error, ErrorKind, Result};
use crate::sync::sleep;

/// The maximum size of a file.
const MAX_SIZE: usize = 64 * 1024;
/// The age of a file from which it counts as completely written.
const SETTLED_AFTER: Duration = Duration::from_secs(1);
/// The pause between two readings of a file that is being written, and the maximum number of readings.
const READ_EVERY: Duration = Duration::from_millis(50);
const MAX_READINGS: u32 = 20;
/// The time within which a pipe must be written. A person may have to unlock a password manager first.
const PIPE_LIMIT: Duration = Duration::from_secs(30);

/// The identity of a file's content. Writing to a file, renaming it, or swapping a link to it changes the stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    is_file: bool,
    length: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    inode: (u64, u64),
    #[cfg(unix)]
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Self {
            is_file: metadata.is_file(),
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: (metadata.dev(), metadata.ino()),
            #[cfg(unix)]
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Returns true if nobody has written to the file for a second. Writes within one tick of the file system's clock
    /// leave the same stamp, so only such a stamp identifies the content. A pipe was read to its end.
    fn is_settled(&self) -> bool {
        if !self.is_file {
            return true;
        }
        let now = SystemTime::from(clock::wall_time());
        let age = self.modified.and_then(|modified| now.duration_since(modified).ok());
        age.is_some_and(|age| age >= SETTLED_AFTER)
    }
}

/// Reads a file, or returns `None` if it has the stamp of the last reading. The new stamp is `None` if the file was
/// written less than a second ago.
///
/// A young file is read until two readings are equal, because its writer may not have finished. For the same reason, a
/// file that is missing or unusable is tried again for a second. A pipe is read once, because it is empty afterwards.
///
/// # Errors
///
/// `Unavailable` if the file cannot be used, or changes all the time.
pub(super) async fn read(path: &Path, known: Option<Stamp>) -> Result<Option<(Zeroizing<String>, Option<Stamp>)>> {
    let mut last = None;
    let mut why = "changes all the time".to_owned();
    for _ in 0..MAX_READINGS {
        let looked = path.to_owned();
        let found = tokio::task::spawn_blocking(move || look(&looked, known)).await;
        match found.map_err(|error| Error::new(ErrorKind::Unavailable, "the file's thread ended").with_source(error))? {
            Ok(None) => return Ok(None),
            Ok(Some((text, stamp))) if stamp.is_settled() => return Ok(Some((text, Some(stamp)))),
            Ok(found) if found.is_some() && found == last => return Ok(found.map(|(text, _)| (text, None))),
            Ok(found) => last = found,
            Err(error) => (last, why) = (None, error),
        }
        if path.exists() && !path.is_file() {
            break;
        }
        sleep(READ_EVERY).await;
    }
    Err(Error::new(ErrorKind::Unavailable, format!("the file of a secret, {}, {why}", shown(path))))
}

/// Reads the file once. An unchanged file is not read.
fn look(path: &Path, known: Option<Stamp>) -> Result<Option<(Zeroizing<String>, Stamp)>, String> {
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        let text = || text_in_time(path, PIPE_LIMIT).map(|text| (text, Stamp::of(&metadata)));
        return if known.is_some() { Ok(None) } else { text().map(Some) };
    }
    let file = File::open(path).map_err(unreadable)?;
    let stamp = || file.metadata().map(|metadata| Stamp::of(&metadata)).map_err(unreadable);
    if known == Some(stamp()?) {
        return Ok(None);
    }
    let text = text_in(&file)?;
    // After the reading: a write meanwhile makes the file young.
    Ok(Some((text, stamp()?)))
}

/// Returns the text of a file, trimmed, or the reason for which it cannot be used.
pub(crate) fn text_of(path: &Path) -> Result<Zeroizing<String>, String> {
    if path.is_file() { text_in(&File::open(path).map_err(unreadable)?) } else { text_in_time(path, PIPE_LIMIT) }
}

/// Returns the text of a pipe. It is read by a thread of its own, because even opening it waits for its writer. A thread
/// that nobody awaits any more reads nothing, and leaves the text to others.
pub(super) fn text_in_time(path: &Path, limit: Duration) -> Result<Zeroizing<String>, String> {
    let (send, text) = mpsc::channel();
    let (pipe, awaited) = (path.to_owned(), Arc::new(()));
    let is_awaited = Arc::downgrade(&awaited);
    let read = move || {
        let pipe = File::open(pipe).map_err(unreadable);
        if is_awaited.strong_count() > 0 {
            let _gone = send.send(pipe.and_then(|pipe| text_in(&pipe)));
        }
    };
    thread::Builder::new().spawn(read).map_err(unreadable)?;
    text.recv_timeout(limit).unwrap_or_else(|_late| {
        let limit = limit.as_secs();
        Err(format!("is a pipe that no program wrote and closed within {limit} s: start its writer, or give a file"))
    })
}

fn text_in(file: &File) -> Result<Zeroizing<String>, String> {
    // Allocated at its full size, so that growing leaves no copy of the secret in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_SIZE + 1));
    file.take(MAX_SIZE as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let text = match bytes.as_slice() {
        bytes if bytes.len() > MAX_SIZE => return Err("is larger than 64 KiB: give the secret's own file".to_owned()),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err("is UTF-16: save it as UTF-8".to_owned()),
        bytes => std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')),
    };
    let text = text.ok_or("is not UTF-8 text: save it as UTF-8")?;
    trimmed(text).map(|text| Zeroizing::new(text.to_owned())).ok_or_else(|| "is empty".to_owned())
}

/// Returns a value, [trimmed](crate::env#trimming), or `None` if it is blank.
///
/// ```
/// assert_eq!(auth_core::env::trimmed("\u{feff}segredo \r\n"), Some("segredo "));
/// assert_eq!(auth_core::env::trimmed(" \n"), None);
/// ```
#[must_use]
pub fn trimmed(value: &str) -> Option<&str> {
    let value = value.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
    (!value.trim().is_empty()).then_some(value)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreadable(error: io::Error) -> String {
    format!("cannot be read: {error}")
}

/// Returns the path, unless it may be the secret itself: users confuse the variable of a file with that of a value.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    if path.is_absolute() || text.starts_with('.') { text } else { "a path that is not shown".to_owned() }
}
