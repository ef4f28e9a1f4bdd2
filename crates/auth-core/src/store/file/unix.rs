//! A private folder, opened one path component at a time.
//!
//! Each component of the path is opened relative to the previous one, and each file relative to the folder, so that
//! nothing can be swapped between a check and its use. This happens in each operation: a folder that was removed is
//! created again, and a folder of another user in its place is an error.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::fs::{fchmod, fstat, mkdirat, open, openat, readlinkat, renameat, statat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;

/// The maximum number of links in one path, as on Linux.
const MAX_LINKS: usize = 40;
const PRIVATE_FOLDER: Mode = Mode::RWXU;
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// A component of the path need not be readable if the system can open it without reading.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const PART: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const PART: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A folder that belongs to this user and in which nobody else can write.
#[derive(Debug)]
pub(super) struct Dir(OwnedFd);

impl Dir {
    /// Opens the folder, and creates missing components of its path with the mode 0700. If others can write in the
    /// folder, `tightens` makes it private, and otherwise this is an error.
    ///
    /// The error's message contains the component of the path.
    pub(super) fn open(path: &Path, tightens: bool) -> io::Result<Self> {
        let at = walk(path)?;
        let folder = openat(&at, ".", OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map_err(in_part(path))?;
        let found = fstat(&folder).map_err(in_part(path))?;
        let me = geteuid().as_raw();
        if found.st_uid != me {
            let (path, own) = (path.display(), path.join("auth"));
            return refuse(format!(
                "{path} belongs to another user (uid {}, and this is uid {me}): give a folder of its own, such as {}",
                found.st_uid,
                own.display()
            ));
        }
        if others_can_write(&found) {
            if !tightens {
                let (path, mode) = (path.display(), found.st_mode & 0o7777);
                return refuse(format!("other users can write to {path} (mode {mode:o}): chmod 700 {path}"));
            }
            fchmod(&folder, PRIVATE_FOLDER).map_err(in_part(path))?;
        }
        Ok(Self(folder))
    }

    /// Opens a file to lock. If it belongs to another user and cannot be opened, it is replaced.
    pub(super) fn to_lock(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE;
        match self.open_file(name, flags) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && self.remove(name).is_ok() => {
                self.open_file(name, flags)
            }
            outcome => outcome,
        }
    }

    /// Opens a file to read.
    pub(super) fn to_read(&self, name: &str) -> io::Result<File> {
        self.open_file(name, OFlags::RDONLY)
    }

    /// Creates a file, which replaces an existing one.
    pub(super) fn to_write(&self, name: &str) -> io::Result<File> {
        self.remove(name)?;
        self.open_file(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(renameat(&self.0, from, &self.0, to)?)
    }

    /// Removes a file if it exists.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match unlinkat(&self.0, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            // Linux and macOS return two different errors for a directory, one of which is not specific.
            Err(error) => {
                Err(self.what_is(name).filter(|what| *what != FileType::RegularFile).map_or(error.into(), no_file))
            }
        }
    }

    /// Returns true if the opened file still has this name.
    pub(super) fn is_in_place(&self, file: &File, name: &str) -> io::Result<bool> {
        let ours = fstat(file)?;
        match self.stat(name) {
            Ok(found) => Ok((found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens regular files only: a named pipe would block, a device may do anything, and a link leads elsewhere.
    fn open_file(&self, name: &str, flags: OFlags) -> io::Result<File> {
        if let Some(what) = self.what_is(name).filter(|what| *what != FileType::RegularFile) {
            return Err(no_file(what));
        }
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(openat(&self.0, name, flags, PRIVATE_FILE)?);
        match FileType::from_raw_mode(fstat(&file)?.st_mode) {
            FileType::RegularFile => Ok(file),
            what => Err(no_file(what)),
        }
    }

    fn what_is(&self, name: &str) -> Option<FileType> {
        self.stat(name).ok().map(|found| FileType::from_raw_mode(found.st_mode))
    }

    fn stat(&self, name: &str) -> rustix::io::Result<Stat> {
        statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)
    }
}

/// Returns the reason for which an open file must not be used, or `None` if it is private to this user.
pub(super) fn not_private(file: &File) -> io::Result<Option<String>> {
    let found = file.metadata()?;
    let mode = found.mode() & 0o7777;
    Ok(if found.uid() != geteuid().as_raw() {
        Some(format!("it belongs to another user (uid {})", found.uid()))
    } else if mode & 0o077 != 0 {
        Some(format!("other users can access it (mode {mode:o})"))
    } else if found.nlink() > 1 {
        Some("it has another name as well (a hard link)".to_owned())
    } else {
        None
    })
}

/// Returns the user's number, for a message.
pub(super) fn this_user() -> String {
    format!("uid {}", geteuid().as_raw())
}

/// Opens the components of an absolute path, one after the other.
///
/// Each component belongs to root or to this user, because its owner could swap what is below it. Others may write in
/// one, such as a container's volume: the owner of what they put there reveals it. A link is followed if nobody else
/// can have created it.
fn walk(path: &Path) -> io::Result<OwnedFd> {
    let mut here = PathBuf::from("/");
    let mut at = open("/", PART, Mode::empty()).map_err(in_part(&here))?;
    let root = fstat(&at).map_err(in_part(&here))?;
    // In a container, root may have another number outside, which is the owner of the root directory.
    let is_trusted = |found: &Stat| [0, root.st_uid, geteuid().as_raw()].contains(&found.st_uid);
    let mut in_swappable = is_swappable(&root);
    let mut ahead = parts(path);
    let mut links = 0;
    while let Some(part) = ahead.pop() {
        let stat = || statat(&at, &part, AtFlags::SYMLINK_NOFOLLOW);
        let found = match stat() {
            Err(Errno::NOENT) => match mkdirat(&at, &part, PRIVATE_FOLDER) {
                // Another process may have created it first.
                Ok(()) | Err(Errno::EXIST) => stat(),
                Err(error) => Err(error),
            },
            found => found,
        };
        let named = here.join(&part);
        let found = found.map_err(in_part(&named))?;
        let shown = named.display();
        if FileType::from_raw_mode(found.st_mode) == FileType::Symlink {
            links += 1;
            if ahead.is_empty() {
                return refuse(format!("{shown} is a symbolic link: give the folder that it leads to"));
            }
            if !is_trusted(&found) || in_swappable || links > MAX_LINKS {
                return refuse(format!(
                    "{shown} is a symbolic link that another user can change: give a path without it"
                ));
            }
            let target = readlinkat(&at, &part, Vec::new()).map_err(in_part(&named))?;
            let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
            if target.is_absolute() {
                here = PathBuf::from("/");
                at = open("/", PART, Mode::empty()).map_err(in_part(&here))?;
                in_swappable = is_swappable(&root);
            }
            ahead.extend(parts(&target));
            continue;
        }
        at = openat(&at, &part, PART, Mode::empty()).map_err(in_part(&named))?;
        let found = fstat(&at).map_err(in_part(&named))?;
        if !is_trusted(&found) {
            return refuse(format!(
                "{shown} belongs to another user (uid {}), who can replace what is below it: give a folder whose parents \
                 belong to root or to this user ({})",
                found.st_uid,
                this_user()
            ));
        }
        in_swappable = is_swappable(&found);
        here = if part == ".." { here.parent().unwrap_or(Path::new("/")).to_owned() } else { named };
    }
    Ok(at)
}

/// Returns the components of a path, with the first one last.
fn parts(path: &Path) -> Vec<OsString> {
    let parts = path.components().rev().filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
    parts.map(|part| part.as_os_str().to_owned()).collect()
}

fn refuse<T>(message: String) -> io::Result<T> {
    Err(io::Error::other(message))
}

fn others_can_write(found: &Stat) -> bool {
    found.st_mode & 0o022 != 0
}

/// Returns true if other users can replace what is in a folder.
fn is_swappable(folder: &Stat) -> bool {
    let is_sticky = folder.st_mode & 0o1000 != 0;
    others_can_write(folder) && !is_sticky
}

fn no_file(what: FileType) -> io::Error {
    let what = match what {
        FileType::Symlink => "a symbolic link",
        FileType::Directory => "a directory",
        FileType::Fifo => "a named pipe",
        FileType::Socket => "a socket",
        _ => "a device",
    };
    io::Error::other(format!("it is {what} and not a file: remove it"))
}

/// Returns the same error with the component of the path in its message. The kind is kept.
fn in_part(part: &Path) -> impl Fn(Errno) -> io::Error {
    let part = part.display().to_string();
    move |error| {
        let error = io::Error::from(error);
        io::Error::new(error.kind(), format!("{part}: {error}"))
    }
}
