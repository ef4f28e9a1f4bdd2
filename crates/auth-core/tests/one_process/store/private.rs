//! Ownership of the folder and its files. Set-ups that need root run as root. Checks that root
//! would bypass run as another user.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use auth_core::env::environment;
use auth_core::store::{Acquire, CacheKey, FileStore, Found, Store};
use auth_core::{ErrorKind, Result};

use super::account::{HOUR, Provider, lives};
use super::folder::Folder;
use super::memory::Memory;

const NOBODY: u32 = 65534;

fn provider() -> Provider {
    Provider::new(async |number| lives(number, HOUR))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").map_or_else(|_| Folder::new().make().metadata().unwrap().uid(), |own| own.uid()) == 0
}

/// Runs the test of this name in another process, as a user who is not root. Returns true in that process, or if this
/// one is not root.
fn as_user(this: &str) -> bool {
    if !is_root() {
        return true;
    }
    let program = std::env::current_exe().unwrap();
    let runs = |program: &Path| {
        Command::new(program).args(["--exact", this]).uid(NOBODY).gid(NOBODY).current_dir("/").output()
    };
    let output = runs(&program).or_else(|_in_a_folder_of_roots| {
        let folder = Folder::new();
        let copy = folder.make().join("tests");
        fs::copy(&program, &copy).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        runs(&copy)
    });
    let output = output.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    false
}

/// Returns an account's cache key.
async fn name() -> CacheKey {
    let memory = Memory::new();
    provider().process(&memory).credential().await.unwrap();
    memory.entries.lock().unwrap().keys().next().unwrap().clone()
}

async fn acquire(store: &FileStore) -> Result<Found> {
    store.acquire(&name().await, &Acquire::by([7; 16])).await
}

async fn file(folder: &Folder, ending: &str) -> PathBuf {
    folder.path().join(format!("{}.{ending}", name().await.as_str().replace(':', "-")))
}

fn refused(path: impl Into<PathBuf>) -> String {
    let error = FileStore::at(path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    error.to_string()
}

/// The owner of the folder can read and replace its files.
#[test]
fn a_folder_of_another_user_is_rejected() {
    let folder = Folder::new();
    let theirs = if is_root() {
        chown(folder.make(), Some(NOBODY), Some(NOBODY)).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        folder.path()
    } else {
        Path::new("/usr")
    };
    let text = refused(theirs);
    assert!(text.contains(theirs.to_str().unwrap()) && text.contains("belongs to another user (uid "), "{text}");
}

/// The store's folder may be below folders of root's, but another user's files may not be in one of them.
#[test]
fn a_folder_that_root_owns_is_rejected_for_another_user() {
    if as_user("store::private::a_folder_that_root_owns_is_rejected_for_another_user") {
        let text = refused("/usr");
        assert!(text.contains("/usr belongs to another user (uid 0, and this is uid "), "{text}");
        assert!(text.contains("give a folder of its own, such as /usr/auth"), "{text}");
    }
}

/// The owner of a parent folder can replace the folder.
#[test]
fn a_folder_below_one_of_another_user_is_rejected_and_not_created() {
    let folder = Folder::new();
    if is_root() {
        chown(folder.make(), Some(NOBODY), None).unwrap();
        let text = refused(folder.path().join("a/store"));
        assert!(text.contains("can replace what is below it") && text.contains("uid 65534"), "{text}");
        assert!(!folder.path().join("a").exists());
    } else {
        assert!(refused("/usr/auth-core-tests/store").contains("denied"));
    }
}

/// A symbolic link leads where its owner decides.
#[test]
fn a_symbolic_link_in_place_of_the_folder_is_rejected() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    elsewhere.make();
    symlink(elsewhere.path(), folder.path()).unwrap();
    let text = refused(folder.path());
    assert!(text.contains("is a symbolic link: give the folder that it leads to"), "{text}");
    fs::remove_file(folder.path()).unwrap();
}

/// A home folder may be a link that root or the same user owns.
#[test]
fn a_link_above_the_folder_is_followed_only_if_nobody_else_can_set_it() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    elsewhere.make();
    let link = folder.make().join("link");
    symlink(elsewhere.path(), &link).unwrap();
    FileStore::at(link.join("store")).unwrap();
    assert!(elsewhere.path().join("store").is_dir());
    // In a folder that others can write to, they can set the link between two checks.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    assert!(refused(link.join("store")).contains("is a symbolic link that another user can change"));
    fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
    FileStore::at(link.join("store")).unwrap();
    if is_root() {
        lchown(&link, Some(NOBODY), None).unwrap();
        assert!(refused(link.join("store")).contains("is a symbolic link that another user can change"));
    }
    symlink("loop", folder.path().join("loop")).unwrap();
    refused(folder.path().join("loop/store"));
}

/// `.lock` as a link let root create files anywhere.
#[tokio::test]
async fn a_link_in_place_of_a_file_is_neither_followed_nor_replaced() {
    for ending in ["lock", "json"] {
        let (folder, elsewhere) = (Folder::new(), Folder::new());
        let store = FileStore::at(folder.path()).unwrap();
        let (link, target) = (file(&folder, ending).await, elsewhere.make().join("made"));
        for is_there in [false, true] {
            if is_there {
                fs::write(&target, "theirs").unwrap();
            }
            let _ = fs::remove_file(&link);
            symlink(&target, &link).unwrap();
            let text = acquire(&store).await.unwrap_err().to_string();
            assert!(
                text.contains(link.to_str().unwrap()) && text.contains("it is a symbolic link and not a file"),
                "{text}"
            );
            assert_eq!(target.exists(), is_there);
        }
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
    }
    // The temporary file is always created anew.
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let store = FileStore::at(folder.path()).unwrap();
    let target = elsewhere.make().join("made");
    symlink(&target, file(&folder, "new").await).unwrap();
    assert!(acquire(&store).await.unwrap().lease.is_some());
    assert!(!target.exists());
}

/// A named pipe without a reader would block a thread for ever.
#[tokio::test]
async fn anything_but_a_regular_file_is_an_error_at_once() {
    type Make = fn(&Path);
    let makes: [(&str, Make); 4] = [
        ("a named pipe", |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())),
        ("a socket", |path| drop(UnixListener::bind(path).unwrap())),
        ("a directory", |path| fs::create_dir(path).unwrap()),
        ("a symbolic link", |path| symlink("/dev/null", path).unwrap()),
    ];
    for (what, make) in makes {
        for ending in ["lock", "json"] {
            let folder = Folder::short();
            let store = FileStore::at(folder.path()).unwrap();
            let path = file(&folder, ending).await;
            make_at(&path, make);
            let outcome = tokio::time::timeout(Duration::from_secs(20), acquire(&store)).await.expect("nothing blocks");
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            let text = error.to_string();
            assert!(text.contains(path.to_str().unwrap()), "{text}");
            assert!(text.contains(&format!("it is {what} and not a file: remove it")), "{text}");
        }
    }
}

/// The remedy is to remove the folder, so the error names it.
#[tokio::test]
async fn a_folder_in_place_of_the_temporary_file_is_named() {
    let folder = Folder::new();
    let store = FileStore::at(folder.path()).unwrap();
    let path = file(&folder, "new").await;
    fs::create_dir(&path).unwrap();
    let text = acquire(&store).await.unwrap_err().to_string();
    assert!(text.contains(path.to_str().unwrap()) && text.contains("it is a directory and not a file"), "{text}");
}

/// Makes a socket under a short path and moves it, because a socket's path has at most about a hundred bytes.
fn make_at(path: &Path, make: fn(&Path)) {
    let short = path.with_file_name("s");
    make(&short);
    fs::rename(short, path).unwrap();
}

/// A backup, `sudo` or a tool for volumes leaves such files.
#[tokio::test]
async fn a_file_that_others_can_use_is_replaced_and_the_next_login_is_shared() {
    type Spoil = fn(&Path);
    let spoils: [Spoil; 6] = [
        |path| fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap(),
        |path| fs::set_permissions(path, Permissions::from_mode(0o660)).unwrap(),
        |path| fs::set_permissions(path, Permissions::from_mode(0o000)).unwrap(),
        |path| fs::hard_link(path, path.with_extension("other")).unwrap(),
        |path| fs::set_permissions(path, Permissions::from_mode(0o602)).unwrap(),
        |path| {
            if is_root() {
                chown(path, Some(NOBODY), None).unwrap();
            }
        },
    ];
    for (number, spoil) in spoils.into_iter().enumerate() {
        for ending in ["lock", "json"] {
            let (provider, folder) = (provider(), Folder::new());
            let process = || provider.process_with_files(&Arc::new(FileStore::at(folder.path()).unwrap()));
            process().credential().await.unwrap();
            spoil(&file(&folder, ending).await);
            let client = process();
            client.credential().await.unwrap();
            assert_eq!(client.stats().store_failures, 0, "{number} {ending}");
            let found = file(&folder, ending).await.metadata().unwrap();
            let logins = provider.logins();
            assert!(logins == 1 || ending == "json" && found.mode() & 0o777 == 0o600, "{number} {ending}");
            assert_eq!((found.uid() == 0, found.nlink()), (is_root(), 1), "{number} {ending}");
            assert_eq!(process().credential().await.unwrap().number, logins);
            assert_eq!(provider.logins(), logins);
        }
    }
}

/// A cleaner of `/tmp` does so.
#[tokio::test]
async fn a_folder_that_is_removed_while_a_process_runs_is_created_again() {
    let folder = Folder::new();
    let store = FileStore::at(folder.path()).unwrap();
    acquire(&store).await.unwrap();
    fs::remove_dir_all(folder.path()).unwrap();
    acquire(&store).await.unwrap();
    assert_eq!(fs::metadata(folder.path()).unwrap().mode() & 0o777, 0o700);
    // A folder that somebody else put in its place is not used.
    fs::rename(folder.path(), folder.path().with_extension("moved")).unwrap();
    symlink(folder.path().with_extension("moved"), folder.path()).unwrap();
    assert!(acquire(&store).await.unwrap_err().to_string().contains("is a symbolic link"));
    fs::remove_file(folder.path()).unwrap();
    fs::remove_dir_all(folder.path().with_extension("moved")).unwrap();
}

/// `emptyDir` has the mode 0777, a volume with `fsGroup` 2775.
#[test]
fn a_private_folder_is_created_below_a_volume_that_others_can_write_to() {
    for mode in [0o777, 0o2775, 0o1777, 0o2777] {
        let volume = Folder::new();
        fs::set_permissions(volume.make(), Permissions::from_mode(mode)).unwrap();
        let text = refused(volume.path());
        assert!(text.contains(&format!("(mode {mode:o}): chmod 700")), "{text}");
        FileStore::at(volume.path().join("auth")).unwrap();
        assert_eq!(fs::metadata(volume.path().join("auth")).unwrap().mode() & 0o777, 0o700);
    }
}

/// A user without write permission is told the path, the cause, and the call that takes another folder.
#[tokio::test]
async fn a_folder_that_cannot_be_written_is_an_error_with_path_and_remedy() {
    if !as_user("store::private::a_folder_that_cannot_be_written_is_an_error_with_path_and_remedy") {
        return;
    }
    let text = refused("/auth-core-tests/a");
    assert!(text.starts_with("the store's folder cannot be used: /auth-core-tests: Permission denied"), "{text}");
    assert!(text.contains("let uid ") && text.contains("or give another folder"), "{text}");

    let folder = Folder::new();
    let store = FileStore::at(folder.path()).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o500)).unwrap();
    let text = acquire(&store).await.unwrap_err().to_string();
    assert!(text.contains(file(&folder, "lock").await.to_str().unwrap()) && text.contains("denied"), "{text}");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    acquire(&store).await.unwrap();
}

/// Such as on a full disk. The previous file stays, and no other is left.
#[tokio::test]
async fn a_file_that_cannot_be_written_is_an_error_and_the_old_one_stays() {
    const FOLDER: &str = "AUTH_CORE_TESTS_FULL";
    if let Some(folder) = environment(FOLDER) {
        println!("{}", acquire(&FileStore::at(folder).unwrap()).await.unwrap_err());
        return;
    }
    let folder = Folder::new();
    let (entry, store) = (file(&folder, "json").await, FileStore::at(folder.path()).unwrap());
    let lease = acquire(&store).await.unwrap().lease.unwrap();
    store.release(&name().await, &lease, None).await.unwrap();
    let before = fs::read(&entry).unwrap();
    let this = "store::private::a_file_that_cannot_be_written_is_an_error_and_the_old_one_stays";
    // No file may have a single byte, and the signal that reports it is ignored.
    let limited = "trap '' XFSZ; ulimit -f 0; exec \"$0\" --exact \"$1\" --nocapture";
    let mut command = Command::new("sh");
    command.args(["-c", limited]).arg(std::env::current_exe().unwrap()).arg(this).env(FOLDER, folder.path());
    let written = entry.with_extension("new");
    let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(text.contains(&format!("the store's file {} cannot be used: File too large", written.display())), "{text}");
    assert_eq!(fs::read(&entry).unwrap(), before);
    assert!(!written.exists());
    assert!(acquire(&store).await.unwrap().lease.is_some());
}

/// In a container with a user who has no home.
#[test]
fn the_default_folder_works_in_a_volume_and_errors_name_the_alternative() {
    if environment("AUTH_CORE_TESTS_HOME").is_some() {
        println!("{}", FileStore::new().map_or_else(|error| error.to_string(), |store| format!("{store:?}")));
        return;
    }
    let this = "store::private::the_default_folder_works_in_a_volume_and_errors_name_the_alternative";
    if !as_user(this) {
        return;
    }
    let run = |variables: &[(&str, &Path)]| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", this, "--nocapture"]).env_remove("HOME").env_remove("XDG_CACHE_HOME");
        command.env("AUTH_CORE_TESTS_HOME", "").envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let volume = Folder::new();
    fs::set_permissions(volume.make(), Permissions::from_mode(0o2777)).unwrap();
    let own = volume.path().join("auth-core");
    // The files of a volume are given to a group at each start.
    for _ in 0..2 {
        let text = run(&[("XDG_CACHE_HOME", volume.path())]);
        assert!(text.contains(&format!("{own:?}")) && text.contains("FileStore"), "{text}");
        assert_eq!(fs::metadata(&own).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&own, Permissions::from_mode(0o2770)).unwrap();
    }
    let text = run(&[("HOME", Path::new("/"))]);
    assert!(text.contains("/.cache: Permission denied") && text.contains("FileStore::at"), "{text}");
    let text = run(&[("HOME", Path::new("/proc/1"))]);
    assert!(text.contains("FileStore::at"), "{text}");
    assert!(run(&[]).contains("set XDG_CACHE_HOME or HOME"));
}

/// At construction, not at the first login.
#[test]
fn a_path_that_cannot_be_a_folder_is_rejected() {
    let folder = Folder::new();
    let text = refused(folder.path().join("a".repeat(300)));
    assert!(text.contains("too long") && text.contains("give a shorter path"), "{text}");
    fs::write(folder.make().join("file"), "").unwrap();
    assert!(refused(folder.path().join("file")).contains("file: Not a directory"));
    assert!(refused(folder.path().join("file/store")).contains("file: Not a directory"));
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    assert!(refused(folder.path().join("pipe")).contains("pipe: Not a directory"));
}
