//! Files that are written, replaced and swapped between two readings.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::*;

/// A folder that is removed at the end of its test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("auth-core-secret-{test}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes a file as if that had been done an hour ago.
fn write_old(path: &PathBuf, text: &str) {
    fs::write(path, text).unwrap();
    let hour_ago = SystemTime::from(crate::clock::wall_time()) - Duration::from_secs(3600);
    fs::File::options().append(true).open(path).unwrap().set_modified(hour_ago).unwrap();
}

async fn refreshed(secret: &mut Secret) -> (bool, String) {
    let changed = secret.refresh().await.unwrap();
    (changed, secret.expose_secret().to_owned())
}

fn is(changed: bool, value: &str) -> (bool, String) {
    (changed, value.to_owned())
}

#[tokio::test]
async fn a_file_is_read_again_after_it_was_written_renamed_or_replaced() {
    let folder = Folder::new("changed");
    let path = folder.file("password");
    write_old(&path, "one\n");
    let mut secret = Secret::file(&path);
    assert_eq!(secret.expose_secret(), "");
    assert_eq!(refreshed(&mut secret).await, is(true, "one"));
    assert_eq!(refreshed(&mut secret).await, is(false, "one"));
    // Same length, same time of modification.
    write_old(&path, "two\n");
    assert_eq!(refreshed(&mut secret).await, is(true, "two"));
    write_old(&folder.file("next"), "\u{feff}six\r\n");
    fs::rename(folder.file("next"), &path).unwrap();
    assert_eq!(refreshed(&mut secret).await, is(true, "six"));
    fs::remove_file(&path).unwrap();
    fs::write(&path, "six").unwrap();
    assert_eq!(refreshed(&mut secret).await, is(false, "six"), "another file with the same secret");
}

/// Kubernetes mounts `password -> ..data/password` and `..data -> ..2026_11_29`, and renames a new `..data` over it.
#[cfg(unix)]
#[tokio::test]
async fn a_swapped_link_leads_to_the_new_secret() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("swapped");
    for (generation, text) in [("..1", "one"), ("..2", "two")] {
        fs::create_dir(folder.file(generation)).unwrap();
        write_old(&folder.file(generation).join("password"), text);
    }
    symlink("..1", folder.file("..data")).unwrap();
    symlink("..data/password", folder.file("password")).unwrap();
    let mut secret = Secret::file(folder.file("password"));
    assert_eq!(refreshed(&mut secret).await, is(true, "one"));
    symlink("..2", folder.file("..data_tmp")).unwrap();
    fs::rename(folder.file("..data_tmp"), folder.file("..data")).unwrap();
    fs::remove_dir_all(folder.file("..1")).unwrap();
    assert_eq!(refreshed(&mut secret).await, is(true, "two"));
}

#[tokio::test]
async fn a_file_is_read_once_its_writer_has_finished() {
    let folder = Folder::new("partial");
    let path = folder.file("password");
    write_old(&path, "the old secret");
    let mut secret = Secret::file(&path);
    refreshed(&mut secret).await;
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || {
            for written in ["", "t", "the n", "the new", "the new secret"] {
                fs::write(&path, written).unwrap();
                std::thread::sleep(Duration::from_millis(20));
            }
        })
    };
    while path.metadata().unwrap().len() == "the old secret".len() as u64 {
        std::thread::yield_now();
    }
    assert_eq!(refreshed(&mut secret).await, is(true, "the new secret"));
    writer.join().unwrap();
}

#[tokio::test]
async fn two_writes_within_one_tick_of_the_clock_are_told_apart() {
    let folder = Folder::new("tick");
    let path = folder.file("password");
    fs::write(&path, "one").unwrap();
    let mut secret = Secret::file(&path);
    assert_eq!(refreshed(&mut secret).await, is(true, "one"));
    let written = path.metadata().unwrap().modified().unwrap();
    fs::write(&path, "two").unwrap();
    fs::File::options().append(true).open(&path).unwrap().set_modified(written).unwrap();
    assert_eq!(secret.stamp, None, "a young file is read again");
    assert_eq!(refreshed(&mut secret).await, is(true, "two"));
}

#[tokio::test]
async fn a_file_that_is_missing_for_a_moment_is_waited_for() {
    let folder = Folder::new("moment");
    let path = folder.file("password");
    let mut secret = Secret::file(&path);
    let (found, ()) = tokio::join!(refreshed(&mut secret), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        write_old(&path, "one");
    });
    assert_eq!(found, is(true, "one"));
}

#[tokio::test]
async fn an_unusable_file_is_an_error_with_its_path_and_keeps_the_last_secret() {
    let folder = Folder::new("unusable");
    let path = folder.file("password");
    write_old(&path, "s3gredo");
    let mut secret = Secret::file(&path);
    refreshed(&mut secret).await;
    let large = vec![b'3'; 65_537];
    for (bytes, why) in [(&b"s3\xff"[..], "is not UTF-8 text"), (b"\n", "is empty"), (&large, "is larger")] {
        fs::write(&path, bytes).unwrap();
        let error = secret.refresh().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let text = error.to_string();
        assert!(text.contains(&path.display().to_string()) && text.contains(why) && !text.contains("s3"), "{text}");
    }
    assert_eq!(secret.expose_secret(), "s3gredo");
}

#[test]
fn the_set_up_finds_a_file_that_cannot_be_used_and_keeps_no_secret_of_it() {
    let folder = Folder::new("given");
    let path = folder.file("password");
    let error = Secret::given(Some(&Secret::file(&path)), "a password", "").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().starts_with("the file of a password, /"), "{error}");
    assert!(error.to_string().contains("cannot be read: "), "{error}");
    write_old(&path, "s3gredo");
    let given = Secret::given(Some(&Secret::file(&path)), "a password", "").unwrap();
    assert_eq!(given.expose_secret(), "", "it is read before a login");
    assert_eq!(given, Secret::file(&path));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once_and_is_a_value_from_then_on() {
    let folder = Folder::new("pipe");
    let path = folder.file("password");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || fs::write(path, "s3gredo\n").unwrap())
    };
    let given = Secret::given(Some(&Secret::file(&path)), "a password", "").unwrap();
    writer.join().unwrap();
    assert_eq!((given.expose_secret(), given.is_fixed()), ("s3gredo", true));
}

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_that_is_read_before_a_login_is_read_only_once() {
    let folder = Folder::new("pipe-before-a-login");
    let path = folder.file("password");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let mut secret = Secret::file(&path);
    let writer = std::thread::spawn(move || fs::write(path, "s3gredo\n").unwrap());
    assert!(secret.refresh().await.unwrap());
    writer.join().unwrap();
    assert!(!secret.refresh().await.unwrap());
    assert_eq!(secret.expose_secret(), "s3gredo");
}

#[cfg(unix)]
#[test]
fn a_pipe_without_a_writer_is_an_error_within_a_limit() {
    let folder = Folder::new("pipe-without-a-writer");
    let path = folder.file("password");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let error = super::file::text_in_time(&path, Duration::from_millis(100)).unwrap_err();
    assert!(error.starts_with("is a pipe that no program wrote"), "{error}");
    // The reading that was given up does not take the secret away.
    let pipe = path.clone();
    std::thread::spawn(move || {
        while pipe.exists() {
            let _closed_by_the_first_reader = fs::write(&pipe, "s3gredo\n");
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let text = super::file::text_in_time(&path, Duration::from_secs(20)).unwrap();
    assert!(text.starts_with("s3gredo"));
}

#[tokio::test]
async fn a_function_that_returns_a_blank_secret_fails() {
    let mut secret = Secret::from_fn(|| async { Ok::<_, Error>(" \n") });
    let error = secret.refresh().await.unwrap_err();
    assert_eq!((error.kind(), error.to_string().contains("a blank")), (ErrorKind::Unavailable, true), "{error}");
}

#[test]
fn secrets_are_equal_by_value_by_path_or_by_function() {
    let function = Secret::from_fn(|| async { Ok::<_, Error>("a") });
    let other = Secret::from_fn(|| async { Ok::<_, Error>("a") });
    assert!(function == function.clone() && function != other && function != Secret::from("a"));
    assert!(Secret::file("/a") == Secret::file("/a") && Secret::file("/a") != Secret::file("/b"));
    for (one, other) in [("", ""), ("a", "a"), ("a", "b"), ("a", "ab"), ("ab", "a"), ("xa", "ya"), ("", "a")] {
        assert_eq!(Secret::from(one) == Secret::from(other), one == other, "{one:?} {other:?}");
    }
}

#[test]
fn debug_shows_a_path_and_no_secret() {
    assert_eq!(format!("{:?}", Secret::from("s3gredo")), "Secret([REDACTED])");
    assert_eq!(format!("{:?}", Secret::file("/run/secrets/x")), r#"Secret(file "/run/secrets/x")"#);
    assert_eq!(format!("{:?}", Secret::file("s3gredo")), r#"Secret(file "a path that is not shown")"#);
    assert_eq!(format!("{:?}", Secret::from_fn(|| async { Ok::<_, Error>("s3gredo") })), "Secret(function)");
}
