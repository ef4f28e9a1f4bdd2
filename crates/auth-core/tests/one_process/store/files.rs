//! Ownership of the store's files, and what a killed process leaves in the folder.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use auth_core::ErrorKind;
use auth_core::store::FileStore;

use super::account::{HOUR, Provider, lives};
use super::folder::Folder;

fn provider() -> Provider {
    Provider::new(async |number| lives(number, HOUR))
}

fn store(folder: &Folder) -> Arc<FileStore> {
    Arc::new(FileStore::at(folder.path()).unwrap())
}

fn entry(folder: &Folder) -> PathBuf {
    let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    files.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "json")).unwrap()
}

#[tokio::test]
async fn a_process_finds_what_another_process_stored() {
    let (provider, folder) = (provider(), Folder::new());
    provider.process_with_files(&store(&folder)).credential().await.unwrap();
    assert_eq!(provider.process_with_files(&store(&folder)).credential().await.unwrap().number, 1);
    assert_eq!(provider.logins(), 1);
}

#[tokio::test]
#[cfg(unix)]
async fn the_files_are_private_to_their_owner() {
    use std::os::unix::fs::MetadataExt;

    let (provider, folder) = (provider(), Folder::new());
    provider.process_with_files(&store(&folder)).credential().await.unwrap();
    assert_eq!(fs::metadata(folder.path()).unwrap().mode() & 0o777, 0o700);
    let mut files = 0;
    for file in fs::read_dir(folder.path()).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().mode() & 0o777, 0o600);
        files += 1;
    }
    assert_eq!(files, 2, "the entry and its lock");
}

#[tokio::test]
#[cfg(unix)]
async fn a_file_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;

    let (provider, folder) = (provider(), Folder::new());
    provider.process_with_files(&store(&folder)).credential().await.unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602] {
        fs::set_permissions(entry(&folder), fs::Permissions::from_mode(mode)).unwrap();
        let logins = provider.logins();
        assert_eq!(
            provider.process_with_files(&store(&folder)).credential().await.unwrap().number,
            logins + 1,
            "{mode:o}"
        );
    }
}

#[test]
#[cfg(unix)]
fn a_folder_that_others_can_write_to_is_rejected() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    fs::create_dir_all(folder.path()).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o770)).unwrap();
    let error = FileStore::at(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("chmod 700"), "{error}");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    FileStore::at(folder.path()).unwrap();
}

#[tokio::test]
async fn a_file_cut_off_anywhere_is_a_miss_and_is_replaced() {
    let (provider, folder) = (provider(), Folder::new());
    provider.process_with_files(&store(&folder)).credential().await.unwrap();
    let whole = fs::read(entry(&folder)).unwrap();
    for length in (0..whole.len()).step_by(7) {
        fs::write(entry(&folder), &whole[..length]).unwrap();
        let logins = provider.logins();
        assert_eq!(
            provider.process_with_files(&store(&folder)).credential().await.unwrap().number,
            logins + 1,
            "{length} bytes"
        );
        assert_eq!(provider.process_with_files(&store(&folder)).credential().await.unwrap().number, logins + 1);
    }
}

#[tokio::test]
async fn the_temporary_files_of_a_killed_process_block_nobody() {
    let (provider, folder) = (provider(), Folder::new());
    provider.process_with_files(&store(&folder)).credential().await.unwrap();
    fs::write(entry(&folder).with_extension("new"), "half of an en").unwrap();
    let client = provider.process_with_files(&store(&folder));
    assert_eq!(client.credential().await.unwrap().number, 1);
    client.invalidate(&client.cached().unwrap());
    assert_eq!(client.credential().await.unwrap().number, 2);
    assert_eq!(provider.process_with_files(&store(&folder)).credential().await.unwrap().number, 2);
    assert_eq!(client.stats().store_failures, 0);
}
